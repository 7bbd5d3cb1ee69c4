/* SPDX-License-Identifier: Apache-2.0 */
/*
 * param_json: a parameter's value in JSON.
 */
#pragma once

#include <jansson.h>

#include "common/params.h"

/* A number, true or false, or a word. A decimal is its text, since a binary fraction would not come back the same. A new
 * reference. */
json_t *param_json(enum param, int64_t value);
