/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_private: what page.c (when a page is asked), page_fetch.c (the documents of a round) and page_report.c (what its
 * watchers are told) share. Included nowhere else.
 */
#pragma once

#include "collector/page.h"
#include "collector/poll_report.h"
#include "collector/sentinel.h"
#include "collector/vendor_news.h"

struct watcher {
    struct poll_subject subject;
    struct sentinel sentinel;
    Report last;                    /* of the page's last good reading, said again while its bytes stay the same */
    struct vendor_news items;      /* what the page lists for it */
};

/* Where a document of the round came from. */
struct fetched {
    uint8_t key[SHELF_KEY_BYTES];
    const char *etag;               /* "" when it had none, or one that is too long */
    const char *last_modified;
    int64_t keep_ms;                /* as the feed asked; 0: not */
    bool secret;
    bool from_shelf;                /* it is there already, as it was asked for then */
    bool conditional;               /* asked whether what is on the shelf, or the last reading, still holds */
};

/* Begins a round: the host is the page's until page_round_end. */
void page_fetch_round(struct page *);

/* Makes the request of the round again. */
void page_fetch_again(struct page *);

/* page_fetch_again is to be called after this time. */
void page_retry_in(struct page *, int64_t wait_ms);

/* The round is over and has reported: the host hears how it ended and is free for the next page. */
void page_round_end(struct page *, const struct page_host_answer *);

/* It is over because we stop: nothing is said. */
void page_round_drop(struct page *);

/* Every watcher's poll failed: one word and one sentence. */
void page_report_fault(struct page *, const char *reason, const char *words);

/* The same for an answer that ended the round: what it came with may say why. */
void page_report_failed(struct page *, const struct page_host_answer *);

/* The last good reading holds. */
void page_report_again(struct page *);

enum page_reading {
    PAGE_READ,                      /* every watcher could read it: equal bytes are the same answer until page->valid_until_ms */
    PAGE_UNREAD,                    /* one of them could not */
    PAGE_HAS_A_HISTORY,             /* nothing was reported: something is gone from the page, and the feed knows where it is told
                                     * how that ended */
};

/* Reads the documents of the round for every watcher and reports. */
enum page_reading page_report_reading(struct page *, int64_t now_ms);

/* Whether all that the last reading lacked was what a filter looks for: its documents were as they should be. */
bool page_report_lacks_filters_only(const struct page *);
