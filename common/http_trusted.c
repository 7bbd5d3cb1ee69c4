/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_trusted.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

enum { LOOK_MS = 60000 };

/* "/etc/ssl/ca.crt" in another way: "/etc/ssl/./ca.crt". */
static char *name_again(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t directory_len = slash == NULL ? 0 : (size_t) (slash + 1 - path);
    size_t cap = strlen(path) + sizeof "./";
    char *name = mem_new(cap);
    (void) snprintf(name, cap, "%.*s./%s", (int) directory_len, path, path + directory_len);
    return name;
}

void http_trusted_init(struct http_trusted *trusted, int64_t now_mono_ms)
{
    static const char bundle[] = "/etc/ssl/certs/ca-certificates.crt";
    const char *chosen = getenv("SSL_CERT_FILE");
    if (chosen == NULL || chosen[0] == '\0')
        chosen = access(bundle, R_OK) == 0 ? bundle : NULL;
    *trusted = (struct http_trusted) {.looked_mono_ms = now_mono_ms};
    if (chosen == NULL)
        return;

    trusted->names[0] = mem_copy_string(chosen);
    trusted->names[1] = name_again(chosen);
    (void) stat(chosen, &trusted->seen);   /* one that is not there yet is another file once it is */
}

void http_trusted_done(struct http_trusted *trusted)
{
    free(trusted->names[0]);
    free(trusted->names[1]);
    *trusted = (struct http_trusted) {0};
}

static bool is_another(const struct stat *a, const struct stat *b)
{
    return a->st_ino != b->st_ino || a->st_dev != b->st_dev || a->st_size != b->st_size
           || a->st_mtim.tv_sec != b->st_mtim.tv_sec || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

const char *http_trusted_name(struct http_trusted *trusted, int64_t now_mono_ms)
{
    struct stat now;
    if (trusted->names[0] == NULL || now_mono_ms - trusted->looked_mono_ms < LOOK_MS)
        return trusted->names[trusted->named];

    trusted->looked_mono_ms = now_mono_ms;
    if (stat(trusted->names[0], &now) == 0 && is_another(&now, &trusted->seen)) {   /* one that is gone is being replaced */
        trusted->seen = now;
        trusted->named = 1 - trusted->named;
    }
    return trusted->names[trusted->named];
}
