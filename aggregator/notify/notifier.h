/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notifier: a thread that takes what the core has claimed in the outbox to its receivers and reports what became of it.
 *
 * It decides nothing but pace and retries: rendering is pure (slack.c), state changes are the core's, through the inbox.
 */
#pragma once

#include <stdint.h>

#include "common/error.h"

struct aggregator_config;
struct health;
struct inbox;
struct notifier;
struct store;

struct notifier_options {
    struct store *store;                    /* read only */
    struct inbox *inbox;
    struct health *health;
    struct aggregator_config *config;       /* held while in use */
};

/* Starts the thread. Negative errno with words. */
int notifier_start(const struct notifier_options *, struct notifier **out, struct error *);

/* There are claimed rows. Any thread; cheap. */
void notifier_wake(struct notifier *);

/* Another configuration, from now on. Any thread. */
void notifier_reconfigure(struct notifier *, struct aggregator_config *);

/* Lets what is on the wire finish for at most this long, reports it, joins and frees. Call while the core still takes
 * the inbox. */
void notifier_stop(struct notifier *, int64_t linger_ms);
