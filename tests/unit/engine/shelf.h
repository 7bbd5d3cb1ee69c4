/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shelf: a store for tests. Keeps the rows of an engine encoded, as the real one does, and brings an engine back.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aggregator/engine/engine.h"
#include "common/rng.h"

enum { SHELF_ROWS_MAX = 1024, SHELF_KEY_BYTES = 400 };

struct stored {
    char key[SHELF_KEY_BYTES];
    uint8_t bytes[sizeof(StateRow)];
    size_t len;
};

struct shelf {                         /* all zero: empty; large, so on the heap */
    struct stored rows[SHELF_ROWS_MAX];
    size_t n;
};

/* What the core does after a round: what is gone is deleted first, then what changed is put. */
void shelf_drain(struct shelf *, struct engine *);

/* A new engine with these rows, given to it in a random order. */
struct engine *shelf_load(struct shelf *, struct rng *);

/* Fails the test unless both hold the same rows, byte for byte. The seed is only told. */
void shelf_compare(struct shelf *expected, struct shelf *got, uint64_t seed);
