/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/cli/cli.h"
#include "aggregator/daemon.h"
#include "aggregator/explain_command.h"
#include "aggregator/replay/replay.h"
#include "common/mem.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *sentence;
} commands[] = {
    { "run",    daemon_run, "the daemon: listen to collectors, decide, alert, serve the API" },
    { "check",  cli_check,  "read the configuration and say what is wrong with it" },
    { "status", cli_status, "how everything is, on one screen; exit code 0 to 3" },
    { "explain", explain_run, "why an alert was told or not, gate by gate" },
    { "replay", replay_run, "what a configuration makes of recorded inputs" },
    { "poll",   cli_poll,   "have the page of a service read now" },
    { "notify", cli_notify, "send a test message to a channel and say what its receiver answered" },
    { "readiness", cli_readiness, "what is proven and what is missing; exit code 0 to 3" },
    { "evidence", cli_evidence, "record that a backup, a restore, a test was tried" },
    { "outbox", cli_outbox, "notifications: show them, send dead ones again, give them up" },
    { "webhook", cli_webhook, "the address that a vendor's page may post to" },
    { "enroll", cli_enroll, "make a key for a new host and authorise it" },
    { "forget", cli_forget, "take a host away that is gone, or one source of a service" },
    { "token",  cli_token,  "create, list and revoke the tokens of the API" },
};

static const char examples[] =
    "\n"
    "`tocsin-aggregator COMMAND --help` says more.\n"
    "\n"
    "examples:\n"
    "  tocsin-aggregator check --config conf/aggregator.yaml\n"
    "  tocsin-aggregator run --config conf/aggregator.yaml\n"
    "  tocsin-aggregator enroll web01\n"
    "  tocsin-aggregator status github\n";

static void print_help(FILE *out)
{
    (void) fprintf(out, "usage: tocsin-aggregator COMMAND [OPTIONS]\n       tocsin-aggregator --help | --version\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        (void) fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].sentence);
    (void) fputs(examples, out);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(word, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_help(stdout);
        return EXIT_SUCCESS;
    }
    if (strcmp(word, "--version") == 0) {
        (void) printf("tocsin-aggregator %s (%s)\n", TOCSIN_VERSION, TOCSIN_COMMIT);
        return EXIT_SUCCESS;
    }
    if (word[0] != '\0')
        (void) fprintf(stderr, "tocsin-aggregator: there is no command %s\n\n", word);
    print_help(stderr);
    return 2;
}
