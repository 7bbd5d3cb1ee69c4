/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision_count: what /metrics tells of decisions: how many to tell somebody, how many not to, by reason.
 */
#pragma once

struct decision;

/* Counts one; those that neither tell nor hold back are none of it. */
void decision_count(const struct decision *);
