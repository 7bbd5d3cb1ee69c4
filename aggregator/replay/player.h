/* SPDX-License-Identifier: Apache-2.0 */
/*
 * player: an engine that lives through recorded inputs, with no store, no network and no clock but theirs.
 *
 *     struct player player = {.decided = print, .context = out};
 *     player_start(&player, config, NULL, &err);
 *     while (there is an input)
 *         player_feed(&player, &input);
 *     player_done(&player);
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/config/config.h"
#include "aggregator/engine/engine.h"
#include "aggregator/replay/base.h"
#include "aggregator/replay/hosts.h"
#include "aggregator/replay/input.h"
#include "common/error.h"

struct player {
    void (*decided)(void *context, const struct decision *);   /* set by the owner */
    void (*rejected)(void *context, const int64_t *t, const char *kind, enum reason);   /* likewise: t NULL before the first
                                                                * input, kind NULL when it could not be read */
    /* Likewise, how things stand, at the engine's clock; NULL: nobody asks. */
    void (*asked)(void *context, const struct engine *, const struct replay_input *);
    void *context;
    const struct replay_hosts *hosts;      /* set by the owner, borrowed; NULL: registrations are taken as they came */
    bool keeps_config;                     /* set by the owner: recorded configurations do not replace its own */
    bool is_quiet;                         /* set by the owner: nothing is printed of a configuration that cannot be read */

    struct engine *engine;
    struct aggregator_config *config;      /* held: the engine works by it; NULL before the first */
    struct effects effects;
    bool started;
};

/* Makes the engine, from a base when there is one, working by this configuration, whose reference it takes also on
 * failure; NULL: the base's own, or none until the first input brings one. 0, or a negative errno with words. */
int player_start(struct player *, struct aggregator_config *, const struct replay_base *, struct error *);

/* The next input. */
void player_feed(struct player *, const struct replay_input *);

/* A line that is none. */
void player_reject(struct player *, const struct replay_input *);

/* Lets time pass up to there. */
void player_let_pass(struct player *, int64_t at_ms);

/* Frees what player_start made. */
void player_done(struct player *);
