/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/samples.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/redact.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"

enum { WORDS_BYTES_MAX = 1024, FILES_LOOKED_AT_MAX = 4096, NAME_BYTES = 160 };

static const char suffix[] = ".json";

struct samples {
    char *directory;               /* owned; "": none */
    bool silent;                   /* that nothing can be written has been said */
};

char *samples_directory(const char *configured)
{
    static const char usual[] = "/run/tocsin-collector";
    const char *given = getenv("RUNTIME_DIRECTORY");   /* by systemd */
    const char *session = getenv("XDG_RUNTIME_DIR");
    struct stat st;

    if (configured != NULL)
        return mem_copy_string(configured);
    const char *base = given != NULL ? given : stat(usual, &st) == 0 ? usual : session;
    const char *below = base == session && session != NULL ? "/tocsin-collector/samples" : "/samples";
    if (base == NULL || base[0] != '/')
        return mem_copy_string("");
    char *path = mem_new(strlen(base) + strlen(below) + 1);
    (void) stpcpy(stpcpy(path, base), below);
    return path;
}

struct samples *samples_new(const char *directory)
{
    struct samples *samples = mem_new(sizeof *samples);

    samples->directory = samples_directory(directory);
    return samples;
}

void samples_free(struct samples *samples)
{
    if (samples == NULL)
        return;
    free(samples->directory);
    free(samples);
}

/* ---------------------------------------------------------------- those that are there */

/* "SERVICE,REASON.json": neither has a comma. What is called otherwise is none of ours. */
static bool is_sample(const char *name, char service[static 65])
{
    const char *comma = strchr(name, ',');
    size_t len = strlen(name);
    if (comma == NULL || name[0] == '.' || len <= strlen(suffix) || strcmp(name + len - strlen(suffix), suffix) != 0
        || comma - name > 64)
        return false;

    (void) text_copy(service, 65, (struct text) {name, (size_t) (comma - name)});
    return true;
}

static int by_service_and_age(const void *a, const void *b)
{
    const struct sample_file *x = a;
    const struct sample_file *y = b;
    int order = strcmp(x->service, y->service);

    return order != 0 ? order : (y->changed_at_ms > x->changed_at_ms) - (y->changed_at_ms < x->changed_at_ms);
}

static int oldest_first(const void *a, const void *b)
{
    const struct sample_file *x = a;
    const struct sample_file *y = b;

    return (x->changed_at_ms > y->changed_at_ms) - (x->changed_at_ms < y->changed_at_ms);
}

int samples_list(const char *directory, struct sample_file **out, size_t *n, struct error *err)
{
    DIR *dir = opendir(directory);
    if (dir == NULL)
        return error_set(err, -errno, "opening %s: %s", directory, strerror(errno));

    struct sample_file *files = NULL;
    size_t n_files = 0;
    for (struct dirent *entry = NULL; n_files < FILES_LOOKED_AT_MAX && (entry = readdir(dir)) != NULL;) {
        struct sample_file file = {0};
        struct stat st;
        if (!is_sample(entry->d_name, file.service) || fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0
            || !S_ISREG(st.st_mode))
            continue;
        file.name = mem_copy_string(entry->d_name);
        file.changed_at_ms = (int64_t) st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
        files = mem_resize(files, n_files + 1, sizeof *files);
        files[n_files++] = file;
    }
    (void) closedir(dir);
    if (n_files > 0)
        qsort(files, n_files, sizeof *files, by_service_and_age);
    *out = files;
    *n = n_files;
    return 0;
}

void samples_list_done(struct sample_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(files[i].name);
    free(files);
}

static void drop(const char *directory, struct sample_file *file)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s", directory, file->name);

    if (len > 0 && (size_t) len < sizeof path)
        (void) unlink(path);   /* may be gone already */
    file->changed_at_ms = -1;
}

/* What is beyond the bounds goes, the oldest first. */
static void make_room(const char *directory)
{
    struct sample_file *files = NULL;
    size_t n = 0;
    size_t kept = 0;
    if (samples_list(directory, &files, &n, NULL) < 0)
        return;

    for (size_t i = 0; i < n; i++) {   /* the newest of each service come first */
        bool beyond = i >= SAMPLES_PER_SERVICE && strcmp(files[i - SAMPLES_PER_SERVICE].service, files[i].service) == 0;
        if (beyond)
            drop(directory, &files[i]);
        kept += !beyond;
    }
    if (n > 0)
        qsort(files, n, sizeof *files, oldest_first);
    for (size_t i = 0; i < n && kept > SAMPLES_MAX; i++) {
        if (files[i].changed_at_ms < 0)
            continue;
        drop(directory, &files[i]);
        kept--;
    }
    samples_list_done(files, n);
}

/* ---------------------------------------------------------------- one more */

static json_t *redacted(struct text in, size_t max_bytes)
{
    CLEANUP(buffer_done) struct buffer out;

    buffer_init(&out, max_bytes);
    redact(in, max_bytes, &out);
    return json_stringn(out.bytes == NULL ? "" : out.bytes, out.len);
}

static json_t *render(const struct sample *sample)
{
    char at[RFC3339_BYTES];

    return json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:s, s:i, s:o, s:I, s:b, s:o}", "service", sample->service, "feed",
                     sample->feed, "url", redacted(text_of(sample->url), WORDS_BYTES_MAX), "document", sample->document,
                     "reason", sample->reason, "words", redacted(text_of(sample->words), WORDS_BYTES_MAX), "at",
                     clock_to_rfc3339(sample->at_ms, at), "status", (int) sample->status, "content_type",
                     redacted(text_of(sample->content_type), WORDS_BYTES_MAX), "bytes", (json_int_t) sample->body.len,
                     "cut", sample->body.len > SAMPLE_BODY_BYTES_MAX, "body",
                     redacted(sample->body, SAMPLE_BODY_BYTES_MAX));
}

static int write_sample(const struct samples *samples, const struct sample *sample, struct error *err)
{
    char name[NAME_BYTES];
    int len = snprintf(name, sizeof name, "%s,%s%s", sample->service, sample->reason, suffix);
    if (len < 0 || (size_t) len >= sizeof name || strchr(name, '/') != NULL)
        return error_set(err, -EINVAL, "%s: not a name of a service", sample->service);
    int r = file_make_directory(samples->directory, 0700, err);
    if (r < 0)
        return r;

    CLEANUP(json_freep) json_t *object = render(sample);
    CLEANUP(mem_freep) char *bytes = object == NULL ? NULL : json_dumps(object, JSON_INDENT(1));
    if (bytes == NULL)
        return error_set(err, -EINVAL, "the sample can't be written as JSON");
    CLEANUP(mem_freep) char *path = mem_new(strlen(samples->directory) + strlen(name) + 2);
    (void) stpcpy(stpcpy(stpcpy(path, samples->directory), "/"), name);
    return file_write(path, bytes, strlen(bytes), 0600, err);
}

void samples_put(struct samples *samples, const struct sample *sample)
{
    struct error err = {0};
    if (samples == NULL || samples->directory[0] == '\0')
        return;

    if (write_sample(samples, sample, &err) == 0) {
        make_room(samples->directory);
        samples->silent = false;
    } else if (!samples->silent) {
        samples->silent = true;
        log_warning("samples.not_written", "what came in place of a page is not kept: samples_dir can't be written to",
                    LOG_TEXT("error", err.text));
    }
}
