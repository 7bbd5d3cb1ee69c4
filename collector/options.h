/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the command line of the subcommands that read a configuration.
 */
#pragma once

#include <stdbool.h>

struct options {
    char *config;        /* owned: --config, or the default path */
    bool json;           /* -o json */
    bool effective;      /* --effective */
};

/*
 * Reads --config FILE, -o table|json, --effective and --help. Returns -1 to go on, else the exit code: 0 after --help (usage on
 * stdout), 2 after wrong usage (words and usage on stderr). Free options->config.
 */
int options_parse(int argc, char **argv, const char *usage, struct options *out);
