/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error: the sentence a person reads, beside the int that the code passes up.
 *
 *     struct error err = {0};
 *     if (config_load(path, &config, &err) < 0)
 *         log_error("config.refused", err.text);
 *
 * The function that finds the fault sets it; each level above may put in front what only it knows.
 */
#pragma once

struct error {
    int code;             /* negated errno; 0: no error */
    char text[768];       /* one line, NUL-terminated, cut when longer */
};

/* Sets code and sentence; returns code, so that it can stand in a return statement. err may be NULL. */
int error_set(struct error *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "WHAT: " in front of the sentence; returns the code already there. err may be NULL (then -EINVAL). */
int error_context(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
