/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/stream_rows.h"

#include <string.h>

#include "aggregator/api/body.h"
#include "aggregator/api/stream.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"

void stream_rows_init(struct stream_rows *rows)
{
    *rows = (struct stream_rows) {.lock = PTHREAD_MUTEX_INITIALIZER};
    buffer_init(&rows->text, STREAM_SLICE_BYTES_MAX);
}

void stream_rows_done(struct stream_rows *rows)
{
    buffer_done(&rows->text);
    (void) pthread_mutex_destroy(&rows->lock);
}

static struct store_key end_of(struct store_txn *txn, bool newest)
{
    TimelineRow row;
    struct store_cursor cursor;
    struct store_key key;

    store_walk(txn, TABLE_TIMELINE, (struct store_range) {.backwards = newest}, &cursor);
    if (!walk_next(&cursor, &key, &row))
        key.len = 0;
    store_walk_end(&cursor);
    return key;
}

int stream_rows_ends(struct store *store, struct stream_place *out)
{
    struct store_txn *txn;

    int r = store_read(store, &txn);
    if (r < 0)
        return r;
    out->newest = end_of(txn, true);
    out->oldest = end_of(txn, false);
    store_end(txn);
    return 0;
}

static void put_event(const uint8_t *lineage, const struct store_key *key, const TimelineRow *row, struct buffer *out)
{
    char id[STREAM_ID_BYTES];
    size_t before = out->len;

    stream_id_render(lineage, key, id);
    (void) buffer_format(out, "id: %s\nevent: timeline\ndata: ", id);
    bool whole = body_write(views_timeline_json(key, row), out) == 0 && buffer_put_text(out, "\n\n") == 0;
    if (!whole)                              /* a hundred rows fit many times over; a cut event must not go out */
        out->len = before;
}

static int read_slice(struct stream_rows *rows, struct store *store, const struct store_key *after)
{
    TimelineRow row;
    struct store_txn *txn;
    struct store_cursor cursor;
    struct store_key key;

    int r = store_read(store, &txn);
    if (r < 0)
        return r;
    buffer_reset(&rows->text);
    rows->after = rows->last = *after;
    rows->n = 0;
    store_walk(txn, TABLE_TIMELINE, (struct store_range) {.from = *after, .exclusive = true}, &cursor);
    while (rows->n < STREAM_SLICE_ROWS && walk_next(&cursor, &key, &row)) {
        put_event(store_schema(store)->lineage, &key, &row, &rows->text);
        rows->last = key;
        rows->n++;
    }
    store_walk_end(&cursor);
    store_end(txn);
    rows->filled = true;
    return 0;
}

int stream_rows_next(struct stream_rows *rows, struct store *store, uint64_t round, struct store_key *position,
                     struct buffer *out, size_t *n)
{
    int r = 0;

    (void) pthread_mutex_lock(&rows->lock);
    bool same = rows->filled && rows->round == round && rows->after.len == position->len
                && memcmp(rows->after.bytes, position->bytes, position->len) == 0;
    if (!same) {
        r = read_slice(rows, store, position);
        rows->filled = r == 0;
        rows->round = round;
    }
    *n = 0;
    if (r == 0) {
        *n = rows->n;
        *position = rows->last;
        r = buffer_put(out, rows->text.bytes, rows->text.len);
    }
    (void) pthread_mutex_unlock(&rows->lock);
    return r;
}
