/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shelf: what a page keeps of its documents from one round to the next: those that may be used again without asking (a token,
 * a list of products), and what makes a conditional request of the others.
 *
 *     uint8_t key[SHELF_KEY_BYTES];
 *     shelf_key(url, body, key);
 *     const struct shelf_document *kept = shelf_find(&shelf, key);
 *
 * Pure but for memory. Bodies that were secret are wiped when they leave.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"

enum {
    SHELF_KEY_BYTES = 16,
    SHELF_DOCUMENTS_MAX = 8,       /* as many as a round has */
    SHELF_TAG_BYTES_MAX = 256,     /* of an ETag or a Last-Modified; longer ones are as good as none */
};

struct shelf_document {
    uint8_t key[SHELF_KEY_BYTES];
    struct text body;              /* owned, NUL-terminated; at == NULL: not kept */
    char *content_type;            /* owned, as the rest */
    char *etag;                    /* NULL: none */
    char *last_modified;           /* NULL: none */
    int64_t usable_until_ms;       /* without asking, boot clock; 0: not at all */
    bool secret;
};

struct shelf {                     /* all zero is a valid, empty one */
    struct shelf_document *documents;
    size_t n;
};

/* What tells one request from another: its URL, and what it posts. */
void shelf_key(const char *url, struct text body, uint8_t key[static SHELF_KEY_BYTES]);

/* Borrowed, until the shelf changes; NULL: nothing is kept of it. */
const struct shelf_document *shelf_find(const struct shelf *, const uint8_t key[static SHELF_KEY_BYTES]);

/* Copies it, in place of what there is of the same key; beyond SHELF_DOCUMENTS_MAX the oldest goes. */
void shelf_put(struct shelf *, const struct shelf_document *);

/* Forgets all but these. */
void shelf_retain(struct shelf *, const uint8_t (*keys)[SHELF_KEY_BYTES], size_t n);

/* Forgets everything; the shelf is empty then. */
void shelf_clear(struct shelf *);
