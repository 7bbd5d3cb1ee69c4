/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status_table: the API's answers as one screen, worst first, a line a service. Pure but for the stream it prints to.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/status.h"

/* The parts of the screen, as the API gives them; borrowed. Each may be NULL: it is left out or told as unknown. */
struct status_screen {
    const json_t *summary;     /* GET /api/summary */
    const json_t *services;    /* items of GET /api/services */
    const json_t *hosts;       /* items of GET /api/hosts */
    bool ready;                /* GET /readyz */
    const char *not_ready;     /* its words; NULL when ready */
    bool colour;
};

void status_table_print(const struct status_screen *, FILE *);

/* One service (or a host's check) as GET /api/services/{id} gives it. The first line is that of a Nagios plugin. */
void status_table_print_service(const json_t *service, bool colour, FILE *);

/* A member that is the word of a state; what is no such word reads as unknown. */
enum status status_table_state(const json_t *object, const char *member);

/* The exit code of a Nagios plugin: 0 operational, 1 degraded, 2 outages, 3 unknown. */
int status_table_exit_code(enum status);
