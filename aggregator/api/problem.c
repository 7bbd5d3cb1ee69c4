/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "aggregator/api/body.h"

static const struct {
    const char *name;
    unsigned status;
    const char *title;
} rows[PROBLEM_COUNT] = {
#define PROBLEM_ROW(id, name, status, title) [PROBLEM_##id] = {name, status, title},
    PROBLEMS(PROBLEM_ROW)
#undef PROBLEM_ROW
};

unsigned problem_status(enum problem_kind kind)
{
    return rows[kind].status;
}

int problem_set(struct problem *problem, enum problem_kind kind, const char *format, ...)
{
    va_list args;

    problem->kind = kind;
    va_start(args, format);
    (void) vsnprintf(problem->detail, sizeof problem->detail, format, args);
    va_end(args);
    return -EPROTO;
}

void problem_point(struct problem *problem, const char *pointer, const char *format, ...)
{
    va_list args;

    if (problem->n_points == PROBLEM_POINTS_MAX)
        return;
    size_t i = problem->n_points++;
    (void) snprintf(problem->points[i].pointer, sizeof problem->points[i].pointer, "%s", pointer);
    va_start(args, format);
    (void) vsnprintf(problem->points[i].detail, sizeof problem->points[i].detail, format, args);
    va_end(args);
}

static json_t *points(const struct problem *problem)
{
    json_t *list = json_array();

    for (size_t i = 0; i < problem->n_points; i++) {
        json_t *point = json_object();
        body_text(point, "pointer", problem->points[i].pointer);
        body_text(point, "detail", problem->points[i].detail);
        json_array_append_new(list, point);
    }
    return list;
}

void problem_render(const struct problem *problem, const char *instance, struct buffer *out)
{
    json_t *document = json_object();
    char type[80];

    (void) snprintf(type, sizeof type, "urn:tocsin:problem:%s", rows[problem->kind].name);
    body_text(document, "type", type);
    body_text(document, "title", rows[problem->kind].title);
    body_int(document, "status", rows[problem->kind].status);
    body_text(document, "detail", problem->detail);
    body_text(document, "instance", instance);
    body_put(document, "errors", points(problem));
    (void) body_write(document, out);
}
