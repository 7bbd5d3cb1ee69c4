/* SPDX-License-Identifier: Apache-2.0 */
#include "temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void temporary_init(struct temporary *t)
{
    const char *base = getenv("TMPDIR");
    char pattern[sizeof t->directory];
    *t = (struct temporary) {0};
    (void) snprintf(pattern, sizeof pattern, "%s/tocsin-store-XXXXXX", base == NULL ? "." : base);
    char *whole = mkdtemp(pattern) == NULL ? NULL : realpath(pattern, NULL);   /* relative names mean something else in a configuration */
    if (whole == NULL || strlen(whole) >= sizeof t->directory)
        fail_msg("cannot make %s", pattern);
    (void) snprintf(t->directory, sizeof t->directory, "%s", whole);
    free(whole);
    (void) snprintf(t->path, sizeof t->path, "%s/test.mdb", t->directory);
}

void temporary_open(struct temporary *t, size_t map_bytes)
{
    struct store_options options = {.path = t->path, .readers_max = 8};
    options.map_bytes = map_bytes == 0 ? (size_t) 64 << 20 : map_bytes;
    struct error err = {0};
    if (store_open(&options, &t->store, &err) < 0)
        fail_msg("%s", err.text);
}

void temporary_close(struct temporary *t)
{
    store_close(t->store);
    t->store = NULL;
}

void temporary_done(struct temporary *t)
{
    temporary_close(t);
    DIR *directory = opendir(t->directory);
    if (directory == NULL)
        fail_msg("%s is gone", t->directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[600];
        (void) snprintf(path, sizeof path, "%s/%s", t->directory, entry->d_name);
        (void) unlink(path);   /* . and .. refuse */
    }
    (void) closedir(directory);
    (void) rmdir(t->directory);
}
