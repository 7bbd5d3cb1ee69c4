/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the command line of the subcommands that read a configuration.
 */
#pragma once

#include <stdbool.h>

struct collector_config;

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

/* The same, and loads the configuration that is named: -1 to go on, with *config the caller's to free and options->config
 * gone; 1 when it cannot be used (words on stderr). */
int options_load(int argc, char **argv, const char *usage, struct options *out, struct collector_config **config);
