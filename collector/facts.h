/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts: what this host is. Shown by the aggregator, judged by nobody.
 */
#pragma once

#include "proto/wire.pb.h"

struct collector_config;

/* Reads what there is below the configuration's root directory; what cannot be read stays empty. */
void facts_read(const struct collector_config *, HostFacts *out);
