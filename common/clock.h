/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: the only place that asks what time it is.
 *
 * Three readings that never meet in one subtraction: the wall clock (UTC, for display and stored times), the
 * monotonic clock (deadlines within this process) and the boot clock (ages that cross the wire; it runs on in
 * suspend). A build with -Dfailpoints=true adds to the wall clock the milliseconds that stand in the file named by
 * TOCSIN_CLOCK_OFFSET_FILE, re-read at each call, and the same to the monotonic and boot clocks from
 * TOCSIN_CLOCK_SKIP_FILE: days pass in a test without sleeping.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* UTC milliseconds since the epoch. */
int64_t clock_wall_ms(void);

/* CLOCK_MONOTONIC in milliseconds: no meaning but in differences. */
int64_t clock_mono_ms(void);

/* CLOCK_MONOTONIC in microseconds, for measuring short work. */
int64_t clock_mono_us(void);

/* CLOCK_BOOTTIME in milliseconds. */
int64_t clock_boot_ms(void);

enum { RFC3339_BYTES = 32 };

/* "2026-11-21T09:34:02.125Z" into out; times before 1970 or after 9999 are clamped. Returns out. */
char *clock_to_rfc3339(int64_t wall_ms, char out[static RFC3339_BYTES]);
