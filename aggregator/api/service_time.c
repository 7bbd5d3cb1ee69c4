/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/service_time.h"

#include <errno.h>
#include <string.h>

#include "aggregator/api/service_view.h"
#include "aggregator/api/walk.h"
#include "aggregator/engine/config.h"

/* ---- whom */

/* The first configured service behind the cursor; they stand in order of id. */
static size_t place_after(const struct engine_config *engine, const struct store_key *cursor)
{
    size_t at = 0;

    while (at < engine->n_services) {
        struct store_key key = key_name(engine->services[at].id);
        if (key_compare(&key, cursor) > 0)
            break;
        at++;
    }
    return at;
}

int time_walk_begin(struct time_walk *walk, struct render *render)
{
    const struct query *query = &render->request->query;
    struct text value;
    struct store_key cursor;

    *walk = (struct time_walk) {.render = render, .named = query_get(query, "service", &value)};
    int r = query_limit(query, &walk->left, render->problem);
    if (r < 0 || !query_get(query, "cursor", &value))
        return r;
    if (walk->named)
        return problem_set(render->problem, PROBLEM_PARAMETER, "cursor does not go with service");
    if (!key_from_hex(value, &cursor))
        return problem_set(render->problem, PROBLEM_PARAMETER, "cursor is not one of ours");
    walk->next = place_after(render->config->engine, &cursor);
    return 0;
}

static int find_named(struct render *render, struct text name, struct time_subject *out)
{
    ServiceState state = {0};
    bool fits = text_copy(state.id, sizeof state.id, name);
    const struct service_entry *entry = fits ? registry_find(&render->config->registry, state.id) : NULL;
    int r = fits ? store_get(render->txn, TABLE_SERVICES, key_name(state.id), &state) : STORE_ABSENT;
    if (entry == NULL && r != 0)
        return problem_set(render->problem, PROBLEM_PARAMETER, "service: there is none that is called %.*s",
                           (int) (name.len > 64 ? 64 : name.len), name.at);
    if (r != 0)
        (void) text_copy(state.id, sizeof state.id, name);
    *out = (struct time_subject) {
        .id = arena_copy_text(&render->arena, name),
        .name = entry != NULL ? entry->name : arena_copy_string(&render->arena, state.name),
        .params = service_view_params(render->config, &state),
    };
    return 0;
}

static int next_named(struct time_walk *walk, struct time_subject *out)
{
    const struct query *query = &walk->render->request->query;

    for (; walk->next < query->n; walk->next++) {
        if (text_is(query->parameters[walk->next].name, "service"))
            return find_named(walk->render, query->parameters[walk->next++].value, out);
    }
    return STORE_ABSENT;
}

int time_walk_next(struct time_walk *walk, struct time_subject *out)
{
    const struct engine_config *engine = walk->render->config->engine;

    if (walk->named)
        return next_named(walk, out);
    if (walk->next == engine->n_services)
        return STORE_ABSENT;
    if (walk->left == 0) {
        struct store_key last = key_name(engine->services[walk->next - 1].id);
        key_to_hex(&last, walk->render->next_cursor);
        return STORE_ABSENT;
    }
    const struct engine_service *service = &engine->services[walk->next++];
    walk->left--;
    *out = (struct time_subject) {.id = service->id, .name = service->name, .params = &service->params};
    return 0;
}

/* ---- their time */

int64_t service_time_now(const struct render *render)
{
    return render->world.has_engine ? render->world.engine.now_ms : 0;
}

/* The run that holds this minute begins before it, but not in another life of the service. */
static struct store_key first_key(struct store_txn *txn, const char *id, int64_t minute, int64_t since)
{
    struct store_range range = {.prefix = key_sources_of(id), .from = key_minutes(id, minute), .backwards = true};
    struct store_cursor cursor;
    struct store_key key;
    MinutesState row;

    store_walk(txn, TABLE_MINUTES, range, &cursor);
    bool found = walk_next(&cursor, &key, &row) && row.first >= since;
    store_walk_end(&cursor);
    return found ? key : key_minutes(id, minute > since ? minute : since);
}

static void read_runs(struct store_txn *txn, const char *id, struct store_key from, struct minutes *out)
{
    struct store_range range = {.prefix = key_sources_of(id), .from = from};
    struct store_cursor cursor;
    MinutesState row;

    store_walk(txn, TABLE_MINUTES, range, &cursor);
    while (walk_next(&cursor, NULL, &row)) {
        const struct minute_run run = {
            .first = row.first,
            .n = row.n,
            .each = {.known_ms = row.known_ms, .raw_ms = row.raw_ms, .bad = row.bad, .worst = (uint8_t) row.worst},
        };
        (void) minutes_add_run(out, &run);    /* one that is none of ours is left out */
    }
    store_walk_end(&cursor);
}

void service_time_read(const struct render *render, const char *id, int64_t from, struct service_time *out)
{
    SloState row;

    *out = (struct service_time) {.now_ms = service_time_now(render)};
    if (store_get(render->txn, TABLE_SLO, key_name(id), &row) != 0)
        return;
    out->minutes = (struct minutes) {
        .at_ms = row.at_ms,
        .level = (uint8_t) row.level,
        .weight = (uint16_t) row.weight,
        .open = {.known_ms = row.known_ms, .raw_ms = row.raw_ms, .bad = row.bad, .worst = (uint8_t) row.worst},
    };
    if (out->now_ms < row.at_ms)
        out->now_ms = row.at_ms;
    read_runs(render->txn, id, first_key(render->txn, id, from, minute_of(row.since_ms)), &out->minutes);
}

void service_time_done(struct service_time *time)
{
    minutes_done(&time->minutes);
}
