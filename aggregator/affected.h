/* SPDX-License-Identifier: Apache-2.0 */
/*
 * affected: the services that fail with the one a notification is about, as its rows keep them: the first few, the most
 * critical first, and how many there are.
 */
#pragma once

#include <stddef.h>

#include "aggregator/engine/decision.h"
#include "proto/rows.pb.h"

void affected_in_timeline(const struct decision *, TimelineRow *);
void affected_in_outbox(const struct decision *, OutboxRow *);
