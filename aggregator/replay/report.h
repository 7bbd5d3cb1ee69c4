/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: what a replay answers to a question, as one object of its output. The manual page lists the keys.
 */
#pragma once

#include <jansson.h>

struct engine;

/* How a service stands now. Owned by the caller; NULL: there is no such service. */
json_t *report_service_json(const struct engine *, const char *service);

/* What the evidence is worth now, area by area. Owned by the caller. */
json_t *report_readiness_json(const struct engine *);
