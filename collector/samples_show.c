/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/samples_show.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/options.h"
#include "collector/samples.h"
#include "common/buffer.h"
#include "common/file.h"
#include "common/json.h"
#include "common/mem.h"

enum { FILE_BYTES_MAX = 1 << 20 };   /* a body of 64 KiB, each byte escaped, and the rest */

static const char usage[] = "usage: tocsin-collector samples [--config FILE] [-o table|json] [SERVICE]\n"
                            "\n"
                            "Lists what came in place of pages that could not be read, the last of each service and "
                            "reason; of one SERVICE it shows\n"
                            "them. Bodies are cut at 64 KiB; addresses, tokens and the like are left out.\n"
                            "Exit code 0: there is something, or there is nothing to show of all; 1: nothing of this "
                            "SERVICE, or they can't be read.\n"
                            "\n"
                            "examples:\n"
                            "  tocsin-collector samples\n"
                            "  tocsin-collector samples github\n"
                            "  tocsin-collector samples -o json | jq 'select(.reason == \"shape\")'\n";

static json_t *read_sample(const char *directory, const struct sample_file *file, struct error *err)
{
    CLEANUP(buffer_done) struct buffer bytes;
    CLEANUP(mem_freep) char *path = mem_new(strlen(directory) + strlen(file->name) + 2);

    (void) stpcpy(stpcpy(stpcpy(path, directory), "/"), file->name);
    buffer_init(&bytes, FILE_BYTES_MAX);
    if (file_read(path, &bytes, err) < 0)
        return NULL;
    json_t *sample = json_read(buffer_text(&bytes), FILE_BYTES_MAX, err);
    if (sample == NULL)
        (void) error_context(err, "%s", path);
    return sample;
}

static const char *word(const json_t *sample, const char *key)
{
    const char *value = json_string_value(json_object_get(sample, key));

    return value == NULL ? "" : value;
}

static void print_row(const json_t *sample)
{
    (void) printf("%-28s %-12s %.19sZ %8lld %s\n", word(sample, "service"), word(sample, "reason"), word(sample, "at"),
                  (long long) json_integer_value(json_object_get(sample, "bytes")), word(sample, "url"));
}

static void print_whole(const json_t *sample)
{
    static const char *const shown[] = {"service", "feed", "url", "document", "reason", "words", "at", "content_type"};

    for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
        (void) printf("%-13s %s\n", shown[i], word(sample, shown[i]));
    (void) printf("%-13s %lld\n%-13s %lld%s\n\n%s\n\n", "status",
                  (long long) json_integer_value(json_object_get(sample, "status")), "bytes",
                  (long long) json_integer_value(json_object_get(sample, "bytes")),
                  json_is_true(json_object_get(sample, "cut")) ? " (cut)" : "", word(sample, "body"));
}

struct view {
    const char *directory;
    const char *service;           /* NULL: all */
    bool json;
};

/* False, with a line on stderr: it can't be read. */
static bool print_sample(const struct view *view, const struct sample_file *file)
{
    struct error err = {0};
    CLEANUP(json_freep) json_t *sample = read_sample(view->directory, file, &err);
    if (sample == NULL) {
        (void) fprintf(stderr, "tocsin-collector samples: %s\n", err.text);
        return false;
    }
    if (view->json)
        (void) (json_dumpf(sample, stdout, JSON_COMPACT) == 0 && putchar('\n'));   /* fflush tells of a failure below */
    else if (view->service != NULL)
        print_whole(sample);
    else
        print_row(sample);
    return true;
}

static int print_samples(const struct view *view, const struct sample_file *files, size_t n)
{
    size_t n_shown = 0;
    bool good = true;

    if (!view->json && view->service == NULL)
        (void) printf("%-28s %-12s %-20s %8s %s\n", "SERVICE", "REASON", "AT", "BYTES", "URL");
    for (size_t i = 0; i < n; i++) {
        if (view->service != NULL && strcmp(files[i].service, view->service) != 0)
            continue;
        good = print_sample(view, &files[i]) && good;
        n_shown++;
    }
    if (view->service != NULL && n_shown == 0)
        (void) fprintf(stderr, "tocsin-collector samples: nothing is kept of %s in %s\n", view->service,
                       view->directory);
    return fflush(stdout) == 0 && good && (view->service == NULL || n_shown > 0) ? 0 : 1;
}

static int show(const struct view *view)
{
    struct sample_file *files = NULL;
    size_t n = 0;
    struct error err = {0};
    if (view->directory[0] == '\0') {
        (void) fputs(
            "tocsin-collector samples: nothing is kept: samples_dir is not set, and there is no directory under /run\n",
            stderr);
        return 1;
    }
    int r = samples_list(view->directory, &files, &n, &err);
    if (r < 0 && r != -ENOENT) {   /* no directory: nothing has ever been kept */
        (void) fprintf(stderr, "tocsin-collector samples: %s\n", err.text);
        return 1;
    }
    int code = print_samples(view, files, n);
    samples_list_done(files, n);
    return code;
}

int samples_main(int argc, char **argv)
{
    struct options options;
    struct collector_config *config;
    const char *service = NULL;
    if (argc > 1 && argv[argc - 1][0] != '-' && (argc == 2 || argv[argc - 2][0] != '-')) {   /* no option's argument */
        service = argv[argc - 1];
        argc--;
    }

    int code = options_load(argc, argv, usage, &options, &config);
    if (code >= 0)
        return code;
    CLEANUP(mem_freep) char *directory = samples_directory(config->samples_dir);
    code = show(&(struct view) {directory, service, options.json});
    collector_config_free(config);
    return code;
}
