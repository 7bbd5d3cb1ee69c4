/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/explain_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/daemon_choice.h"
#include "aggregator/cli/explain_table.h"
#include "aggregator/cli/options.h"
#include "aggregator/cli/subject.h"
#include "aggregator/explain_past.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/timestamp.h"

static const char help[] =
    "Usage: tocsin-aggregator explain SERVICE [-o table|json] [--config FILE | --addr URL [--token-file FILE]]\n"
    "       tocsin-aggregator explain SERVICE --journal STORE [--at TIME] [--base COPY] [-o table|json]\n"
    "\n"
    "Why the alert of a SERVICE (or HOST:CHECK) was told or not: each gate that it has to pass, in order, with what it\n"
    "looked at and the parameters that it goes by. The last line says it in a sentence.\n"
    "With --journal it is explained as it was at TIME, from what an aggregator has recorded; nothing is asked or sent.\n"
    "\n"
    "  -o, --output FORM   table (default) or json, as the API gives it\n"
    DAEMON_CHOICE_HELP
    "  --journal STORE     a data directory or the file of a store; the daemon may be running\n"
    "  --at TIME           2026-11-21T09:30:00Z, or -2h before now; without it, the end of the journal\n"
    "  --base COPY         an earlier copy of the store, to start from in place of the journal's beginning\n"
    "\n"
    "Examples:\n"
    "  tocsin-aggregator explain github\n"
    "  tocsin-aggregator explain github --journal /var/lib/tocsin-aggregator --at -2h\n"
    "\n"
    "Exit: 0 explained, 1 it cannot be, 2 wrong usage.\n";

enum { PATH_BYTES_MAX = 256, INPUTS_MAX = 20 * 1000 * 1000 };

struct explain_options {
    struct daemon_choice whom;
    const char *output, *service, *journal, *at, *base;
    int64_t at_ms;                     /* INT64_MAX: the end of the journal */
};

static void json_freep(json_t **json)
{
    json_decref(*json);
}

static bool wants_colour(void)
{
    const char *off = getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && (off == NULL || off[0] == '\0');
}

static int show(const struct explain_options *given, const json_t *explanation)
{
    if (strcmp(given->output, "json") == 0) {
        (void) json_dumpf(explanation, stdout, JSON_INDENT(2));
        (void) putchar('\n');
    } else {
        explain_table_print(explanation, wants_colour(), stdout);
    }
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? CLI_DONE : CLI_FAILED;
}

/* ---------------------------------------------------------------- the daemon */

static int ask_daemon(const struct explain_options *given, struct error *err)
{
    char path[PATH_BYTES_MAX];
    CLEANUP(daemon_client_freep) struct daemon_client *client = daemon_choice_open(&given->whom, err);
    if (client == NULL)
        return CLI_FAILED;

    (void) snprintf(path, sizeof path, "/api/services/%s/explain", given->service);   /* fits: checked as an id */
    CLEANUP(json_freep) json_t *explanation = daemon_client_get(client, path, err);
    return explanation == NULL ? CLI_FAILED : show(given, explanation);
}

/* ---------------------------------------------------------------- a journal */

/* Nothing is explained of a moment that was not reached. */
static int check_end(const struct explain_options *given, enum moment_end end, const struct moment *moment, struct error *err)
{
    char at[RFC3339_BYTES];

    switch (end) {
    case MOMENT_REACHED:
        return 0;
    case MOMENT_BEFORE:
        return error_set(err, -ERANGE, "%s begins at %s: nothing is known of an earlier time", given->journal,
                         clock_to_rfc3339(moment->first_ms, at));
    case MOMENT_EMPTY:
        return error_set(err, -ENODATA, "%s has recorded %s", given->journal,
                         moment->n_inputs == 0 ? "nothing" : "no configuration until then");
    case MOMENT_TOO_FAR:
        return error_set(err, -E2BIG, "%s: %d inputs only lead to %s, and more are not replayed; an earlier copy of the store "
                         "as --base is nearer", given->journal, INPUTS_MAX, clock_to_rfc3339(moment->last_ms, at));
    case MOMENT_ENDED:
        return error_set(err, -ERANGE, "%s ends at %s: nothing is known of a later time", given->journal,
                         clock_to_rfc3339(moment->last_ms, at));
    case MOMENT_GIVEN_UP:
        break;
    }
    return error_set(err, -ECANCELED, "%s: given up", given->journal);
}

static void warn_of_missing(const struct session *session)
{
    struct replay_missing missing = replay_journal_missing(session->journal);
    char at[RFC3339_BYTES];

    if (missing.n > 0)
        (void) fprintf(stderr, "tocsin-aggregator explain: %llu inputs are gone; the journal is whole from %s on\n",
                       (unsigned long long) missing.n, clock_to_rfc3339(missing.whole_from_ms, at));
}

static int explain_there(const struct explain_options *given, const struct moment *moment, struct error *err)
{
    char at[RFC3339_BYTES];
    CLEANUP(json_freep) json_t *explanation = explain_moment(moment, given->service);

    if (explanation != NULL)
        return show(given, explanation);
    (void) error_set(err, -ENOENT, "no service had the id %s at %s", given->service,
                     clock_to_rfc3339(engine_now(moment->player.engine), at));
    return CLI_FAILED;
}

/* Brings the engine to the moment that is asked about. */
static int go_there(const struct explain_options *given, struct moment *moment, struct error *err)
{
    int r = moment_open(moment, given->journal, given->base, err);
    if (r == 0)
        r = moment_go(moment, &(struct moment_wanted) {.at_ms = given->at_ms, .inputs_max = INPUTS_MAX}, err);
    return r < 0 ? r : check_end(given, (enum moment_end) r, moment, err);
}

static int ask_journal(const struct explain_options *given, struct error *err)
{
    struct moment moment = {0};
    int exit_code = CLI_FAILED;

    if (go_there(given, &moment, err) == 0) {
        warn_of_missing(&moment.session);
        exit_code = explain_there(given, &moment, err);
    }
    moment_close(&moment);
    return exit_code;
}

/* ---------------------------------------------------------------- the command */

/* What is wrong with the command line, in words; NULL: nothing. */
static const char *check_options(struct explain_options *given, const struct cli_words *words)
{
    int64_t ago_ms;

    if (strcmp(given->output, "json") != 0 && strcmp(given->output, "table") != 0)
        return "expected -o table or -o json";
    if (words->n != 1)
        return "expected one SERVICE";
    if (!cli_is_subject(words->at[0]))
        return "expected the id of a service, or HOST:CHECK";
    if (given->journal == NULL && (given->at != NULL || given->base != NULL))
        return "expected --journal STORE with --at or --base";
    if (given->journal != NULL && (given->whom.config != NULL || given->whom.addr != NULL))
        return "expected --journal alone: its configurations are those that were live";
    given->service = words->at[0];
    given->at_ms = INT64_MAX;
    if (given->at == NULL)
        return daemon_choice_check(&given->whom);
    if (timestamp_parse_ago(text_of(given->at), &ago_ms))
        given->at_ms = clock_wall_ms() - ago_ms;
    else if (!timestamp_parse(text_of(given->at), &given->at_ms))
        return "expected --at 2026-11-21T09:30:00Z, or -2h";
    return NULL;
}

int explain_run(int argc, char **argv)
{
    struct explain_options given = {.output = "table"};
    const struct cli_option options[] = {
        DAEMON_CHOICE_OPTIONS(given.whom), {"output", .letter = 'o', .value = &given.output},
        {"journal", .value = &given.journal}, {"at", .value = &given.at}, {"base", .value = &given.base}, {NULL}};
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    const char *wrong = check_options(&given, &words);
    if (wrong != NULL)
        return cli_usage("explain", "%s", wrong);

    struct error err = {0};
    int exit_code = given.journal != NULL ? ask_journal(&given, &err) : ask_daemon(&given, &err);
    if (err.code != 0)
        (void) fprintf(stderr, "tocsin-aggregator explain: %s\n", err.text);
    return exit_code;
}
