/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload: what the daemon reads at start and again on request: the configuration, and the keys of those who may speak.
 */
#pragma once

#include "aggregator/config/config.h"
#include "common/error.h"
#include "common/keys.h"

/* The configuration of this file with one reference, and the keys it names (NULL when it names none: plain text). Log
 * lines for what is legal but likely a mistake. The log goes where the configuration says. On failure nothing has
 * changed. */
int reload_read(const char *path, struct aggregator_config **config, struct authorized_keys **keys, struct error *);

/* Says which keys have changed that only a restart takes up, so that nobody waits for them. */
void reload_warn_fixed(const struct aggregator_config *started_with, const struct aggregator_config *now);
