/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base: the state in which a copied store was taken, for an engine to start from in place of the journal's beginning.
 *
 *     struct replay_base *base;
 *     if (replay_base_open("/backup/tocsin.mdb", &base, &err) < 0) ...
 *     if (replay_base_load(base, engine, &err) < 0) ...         // engine_new(), not configured yet
 *     replay_base_close(base);
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/engine/engine.h"
#include "aggregator/store/store.h"
#include "common/error.h"

struct json_t;
struct replay_base;

/* A data directory, a store's file or a copy of one. 0, or a negative errno with words; -ENODATA: nothing was ever
 * recorded there. */
int replay_base_open(const char *path, struct replay_base **out, struct error *);

/* NULL is nothing. */
void replay_base_close(struct replay_base *);

/* The number of the first input that is not part of the state. */
uint64_t replay_base_next(const struct replay_base *);

/* A run that was open holds inputs before and after: the lowest number under which one may stand in a later journal. */
uint64_t replay_base_oldest(const struct replay_base *);

/* Whether both are of one life: copies of one store. */
bool replay_base_is_of(const struct replay_base *, const SchemaRow *);

/* The configuration that was live, owned by the caller; NULL with words. */
struct json_t *replay_base_config(const struct replay_base *, struct error *);

/* Gives the engine every row of its state. 0, or a negative errno with words. */
int replay_base_load(const struct replay_base *, struct engine *, struct error *);

/* Calls for each service that a host registered. 0, or a negative errno with words. */
int replay_base_registered(const struct replay_base *, void (*take)(void *context, const ServiceState *), void *context,
                           struct error *);
