/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/vendor_news.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/feeds/result.h"
#include "common/mem.h"
#include "common/text.h"

enum { DIGEST_BYTES = 16, LIST_IDS_MAX = ARRAY_SIZE(((VendorList *) 0)->ids) };

/* What was told of an item; strings are owned. */
struct vendor_kept {
    VendorItemKind kind;
    char *id, *title, *state, *impact, *text, *link;
    int64_t starts_at_ms, ends_at_ms, updated_at_ms;
    bool running;
    uint8_t digest[DIGEST_BYTES];
    uint32_t reading;                  /* in which it was last seen */
};

#define COPY(to, from) ((void) text_copy((to), sizeof(to), text_of((from) == NULL ? "" : (from))))   /* what is too long is cut */

/* ---------------------------------------------------------------- from a feed's result to the wire */

/* The vendor's id; what has none, or one too long, gets one that is the same in each reading. */
static void copy_id(VendorItem *item, const char *id, const char *title)
{
    uint8_t digest[DIGEST_BYTES];
    crypto_generichash_state state;

    if (id != NULL && id[0] != '\0' && strlen(id) < sizeof item->id) {
        COPY(item->id, id);
        return;
    }
    const char *words = id != NULL && id[0] != '\0' ? id : title == NULL ? "" : title;
    int64_t start_ms = words == id ? 0 : item->starts_at_ms;
    (void) crypto_generichash_init(&state, NULL, 0, sizeof digest);   /* these fail only for impossible lengths */
    (void) crypto_generichash_update(&state, (const unsigned char *) words, strlen(words));
    (void) crypto_generichash_update(&state, (const unsigned char *) &start_ms, sizeof start_ms);
    (void) crypto_generichash_final(&state, digest, sizeof digest);
    memcpy(item->id, "t.", 2);
    text_to_hex(digest, sizeof digest, item->id + 2);
}

static void from_incident(const struct feed_incident *incident, VendorItem *out)
{
    *out = (VendorItem) {.kind = VENDOR_ITEM_INCIDENT, .starts_at_ms = incident->started_at_ms,
                         .updated_at_ms = incident->updated_at_ms};
    copy_id(out, incident->id, incident->name);
    COPY(out->title, incident->name);
    COPY(out->state, incident->state);
    COPY(out->impact, incident->impact);
    COPY(out->text, incident->text);
    COPY(out->link, incident->link);
}

static void from_window(const struct feed_window *window, VendorItem *out)
{
    *out = (VendorItem) {.kind = VENDOR_ITEM_MAINTENANCE, .starts_at_ms = window->starts_at_ms,
                         .ends_at_ms = window->ends_at_ms, .running = window->running};
    copy_id(out, window->id, window->name);
    COPY(out->title, window->name);
    COPY(out->state, window->running ? "in_progress" : "scheduled");
    COPY(out->text, window->text);
    COPY(out->link, window->link);
}

static void from_kept(const struct vendor_kept *kept, VendorItem *out)
{
    *out = (VendorItem) {.kind = kept->kind, .starts_at_ms = kept->starts_at_ms, .ends_at_ms = kept->ends_at_ms,
                         .updated_at_ms = kept->updated_at_ms, .running = kept->running};
    COPY(out->id, kept->id);
    COPY(out->title, kept->title);
    COPY(out->state, kept->state);
    COPY(out->impact, kept->impact);
    COPY(out->text, kept->text);
    COPY(out->link, kept->link);
}

/* Of all that makes a version; the time of an update alone makes none. */
static void digest_of(const VendorItem *item, uint8_t out[static DIGEST_BYTES])
{
    const char *const strings[] = {item->title, item->state, item->impact, item->text, item->link};
    const int64_t numbers[] = {item->starts_at_ms, item->ends_at_ms, item->running};
    crypto_generichash_state state;

    (void) crypto_generichash_init(&state, NULL, 0, DIGEST_BYTES);
    for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
        (void) crypto_generichash_update(&state, (const unsigned char *) strings[i], strlen(strings[i]) + 1);
    (void) crypto_generichash_update(&state, (const unsigned char *) numbers, sizeof numbers);
    (void) crypto_generichash_final(&state, out, DIGEST_BYTES);
}

/* ---------------------------------------------------------------- memory */

static void forget(struct vendor_kept *kept)
{
    char *const strings[] = {kept->id, kept->title, kept->state, kept->impact, kept->text, kept->link};

    for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
        free(strings[i]);
}

static void remember(struct vendor_kept *kept, const VendorItem *item, const uint8_t digest[static DIGEST_BYTES])
{
    forget(kept);
    *kept = (struct vendor_kept) {
        .kind = item->kind, .id = mem_copy_string(item->id), .title = mem_copy_string(item->title),
        .state = mem_copy_string(item->state), .impact = mem_copy_string(item->impact), .text = mem_copy_string(item->text),
        .link = mem_copy_string(item->link), .starts_at_ms = item->starts_at_ms, .ends_at_ms = item->ends_at_ms,
        .updated_at_ms = item->updated_at_ms, .running = item->running,
    };
    memcpy(kept->digest, digest, DIGEST_BYTES);
}

static struct vendor_kept *find(const struct vendor_news *items, const VendorItem *item)
{
    for (size_t i = 0; i < items->n_kept; i++) {
        if (items->kept[i].kind == item->kind && strcmp(items->kept[i].id, item->id) == 0)
            return &items->kept[i];
    }
    return NULL;
}

static struct vendor_kept *add(struct vendor_news *items)
{
    items->kept = mem_resize(items->kept, items->n_kept + 1, sizeof *items->kept);
    struct vendor_kept *kept = &items->kept[items->n_kept++];
    *kept = (struct vendor_kept) {0};
    return kept;
}

void vendor_news_done(struct vendor_news *items)
{
    for (size_t i = 0; i < items->n_kept; i++)
        forget(&items->kept[i]);
    free(items->kept);
    *items = (struct vendor_news) {0};
}

/* ---------------------------------------------------------------- saying it */

static void say(const struct vendor_teller *teller, const VendorItem *item)
{
    Item wire = {.at_boot_ms = teller->at_boot_ms, .which_body = Item_vendor_item_tag};

    wire.body.vendor_item = *item;
    COPY(wire.body.vendor_item.service, teller->service);
    teller->emit(teller->owner, &wire);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* In messages that stand alone: each covers the ids from where the last one ended. One with no ids says that there are none. */
static void say_ids(const struct vendor_teller *teller, VendorItemKind kind, const char *const *ids, size_t n)
{
    const char *after = "";

    for (size_t from = 0; from == 0 || from < n; from += LIST_IDS_MAX) {
        Item wire = {.at_boot_ms = teller->at_boot_ms, .which_body = Item_vendor_list_tag};
        VendorList *list = &wire.body.vendor_list;
        size_t to = from + LIST_IDS_MAX < n ? from + LIST_IDS_MAX : n;

        COPY(list->service, teller->service);
        list->kind = kind;
        for (size_t i = from; i < to; i++)
            COPY(list->ids[list->ids_count++], ids[i]);
        COPY(list->after, after);
        after = to < n ? ids[to - 1] : "";
        COPY(list->through, after);
        teller->emit(teller->owner, &wire);
    }
}

static void say_list(struct vendor_news *items, const struct vendor_teller *teller, VendorItemKind kind)
{
    CLEANUP(mem_freep) const char **ids = mem_new_array(items->n_kept, sizeof *ids);
    size_t n = 0;

    for (size_t i = 0; i < items->n_kept; i++) {
        if (items->kept[i].kind == kind)
            ids[n++] = items->kept[i].id;
    }
    if (n > 1)
        qsort(ids, n, sizeof *ids, by_id);
    say_ids(teller, kind, ids, n);
}

static bool *listed(struct vendor_news *items, VendorItemKind kind)
{
    return &items->listed[kind == VENDOR_ITEM_MAINTENANCE];
}

/* ---------------------------------------------------------------- a reading */

static void take(struct vendor_news *items, const VendorItem *item, const struct vendor_teller *teller)
{
    struct vendor_kept *kept = find(items, item);
    uint8_t digest[DIGEST_BYTES];
    digest_of(item, digest);
    if (kept != NULL && kept->reading == items->readings)
        return;   /* twice on one page: the first counts */

    if (kept == NULL) {
        kept = add(items);
        *listed(items, item->kind) = false;
    }
    if (memcmp(kept->digest, digest, sizeof digest) != 0 || kept->id == NULL) {
        remember(kept, item, digest);
        say(teller, item);
    }
    kept->reading = items->readings;
}

static void take_all(struct vendor_news *items, const struct feed_result *result, const struct vendor_teller *teller)
{
    VendorItem item;

    for (size_t i = 0; i < result->n_incidents; i++) {
        from_incident(&result->incidents[i], &item);
        take(items, &item, teller);
    }
    for (size_t i = 0; i < result->n_windows; i++) {
        from_window(&result->windows[i], &item);
        take(items, &item, teller);
    }
}

/* How it ended, if the result tells. */
static bool find_end(const struct feed_result *result, const struct vendor_kept *kept, VendorItem *out)
{
    for (size_t i = 0; kept->kind == VENDOR_ITEM_INCIDENT && i < result->n_ended; i++) {
        from_incident(&result->ended[i], out);
        if (strcmp(out->id, kept->id) == 0)
            return true;
    }
    for (size_t i = 0; kept->kind == VENDOR_ITEM_MAINTENANCE && i < result->n_ended_windows; i++) {
        from_window(&result->ended_windows[i], out);
        COPY(out->state, "completed");
        if (strcmp(out->id, kept->id) == 0)
            return true;
    }
    return false;
}

/* A list that may be cut withdraws nothing: what it does not name is neither closed nor told as gone. */
static bool is_cut(const struct feed_result *result, VendorItemKind kind)
{
    return (kind == VENDOR_ITEM_MAINTENANCE ? result->n_windows : result->n_incidents) >= FEED_ITEMS_MAX;
}

static void part_with(struct vendor_news *items, const struct feed_result *result, const struct vendor_teller *teller)
{
    size_t n = 0;
    VendorItem end;

    for (size_t i = 0; i < items->n_kept; i++) {
        struct vendor_kept *kept = &items->kept[i];
        if (kept->reading == items->readings) {
            items->kept[n++] = *kept;
            continue;
        }
        if (!is_cut(result, kept->kind) && find_end(result, kept, &end)) {
            end.ended = true;
            end.running = false;
            say(teller, &end);
        }
        *listed(items, kept->kind) = false;
        forget(kept);
    }
    items->n_kept = n;
}

void vendor_news_read(struct vendor_news *items, const struct feed_result *result, const struct vendor_teller *teller)
{
    static const VendorItemKind kinds[] = {VENDOR_ITEM_INCIDENT, VENDOR_ITEM_MAINTENANCE};

    items->readings++;
    items->read_boot_ms = teller->at_boot_ms;
    take_all(items, result, teller);
    part_with(items, result, teller);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (*listed(items, kinds[i]) || is_cut(result, kinds[i]))
            continue;
        say_list(items, teller, kinds[i]);
        *listed(items, kinds[i]) = true;
    }
}

static bool is_in(const struct vendor_kept *kept, const struct feed_result *result)
{
    VendorItem item;

    for (size_t i = 0; kept->kind == VENDOR_ITEM_INCIDENT && i < result->n_incidents; i++) {
        from_incident(&result->incidents[i], &item);
        if (strcmp(item.id, kept->id) == 0)
            return true;
    }
    for (size_t i = 0; kept->kind == VENDOR_ITEM_MAINTENANCE && i < result->n_windows; i++) {
        from_window(&result->windows[i], &item);
        if (strcmp(item.id, kept->id) == 0)
            return true;
    }
    return false;
}

bool vendor_news_misses(const struct vendor_news *items, const struct feed_result *result)
{
    for (size_t i = 0; i < items->n_kept; i++) {
        if (!is_cut(result, items->kept[i].kind) && !is_in(&items->kept[i], result))
            return true;
    }
    return false;
}

void vendor_news_confirm(struct vendor_news *items, int64_t at_boot_ms)
{
    if (items->read_boot_ms != 0)
        items->read_boot_ms = at_boot_ms;
}

void vendor_news_again(struct vendor_news *items, const struct vendor_teller *teller)
{
    struct vendor_teller again = *teller;
    VendorItem item;
    if (items->read_boot_ms == 0)
        return;   /* nothing is known: the first reading will tell */

    again.at_boot_ms = items->read_boot_ms;
    for (size_t i = 0; i < items->n_kept; i++) {
        from_kept(&items->kept[i], &item);
        say(&again, &item);
    }
    if (items->listed[0])
        say_list(items, &again, VENDOR_ITEM_INCIDENT);
    if (items->listed[1])
        say_list(items, &again, VENDOR_ITEM_MAINTENANCE);
}
