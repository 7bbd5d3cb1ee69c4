/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/fork.h"

#include <assert.h>
#include <stdlib.h>

#include "aggregator/engine/maintenance.h"
#include "aggregator/engine/subject.h"
#include "common/mem.h"

static void give(struct fork *fork, const StateRow *row)
{
    int r = engine_load(fork->engine, row);
    assert(r == 0);    /* an engine shows what an engine loads */
}

static void give_service(struct fork *fork, const struct service *service, StateRow *row)
{
    row->which_row = StateRow_service_tag;
    service_show(service, &row->row.service);
    give(fork, row);
}

static void give_subject(struct fork *fork, const struct service *service, StateRow *row)
{
    if (service->spec == NULL)
        give_service(fork, service, row);
    for (uint32_t i = 0; i < service->n_sources; i++) {
        row->which_row = StateRow_source_tag;
        source_show(service->sources[i], &row->row.source);
        row->row.source.collector[0] = '\0';    /* who carries it is a matter of other alerts */
        give(fork, row);
    }
    row->which_row = StateRow_alert_tag;
    alert_show(service->alert, &row->row.alert);
    give(fork, row);
}

static void give_planned(struct fork *fork, const struct engine *engine, StateRow *row)
{
    for (const struct window *window = engine->windows; window != NULL; window = window->hh.next) {
        row->which_row = StateRow_window_tag;
        window_show(window, &row->row.window);
        give(fork, row);
    }
    for (const struct subject *subject = engine->subjects; subject != NULL; subject = subject->hh.next) {
        if (subject->grace_until_ms == 0)
            continue;
        row->which_row = StateRow_grace_tag;
        grace_show(subject, &row->row.grace);
        give(fork, row);
    }
}

static void give_all(struct fork *fork, const struct engine *engine, const struct service *service)
{
    CLEANUP(mem_freep) StateRow *row = mem_new(sizeof *row);

    row->which_row = StateRow_engine_tag;
    engine_show(engine, &row->row.engine);
    give(fork, row);
    for (size_t i = 0; i < engine->config->n_services; i++)
        give_service(fork, engine->nodes[i], row);
    give_subject(fork, service, row);
    give_planned(fork, engine, row);
}

/* Burn rates are judged each few minutes, and are a matter of other alerts. */
static void leave_out_slo(struct params *params)
{
    params->value[PARAM_slo_enabled] = 0;
}

static void copy_config(struct fork *fork, const struct engine_config *config)
{
    fork->config = *config;
    fork->services = mem_new_array(config->n_services, sizeof *fork->services);
    fork->rules = mem_new_array(config->n_rules, sizeof *fork->rules);
    for (size_t i = 0; i < config->n_services; i++) {
        fork->services[i] = config->services[i];
        leave_out_slo(&fork->services[i].params);
    }
    for (size_t i = 0; i < config->n_rules; i++) {
        fork->rules[i] = config->rules[i];
        leave_out_slo(&fork->rules[i].params);
    }
    for (size_t i = 0; i < ARRAY_SIZE(fork->config.host_params); i++)
        leave_out_slo(&fork->config.host_params[i]);
    fork->config.services = fork->services;
    fork->config.rules = fork->rules;
}

static void let_go(struct fork *fork)
{
    struct engine_closed closed;
    struct engine_removed removed;

    while (engine_next_closed(fork->engine, &closed))
        ;
    while (engine_next_removed(fork->engine, &removed))
        ;
}

void fork_open(struct fork *fork, const struct engine *engine, const struct service *service)
{
    *fork = (struct fork) {.engine = engine_new()};
    copy_config(fork, engine->config);
    give_all(fork, engine, service);
    engine_configure(fork->engine, &fork->config, engine->now_ms, &fork->effects);
    let_go(fork);
}

bool fork_step(struct fork *fork)
{
    int64_t due_ms = engine_deadline(fork->engine);
    if (due_ms == INT64_MAX)
        return false;

    effects_reset(&fork->effects);
    engine_advance(fork->engine, due_ms, &fork->effects);
    let_go(fork);
    return true;
}

void fork_close(struct fork *fork)
{
    engine_free(fork->engine);
    effects_done(&fork->effects);
    free(fork->services);
    free(fork->rules);
    *fork = (struct fork) {0};
}
