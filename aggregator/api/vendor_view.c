/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/vendor_view.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/api/walk.h"
#include "common/limits.h"
#include "common/text.h"

static void put_number(struct store_key *key, uint64_t number)
{
    for (size_t i = sizeof number; i-- > 0;)
        key->bytes[key->len++] = (uint8_t) (number >> (8 * i));
}

struct store_key vendor_view_place(const VendorItemRow *row)
{
    struct store_key place = {.len = 0};
    size_t len = strlen(row->key);

    place.bytes[place.len++] = row->gone;
    put_number(&place, UINT64_MAX - (uint64_t) row->first_seen_ms);
    memcpy(place.bytes + place.len, row->key, len);
    place.len += len;
    return place;
}

static int by_place(const void *a, const void *b)
{
    struct store_key left = vendor_view_place(*(VendorItemRow *const *) a);
    struct store_key right = vendor_view_place(*(VendorItemRow *const *) b);

    return key_compare(&left, &right);
}

size_t vendor_view_items(struct store_txn *txn, struct arena *arena, const struct vendor_view_choice *choice,
                         VendorItemRow ***out)
{
    struct store_range range = {.prefix = key_vendor_items_of(choice->service, choice->kind)};
    VendorItemRow *row = arena_new(arena, sizeof *row);
    VendorItemRow **rows = NULL;
    struct store_cursor cursor;
    size_t n = 0, room = 0;

    store_walk(txn, TABLE_VENDOR_ITEMS, range, &cursor);
    while (walk_next(&cursor, NULL, row)) {
        if (choice->open_only && row->gone)
            continue;
        if (n == room) {
            room = room == 0 ? 16 : 2 * room;
            VendorItemRow **more = arena_new(arena, room * sizeof *more);
            if (n > 0)
                memcpy(more, rows, n * sizeof *more);
            rows = more;
        }
        rows[n++] = row;
        row = arena_new(arena, sizeof *row);
    }
    store_walk_end(&cursor);
    if (n > 1)
        qsort(rows, n, sizeof *rows, by_place);
    *out = rows;
    return n;
}

bool vendor_view_words(struct store_txn *txn, const VendorItemRow *row, VendorVersionRow *room)
{
    struct store_range range = {.prefix = key_vendor_versions_of(row->service, row->kind, row->key), .backwards = true};
    struct store_cursor cursor;
    bool found = false;

    store_walk(txn, TABLE_VENDOR_VERSIONS, range, &cursor);
    while (!found && walk_next(&cursor, NULL, room))
        found = room->has_item;
    store_walk_end(&cursor);
    return found;
}

bool vendor_view_of_window(struct store_txn *txn, const char *window, VendorVersionRow *room)
{
    static const char vendor[] = "vendor:";
    VendorItemRow row = {.kind = VENDOR_ITEM_MAINTENANCE};
    struct text rest = text_of(window);
    struct text service;

    if (!text_starts_with(rest, vendor))
        return false;
    rest = (struct text) {rest.at + strlen(vendor), rest.len - strlen(vendor)};
    if (!text_take_until(&rest, ':', &service) || !text_copy(row.service, sizeof row.service, service)
        || !text_copy(row.key, sizeof row.key, rest))
        return false;
    return vendor_view_words(txn, &row, room);
}
