/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/player.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* Tells what was decided, and lets go of what a store would have been told. */
static void finish(struct player *player)
{
    struct engine_closed closed;
    struct engine_removed removed;

    for (size_t i = 0; i < player->effects.n_decisions; i++)
        player->decided(player->context, &player->effects.decisions[i]);
    while (engine_next_closed(player->engine, &closed))
        ;
    while (engine_next_removed(player->engine, &removed))
        ;
    effects_reset(&player->effects);
}

static void reject(struct player *player, const struct replay_input *input, enum reason reason)
{
    int64_t now_ms = engine_now(player->engine);

    player->rejected(player->context, player->started ? &now_ms : NULL, input->kind[0] == '\0' ? NULL : input->kind, reason);
}

void player_reject(struct player *player, const struct replay_input *input)
{
    reject(player, input, REASON_BAD_RECORD);
}

/* ---------------------------------------------------------------- configurations */

static int parse(const json_t *json, struct aggregator_config **out, struct error *err)
{
    /* 15 digits are what a number was written with: 99.99 comes back as that. */
    CLEANUP(mem_freep) char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15));

    return aggregator_config_parse("config", text_of(text == NULL ? "" : text), out, err);
}

static void work_by(struct player *player, struct aggregator_config *config, int64_t at_ms)
{
    engine_configure(player->engine, config->engine, at_ms, &player->effects);
    finish(player);
    aggregator_config_drop(player->config);    /* decisions borrowed from it until now */
    player->config = config;
}

static void configure(struct player *player, const struct replay_input *input)
{
    struct aggregator_config *config;
    struct error err = {0};

    if (player->keeps_config) {
        player_let_pass(player, input->at_ms);
        return;
    }
    if (parse(input->config, &config, &err) < 0) {
        if (!player->is_quiet)
            (void) fprintf(stderr, "tocsin-aggregator replay: %s\n", err.text);
        player_let_pass(player, input->at_ms);
        reject(player, input, REASON_BAD_CONFIG);
        return;
    }
    work_by(player, config, input->at_ms);
}

/* A registration as this configuration would have made it. */
static void register_anew(struct player *player, const Register *as_recorded, int64_t at_ms)
{
    Command command = {.which_input = Command_registration_tag, .input.registration = *as_recorded};

    replay_hosts_judge(player->hosts, player->config, &command.input.registration);
    engine_command(player->engine, &command, at_ms, &player->effects);
}

static void register_loaded(void *context, const ServiceState *service)
{
    struct player *player = context;
    Register registration = {0};

    memcpy(registration.service, service->id, sizeof service->id);
    register_anew(player, &registration, engine_now(player->engine));
    finish(player);
}

_Static_assert(sizeof((Register *) 0)->service == sizeof((ServiceState *) 0)->id, "the same name");

/* ---------------------------------------------------------------- start */

static int start_from(struct player *player, const struct replay_base *base, struct error *err)
{
    struct aggregator_config *config = steal(&player->config);
    int r = replay_base_load(base, player->engine, err);

    if (r == 0 && config == NULL) {
        json_t *json = replay_base_config(base, err);
        r = json == NULL ? err->code : parse(json, &config, err);
        json_decref(json);
    }
    if (r < 0) {
        aggregator_config_drop(config);
        return r;
    }
    player->started = true;
    work_by(player, config, engine_now(player->engine));
    if (player->keeps_config && player->hosts != NULL)
        return replay_base_registered(base, register_loaded, player, err);
    return 0;
}

int player_start(struct player *player, struct aggregator_config *config, const struct replay_base *base, struct error *err)
{
    player->engine = engine_new();
    player->config = config;
    if (base != NULL)
        return start_from(player, base, err);
    if (config != NULL)
        engine_configure(player->engine, config->engine, 0, &player->effects);
    finish(player);
    return 0;
}

void player_done(struct player *player)
{
    engine_free(steal(&player->engine));
    effects_done(&player->effects);
    aggregator_config_drop(steal(&player->config));
}

/* ---------------------------------------------------------------- inputs */

static void observe(struct player *player, const struct replay_input *input)
{
    int64_t now_ms = engine_now(player->engine);

    if (input->has_observed_at || now_ms <= input->at_ms) {
        engine_observe(player->engine, input->said, input->at_ms, &player->effects);
        return;
    }
    Observation said = *input->said;    /* the engine's clock never goes back */
    said.observed_at_ms = now_ms;
    engine_observe(player->engine, &said, input->at_ms, &player->effects);
}

static void command(struct player *player, const struct replay_input *input)
{
    bool is_registration = input->command.which_input == Command_registration_tag;

    if (is_registration && player->keeps_config && player->hosts != NULL)
        register_anew(player, &input->command.input.registration, input->at_ms);
    else
        engine_command(player->engine, &input->command, input->at_ms, &player->effects);
}

void player_let_pass(struct player *player, int64_t at_ms)
{
    engine_command(player->engine, &(Command) {.which_input = Command_tick_tag}, at_ms, &player->effects);
    finish(player);
}

/* The answer stands where the question does; what time has brought comes before it. */
static void report(struct player *player, const struct replay_input *input)
{
    player_let_pass(player, input->at_ms);
    if (player->asked != NULL)
        player->asked(player->context, player->engine, input);
}

void player_feed(struct player *player, const struct replay_input *input)
{
    player->started = true;
    switch (input->form) {
    case REPLAY_OBSERVATION:
        observe(player, input);
        break;
    case REPLAY_COMMAND:
        command(player, input);
        break;
    case REPLAY_CONFIG:
        configure(player, input);
        break;
    case REPLAY_REPORT:
        report(player, input);
        break;
    }
    finish(player);
}
