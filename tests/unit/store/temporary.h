/* SPDX-License-Identifier: Apache-2.0 */
/*
 * temporary: a directory on disk (under $TMPDIR or where the test runs) and a store in it, for the tests of the store.
 */
#pragma once

#include "aggregator/store/store.h"

struct temporary {
    char directory[256];
    char path[300];              /* DIRECTORY/test.mdb */
    struct store *store;         /* NULL: closed */
};

/* Makes the directory; fails the test when it cannot. */
void temporary_init(struct temporary *);

/* Opens (or opens again) with this map, 0: 64 MiB; fails the test when it cannot. */
void temporary_open(struct temporary *, size_t map_bytes);
void temporary_close(struct temporary *);

/* Closes and removes everything. */
void temporary_done(struct temporary *);
