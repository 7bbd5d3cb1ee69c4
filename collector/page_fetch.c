/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A round over a page: the documents its feed names, one after the other, from the shelf or from the wire; what may pass is
 * asked again after a moment.
 */
#include "collector/page_private.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "collector/egress_check.h"
#include "common/clock.h"
#include "common/http_client.h"
#include "common/mem.h"
#include "common/registry.h"

enum {
    CONNECT_MS = 5000,
    REDIRECTS_MAX = 3,
    HEADERS_MAX = 16,                    /* that a feed asks for */
    SHELVED_BODY_BYTES_MAX = 256 * 1024, /* of what is kept only to be compared with */
};

_Static_assert((int) SHELF_DOCUMENTS_MAX >= (int) FEED_DOCUMENTS_MAX, "a round fits the shelf");

static void fetch(struct page *page);

/* The document that is being asked for, or has just come. */
static struct fetched *current(struct page *page)
{
    return &page->fetched[page->n_documents];
}

static int64_t left_ms(const struct page *page)
{
    return page->entry.timeout_ms - page->spent_ms;
}

/* ---------------------------------------------------------------- the end of a round */

static void add_document(struct page *page, struct text body, const char *content_type)
{
    page->documents[page->n_documents++] = (struct feed_document) {
        .name = page->request.name,
        .body = {arena_copy_text(&page->arena, body), body.len},
        .content_type = arena_copy_string(&page->arena, content_type),
    };
}

static void fail(struct page *page, const struct page_host_answer *answer)
{
    page->valid_until_ms = 0;
    if (strcmp(answer->reason, "auth") == 0)
        shelf_clear(&page->shelf);   /* a token that is good no more; whatever was read with it */
    page_report_failed(page, answer);
    page_round_end(page, answer);
}

static void fail_shape(struct page *page, const char *words)
{
    fail(page, &(struct page_host_answer) {.reason = "shape", .words = words});
}

static void end_well(struct page *page)
{
    const struct http_reply wish = {.status = page->wish_status, .retry_after_s = page->wish_s};
    page_round_end(page, &(struct page_host_answer) {.reply = page->wish_status != 0 ? &wish : NULL});
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

/* For the next round. Of a page's only document its tags are enough: unchanged, it says what it said. Of several, one may
 * change without the other, and a tag is worth nothing without the body it stands for. */
static void shelve(struct page *page, size_t i)
{
    const struct fetched *fetched = &page->fetched[i];
    const struct feed_document *document = &page->documents[i];
    bool body = fetched->keep_ms > 0 || (page->n_documents > 1 && document->body.len <= SHELVED_BODY_BYTES_MAX);
    bool tags = (body || page->n_documents == 1) && (fetched->etag[0] != '\0' || fetched->last_modified[0] != '\0');
    if (fetched->from_shelf || (!tags && fetched->keep_ms == 0))
        return;

    struct shelf_document shelved = {
        .body = body ? document->body : (struct text) {0},
        .content_type = (char *) document->content_type,
        .etag = tags ? (char *) fetched->etag : NULL,
        .last_modified = tags ? (char *) fetched->last_modified : NULL,
        .usable_until_ms = fetched->keep_ms > 0 ? clock_boot_ms() + fetched->keep_ms : 0,
        .secret = fetched->secret,
    };
    memcpy(shelved.key, fetched->key, sizeof shelved.key);
    shelf_put(&page->shelf, &shelved);
}

static void shelve_all(struct page *page)
{
    uint8_t keys[FEED_DOCUMENTS_MAX][SHELF_KEY_BYTES];
    if (page->n_present > 0)
        page->n_documents = page->n_present;   /* a history is asked for once */
    for (size_t i = 0; i < page->n_documents; i++) {
        shelve(page, i);
        memcpy(keys[i], page->fetched[i].key, sizeof keys[i]);
    }
    shelf_retain(&page->shelf, (const uint8_t (*)[SHELF_KEY_BYTES]) keys, page->n_documents);
}

static void read_documents(struct page *page)
{
    int64_t now_ms = clock_wall_ms();
    uint8_t digest[PAGE_DIGEST_BYTES];
    digest_documents(page, digest);

    enum page_reading reading = PAGE_READ;
    if (page->n_present == 0 && now_ms < page->valid_until_ms && memcmp(digest, page->digest, sizeof digest) == 0) {
        page_report_again(page);
    } else {
        if (page->n_present == 0)
            memcpy(page->digest, digest, sizeof digest);
        reading = page_report_reading(page, now_ms);
    }
    if (reading == PAGE_HAS_A_HISTORY) {
        page->n_present = page->n_documents;
        fetch(page);
        return;
    }
    if (reading == PAGE_READ)
        shelve_all(page);
    else if (!page_report_lacks_filters_only(page))
        shelf_clear(&page->shelf);   /* a token or a list that leads nowhere is not used until its time is over */
    end_well(page);
}

/* ---------------------------------------------------------------- what came */

static const char *tag(struct page *page, const char *text)
{
    return strlen(text) <= SHELF_TAG_BYTES_MAX ? arena_copy_string(&page->arena, text) : "";
}

/* A document is there. What may be used again is good for the next round even if this one fails for want of another. */
static void go_on(struct page *page)
{
    struct fetched *fetched = &page->fetched[page->n_documents - 1];
    if (fetched->keep_ms > 0) {
        shelve(page, page->n_documents - 1);
        fetched->from_shelf = true;
    }
    fetch(page);
}

static void take_body(struct page *page, const struct http_reply *reply)
{
    struct fetched *fetched = current(page);
    fetched->etag = tag(page, reply->etag);
    fetched->last_modified = tag(page, reply->last_modified);
    add_document(page, reply->body, reply->content_type);
    go_on(page);
}

/* An optional document that can't be had: its place stays empty. What its host wishes is heard at the end of the round. */
static void go_without(struct page *page, const struct http_reply *reply)
{
    if (reply != NULL && reply->fault == HTTP_FAULT_NONE && (reply->status == 429 || reply->status == 503)) {
        page->wish_status = reply->status;
        page->wish_s = reply->retry_after_s;
    }
    add_document(page, (struct text) {"", 0}, "");
    fetch(page);
}

/* 304. Never good news without what it is about. */
static void take_unchanged(struct page *page)
{
    struct fetched *fetched = current(page);
    const struct shelf_document *shelved = shelf_find(&page->shelf, fetched->key);

    if (!fetched->conditional || shelved == NULL) {
        fail_shape(page, "the page answered that nothing changed, but was not asked for changes");
    } else if (shelved->body.at == NULL) {
        page_report_again(page);   /* it was the only document of the reading that holds */
        end_well(page);
    } else {
        fetched->etag = tag(page, shelved->etag == NULL ? "" : shelved->etag);
        fetched->last_modified = tag(page, shelved->last_modified == NULL ? "" : shelved->last_modified);
        fetched->from_shelf = fetched->keep_ms == 0;
        add_document(page, shelved->body, shelved->content_type == NULL ? "" : shelved->content_type);
        go_on(page);
    }
}

/* True: the request is made once more. */
static bool try_again(struct page *page, const struct http_reply *reply)
{
    int64_t wait_ms = retry_wait_ms(reply, page->retries, left_ms(page), &page->context->rng);
    if (wait_ms < 0)
        return false;
    page->retries++;
    page->spent_ms += wait_ms;
    page->context->counts.retries++;
    page_retry_in(page, wait_ms);
    return true;
}

/* Whether it could not be fetched because we reach nothing at all: what the network refuses is a reason to look. */
static bool are_cut_off(const struct page *page, const struct http_reply *reply)
{
    struct egress_check *egress = page->context->egress;
    if (egress == NULL || !http_fault_is_network(reply->fault))
        return false;
    egress_check_doubt(egress);
    enum egress_place place = egress_check_place(reply->address, egress_host_of_url(reply->effective_url));
    return egress_explains(egress_check_state(egress), place);
}

static void fail_cut_off(struct page *page, const struct http_reply *reply)
{
    fail(page, &(struct page_host_answer) {.reply = reply, .reason = "egress", .cut_off = true, .words = arena_format(
        &page->arena, "this collector reaches nothing outside (egress_check), so nothing can be said of the page; seen: %s",
        reply->message)});
}

static void page_on_reply(void *context, const struct http_reply *reply)
{
    struct page *page = context;
    page->transfer = NULL;
    page->spent_ms += reply->total_ms;
    if (reply->fault == HTTP_FAULT_CANCELLED || page->context->stopping) {
        page_round_drop(page);
        return;
    }

    const char *reason = poll_fault(reply);
    if (reason != NULL && are_cut_off(page, reply)) {
        fail_cut_off(page, reply);
        return;
    }
    if (reason != NULL && page->request.optional) {
        go_without(page, reply);
        return;
    }
    if (reason != NULL && try_again(page, reply))
        return;
    if (reason != NULL) {
        const char *words = reply->fault != HTTP_FAULT_NONE
                                ? reply->message
                                : arena_format(&page->arena, "the page answered with HTTP %ld", reply->status);
        fail(page, &(struct page_host_answer) {.reply = reply, .reason = reason, .words = words});
    } else if (reply->status == 304) {
        take_unchanged(page);
    } else {
        take_body(page, reply);
    }
}

/* ---------------------------------------------------------------- what is asked for */

static const char **terminated(struct arena *arena, const struct string_list *list)
{
    const char **items = arena_new(arena, (list->n + 1) * sizeof *items);
    for (size_t i = 0; i < list->n; i++)
        items[i] = list->items[i];
    return items;
}

/* Conditional when what a 304 would stand for is there: the document itself, or the reading that was made of it alone. */
static const char **request_headers(struct page *page)
{
    const char **headers = arena_new(&page->arena, (HEADERS_MAX + 4) * sizeof *headers);
    struct fetched *fetched = current(page);
    const struct shelf_document *shelved = shelf_find(&page->shelf, fetched->key);
    bool holds = shelved != NULL && (shelved->body.at != NULL || (page->n_documents == 0 && clock_wall_ms() < page->valid_until_ms));
    size_t n = 0;

    headers[n++] = arena_format(&page->arena, "Accept: %s", page->request.accept == NULL ? "*/*" : page->request.accept);
    for (size_t i = 0; page->request.headers != NULL && page->request.headers[i] != NULL && i < HEADERS_MAX; i++)
        headers[n++] = page->request.headers[i];
    if (holds && shelved->etag != NULL)
        headers[n++] = arena_format(&page->arena, "If-None-Match: %s", shelved->etag);
    if (holds && shelved->last_modified != NULL)
        headers[n++] = arena_format(&page->arena, "If-Modified-Since: %s", shelved->last_modified);
    fetched->conditional = holds && (shelved->etag != NULL || shelved->last_modified != NULL);
    return headers;
}

static void request_current(struct page *page)
{
    const struct feed_entry *entry = &page->entry;
    int64_t time_ms = left_ms(page);
    if (time_ms <= 0 && page->request.optional) {
        go_without(page, NULL);
        return;
    }
    if (time_ms <= 0) {
        fail(page, &(struct page_host_answer) {.reason = "timeout", .words = arena_format(
            &page->arena, "the documents of the page took more than %lld ms together", (long long) entry->timeout_ms)});
        return;
    }

    struct http_request request = {
        .method = page->request.body.len > 0 ? "POST" : "GET",
        .url = page->request.url,
        .headers = request_headers(page),
        .body = page->request.body,
        .allow_http = entry->allow_http,
        .policy = ADDRESS_PUBLIC,
        .allow_addresses = terminated(&page->arena, &entry->allow_addresses),
        .redirects_max = REDIRECTS_MAX,
        .also_hosts = terminated(&page->arena, &entry->also_hosts),
        .connect_timeout_ms = time_ms < CONNECT_MS ? time_ms : CONNECT_MS,
        .timeout_ms = time_ms,
        .body_bytes_max = (size_t) entry->body_bytes_max,
        .secret_url = page->request.secret,
    };
    struct error err = {0};
    if (http_client_start(page->context->http, &request, page_on_reply, page, &page->transfer, &err) == 0)
        return;
    if (page->request.optional)
        go_without(page, NULL);
    else
        fail(page, &(struct page_host_answer) {.reason = "connect", .words = err.text});
}

static bool asked_before(const struct page *page, const uint8_t key[static SHELF_KEY_BYTES])
{
    for (size_t i = 0; i < page->n_documents; i++) {
        if (memcmp(page->fetched[i].key, key, SHELF_KEY_BYTES) == 0)
            return true;
    }
    return false;
}

enum step { STEP_REQUEST, STEP_SHELVED, STEP_OVER };

/* What comes next: a document that is to be requested, one that stood on the shelf and is there now, or nothing, because the
 * round is over. */
static enum step next_step(struct page *page)
{
    struct feed_input input = {.config = &page->entry, .documents = page->documents, .n_documents = page->n_documents,
                               .now_ms = clock_wall_ms(), .arena = &page->arena, .vanished = page->n_present > 0};
    page->request = (struct feed_request) {0};
    bool full = page->n_documents == FEED_DOCUMENTS_MAX;
    if ((full && page->n_present > 0) || !page->feed->next(&input, &page->request)) {
        read_documents(page);
        return STEP_OVER;
    }
    if (full) {   /* pages that lead to pages, on and on */
        fail_shape(page, arena_format(&page->arena, "the page wants more than %d documents to be read", FEED_DOCUMENTS_MAX));
        return STEP_OVER;
    }
    uint8_t key[SHELF_KEY_BYTES];
    shelf_key(page->request.url, page->request.body, key);
    if (asked_before(page, key)) {
        fail_shape(page, arena_format(&page->arena, "the page leads back to %s, which was read already", page->request.name));
        return STEP_OVER;
    }

    struct fetched *fetched = current(page);
    *fetched = (struct fetched) {.keep_ms = page->request.keep_ms, .secret = page->request.secret, .etag = "", .last_modified = ""};
    memcpy(fetched->key, key, sizeof key);
    const struct shelf_document *shelved = shelf_find(&page->shelf, key);
    if (shelved == NULL || shelved->body.at == NULL || clock_boot_ms() >= shelved->usable_until_ms)
        return STEP_REQUEST;
    fetched->from_shelf = true;
    add_document(page, shelved->body, shelved->content_type == NULL ? "" : shelved->content_type);
    return STEP_SHELVED;
}

static void fetch(struct page *page)
{
    enum step step = next_step(page);
    while (step == STEP_SHELVED)
        step = next_step(page);
    if (step == STEP_REQUEST)
        request_current(page);
}

void page_fetch_round(struct page *page)
{
    assert(page->n_documents == 0);
    page->fetched = arena_new(&page->arena, (FEED_DOCUMENTS_MAX + 1) * sizeof *page->fetched);
    page->retries = 0;
    page->spent_ms = 0;
    page->wish_status = 0;
    fetch(page);
}

void page_fetch_again(struct page *page)
{
    request_current(page);
}
