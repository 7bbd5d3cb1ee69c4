/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_private: what the files of the aggregator's configuration share; for them alone.
 */
#pragma once

#include "aggregator/config/config.h"
#include "aggregator/engine/config.h"

/* The rows of aggregator.yaml, and what one field of it cannot know of the others (keys, addresses, channels). */
extern const struct setting aggregator_table[];
int aggregator_table_check(void *config, const struct yaml_node *root, struct error *);

/* The rows of one of channels:, and what they cannot know of each other. */
extern const struct setting channel_table[];
int channel_check(void *channel, const struct yaml_node *, struct error *);

/* Shapes: the name of a channel; 16 or more printable characters without blanks. */
bool is_channel(struct text);
bool is_token(struct text);

#define URL_EXPECTED "an http:// or https:// URL without user and password"
#define CHANNEL_EXPECTED "the name of a channel: a-z, 0-9, then also . _ -, at most 32 bytes"
#define SECRET_EXPECTED "16 to 256 printable characters without blanks"

/* What webhooks need of the services, once those are read: that they exist, and a token each. 0, or -EINVAL with words. */
int webhooks_settle(struct aggregator_config *, struct error *);

/* Words of alert classes, indexed by enum alert_class. */
extern const char *const alert_class_words[ALERT_CLASS_COUNT];

/* The engine's part, from everything else in the configuration, which must outlive it. Owned by the caller. */
struct engine_config *engine_part_new(const struct aggregator_config *);
void engine_part_free(struct engine_config *);

/* Whether parameters that belong together fit, for every subject. 0, or -EINVAL with words that name the subject. */
int engine_part_check(const struct engine_config *, struct error *);

/* The most critical tier among a service and all that reach it over depends_on, for each service; cycles are visited
 * once. tiers has room for all. */
void lookup_tiers(const struct engine_service *services, size_t n_services, int *tiers);

/* The first cycles of depends_on, at most max, each as "a -> b -> a" and a newline. Returns how many were printed. */
int print_cycles(const struct engine_service *services, size_t n_services, int max, FILE *);

/* {engine, evidence, hosts, routes, services} as canonical JSON: keys sorted, no blanks. Owned by the caller. */
char *engine_part_json(const struct aggregator_config *, const struct engine_config *);
