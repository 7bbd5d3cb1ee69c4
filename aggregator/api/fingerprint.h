/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fingerprint: a digest of what bodies take from the configuration and from this version of the program, so that an entity
 * tag does not outlive either. Pure.
 */
#pragma once

#include <stdint.h>

struct aggregator_config;

void fingerprint_config(const struct aggregator_config *, uint8_t out[static 32]);
