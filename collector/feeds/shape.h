/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape: what a platform's document must look like before anything is made of it, as a table. What is missing or of
 * another type makes the poll fail: absence must never read as health. Pure.
 *
 *     static const struct shape_row shape[] = {
 *         {"result.status[]", SHAPE_OBJECT, SHAPE_NEEDED},
 *         {"result.status[].status_code", SHAPE_NUMBER, SHAPE_NEEDED},
 *         {"result.incidents", SHAPE_LIST, SHAPE_ABSENT},
 *         {0},
 *     };
 *     if (shape_check(document, shape, &fault) < 0)
 *         return feed_fail(out, "shape", fault.text, in->arena);
 */
#pragma once

#include "common/error.h"
#include "common/json.h"

enum shape_type {
    SHAPE_OBJECT,
    SHAPE_LIST,
    SHAPE_TEXT,
    SHAPE_NUMBER,
    SHAPE_FLAG,
    SHAPE_ID,          /* a text or a whole number, as vendors write their ids */
};

enum shape_need {
    SHAPE_NEEDED,      /* there, and of this type */
    SHAPE_NULL,        /* there; null will do */
    SHAPE_ABSENT,      /* may be absent or null; of this type where it is there */
    SHAPE_OMITTED,     /* may be absent, but is not null */
};

struct shape_row {
    const char *path;  /* members joined by dots, [] for each element of a list; NULL ends the table. A list or object on the
                        * way that is absent or of another type is passed over: it has a row of its own */
    enum shape_type type;
    enum shape_need need;
};

/* 0, or -EBADMSG and a sentence: which member of which element is missing or what, and what was expected. */
int shape_check(const json_t *document, const struct shape_row *, struct error *);
