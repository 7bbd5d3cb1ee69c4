/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inputs of the engine. Each gets the next number and is kept in the journal: what replay reads is what was decided
 * on.
 */
#include <stdio.h>
#include <string.h>

#include "aggregator/core_private.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"

static uint64_t next_input(struct core *core)
{
    return core->world.next_input++;
}

static void note_dropped(struct core *core)
{
    if (!core->round.effects.accepted)
        metric_add(METRIC_OBSERVATIONS_DROPPED, 1);
}

void input_begin_round(struct core *core)
{
    int64_t wall_ms = clock_wall_ms();
    int64_t mono_ms = clock_mono_ms();
    bool lost = anchor_lost(&core->anchor, wall_ms, mono_ms);

    core->round.wall_ms = wall_ms;
    core->round.now_ms = anchor_read(&core->anchor, mono_ms);
    if (lost) {
        log_warning("core.gap", "the wall clock ran ahead: the time in between is unknown",
                    LOG_INT("from_ms", engine_now(core->engine)), LOG_INT("to_ms", core->round.now_ms));
        input_command(core, &(Command) {.which_input = Command_gap_tag});
    }
}

/* The run of its source grows, or breaks and starts anew. */
static void journal_observation(struct core *core, struct source_entry *entry, const Observation *observation,
                                uint64_t input)
{
    struct round *round = &core->round;
    if (run_extends(&entry->run, observation, round->now_ms)) {
        run_extend(&entry->run, observation, input, round->now_ms);
        return;
    }
    journal_writer_take(&round->journal, &entry->run, NULL);
    run_start(&entry->run, observation, input, round->now_ms);
}

void input_observe(struct core *core, const Observation *observation, const Report *report)
{
    struct round *round = &core->round;
    uint64_t input = next_input(core);
    engine_observe(core->engine, observation, round->now_ms, &round->effects);
    round_mark(round, input);
    note_dropped(core);

    uint32_t slot = round->effects.source_slot;
    if (slot == EFFECTS_NO_SOURCE) {
        journal_writer_single(&round->journal, observation, input, round->now_ms);
        return;
    }
    struct source_entry *entry = sources_at(&core->sources, slot);
    journal_observation(core, entry, observation, input);
    if (round->effects.accepted) {
        source_say(entry, report);
        if (observation->result != RESULT_FAIL)
            entry->level = (uint8_t) observation->level;
    } else if (!entry->touched) {
        entry->touched = true;
        round_add_touched(round, (struct round_source) {.service = observation->service, .source = observation->source,
                                                        .slot = slot});
    }
}

void input_heartbeat(struct core *core, struct collector *collector)
{
    struct round *round = &core->round;
    uint64_t input = next_input(core);
    Command command = {.which_input = Command_heartbeat_tag};
    memcpy(command.input.heartbeat.collector, collector->name, sizeof collector->name);
    engine_command(core->engine, &command, round->now_ms, &round->effects);
    round_mark(round, input);

    if (run_extends_heartbeat(&collector->contacts, round->now_ms)) {
        run_extend_heartbeat(&collector->contacts, input, round->now_ms);
        return;
    }
    journal_writer_take(&round->journal, &collector->contacts, collector->name);
    run_start_heartbeat(&collector->contacts, input, round->now_ms);
}

_Static_assert(sizeof((Heartbeat *) 0)->collector == sizeof((struct collector *) 0)->name, "the same name");

void input_command(struct core *core, const Command *command)
{
    struct round *round = &core->round;
    uint64_t input = next_input(core);
    engine_command(core->engine, command, round->now_ms, &round->effects);
    round_mark(round, input);
    journal_writer_command(&round->journal, command, input, round->now_ms);
}

void input_advance(struct core *core)
{
    struct round *round = &core->round;
    size_t n_before = round->effects.n_decisions;
    if (engine_deadline(core->engine) > round->now_ms)
        return;
    engine_advance(core->engine, round->now_ms, &round->effects);
    if (round->effects.n_decisions == n_before)
        return;   /* it only moved a deadline: that is worth no commit, and comes out the same after a restart (T8) */

    uint64_t input = next_input(core);
    round_mark(round, input);
    journal_writer_command(&round->journal, &(Command) {.which_input = Command_tick_tag}, input, round->now_ms);
}

bool input_register(struct core *core, struct collector *collector, const char *service)
{
    Command command = {.which_input = Command_registration_tag};
    switch (roster_register(&core->roster, core->config, collector, service, &command.input.registration)) {
    case ROSTER_KNOWN:
        return true;
    case ROSTER_NEW:
        input_command(core, &command);
        round_touch(&core->round, VIEW_HOSTS);
        return true;
    case ROSTER_FULL:
        return false;
    }
    abort();
}

static void register_again(void *context, const Register *registration)
{
    struct core *core = context;
    Command command = {.which_input = Command_registration_tag, .input.registration = *registration};

    input_command(core, &command);
    round_touch(&core->round, VIEW_HOSTS);
}

void core_register_again(struct core *core)
{
    roster_reconfigure(&core->roster, core->config, &core->collectors, register_again, core);
}

/* ---------------------------------------------------------------- configuration */

/* Lines of a catalogue of which nothing was observed yet are rows the engine knows nothing of. */
static void delete_rows_of(struct core *core, const char *service)
{
    struct store_txn *txn;
    if (store_read(core->options.store, &txn) < 0)
        return;   /* such a row is shown nowhere without its service */
    struct store_cursor cursor;
    struct store_key key;
    store_walk(txn, TABLE_SOURCES, (struct store_range) {.prefix = key_sources_of(service)}, &cursor);
    while (store_next(&cursor, &key, NULL) == 0)
        round_delete(&core->round, TABLE_SOURCES, key);
    store_walk_end(&cursor);
    store_end(txn);
}

static void take_removed_source(struct core *core, const struct engine_removed *removed)
{
    journal_writer_take(&core->round.journal, &sources_at(&core->sources, removed->slot)->run, NULL);
    sources_forget(&core->sources, removed->slot);
    round_delete(&core->round, TABLE_SOURCES, key_source(removed->service, removed->source));
}

static void take_removed_service(struct core *core, const char *service)
{
    char host[ID_BYTES_MAX + 1];
    struct collector *owner = roster_host_of(service, host) ? collectors_find(&core->collectors, host) : NULL;

    delete_rows_of(core, service);
    round_delete(&core->round, TABLE_SERVICES, key_name(service));
    if (roster_forget(&core->roster, service) && owner != NULL && owner->n_checks > 0)
        owner->n_checks--;
    round_delete(&core->round, TABLE_SLO, key_name(service));    /* its minutes grow old and go (retention.c) */
    round_touch(&core->round, strchr(service, ':') == NULL ? VIEW_SERVICES : VIEW_HOSTS);
}

/* Lines of its catalogue, of configured services, of which nothing was observed yet: as above. */
static void delete_lines_of(struct core *core, const char *collector)
{
    struct store_txn *txn;
    size_t len = strlen(collector);
    if (store_read(core->options.store, &txn) < 0)
        return;   /* such a line is shown as never heard */
    struct store_cursor cursor;
    struct store_key key;
    store_walk(txn, TABLE_SOURCES, (struct store_range) {0}, &cursor);
    while (store_next(&cursor, &key, NULL) == 0) {
        struct text source;
        bool is_its = key_to_part(&key, 1, &source) && source.len > len && memcmp(source.at, collector, len) == 0 &&
            source.at[len] == '/';
        if (is_its)
            round_delete(&core->round, TABLE_SOURCES, key);
    }
    store_walk_end(&cursor);
    store_end(txn);
}

/* It may be connected still: its next batch is answered with "say Hello", and then it is known anew. */
static void take_removed_collector(struct core *core, const char *name)
{
    struct collector *collector = collectors_find(&core->collectors, name);
    if (collector != NULL) {
        journal_writer_take(&core->round.journal, &collector->contacts, collector->name);
        collector_forget(collector);
    }
    delete_lines_of(core, name);
    round_delete(&core->round, TABLE_COLLECTORS, key_name(name));
    round_delete(&core->round, TABLE_HOSTS, key_name(name));
    round_touch(&core->round, VIEW_COLLECTORS);
    round_touch(&core->round, VIEW_HOSTS);
}

void round_touch_maintenance(struct round *round)
{
    round_touch(round, VIEW_MAINTENANCE);
    round_touch(round, VIEW_SERVICES);
    round_touch(round, VIEW_HOSTS);
}

/* Of sources at once, not when the round is sealed: a slot that is free may be another source's within the same round. */
void input_take_removed(struct core *core)
{
    struct engine_removed removed;
    while (engine_next_removed(core->engine, &removed)) {
        switch (removed.kind) {
        case REMOVED_SOURCE:
            take_removed_source(core, &removed);
            break;
        case REMOVED_SERVICE:
            take_removed_service(core, removed.service);
            break;
        case REMOVED_COLLECTOR:
            take_removed_collector(core, removed.name);
            break;
        case REMOVED_WINDOW:
            round_delete(&core->round, TABLE_MAINTENANCE, key_name(removed.name));
            round_touch_maintenance(&core->round);
            break;
        case REMOVED_GRACE:
            round_delete(&core->round, TABLE_GRACE, key_name(removed.name));
            break;
        case REMOVED_EVIDENCE:
            round_delete(&core->round, TABLE_EVIDENCE, key_evidence(removed.area, removed.name));
            round_touch(&core->round, VIEW_EVIDENCE);
            break;
        case REMOVED_MEMBER:
            round_delete(&core->round, TABLE_INCIDENT_MEMBERS, key_member(removed.incident, removed.name));
            round_touch(&core->round, VIEW_INCIDENTS);
            break;
        }
    }
}

static void keep_config(struct core *core)
{
    struct round *round = &core->round;
    struct round_config *config = arena_new(&round->arena, sizeof *config);
    config->digest = core->config->digest;
    config->json = text_of(core->config->engine_json);
    config->next = round->configs;
    round->configs = config;
    round->must_commit = true;
}

void input_configure(struct core *core, struct aggregator_config *config, int64_t engine_ms, bool journal)
{
    struct round *round = &core->round;
    engine_configure(core->engine, config->engine, engine_ms, &round->effects);
    aggregator_config_drop(core->retired);
    core->retired = core->config;
    core->config = config;
    (void) snprintf(core->world.config_digest, sizeof core->world.config_digest, "%s", config->digest);
    if (journal) {
        Command command = {.which_input = Command_config_tag};
        (void) snprintf(command.input.config.digest, sizeof command.input.config.digest, "%s", config->digest);
        uint64_t input = next_input(core);
        round_mark(round, input);
        journal_writer_command(&round->journal, &command, input, engine_ms);
        keep_config(core);
    }
    input_take_removed(core);
    /* Names and tiers are the configuration's: whoever shows a service shows them too. */
    round_touch(round, VIEW_SERVICES);
    round_touch(round, VIEW_HOSTS);
}
