/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the watchers of a page are told at the end of a round.
 */
#include "collector/page_private.h"

#include <string.h>

#include "common/clock.h"
#include "common/http_client.h"
#include "common/log.h"
#include "common/mem.h"

static void emit(struct page *page, const Report *report)
{
    Item item = Item_init_zero;
    item.at_boot_ms = clock_boot_ms();
    item.which_body = Item_observation_tag;
    item.body.observation = *report;

    struct page_counts *counts = &page->context->counts;
    counts->polls++;
    if (report->result == RESULT_FAIL) {
        counts->failures++;
        counts->failures_by[poll_reason_of(report->reason)]++;
    }
    page->context->emit(page->context->owner, &item);
}

void page_report_fault(struct page *page, const char *reason, const char *words)
{
    for (size_t i = 0; i < page->n_watchers; i++) {
        Report report;
        poll_report_fault(&page->watchers[i].subject, reason, words, &report);
        emit(page, &report);
    }
}

/* What the sentinel of a watcher gets to see of these documents. */
static struct sentinel_sight sight_of(struct page *page, const struct watcher *watcher)
{
    return (struct sentinel_sight) {.feed = page->feed, .service = watcher->subject.service, .entry = watcher->subject.entry,
                                    .now_ms = clock_wall_ms(), .samples = page->context->samples,
                                    .arena = &page->arena};
}

void page_report_failed(struct page *page, const struct page_host_answer *answer)
{
    const struct http_reply *reply = answer->reply;
    bool seen = reply != NULL && reply->body.len > 0 && !page->request.secret;
    struct feed_document document = {.name = page->request.name};
    if (seen) {
        document.body = reply->body;
        document.content_type = reply->content_type;
    }
    for (size_t i = 0; i < page->n_watchers; i++) {
        struct watcher *watcher = &page->watchers[i];
        struct sentinel_sight sight = sight_of(page, watcher);
        sight.documents = &document;
        sight.n_documents = page->request.secret ? 0 : 1;
        sight.status = reply == NULL ? 0 : reply->status;
        Report report;
        poll_report_fault(&watcher->subject, answer->reason,
                          sentinel_fault(&watcher->sentinel, &sight, answer->reason, answer->words), &report);
        emit(page, &report);
    }
}

/* A reading, as the sentinel of a watcher sees it: what is wrong with it beyond what the feed says. */
static void watch_over(struct page *page, struct watcher *watcher, struct feed_result *result)
{
    bool secret[FEED_DOCUMENTS_MAX] = {0};
    struct sentinel_sight sight = sight_of(page, watcher);
    for (size_t i = 0; i < page->n_documents; i++)
        secret[i] = page->fetched[i].secret;
    sight.documents = page->documents;
    sight.secret = secret;
    sight.n_documents = page->n_documents;
    sight.status = 200;
    sentinel_read(&watcher->sentinel, &sight, result);
}

void page_report_again(struct page *page)
{
    page->context->counts.unchanged += page->n_watchers;
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

bool page_report_reading(struct page *page, int64_t now_ms)
{
    bool good = true;
    page->context->counts.parses += page->n_watchers;
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
        watch_over(page, watcher, &result);
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

bool page_report_lacks_filters_only(const struct page *page)
{
    bool only = true;
    for (size_t i = 0; only && i < page->n_watchers; i++) {
        const Report *last = &page->watchers[i].last;
        only = last->result != RESULT_FAIL || strcmp(last->reason, "filter_miss") == 0;
    }
    return only;
}
