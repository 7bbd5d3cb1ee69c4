/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vendor_say: what a collector says of one vendor incident or window, against what is known of it: is it news, and what is
 * new in it. Pure.
 *
 * Two collectors may read the same page, each a little earlier or later than the other. So a version is news only when it
 * differs from what is known and from what this collector itself said last; what it read before another brought the newest
 * version is no news either. And an item is gone only when nobody who is still heard has it on the page.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/vendor_change.h"
#include "proto/rows.pb.h"

/* Who speaks. */
struct vendor_speaker {
    const char *collector;
    int64_t observed_at_ms;                /* when it read the page, engine clock */
    int64_t now_ms;                        /* engine clock */
    bool (*is_heard)(const void *context, const char *collector);    /* whether another one still is */
    const void *context;
};

/* The key of an item: its id where that is of letters, digits, '.', '_' and '-', else a mark and a digest of it. */
void vendor_say_key(const char *id, char out[static sizeof((VendorItemRow *) 0)->key]);

/* Takes what is said into the row, which is of this item, or as new with versions 0. Returns bits of enum vendor_change: the
 * row is then one version further. 0: there is nothing new; what the row keeps of its speakers may have changed. */
uint32_t vendor_say_item(VendorItemRow *, const struct vendor_speaker *, const VendorItem *);

/* The page as this collector reads it lists the item, or does not. Returns VENDOR_DELETED when it is gone by that, else 0;
 * *touched: the row has changed at all. */
uint32_t vendor_say_listed(VendorItemRow *, const struct vendor_speaker *, bool listed, bool *touched);

/* Whether a list speaks of an item of this id. */
bool vendor_say_covers(const VendorList *, const char *id);
