/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_file: the configuration a subcommand works with.
 */
#pragma once

#include "aggregator/config/config.h"
#include "common/error.h"

/* For help texts: which file is read without --config. */
#define CLI_CONFIG_HELP \
    "  --config FILE   default: aggregator.local.yaml or aggregator.yaml in conf/, else in /etc/tocsin/\n"

/* Loads the file given, or the first of those there are when given is NULL. 0, or a negative errno with words. */
int cli_config_load(const char *given, struct aggregator_config **out, struct error *);

/* For CLEANUP(). */
void cli_config_dropp(struct aggregator_config **);
