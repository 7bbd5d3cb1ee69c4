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
    sight.n_documents = page->n_present > 0 ? page->n_present : page->n_documents;
    for (size_t i = 0; i < sight.n_documents; i++)
        secret[i] = page->fetched[i].secret;
    sight.documents = page->documents;
    sight.secret = secret;
    sight.status = 200;
    sentinel_read(&watcher->sentinel, &sight, result);
}

void page_report_again(struct page *page)
{
    page->context->counts.unchanged += page->n_watchers;
    for (size_t i = 0; i < page->n_watchers; i++) {
        vendor_news_confirm(&page->watchers[i].items, clock_boot_ms());
        emit(page, &page->watchers[i].last);
    }
}

static struct vendor_teller teller_of(const struct page *page, const struct watcher *watcher)
{
    return (struct vendor_teller) {.service = watcher->subject.service, .emit = page->context->emit,
                                   .owner = page->context->owner, .at_boot_ms = clock_boot_ms()};
}

void page_say_items_again(struct page *page)
{
    for (size_t i = 0; i < page->n_watchers; i++) {
        struct vendor_teller teller = teller_of(page, &page->watchers[i]);
        vendor_news_again(&page->watchers[i].items, &teller);
    }
}

static void note_unseen(const struct watcher *watcher, const struct feed_result *result)
{
    if (result->unseen_words > 0 && result->unseen_word != NULL)
        log_warning("feed.unseen_word", "the page uses a word we have never met; what it names is unknown",
                    LOG_TEXT("service", watcher->subject.service), LOG_TEXT("word", result->unseen_word),
                    LOG_INT("words", result->unseen_words));
}

static void read_for(struct page *page, const struct feed_input *input, struct feed_result *out)
{
    struct error err = {0};

    *out = (struct feed_result) {.valid_until_ms = INT64_MAX};
    page->context->counts.parses++;
    if (page->feed->parse(input, out, &err) < 0) {
        out->reason = out->reason != NULL ? out->reason : "parse";
        out->reason_text = arena_copy_string(&page->arena, err.text);
    }
}

static void report_to(struct page *page, struct watcher *watcher, struct feed_result *result)
{
    struct vendor_teller teller = teller_of(page, watcher);

    watch_over(page, watcher, result);
    note_unseen(watcher, result);
    poll_report(&watcher->subject, result, &page->arena, &watcher->last);
    emit(page, &watcher->last);
    if (result->reason == NULL)   /* a page that could not be read withdraws nothing */
        vendor_news_read(&watcher->items, result, &teller);
}

/* Whether something vanished from the page, and the feed knows where it is told how that ended. Asked once a round. */
static bool has_history(struct page *page, const struct feed_result *results, int64_t now_ms)
{
    struct feed_input input = {.config = &page->entry, .documents = page->documents, .n_documents = page->n_documents,
                               .now_ms = now_ms, .arena = &page->arena, .vanished = true};
    struct feed_request request = {0};
    bool vanished = false;

    for (size_t i = 0; i < page->n_watchers; i++)
        vanished = vanished || (results[i].reason == NULL && vendor_news_misses(&page->watchers[i].items, &results[i]));
    return vanished && page->n_present == 0 && page->n_documents < FEED_DOCUMENTS_MAX && page->feed->next(&input, &request);
}

enum page_reading page_report_reading(struct page *page, int64_t now_ms)
{
    struct feed_result *results = arena_new(&page->arena, page->n_watchers * sizeof *results);
    bool good = true;
    int64_t valid_until_ms = INT64_MAX;
    for (size_t i = 0; i < page->n_watchers; i++) {
        struct feed_input input = {.config = page->watchers[i].subject.entry, .documents = page->documents,
                                   .n_documents = page->n_documents, .now_ms = now_ms, .arena = &page->arena,
                                   .vanished = page->n_present > 0};
        read_for(page, &input, &results[i]);
    }
    if (has_history(page, results, now_ms))
        return PAGE_HAS_A_HISTORY;

    for (size_t i = 0; i < page->n_watchers; i++) {
        report_to(page, &page->watchers[i], &results[i]);
        good = good && results[i].reason == NULL;
        if (results[i].valid_until_ms < valid_until_ms)
            valid_until_ms = results[i].valid_until_ms;
    }
    page->valid_until_ms = good ? valid_until_ms : 0;
    return good ? PAGE_READ : PAGE_UNREAD;
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
