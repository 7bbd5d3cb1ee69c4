/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: ids of checks, and a hash that stays the same over restarts and machines.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"

/* 64 bits of FNV-1a: spreads hosts over time, tells long names apart. Not for secrets. */
uint64_t name_hash(const char *);

/*
 * "disk" and "/var/lib" to "disk.var-lib": what an id may not hold becomes '_', slashes become '-', "/" is "root". With
 * `distinct`, or when it would be too long: the first 31 bytes, '-' and 8 hex digits of a hash of the whole.
 */
void check_id(char out[static CHECK_BYTES_MAX + 1], const char *kind, const char *instance, bool distinct);
