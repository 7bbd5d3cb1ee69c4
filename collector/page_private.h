/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_private: what page.c (when a page is asked), page_fetch.c (the documents of a round) and page_report.c (what its
 * watchers are told) share. Included nowhere else.
 */
#pragma once

#include "collector/page.h"
#include "collector/poll_report.h"

struct watcher {
    struct poll_subject subject;
    Report last;                    /* of the page's last good reading, said again while its bytes stay the same */
};

/* Fetches the next document the feed asks for; when it asks for none, reads what is there. Ends the round in the end. */
void page_fetch(struct page *);

/* The round is over and has reported: the host is free for the next page. */
void page_round_end(struct page *);

/* Every watcher's poll failed: one word and one sentence. */
void page_report_fault(struct page *, const char *reason, const char *words);

/* The last good reading holds. */
void page_report_again(struct page *);

/* Reads the documents of the round for every watcher. True when each could: only then may equal bytes be taken for the same
 * answer, until page->valid_until_ms. */
bool page_report_reading(struct page *, int64_t now_ms);
