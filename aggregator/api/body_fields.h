/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body_fields: how the members of a write's body are read; what is wrong becomes a point of the problem. Shared by
 * admin_body.c, where they are, and by the readers of single bodies.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "aggregator/api/problem.h"
#include "common/text.h"

/* The body as an object, to be freed; NULL and a problem. */
json_t *body_object(struct text body, struct problem *);

/* Points at each member that is not among the known (NULL-terminated). */
void body_refuse_unknown(json_t *object, const char *const *known, struct problem *);

/* A string of 1..cap-1 bytes without control characters, or (when it may be absent) nothing. */
void body_take_text(const json_t *object, const char *name, bool required, char *out, size_t cap, struct problem *);

/* true, false or absent (false). */
void body_take_flag(const json_t *object, const char *name, bool *out, struct problem *);

/* Whether this can be the id of a service, or of a host's check. */
bool body_is_service_id(struct text);

/* 0 without points, else -EPROTO and this detail. */
int body_finish(struct problem *, const char *detail);
