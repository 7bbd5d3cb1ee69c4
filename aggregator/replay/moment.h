/* SPDX-License-Identifier: Apache-2.0 */
/*
 * moment: an engine as it stood at a moment, from what was recorded until then.
 *
 *     struct moment moment = {0};
 *     if (moment_open(&moment, "/var/lib/tocsin-aggregator", NULL, &err) == 0)
 *         r = moment_go(&moment, &(struct moment_wanted) {.at_ms = at_ms, .inputs_max = 1000000}, &err);
 *     ... moment.player.engine, moment.player.config ...
 *     moment_close(&moment);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/replay/player.h"
#include "aggregator/replay/session.h"
#include "common/error.h"

struct moment {                        /* all zero: nothing is open; does not move while it is */
    struct session session;            /* owned, as the next */
    struct player player;
    bool is_quiet;                     /* set by the owner: see player.h */
    size_t n_inputs;                   /* that were played */
    size_t n_unreadable;               /* configurations that could not be read: the one before each went on */
    int64_t first_ms, last_ms;         /* of the inputs that were played, but those before all time, at 0; 0: none */
};

struct moment_wanted {
    int64_t at_ms;                     /* what arrived then is part of it; INT64_MAX: the end of the journal */
    size_t inputs_max;                 /* more are not played */
    bool (*given_up)(void *context);   /* asked now and then; NULL: nobody gives up */
    void *context;
};

enum moment_end {
    MOMENT_REACHED,
    MOMENT_ENDED,                      /* the journal ends before it: the engine stands at its end */
    MOMENT_BEFORE,                     /* the journal begins after it, at first_ms */
    MOMENT_EMPTY,                      /* no input was recorded, or no configuration until then */
    MOMENT_TOO_FAR,                    /* inputs_max of them led to last_ms only */
    MOMENT_GIVEN_UP,
};

/* A data directory or store, see session.h; base: NULL for none. 0, or a negative errno with words. */
int moment_open(struct moment *, const char *journal, const char *base, struct error *);

/* Likewise of a store that this process has open, and keeps open until moment_close. */
int moment_borrow(struct moment *, struct store *, struct error *);

/* Once: brings the engine there. An enum moment_end, or a negative errno with words. */
int moment_go(struct moment *, const struct moment_wanted *, struct error *);

/* Leaves nothing open; also after a failure. */
void moment_close(struct moment *);
