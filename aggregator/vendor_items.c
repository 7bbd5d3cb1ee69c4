/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/vendor_items.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"

static void make_name(VendorItemKind kind, const char *key, char out[static sizeof((struct vendor_item *) 0)->name])
{
    (void) snprintf(out, sizeof((struct vendor_item *) 0)->name, "%c%s", kind == VENDOR_ITEM_MAINTENANCE ? 'm' : 'i', key);
}

void vendor_items_done(struct vendor_items *items)
{
    struct vendor_service *service;
    struct vendor_service *next;

    HASH_ITER(hh, items->services, service, next) {
        struct vendor_item *item;
        struct vendor_item *next_item;
        HASH_ITER(hh, service->items, item, next_item)
            vendor_service_drop(service, item);
        HASH_DEL(items->services, service);
        free(service);
    }
}

struct vendor_service *vendor_items_find(const struct vendor_items *items, const char *id)
{
    struct vendor_service *service;

    HASH_FIND_STR(items->services, id, service);
    return service;
}

struct vendor_service *vendor_items_make(struct vendor_items *items, const char *id)
{
    struct vendor_service *service = vendor_items_find(items, id);
    if (service != NULL)
        return service;

    service = mem_new(sizeof *service);
    (void) snprintf(service->id, sizeof service->id, "%s", id);
    HASH_ADD_STR(items->services, id, service);
    return service;
}

struct vendor_item *vendor_service_find(const struct vendor_service *service, VendorItemKind kind, const char *key)
{
    struct vendor_item *item;
    char name[sizeof item->name];

    make_name(kind, key, name);
    HASH_FIND_STR(service->items, name, item);
    return item;
}

struct vendor_item *vendor_service_add(struct vendor_service *service, VendorItemKind kind, const char *key, const char *id)
{
    struct vendor_item *item = mem_new(sizeof *item);
    VendorItemRow *row = &item->row;

    make_name(kind, key, item->name);
    row->kind = kind;
    (void) snprintf(row->service, sizeof row->service, "%s", service->id);
    (void) snprintf(row->key, sizeof row->key, "%s", key);
    (void) snprintf(row->id, sizeof row->id, "%s", id);
    HASH_ADD_STR(service->items, name, item);
    return item;
}

void vendor_service_drop(struct vendor_service *service, struct vendor_item *item)
{
    HASH_DEL(service->items, item);
    free(item);
}

int vendor_items_load(struct vendor_items *items, const VendorItemRow *row)
{
    bool possible = (row->kind == VENDOR_ITEM_INCIDENT || row->kind == VENDOR_ITEM_MAINTENANCE) && row->key[0] != '\0'
                    && row->versions > 0 && text_is_id(text_of(row->service), ID_BYTES_MAX);
    if (!possible)
        return -EINVAL;

    struct vendor_service *service = vendor_items_make(items, row->service);
    if (vendor_service_is_full(service) || vendor_service_find(service, row->kind, row->key) != NULL)
        return -EINVAL;
    vendor_service_add(service, row->kind, row->key, row->id)->row = *row;
    return 0;
}

struct vendor_item *vendor_service_eldest(const struct vendor_service *service)
{
    struct vendor_item *eldest = NULL;

    for (struct vendor_item *item = service->items; item != NULL; item = item->hh.next) {
        if (item->row.gone && (eldest == NULL || item->row.changed_at_ms < eldest->row.changed_at_ms))
            eldest = item;
    }
    return eldest;
}

bool vendor_service_is_full(const struct vendor_service *service)
{
    return HASH_COUNT(service->items) >= VENDOR_ITEMS_MAX;
}

size_t vendor_service_windows(const struct vendor_service *service, int64_t now_ms)
{
    size_t n = 0;

    for (const struct vendor_item *item = service->items; item != NULL; item = item->hh.next)
        n += item->row.window && item->row.window_end_ms > now_ms;
    return n;
}

bool vendor_window_of(const VendorItemRow *row, const VendorItem *item, int64_t now_ms, int64_t *start_ms, int64_t *end_ms)
{
    int64_t start = item->starts_at_ms;
    bool begun = row->window && row->window_start_ms <= now_ms;

    if (item->kind != VENDOR_ITEM_MAINTENANCE || item->ended || row->gone)
        return false;
    if (item->running && (start == 0 || start > now_ms))
        start = begun ? row->window_start_ms : now_ms;
    if (start == 0)
        return false;
    *start_ms = start;
    *end_ms = item->ends_at_ms > start ? item->ends_at_ms : start + VENDOR_OPEN_END_MS;
    return *end_ms > now_ms;
}
