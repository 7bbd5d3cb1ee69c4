/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_trusted: the file of certificates that an http_client trusts: SSL_CERT_FILE when that is set, else the system's bundle.
 *
 * libcurl keeps what it has parsed of it (1.2 MiB, 20 ms) in the multi handle, by the file's name. When the file has changed
 * it is named in another way, so that libcurl takes it for another one: it is read again, and no connection made on the
 * strength of the old one is used again. Included by http_client.c alone.
 */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

struct http_trusted {
    char *names[2];                    /* both lead to the file; NULL: as libcurl was built */
    int named;                         /* the one in use */
    int64_t looked_mono_ms;            /* when it was last looked at */
    struct stat seen;
};

/* Finds the file, as the environment says. */
void http_trusted_init(struct http_trusted *, int64_t now_mono_ms);
void http_trusted_done(struct http_trusted *);

/* The name by which it is to be read now; borrowed. Looks at the file once a minute at most. */
const char *http_trusted_name(struct http_trusted *, int64_t now_mono_ms);
