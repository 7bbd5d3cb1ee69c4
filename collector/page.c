/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page that is due waits for its host to be free, fetches the documents its feed names one after the other, and reports
 * for every watcher.
 */
#include "collector/page.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/feeds/feed.h"
#include "collector/poll_report.h"
#include "common/clock.h"
#include "common/http_client.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/registry.h"

enum { CONNECT_MS = 5000, REDIRECTS_MAX = 3 };

struct watcher {
    struct poll_subject subject;
    Report last;                    /* of the page's last good reading, said again while its bytes stay the same */
};

static void fetch_next(struct page *page);

/* ---------------------------------------------------------------- reporting */

static void emit(struct page *page, const Report *report)
{
    Item item = Item_init_zero;
    item.at_boot_ms = clock_boot_ms();
    item.which_body = Item_observation_tag;
    item.body.observation = *report;

    page->context->polls++;
    page->context->failures += report->result == RESULT_FAIL;
    page->context->emit(page->context->owner, &item);
}

static void report_fault(struct page *page, const char *reason, const char *words)
{
    for (size_t i = 0; i < page->n_watchers; i++) {
        Report report;
        poll_report_fault(&page->watchers[i].subject, reason, words, &report);
        emit(page, &report);
    }
}

static void report_again(struct page *page)
{
    for (size_t i = 0; i < page->n_watchers; i++)
        emit(page, &page->watchers[i].last);
}

static void note_unseen(const struct watcher *watcher, const struct feed_result *result)
{
    if (result->unseen_words > 0 && result->unseen_word != NULL)
        log_warning("feed.unseen_word", "the page uses a word we have never met; what it names is unknown",
                    LOG_TEXT("service", watcher->subject.service), LOG_TEXT("word", result->unseen_word),
                    LOG_INT("words", result->unseen_words));
}

/* True when every watcher could read it: only then may equal bytes be taken for the same answer. */
static bool report_reading(struct page *page, int64_t now_ms)
{
    bool good = true;
    int64_t valid_until_ms = INT64_MAX;
    for (size_t i = 0; i < page->n_watchers; i++) {
        struct watcher *watcher = &page->watchers[i];
        struct feed_input input = {.config = watcher->subject.entry, .documents = page->documents,
                                   .n_documents = page->n_documents, .now_ms = now_ms, .arena = &page->arena};
        struct feed_result result = {.valid_until_ms = INT64_MAX};
        struct error err = {0};
        if (page->feed->parse(&input, &result, &err) < 0) {
            result.reason = result.reason != NULL ? result.reason : "parse";
            result.reason_text = err.text;
        }
        note_unseen(watcher, &result);
        poll_report(&watcher->subject, &result, &page->arena, &watcher->last);
        good = good && result.reason == NULL;
        if (result.valid_until_ms < valid_until_ms)
            valid_until_ms = result.valid_until_ms;
        emit(page, &watcher->last);
    }
    page->valid_until_ms = good ? valid_until_ms : 0;
    return good;
}

/* ---------------------------------------------------------------- one round of one page */

static void host_start_next(struct page_host *host)
{
    struct page *page = host->waiting;
    if (page == NULL || host->busy != NULL)
        return;

    host->waiting = page->next_waiting;
    page->next_waiting = NULL;
    host->busy = page;
    fetch_next(page);
}

static void round_end(struct page *page)
{
    arena_done(&page->arena);   /* a page is idle most of the time: thirty idle blocks would be two megabytes */
    page->n_documents = 0;
    page->pending = false;
    page->host->busy = NULL;
    if (page->context->stopping)
        return;
    host_start_next(page->host);
    page->context->ended(page->context->owner);
}

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
        report_again(page);
    } else {
        memcpy(page->digest, digest, sizeof digest);
        if (!report_reading(page, now_ms))
            forget_reading(page);
    }
    round_end(page);
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
        round_end(page);
        return;
    }

    const char *reason = poll_fault(reply);
    if (reason != NULL) {
        forget_reading(page);
        const char *words = reply->fault != HTTP_FAULT_NONE
                                ? reply->message
                                : arena_format(&page->arena, "the page answered with HTTP %ld", reply->status);
        report_fault(page, reason, words);
        round_end(page);
        return;
    }
    if (reply->status == 304) {
        if (page->conditional)
            report_again(page);
        else
            report_fault(page, "shape", "the page answered that nothing changed, but was not asked for changes");
        round_end(page);
        return;
    }
    keep_document(page, reply);
    fetch_next(page);
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

/* Fetches the next document the feed asks for; when it asks for none, reads what is there. */
static void fetch_next(struct page *page)
{
    const struct feed_entry *entry = page->entry;
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
        report_fault(page, "connect", err.text);
        round_end(page);
    }
}

/* ---------------------------------------------------------------- when */

void page_due(struct page *page)
{
    if (page->pending || page->context->stopping)
        return;   /* still at the last round: a page is never asked twice at once */

    page->pending = true;
    struct page **end = &page->host->waiting;
    while (*end != NULL)
        end = &(*end)->next_waiting;
    *end = page;
    host_start_next(page->host);
}

static void arm(struct page *page);

static void page_on_timer(uv_timer_t *timer)
{
    struct page *page = container_of(timer, struct page, timer);

    page_due(page);
    arm(page);
}

static void arm(struct page *page)
{
    int64_t now_ms = clock_mono_ms();
    int64_t due_ms = schedule_next(&page->schedule, now_ms);

    uv_update_time(page->context->loop);   /* libuv's own time may be old after long work */
    (void) uv_timer_start(&page->timer, page_on_timer, (uint64_t) (due_ms - now_ms), 0);   /* fails only when closing */
}

void page_start(struct page *page, int64_t now_mono_ms, uint64_t draw)
{
    int64_t every_ms = page->watchers[0].subject.every_ms;
    for (size_t i = 1; i < page->n_watchers; i++) {
        if (page->watchers[i].subject.every_ms < every_ms)
            every_ms = page->watchers[i].subject.every_ms;
    }
    schedule_init(&page->schedule, every_ms, now_mono_ms, draw);
    arm(page);
}

/* ---------------------------------------------------------------- coming and going */

struct page *page_new(struct page_context *context, struct page_host *host, const struct feed *feed,
                      const struct feed_entry *entry)
{
    struct page *page = mem_new(sizeof *page);
    page->context = context;
    page->host = host;
    page->feed = feed;
    page->entry = entry;
    (void) uv_timer_init(context->loop, &page->timer);   /* cannot fail */
    return page;
}

void page_watch(struct page *page, const char *service, const struct feed_entry *entry, int64_t every_ms)
{
    page->watchers = mem_resize(page->watchers, page->n_watchers + 1, sizeof *page->watchers);
    page->watchers[page->n_watchers++] =
        (struct watcher) {.subject = {.service = service, .entry = entry, .every_ms = every_ms}};
}

bool page_is_read_by(const struct page *page, const char *service)
{
    for (size_t i = 0; i < page->n_watchers; i++) {
        if (strcmp(page->watchers[i].subject.service, service) == 0)
            return true;
    }
    return false;
}

void page_stop(struct page *page, uv_close_cb closed)
{
    if (page->transfer != NULL)
        http_client_cancel(page->transfer);
    uv_close((uv_handle_t *) &page->timer, closed);
}

void page_free(struct page *page)
{
    arena_done(&page->arena);
    free(page->watchers);
    free(page);
}
