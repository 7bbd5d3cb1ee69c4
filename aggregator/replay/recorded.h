/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorded: the store of a daemon, or a copy of one, opened for reading alone.
 */
#pragma once

#include <stdbool.h>

#include "aggregator/store/store.h"
#include "common/error.h"

/* A data directory, the file of a store, or the directory that mdb_copy made. 0, or a negative errno with words. */
int recorded_open(const char *path, struct store **out, struct error *);

/* Whether both name one file: LMDB forgets its locks when a process opens a file twice. */
bool recorded_is_same(const char *path, const char *other);

/* Reads the row that says how far this store has come. 0, STORE_ABSENT of a store that never took an input, or a negative
 * errno with words. */
int recorded_world(struct store *, WorldRow *out, struct error *);

/* The configuration with this digest as JSON, owned by the caller; NULL with words. */
struct json_t;
struct json_t *recorded_config(struct store *, const char *digest, struct error *);
