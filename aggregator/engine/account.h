/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account: how each service spends its time (S1), kept up to date only where something changes: its effective status, its
 * exclusion by planned work (M4), the weight of its level. A service that stays as it is costs nothing and writes no row.
 * Part of the engine; included by its files alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/engine/list.h"
#include "common/minutes.h"
#include "proto/rows.pb.h"

struct engine;
struct service;

struct account {
    struct minutes minutes;
    int64_t since_ms;                  /* runs of minutes that begin earlier belong to another life of this id */
    struct link changed;               /* has runs that are to be stored */
    bool brief;                        /* nobody asks for its past: of the runs that are stored only the last is kept */
};

/* A run of minutes that was loaded before its service, until the first configure. */
struct stray_run {
    struct link link;
    struct minute_run run;
    char service[];
};

/* A new service: nothing is known of it yet. */
void account_begin(struct engine *, struct service *);

/* T7: its effective status or exclusion may be another from now on. */
void account_follow(struct engine *, struct service *);

/* Likewise its parameters. A host's check without slo_enabled is kept briefly, for there may be a hundred thousand; one
 * that is watched later on is counted from then. */
void account_follow_params(struct engine *, struct service *);

/* The time of all services that this subject of a window covers may count from now on, or not count any more (M4). */
void account_follow_subject(struct engine *, const char *subject);

/* X2: the last gap_ms, by which the clock has moved already, are unknown. */
void account_skip(struct engine *, struct service *, int64_t gap_ms);

/* Rows of minutes, into the engine (-EINVAL: none of ours) and out: false when none is left that changed. */
int account_load_minutes(struct engine *, const MinutesState *);
bool account_next_minutes(struct engine *, MinutesState *out);

/* At the first configure: rows that came before their service find it, those of other lives are let go. */
void account_sort_out(struct engine *);

/* Takes it off the lists; frees what it holds. */
void account_leave(struct account *);
void account_done(struct account *);
void account_free_strays(struct engine *);
