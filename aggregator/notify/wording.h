/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wording: a notification in words: what kind it is, of what, how bad. The same words for every kind of channel. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "proto/rows.pb.h"

/* What an alert is about, by the first part of its key. */
enum subject { SUBJECT_SERVICE, SUBJECT_POLLER, SUBJECT_COLLECTOR, SUBJECT_SELF, SUBJECT_FLAP, SUBJECT_SLO,
               SUBJECT_OTHER };

enum subject wording_subject(const OutboxRow *);

/* The subject as a word: that first part, or other. Static. */
const char *wording_subject_name(enum subject);

/* The name for people: the service's, else its id, else what stands behind the colon of the key; "Tocsin" of an alert
 * about ourselves. Borrowed from the row or static. */
const char *wording_name(const OutboxRow *);

/* A level as a word ("Major outage") and in a sentence ("has a major outage"); static, or the level itself. */
const char *wording_level_title(const char *level);
const char *wording_level_phrase(const char *level);

/* A sign whose shape differs with the level; beside the word, never instead of it. */
const char *wording_symbol(const OutboxRow *);

/* Text as it came, without what would fool a reader: control characters become blanks, bytes that are no UTF-8 U+FFFD,
 * characters that turn the reading direction go. Cut between characters at bytes_max (at most 1024), then "…". */
void wording_put_plain(struct buffer *, const char *text, size_t bytes_max);

/* How it is in words, without sign and name: "Major outage (worse)", "back again", "flapping". */
void wording_put_state(struct buffer *, const OutboxRow *);

/* Who stands on it: "no dependent services", "3 dependent services (1 tier-1)". */
void wording_put_impact(struct buffer *, const OutboxRow *);

bool wording_is_resolve(const OutboxRow *);

/* A message somebody asked for to see whether it arrives (trial.h): nothing is wrong. */
bool wording_is_test(const OutboxRow *);

/* Of a flap notice: it is steady again. */
bool wording_is_flap_stop(const OutboxRow *);

/* B2: how many of the affected services a message names, the most critical first; *more: how many it does not. */
size_t wording_n_named(const OutboxRow *, uint32_t *more);

/* N7: the alert ended because its subject left the configuration; that says nothing about how it is. */
bool wording_is_unwatched(const OutboxRow *);
