/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: rows one after the other, for readers that show what can be read.
 */
#pragma once

#include <stdbool.h>

#include "aggregator/store/store.h"

/* The next row that can be read; false at the end. A row that cannot is left out and hides no other; a walk that breaks off
 * is logged. key may be NULL. */
bool walk_next(struct store_cursor *, struct store_key *key, void *row);
