/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the command line of one subcommand, from a table.
 *
 *     const char *config = NULL;
 *     bool effective = false;
 *     const struct cli_option options[] = {
 *         {"config", .value = &config}, {"effective", .flag = &effective}, {NULL},
 *     };
 *     struct cli_words words;
 *     int r = cli_options_parse(argc, argv, options, help, &words);
 *     if (r != CLI_GO_ON)
 *         return r;
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { CLI_OPTIONS_MAX = 12, CLI_GO_ON = -1 };

struct cli_option {
    const char *name;          /* long name; NULL ends the table */
    char letter;               /* 0: none */
    const char **value;        /* takes a value, borrowed from argv */
    bool *flag;                /* or is set by its presence */
};

/* What is no option, in order. */
struct cli_words {
    char **at;
    int n;
};

/* CLI_GO_ON, or the exit code: CLI_DONE after --help, CLI_USAGE after words on stderr. */
int cli_options_parse(int argc, char **argv, const struct cli_option *, const char *help, struct cli_words *);

/* Says what is wrong with the command line, and how to learn more; returns CLI_USAGE. */
int cli_usage(const char *subcommand, const char *format, ...) __attribute__((format(printf, 2, 3)));
