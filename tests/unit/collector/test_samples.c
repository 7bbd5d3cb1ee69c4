/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/samples.h"
#include "common/buffer.h"
#include "common/file.h"
#include "common/json.h"
#include "common/mem.h"

static const struct sample plain = {
    .service = "github", .feed = "statuspage", .url = "https://me:pw@status.example.com", .document = "summary.json",
    .reason = "shape", .words = "not that", .content_type = "application/json", .status = 200, .at_ms = 1772366400000,
    .body = {"{\"token\": \"abc\"}", 16},
};

static int make_directory(void **state)
{
    char *path = mem_copy_string("/tmp/tocsin-samples-XXXXXX");

    assert_non_null(mkdtemp(path));
    *state = path;
    return 0;
}

static int drop_directory(void **state)
{
    CLEANUP(mem_freep) char *path = *state;
    struct sample_file *files = NULL;
    size_t n = 0;

    if (samples_list(path, &files, &n, NULL) == 0) {
        for (size_t i = 0; i < n; i++) {
            char name[4096];
            (void) snprintf(name, sizeof name, "%s/%s", path, files[i].name);
            (void) unlink(name);
        }
        samples_list_done(files, n);
    }
    (void) rmdir(path);
    return 0;
}

static void put(struct samples *samples, const char *service, const char *reason)
{
    struct sample sample = plain;

    sample.service = service;
    sample.reason = reason;
    samples_put(samples, &sample);
}

static size_t count(const char *path, const char *service)
{
    struct sample_file *files = NULL;
    size_t n = 0;
    size_t found = 0;

    assert_int_equal(samples_list(path, &files, &n, NULL), 0);
    for (size_t i = 0; i < n; i++)
        found += service == NULL || strcmp(files[i].service, service) == 0;
    samples_list_done(files, n);
    return found;
}

/* Ages a sample by so many seconds. */
static void age(const char *path, const char *name, int seconds)
{
    char file[4096];
    struct stat st;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {0}};

    (void) snprintf(file, sizeof file, "%s/%s", path, name);
    assert_int_equal(stat(file, &st), 0);
    times[1].tv_sec = st.st_mtim.tv_sec - seconds;
    assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
}

static void test_a_sample_is_a_file(void **state)
{
    const char *path = *state;
    char name[4096];
    CLEANUP(buffer_done) struct buffer bytes;
    struct stat st;
    struct samples *samples = samples_new(path);

    samples_put(samples, &plain);
    samples_free(samples);
    (void) snprintf(name, sizeof name, "%s/github,shape.json", path);
    assert_int_equal(stat(name, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    buffer_init(&bytes, 1 << 20);
    assert_int_equal(file_read(name, &bytes, NULL), 0);
    CLEANUP(json_freep) json_t *read = json_read(buffer_text(&bytes), 1 << 20, NULL);
    CLEANUP(json_freep) json_t *expected = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:b, s:s}", "service", "github", "feed", "statuspage", "url",
        "https://[redacted]", "document", "summary.json", "reason", "shape", "words", "not that", "at",
        "2026-03-01T12:00:00.000Z", "status", 200, "content_type", "application/json", "bytes", 16, "cut", 0, "body",
        "{\"token\": \"[redacted]\"}");
    assert_true(json_equal(read, expected));
}

static void test_the_last_of_each_reason(void **state)
{
    const char *path = *state;
    struct samples *samples = samples_new(path);

    put(samples, "github", "shape");
    put(samples, "github", "shape");
    assert_int_equal(count(path, "github"), 1);
    put(samples, "github", "parse");
    assert_int_equal(count(path, "github"), 2);
    age(path, "github,parse.json", 60);
    put(samples, "github", "moved");   /* in place of the oldest */
    assert_int_equal(count(path, "github"), 2);
    put(samples, "gitlab", "shape");
    assert_int_equal(count(path, NULL), 3);
    samples_free(samples);

    char gone[4096];
    (void) snprintf(gone, sizeof gone, "%s/github,parse.json", path);
    assert_int_equal(access(gone, F_OK), -1);
}

static void test_there_is_an_end_to_it(void **state)
{
    const char *path = *state;
    struct samples *samples = samples_new(path);
    char service[16];

    put(samples, "oldest", "shape");
    age(path, "oldest,shape.json", 60);
    for (int i = 0; i < SAMPLES_MAX; i++) {
        (void) snprintf(service, sizeof service, "s%d", i);
        put(samples, service, "shape");
    }
    samples_free(samples);
    assert_int_equal(count(path, NULL), SAMPLES_MAX);
    assert_int_equal(count(path, "oldest"), 0);
}

static void test_a_long_body_is_cut(void **state)
{
    const char *path = *state;
    char name[4096];
    CLEANUP(mem_freep) char *body = mem_new(SAMPLE_BODY_BYTES_MAX + 2);
    CLEANUP(buffer_done) struct buffer bytes;
    struct sample sample = plain;
    struct samples *samples = samples_new(path);

    memset(body, '.', SAMPLE_BODY_BYTES_MAX + 1);
    sample.body = (struct text) {body, SAMPLE_BODY_BYTES_MAX + 1};
    samples_put(samples, &sample);
    samples_free(samples);
    (void) snprintf(name, sizeof name, "%s/github,shape.json", path);
    buffer_init(&bytes, 1 << 20);
    assert_int_equal(file_read(name, &bytes, NULL), 0);
    CLEANUP(json_freep) json_t *read = json_read(buffer_text(&bytes), 1 << 20, NULL);
    assert_int_equal(json_text(read, "body").len, SAMPLE_BODY_BYTES_MAX);
    assert_true(json_flag(read, "cut"));
}

static void test_where_nothing_can_be_written(void **state)
{
    struct samples *none = samples_new("");
    struct samples *refused = samples_new("/proc/none/samples");
    (void) state;

    put(none, "github", "shape");
    put(refused, "github", "shape");
    put(refused, "../github", "shape");
    put(NULL, "github", "shape");
    samples_free(none);
    samples_free(refused);
    samples_free(NULL);
}

static void test_files_of_others_are_left_alone(void **state)
{
    const char *path = *state;
    char name[4096];

    (void) snprintf(name, sizeof name, "%s/notes.json", path);
    assert_int_equal(file_write(name, "x", 1, 0600, NULL), 0);
    assert_int_equal(count(path, NULL), 0);
    assert_int_equal(unlink(name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_sample_is_a_file, make_directory, drop_directory),
        cmocka_unit_test_setup_teardown(test_the_last_of_each_reason, make_directory, drop_directory),
        cmocka_unit_test_setup_teardown(test_there_is_an_end_to_it, make_directory, drop_directory),
        cmocka_unit_test_setup_teardown(test_a_long_body_is_cut, make_directory, drop_directory),
        cmocka_unit_test(test_where_nothing_can_be_written),
        cmocka_unit_test_setup_teardown(test_files_of_others_are_left_alone, make_directory, drop_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
