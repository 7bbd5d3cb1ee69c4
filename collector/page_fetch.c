/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A round over a page: the documents its feed names, fetched one after the other.
 */
#include "collector/page_private.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/http_client.h"
#include "common/mem.h"
#include "common/registry.h"

enum { CONNECT_MS = 5000, REDIRECTS_MAX = 3 };

static void forget_reading(struct page *page)
{
    page->valid_until_ms = 0;
    page->etag[0] = '\0';
    page->last_modified[0] = '\0';
}

static void digest_documents(const struct page *page, uint8_t out[static PAGE_DIGEST_BYTES])
{
    crypto_generichash_state state;
    (void) crypto_generichash_init(&state, NULL, 0, PAGE_DIGEST_BYTES);   /* fail only for impossible lengths */
    for (size_t i = 0; i < page->n_documents; i++) {
        uint64_t len = page->documents[i].body.len;
        (void) crypto_generichash_update(&state, (const unsigned char *) &len, sizeof len);
        (void) crypto_generichash_update(&state, (const unsigned char *) page->documents[i].body.at, len);
    }
    (void) crypto_generichash_final(&state, out, PAGE_DIGEST_BYTES);
}

static void read_documents(struct page *page)
{
    int64_t now_ms = clock_wall_ms();
    uint8_t digest[PAGE_DIGEST_BYTES];
    digest_documents(page, digest);

    if (now_ms < page->valid_until_ms && memcmp(digest, page->digest, sizeof digest) == 0) {
        page_report_again(page);
    } else {
        memcpy(page->digest, digest, sizeof digest);
        if (!page_report_reading(page, now_ms))
            forget_reading(page);
    }
    page_round_end(page);
}

static void keep_document(struct page *page, const struct http_reply *reply)
{
    page->documents[page->n_documents++] = (struct feed_document) {
        .name = page->request.name,
        .body = {arena_copy_text(&page->arena, reply->body), reply->body.len},
        .content_type = arena_copy_string(&page->arena, reply->content_type),
    };
    bool alone = page->n_documents == 1;   /* of several documents one could change without the other */
    bool fits = strlen(reply->etag) <= PAGE_TAG_BYTES_MAX && strlen(reply->last_modified) <= PAGE_TAG_BYTES_MAX;
    (void) snprintf(page->etag, sizeof page->etag, "%s", alone && fits ? reply->etag : "");
    (void) snprintf(page->last_modified, sizeof page->last_modified, "%s", alone && fits ? reply->last_modified : "");
}

static void page_on_reply(void *context, const struct http_reply *reply)
{
    struct page *page = context;
    page->transfer = NULL;
    if (reply->fault == HTTP_FAULT_CANCELLED || page->context->stopping) {
        page_round_end(page);
        return;
    }

    const char *reason = poll_fault(reply);
    if (reason != NULL) {
        forget_reading(page);
        const char *words = reply->fault != HTTP_FAULT_NONE
                                ? reply->message
                                : arena_format(&page->arena, "the page answered with HTTP %ld", reply->status);
        page_report_fault(page, reason, words);
        page_round_end(page);
        return;
    }
    if (reply->status == 304) {
        if (page->conditional)
            page_report_again(page);
        else
            page_report_fault(page, "shape", "the page answered that nothing changed, but was not asked for changes");
        page_round_end(page);
        return;
    }
    keep_document(page, reply);
    page_fetch(page);
}

static const char **terminated(struct arena *arena, const struct string_list *list)
{
    const char **items = arena_new(arena, (list->n + 1) * sizeof *items);
    for (size_t i = 0; i < list->n; i++)
        items[i] = list->items[i];
    return items;
}

static const char **request_headers(struct page *page)
{
    const char **headers = arena_new(&page->arena, 4 * sizeof *headers);
    size_t n = 0;
    headers[n++] = arena_format(&page->arena, "Accept: %s", page->request.accept);
    bool holds = page->n_documents == 0 && clock_wall_ms() < page->valid_until_ms;
    if (holds && page->etag[0] != '\0')
        headers[n++] = arena_format(&page->arena, "If-None-Match: %s", page->etag);
    if (holds && page->last_modified[0] != '\0')
        headers[n++] = arena_format(&page->arena, "If-Modified-Since: %s", page->last_modified);
    page->conditional = n > 1;
    return headers;
}

void page_fetch(struct page *page)
{
    const struct feed_entry *entry = &page->entry;
    struct feed_input input = {.config = entry, .documents = page->documents, .n_documents = page->n_documents,
                               .now_ms = clock_wall_ms(), .arena = &page->arena};
    if (page->n_documents == FEED_DOCUMENTS_MAX || !page->feed->next(&input, &page->request)) {
        read_documents(page);
        return;
    }

    struct http_request request = {
        .method = "GET",
        .url = page->request.url,
        .headers = request_headers(page),
        .allow_http = entry->allow_http,
        .policy = ADDRESS_PUBLIC,
        .allow_addresses = terminated(&page->arena, &entry->allow_addresses),
        .redirects_max = REDIRECTS_MAX,
        .also_hosts = terminated(&page->arena, &entry->also_hosts),
        .connect_timeout_ms = entry->timeout_ms < CONNECT_MS ? entry->timeout_ms : CONNECT_MS,
        .timeout_ms = entry->timeout_ms,
        .body_bytes_max = (size_t) entry->body_bytes_max,
    };
    struct error err = {0};
    if (http_client_start(page->context->http, &request, page_on_reply, page, &page->transfer, &err) < 0) {
        page_report_fault(page, "connect", err.text);
        page_round_end(page);
    }
}
