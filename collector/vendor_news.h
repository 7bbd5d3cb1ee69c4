/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vendor_news: what a page lists for one service, incidents and maintenance windows, told when it is new or another than was
 * told, and which of them are on the page when that changed. Pure but for the memory of what was told and its `emit`.
 *
 *     struct vendor_news items = {0};
 *     vendor_news_read(&items, &result, &teller);      // after each good reading; a failed one says nothing
 *     vendor_news_confirm(&items, clock_boot_ms());    // the page is as it was
 *     vendor_news_again(&items, &teller);              // the aggregator may have forgotten: all of it once more
 *     vendor_news_done(&items);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/feeds/feed.h"
#include "proto/wire.pb.h"

struct vendor_kept;

struct vendor_news {                  /* all zero: nothing was read yet */
    struct vendor_kept *kept;          /* owned: what is on the page, as it was told */
    size_t n_kept;
    int64_t read_boot_ms;              /* when that was last known to be so, CLOCK_BOOTTIME; 0: never */
    uint32_t readings;
    bool listed[2];                    /* the aggregator was told which there are: incidents, windows */
};

/* To whom and of whom. */
struct vendor_teller {
    const char *service;
    void (*emit)(void *owner, const Item *);   /* borrowed for the call */
    void *owner;
    int64_t at_boot_ms;                /* of the reading */
};

/* A good reading. Items that are new or another go out, then those that are gone from the page (with their end where
 * result->ended tells it), then the lists that are not as they were. A reading with as many items as a feed can hold may be cut:
 * it withdraws nothing. */
void vendor_news_read(struct vendor_news *, const struct feed_result *, const struct vendor_teller *);

/* Whether something that was on the page is not in this reading: a history may tell how it ended. */
bool vendor_news_misses(const struct vendor_news *, const struct feed_result *);

/* The last reading still holds. */
void vendor_news_confirm(struct vendor_news *, int64_t at_boot_ms);

/* All of it once more, as of the last reading; the teller's time is not looked at. */
void vendor_news_again(struct vendor_news *, const struct vendor_teller *);

void vendor_news_done(struct vendor_news *);
