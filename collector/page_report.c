/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the watchers of a page are told at the end of a round.
 */
#include "collector/page_private.h"

#include <string.h>

#include "common/clock.h"
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
