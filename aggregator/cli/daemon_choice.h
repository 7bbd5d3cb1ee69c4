/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon_choice: whom a subcommand asks, from its options.
 *
 *     struct daemon_choice whom = {0};
 *     const struct cli_option options[] = {DAEMON_CHOICE_OPTIONS(whom), {NULL}};
 *     ...
 *     const char *wrong = daemon_choice_check(&whom);
 *     CLEANUP(daemon_client_freep) struct daemon_client *client = daemon_choice_open(&whom, &err);
 */
#pragma once

#include "aggregator/cli/config_file.h"
#include "aggregator/cli/daemon_client.h"
#include "common/error.h"

struct daemon_choice {
    const char *config;                /* of the daemon on this machine; NULL: as found */
    const char *addr;                  /* or this address */
    const char *token_file;            /* for it; NULL: none */
};

#define DAEMON_CHOICE_OPTIONS(choice) \
    {"config", .value = &(choice).config}, {"addr", .value = &(choice).addr}, {"token-file", .value = &(choice).token_file}

#define DAEMON_CHOICE_HELP                                                                                             \
    CLI_CONFIG_HELP                                                                                                    \
    "  --addr URL          ask http://HOST:PORT instead\n"                                                             \
    "  --token-file FILE   a token for --addr, in a file that is yours alone (0600)\n"

/* What is wrong with it, in words; NULL: nothing. Static. */
const char *daemon_choice_check(const struct daemon_choice *);

/* NULL with words. */
struct daemon_client *daemon_choice_open(const struct daemon_choice *, struct error *);

/* For CLEANUP(). */
void daemon_client_freep(struct daemon_client **);
