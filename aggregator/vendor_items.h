/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vendor_items: the incidents and maintenance windows of vendors' pages that the store holds, by service and item; bounded.
 * Rows only: what they said is in the store.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "common/limits.h"
#include "proto/rows.pb.h"

enum {
    VENDOR_ITEMS_MAX = 512,        /* of a service, closed ones included */
    VENDOR_VERSIONS_MAX = 64,      /* of an item: the first, and the newest */
    VENDOR_WINDOWS_MAX = 64,       /* of a service, that the engine knows of at a time */
    VENDOR_OPEN_END_MS = 7 * 24 * 3600 * 1000,    /* how long a window lasts at the most whose end nobody tells */
};

struct vendor_item {
    VendorItemRow row;
    char name[sizeof((VendorItemRow *) 0)->key + 1];    /* kind and key */
    UT_hash_handle hh;
};

struct vendor_service {
    char id[ID_BYTES_MAX + 1];
    struct vendor_item *items;     /* owned */
    bool refused;                  /* an item found no room, which was told */
    UT_hash_handle hh;
};

struct vendor_items {              /* all zero is a valid, empty one */
    struct vendor_service *services;    /* owned */
};

void vendor_items_done(struct vendor_items *);

/* Borrowed until the next change. find: NULL when nothing is known of the service. */
struct vendor_service *vendor_items_find(const struct vendor_items *, const char *service);
struct vendor_service *vendor_items_make(struct vendor_items *, const char *service);

/* key: see vendor_say_key. find: NULL when unknown. add: a row with its names and nothing else. */
struct vendor_item *vendor_service_find(const struct vendor_service *, VendorItemKind, const char *key);
struct vendor_item *vendor_service_add(struct vendor_service *, VendorItemKind, const char *key, const char *id);
void vendor_service_drop(struct vendor_service *, struct vendor_item *);

/* A row of the store; -EINVAL: none of ours, or one too many. */
int vendor_items_load(struct vendor_items *, const VendorItemRow *);

/* The closed one that changed longest ago; NULL: all are open. */
struct vendor_item *vendor_service_eldest(const struct vendor_service *);
bool vendor_service_is_full(const struct vendor_service *);

/* Windows that the engine was told of and that are not over. */
size_t vendor_service_windows(const struct vendor_service *, int64_t now_ms);

/*
 * The maintenance window that this item makes now; false: none. One that the vendor has begun has begun, whatever was planned;
 * one without an end lasts VENDOR_OPEN_END_MS; what is over, closed or gone, and what has neither begun nor a time to, makes
 * none.
 */
bool vendor_window_of(const VendorItemRow *, const VendorItem *, int64_t now_ms, int64_t *start_ms, int64_t *end_ms);
