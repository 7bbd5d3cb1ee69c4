/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: a journal, the base to begin with and the hosts' labels, played to one or more engines at once.
 *
 *     struct session session = {0};
 *     if (session_open(&session, "/var/lib/tocsin-aggregator", NULL, &err) == 0 && player_start(…) == 0)
 *         r = session_play(&session, &(struct players) {&player, 1}, INT64_MAX, &err);
 *     session_close(&session);
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "aggregator/replay/base.h"
#include "aggregator/replay/hosts.h"
#include "aggregator/replay/journal.h"
#include "aggregator/replay/player.h"
#include "common/error.h"

struct session {                       /* all zero: nothing is open */
    struct replay_journal *journal;    /* owned, as the next two */
    struct replay_base *base;          /* NULL: from the journal's beginning */
    struct replay_hosts hosts;
    int64_t first_ms, last_ms;         /* of the inputs that were played; 0: none */
};

/* base: NULL for none. 0, or a negative errno with words. */
int session_open(struct session *, const char *journal, const char *base, struct error *);

/* The journal of a store that this process has open, which must stay so until the session is closed; from its beginning. 0, or
 * a negative errno with words. */
int session_borrow(struct session *, struct store *, struct error *);

/* Started ones, which live through the same inputs. */
struct players { struct player *at; size_t n; };

/* Plays what arrived before then, and lets time pass up to it when more is recorded. 0, or a negative errno with words. */
int session_play(struct session *, const struct players *, int64_t until_ms, struct error *);

/* Leaves all zero. */
void session_close(struct session *);
