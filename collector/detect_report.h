/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detect_report: what `detect` has found and what it has tried, for people or as one JSON object.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "collector/detect_plan.h"

enum { DETECT_NAMES_MAX = 40 };        /* components that are named; a page has thousands */

struct detect_found {
    const struct feed *feed;           /* NULL: nothing */
    const char *url;                   /* of the document that was recognised; NULL: only its host was */
    struct detect_config config;
    struct feed_result reading;        /* of that document; all zero without one */
};

struct detect_tried {
    const char *url;
    const char *outcome;
};

struct detect_report {
    const struct detect_plan *plan;
    struct detect_found found;
    struct detect_tried *tried;        /* owned; its strings are borrowed */
    size_t n_tried;
    const char *hint;                  /* the platform a web page seems to be of; NULL: none */
    bool answered;                     /* the host did, whatever it said */
    bool out_of_time;
    bool allow_private;
};

/* Reads what was found, in the arena. */
void detect_report_read(struct detect_report *, const struct feed_document *, struct arena *);

/* Notes a try; the strings are borrowed until the report is done. */
void detect_report_tried(struct detect_report *, const char *url, const char *outcome);

/*
 * Prints it: for people, or {"url", "type": NAME or null, "title", "by": URL or null, "feed": {the keys to write},
 * "needs": [keys that only you know], "state", "detail", "components": [names], "hint", "tried": [{"url",
 * "outcome"}]}. The exit code: 0 found, 3 answered as no platform we know, 1 not reached.
 */
int detect_report_print(const struct detect_report *, bool json, FILE *);

void detect_report_done(struct detect_report *);
