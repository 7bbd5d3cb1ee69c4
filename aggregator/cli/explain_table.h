/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_table: why an alert was told or not, gate by gate from the first to the last; the last line says it in a
 * sentence. Pure but for the stream it prints to.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* What GET /api/services/{id}/explain gives. colour: the gate that stops stands out. */
void explain_table_print(const json_t *explanation, bool colour, FILE *);
