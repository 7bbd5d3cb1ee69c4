/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/shelf.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

void shelf_key(const char *url, struct text body, uint8_t key[static SHELF_KEY_BYTES])
{
    crypto_generichash_state state;
    (void) crypto_generichash_init(&state, NULL, 0, SHELF_KEY_BYTES);   /* these fail only for impossible lengths */
    (void) crypto_generichash_update(&state, (const unsigned char *) url, strlen(url) + 1);
    if (body.len > 0)
        (void) crypto_generichash_update(&state, (const unsigned char *) body.at, body.len);
    (void) crypto_generichash_final(&state, key, SHELF_KEY_BYTES);
}

static void document_done(struct shelf_document *document)
{
    if (document->body.at != NULL && document->secret)
        explicit_bzero((char *) document->body.at, document->body.len);
    free((char *) document->body.at);
    free(document->content_type);
    free(document->etag);
    free(document->last_modified);
    *document = (struct shelf_document) {0};
}

static void remove_at(struct shelf *shelf, size_t i)
{
    document_done(&shelf->documents[i]);
    shelf->n--;
    memmove(&shelf->documents[i], &shelf->documents[i + 1], (shelf->n - i) * sizeof shelf->documents[0]);
    if (shelf->n == 0) {
        free(shelf->documents);
        shelf->documents = NULL;
    }
}

static size_t index_of(const struct shelf *shelf, const uint8_t key[static SHELF_KEY_BYTES])
{
    size_t i = 0;
    while (i < shelf->n && memcmp(shelf->documents[i].key, key, SHELF_KEY_BYTES) != 0)
        i++;
    return i;
}

const struct shelf_document *shelf_find(const struct shelf *shelf, const uint8_t key[static SHELF_KEY_BYTES])
{
    size_t i = index_of(shelf, key);
    return i < shelf->n ? &shelf->documents[i] : NULL;
}

static char *copy_or_null(const char *text)
{
    return text == NULL || text[0] == '\0' ? NULL : mem_copy_string(text);
}

void shelf_put(struct shelf *shelf, const struct shelf_document *from)
{
    struct shelf_document copy = *from;   /* may be what stands on the shelf: copied before anything leaves it */
    copy.body = (struct text) {from->body.at == NULL ? NULL : mem_copy_text(from->body), from->body.len};
    copy.content_type = copy_or_null(from->content_type);
    copy.etag = copy_or_null(from->etag);
    copy.last_modified = copy_or_null(from->last_modified);

    size_t i = index_of(shelf, copy.key);
    if (i < shelf->n)
        remove_at(shelf, i);
    else if (shelf->n == SHELF_DOCUMENTS_MAX)
        remove_at(shelf, 0);
    shelf->documents = mem_resize(shelf->documents, shelf->n + 1, sizeof shelf->documents[0]);
    shelf->documents[shelf->n++] = copy;
}

void shelf_retain(struct shelf *shelf, const uint8_t (*keys)[SHELF_KEY_BYTES], size_t n)
{
    for (size_t i = shelf->n; i > 0; i--) {
        bool wanted = false;
        for (size_t k = 0; k < n && !wanted; k++)
            wanted = memcmp(keys[k], shelf->documents[i - 1].key, SHELF_KEY_BYTES) == 0;
        if (!wanted)
            remove_at(shelf, i - 1);
    }
}

void shelf_clear(struct shelf *shelf)
{
    shelf_retain(shelf, NULL, 0);
}
