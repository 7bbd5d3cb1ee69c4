/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body: the few ways our values stand in a JSON body. Times are RFC 3339 with milliseconds in UTC, states are words, what is
 * absent is an explicit null, text is made valid UTF-8 first. jansson is out of memory only on a broken machine.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/status.h"

/* Adds a member; takes the value. */
void body_put(json_t *object, const char *name, json_t *value);

/* "" and NULL become null. */
void body_text(json_t *object, const char *name, const char *value);
void body_int(json_t *object, const char *name, int64_t value);
void body_real(json_t *object, const char *name, double value);   /* what is not finite becomes null */
void body_bool(json_t *object, const char *name, bool value);
void body_status(json_t *object, const char *name, enum status);

/* 0 becomes null. */
void body_time(json_t *object, const char *name, int64_t at_ms);

/* A string of its own, cleaned; never NULL. */
json_t *body_string(const char *value);

/* Writes the document compactly and frees it. -EMSGSIZE: more than the buffer may hold. */
int body_write(json_t *document, struct buffer *out);
