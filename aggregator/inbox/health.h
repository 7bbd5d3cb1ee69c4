/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health: a small board that the threads write and /healthz, /readyz and /health read. Thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum health_part { HEALTH_STORE, HEALTH_CONFIG, HEALTH_WIRE, HEALTH_NOTIFIER, HEALTH_PART_COUNT };

struct health;

struct health *health_new(void);
void health_free(struct health *);

/* The core's loop turned (monotonic clock). */
void health_beat(struct health *);

/* Milliseconds since the last beat. */
int64_t health_beat_age_ms(const struct health *);

/* A part is ready (words NULL) or not, and why in one sentence. Parts start as not ready, "starting". */
void health_set(struct health *, enum health_part, const char *words);

/* Whether every part is ready; else the words of the first that is not, with its name. */
bool health_ready(const struct health *, char *words, size_t cap);

/* The words of one part ("" when ready); returns readiness. */
bool health_part(const struct health *, enum health_part, char *words, size_t cap);

const char *health_part_name(enum health_part);   /* store, config, wire, notifier */

/* Start of this process, wall clock. */
int64_t health_started_at_ms(const struct health *);
