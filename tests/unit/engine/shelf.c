/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/shelf.h"

#include <pb_decode.h>
#include <pb_encode.h>
#include <stdio.h>
#include <string.h>

static struct stored *shelf_find(struct shelf *shelf, const char *key)
{
    for (size_t i = 0; i < shelf->n; i++) {
        if (strcmp(shelf->rows[i].key, key) == 0)
            return &shelf->rows[i];
    }
    return NULL;
}

static void shelf_delete(struct shelf *shelf, const char *key)
{
    struct stored *row = shelf_find(shelf, key);
    if (row != NULL)
        *row = shelf->rows[--shelf->n];
}

static void key_of(const StateRow *row, char *key, size_t cap)
{
    switch (row->which_row) {
    case StateRow_service_tag:
        (void) snprintf(key, cap, "service %s", row->row.service.id);
        break;
    case StateRow_source_tag:
        (void) snprintf(key, cap, "source %s %s", row->row.source.service, row->row.source.source);
        break;
    case StateRow_collector_tag:
        (void) snprintf(key, cap, "collector %s", row->row.collector.name);
        break;
    case StateRow_alert_tag:
        (void) snprintf(key, cap, "alert %s", row->row.alert.key);
        break;
    case StateRow_slo_tag:
        (void) snprintf(key, cap, "slo %s", row->row.slo.service);
        break;
    case StateRow_minutes_tag:
        (void) snprintf(key, cap, "minutes %s %lld", row->row.minutes.service, (long long) row->row.minutes.first);
        break;
    case StateRow_window_tag:
        (void) snprintf(key, cap, "window %s", row->row.window.window.id);
        break;
    case StateRow_grace_tag:
        (void) snprintf(key, cap, "grace %s", row->row.grace.subject);
        break;
    case StateRow_evidence_tag:
        (void) snprintf(key, cap, "evidence %s %s", row->row.evidence.evidence.area, row->row.evidence.evidence.subject);
        break;
    case StateRow_incident_tag:
        (void) snprintf(key, cap, "incident %llu", (unsigned long long) row->row.incident.number);
        break;
    case StateRow_member_tag:
        (void) snprintf(key, cap, "member %llu %s", (unsigned long long) row->row.member.incident, row->row.member.service);
        break;
    default:
        (void) snprintf(key, cap, "engine");
        break;
    }
}

static void key_of_removed(const struct engine_removed *removed, char *key, size_t cap)
{
    switch (removed->kind) {
    case REMOVED_SERVICE:
        (void) snprintf(key, cap, "service %s", removed->service);
        break;
    case REMOVED_SOURCE:
        (void) snprintf(key, cap, "source %s %s", removed->service, removed->source);
        break;
    case REMOVED_COLLECTOR:
        (void) snprintf(key, cap, "collector %s", removed->name);
        break;
    case REMOVED_WINDOW:
        (void) snprintf(key, cap, "window %s", removed->name);
        break;
    case REMOVED_GRACE:
        (void) snprintf(key, cap, "grace %s", removed->name);
        break;
    case REMOVED_EVIDENCE:
        (void) snprintf(key, cap, "evidence %s %s", removed->area, removed->name);
        break;
    case REMOVED_MEMBER:
        (void) snprintf(key, cap, "member %llu %s", (unsigned long long) removed->incident, removed->name);
        break;
    }
}

static void shelf_put(struct shelf *shelf, const StateRow *row)
{
    char key[SHELF_KEY_BYTES];
    key_of(row, key, sizeof key);
    struct stored *stored = shelf_find(shelf, key);
    if (stored == NULL) {
        assert_true(shelf->n < SHELF_ROWS_MAX);
        stored = &shelf->rows[shelf->n++];
        memcpy(stored->key, key, sizeof key);
    }
    pb_ostream_t out = pb_ostream_from_buffer(stored->bytes, sizeof stored->bytes);
    assert_true(pb_encode(&out, StateRow_fields, row));
    stored->len = out.bytes_written;
}

void shelf_drain(struct shelf *shelf, struct engine *engine)
{
    struct engine_closed closed;
    struct engine_removed removed;
    StateRow row;
    uint32_t slot;
    char key[SHELF_KEY_BYTES];

    while (engine_next_closed(engine, &closed)) {
        (void) snprintf(key, sizeof key, "alert %s", closed.alert->key);
        shelf_delete(shelf, key);
    }
    while (engine_next_removed(engine, &removed)) {
        key_of_removed(&removed, key, sizeof key);
        shelf_delete(shelf, key);
        if (removed.kind == REMOVED_SERVICE) {
            (void) snprintf(key, sizeof key, "slo %s", removed.service);
            shelf_delete(shelf, key);
        }
    }
    while (engine_next_dirty(engine, &row, &slot))
        shelf_put(shelf, &row);
}

struct engine *shelf_load(struct shelf *shelf, struct rng *rng)
{
    struct engine *engine = engine_new();

    for (size_t i = shelf->n; i > 1; i--) {          /* any order will do */
        size_t other = rng_below(rng, i);
        struct stored swap = shelf->rows[i - 1];
        shelf->rows[i - 1] = shelf->rows[other];
        shelf->rows[other] = swap;
    }
    for (size_t i = 0; i < shelf->n; i++) {
        StateRow row = StateRow_init_zero;
        pb_istream_t in = pb_istream_from_buffer(shelf->rows[i].bytes, shelf->rows[i].len);
        assert_true(pb_decode(&in, StateRow_fields, &row));
        assert_int_equal(engine_load(engine, &row), 0);
    }
    return engine;
}

void shelf_compare(struct shelf *expected, struct shelf *got, uint64_t seed)
{
    assert_int_equal(expected->n, got->n);
    for (size_t i = 0; i < expected->n; i++) {
        const struct stored *other = shelf_find(got, expected->rows[i].key);
        bool same = other != NULL && other->len == expected->rows[i].len &&
            memcmp(other->bytes, expected->rows[i].bytes, other->len) == 0;
        if (!same)
            fail_msg("seed %llu: row %s differs", (unsigned long long) seed, expected->rows[i].key);
    }
}
