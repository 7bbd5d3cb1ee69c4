/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/cache.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/mem.h"

struct cached {
    UT_hash_handle hh;
    struct reply reply;
    struct rendering valid;
    struct MHD_Response *full, *unchanged;    /* one reference each */
    _Atomic uint64_t used;                    /* grows with each use; the smallest goes first */
    char key[];                               /* encoding, then the address */
};

enum { KEY_BYTES_MAX_HERE = URI_BYTES_MAX + 2 };

void cache_init(struct cache *cache)
{
    *cache = (struct cache) {.lock = PTHREAD_RWLOCK_INITIALIZER};
}

static void drop(struct cache *cache, struct cached *entry)
{
    HASH_DEL(cache->entries, entry);
    cache->bytes -= entry->reply.body.len;
    MHD_destroy_response(entry->full);
    MHD_destroy_response(entry->unchanged);
    reply_done(&entry->reply);
    free(entry);
}

void cache_done(struct cache *cache)
{
    struct cached *entry, *next;

    HASH_ITER(hh, cache->entries, entry, next)
        drop(cache, entry);
    (void) pthread_rwlock_destroy(&cache->lock);
}

static size_t key_of(const char *uri, bool gzip, char key[static KEY_BYTES_MAX_HERE])
{
    int len = snprintf(key, KEY_BYTES_MAX_HERE, "%c%s", gzip ? 'z' : '-', uri);

    return len < KEY_BYTES_MAX_HERE ? (size_t) len : 0;
}

static bool is_valid(const struct cached *entry, const struct board *board, uint64_t generation)
{
    if (entry->valid.generation != generation)
        return false;
    for (int i = 0; i < VIEW_COUNT; i++) {
        if ((entry->valid.views & (1u << i)) != 0
            && atomic_load_explicit(&board->views[i], memory_order_acquire) != entry->valid.rounds.views[i])
            return false;
    }
    return true;
}

bool cache_find(struct cache *cache, const char *uri, bool gzip, const struct board *board, uint64_t generation,
                struct cache_hit *out)
{
    char key[KEY_BYTES_MAX_HERE];
    size_t len = key_of(uri, gzip, key);
    struct cached *entry = NULL;

    (void) pthread_rwlock_rdlock(&cache->lock);
    if (len > 0)
        HASH_FIND(hh, cache->entries, key, len, entry);
    if (entry == NULL || !is_valid(entry, board, generation)) {
        (void) pthread_rwlock_unlock(&cache->lock);
        return false;
    }
    uint64_t latest = atomic_load_explicit(&cache->uses, memory_order_relaxed);
    if (atomic_load_explicit(&entry->used, memory_order_relaxed) != latest)
        atomic_store_explicit(&entry->used, atomic_fetch_add(&cache->uses, 1) + 1, memory_order_relaxed);
    *out = (struct cache_hit) {&entry->reply, entry->full, entry->unchanged};
    return true;
}

void cache_release(struct cache *cache)
{
    (void) pthread_rwlock_unlock(&cache->lock);
}

static void make_room(struct cache *cache, size_t bytes)
{
    while (cache->entries != NULL
           && (HASH_COUNT(cache->entries) >= CACHE_ENTRIES_MAX || cache->bytes + bytes > CACHE_BYTES_MAX)) {
        struct cached *oldest = cache->entries;
        for (struct cached *entry = cache->entries; entry != NULL; entry = entry->hh.next) {
            if (entry->used < oldest->used)
                oldest = entry;
        }
        drop(cache, oldest);
    }
}

/* The id under which it was rendered goes with every copy that needs no id of its own. */
static void make_responses(struct cached *entry)
{
    char id[REQUEST_ID_BYTES_MAX + 1];

    request_id_make(id);
    entry->reply.request_id = id;
    entry->full = reply_response(&entry->reply);
    entry->unchanged = reply_unchanged(&entry->reply);
    entry->reply.request_id = NULL;
    if (entry->full == NULL || entry->unchanged == NULL)
        abort();
}

void cache_put(struct cache *cache, const char *uri, bool gzip, struct reply *reply, const struct rendering *valid)
{
    char key[KEY_BYTES_MAX_HERE];
    size_t len = key_of(uri, gzip, key);
    struct cached *old = NULL;

    if (len == 0 || reply->body.len > CACHE_BYTES_MAX / 4)
        return;
    struct cached *entry = mem_new(sizeof *entry + len + 1);
    memcpy(entry->key, key, len + 1);
    entry->reply = *reply;
    buffer_init(&reply->body, reply->body.max_bytes);
    entry->valid = *valid;
    entry->used = atomic_fetch_add(&cache->uses, 1) + 1;
    make_responses(entry);

    (void) pthread_rwlock_wrlock(&cache->lock);
    HASH_FIND(hh, cache->entries, key, len, old);
    if (old != NULL)
        drop(cache, old);
    make_room(cache, entry->reply.body.len);
    HASH_ADD_KEYPTR(hh, cache->entries, entry->key, len, entry);
    cache->bytes += entry->reply.body.len;
    (void) pthread_rwlock_unlock(&cache->lock);
}
