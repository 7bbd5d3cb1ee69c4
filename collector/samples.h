/* SPDX-License-Identifier: Apache-2.0 */
/*
 * samples: what came in place of a page that could not be read, kept for whoever looks into it: one file a service
 * and reason, redacted, the last of each.
 *
 *     struct samples *samples = samples_new(config->samples_dir);
 *     samples_put(samples, &sample);
 *     samples_free(samples);
 *
 * Files are written whole or not at all, mode 0600, in a directory of mode 0700 that is made when it is first needed.
 * There are never more than SAMPLES_PER_SERVICE of a service and SAMPLES_MAX in all: the oldest go first. Where
 * nothing can be written that is logged once, and everything else goes on.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/text.h"

struct buffer;

enum { SAMPLES_PER_SERVICE = 2, SAMPLES_MAX = 64, SAMPLE_BODY_BYTES_MAX = 64 * 1024 };

struct samples;

/* One poll that failed. Strings are borrowed for the call. */
struct sample {
    const char *service;
    const char *feed;
    const char *url;               /* that was asked; what is secret in it is left out */
    const char *document;          /* which one of the page's; "" when it did not come to that */
    const char *reason;            /* shape, parse, moved, http_404, filter_miss */
    const char *words;
    const char *content_type;
    long status;                   /* of HTTP */
    int64_t at_ms;                 /* UTC */
    struct text body;              /* as received, decoded */
};

/* directory: as configured, or NULL: /run/tocsin-collector or what else there is for such things; "" when there is
 * nothing, then nothing is kept. */
struct samples *samples_new(const char *directory);
void samples_free(struct samples *);

/* Keeps it, in place of the last one of this service and reason. samples may be NULL. */
void samples_put(struct samples *, const struct sample *);

/* Where they are kept by this configuration (samples_new). Owned by the caller. */
char *samples_directory(const char *configured);

/* A file of samples. */
struct sample_file {
    char *name;                    /* within the directory */
    char service[65];
    int64_t changed_at_ms;
};

/* Those that are there, by service and then the newest first. 0, or a negative errno with words (-ENOENT: no
 * directory). Free with samples_list_done. */
int samples_list(const char *directory, struct sample_file **out, size_t *n, struct error *);
void samples_list_done(struct sample_file *, size_t n);
