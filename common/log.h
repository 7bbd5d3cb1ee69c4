/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: one line for each thing somebody may have to know, to stderr or a file; JSON, or pretty for people.
 *
 *     log_warning("feed.parse_failed", "the page of github is not what a Statuspage looks like",
 *                 LOG_TEXT("service", id), LOG_INT("bytes", n));
 *
 * Event names are stable and greppable. Error: someone must act. Warning: we cope, worse than usual. Info: a state
 * changed. Debug: the rest. Only programs and their loops log; pure and library code returns. Lines beyond 200 a
 * second of one event are counted, not written, and the count is told. Thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

struct log_field {
    const char *name;     /* NULL ends the list */
    const char *text;     /* NULL: a number */
    int64_t number;
};

#define LOG_TEXT(name, value) ((struct log_field) {(name), (value) == NULL ? "" : (value), 0})
#define LOG_INT(name, value) ((struct log_field) {(name), NULL, (int64_t) (value)})

#define log_fields_(...) ((const struct log_field[]) {__VA_ARGS__ __VA_OPT__(,) {0}})
#define log_debug(event, sentence, ...) log_write(LOG_LEVEL_DEBUG, event, sentence, log_fields_(__VA_ARGS__))
#define log_info(event, sentence, ...) log_write(LOG_LEVEL_INFO, event, sentence, log_fields_(__VA_ARGS__))
#define log_warning(event, sentence, ...) log_write(LOG_LEVEL_WARNING, event, sentence, log_fields_(__VA_ARGS__))
#define log_error(event, sentence, ...) log_write(LOG_LEVEL_ERROR, event, sentence, log_fields_(__VA_ARGS__))

struct log_config {
    enum log_level level;   /* below it nothing is written */
    bool json;              /* false: pretty, for a terminal */
    const char *file;       /* NULL: stderr; borrowed for the call. A renamed file is noticed and opened anew */
};

/* (Re)configures the sink; may be called while threads log. A negative errno with words when the file can't be opened;
 * the old sink stays. Before the first call: info, JSON, stderr. */
int log_open(const struct log_config *, struct error *);

/* "debug", "info", "warning" or "error", any case. False: none of them. */
bool log_level_parse(const char *, enum log_level *out);

/* Use the macros. The strings are borrowed for the call and sanitised. */
void log_write(enum log_level, const char *event, const char *sentence, const struct log_field *fields);
