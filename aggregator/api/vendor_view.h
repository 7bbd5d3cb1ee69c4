/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vendor_view: what vendors' pages list, as the store has it: items, their newest words, their order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/planned.h"
#include "aggregator/store/store.h"
#include "common/mem.h"

struct vendor_view_choice {
    const char *service;
    VendorItemKind kind;
    bool open_only;
};

/* The rows that are meant, in the arena: open ones first, then those that were first seen last. */
size_t vendor_view_items(struct store_txn *, struct arena *, const struct vendor_view_choice *, VendorItemRow ***out);

/* The place of an item in that order, as a cursor holds it: key_compare orders it. */
struct store_key vendor_view_place(const VendorItemRow *);

/* The newest version that has words. False: none can be read. */
bool vendor_view_words(struct store_txn *, const VendorItemRow *, VendorVersionRow *room);

/* The same of the item whose window has this id ("vendor:SERVICE:KEY"). */
bool vendor_view_of_window(struct store_txn *, const char *window, VendorVersionRow *room);
