/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox_id: the sequence of a notification, as it stands in a path. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Digits of a number from 1 on, at most 2^63-1, without a leading zero. False for anything else. */
bool outbox_id_parse(const char *text, uint64_t *out);
