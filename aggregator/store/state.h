/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state: which tables hold the state of an engine, and where in their rows it stands. Whoever brings an engine back from a
 * store asks here.
 */
#pragma once

#include <stddef.h>

#include "aggregator/store/store.h"
#include "proto/rows.pb.h"

struct store_state {
    pb_size_t which;           /* tag of StateRow; 0: the table holds none */
    size_t row_bytes;          /* of the table's message */
    size_t at, bytes;          /* where the state stands in it */
};

/* Pure. The engine's own row is no table's: it is part of the world (WorldRow). */
struct store_state store_state_of(enum table);
