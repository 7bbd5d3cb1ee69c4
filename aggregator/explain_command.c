/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/explain_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/api/explain_json.h"
#include "aggregator/cli/cli.h"
#include "aggregator/cli/daemon_choice.h"
#include "aggregator/cli/explain_table.h"
#include "aggregator/cli/options.h"
#include "aggregator/cli/subject.h"
#include "aggregator/engine/explain.h"
#include "aggregator/replay/session.h"
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

static void pass_decision(void *context, const struct decision *decision)
{
    (void) context;
    (void) decision;
}

static void pass_reject(void *context, const int64_t *t, const char *kind, enum reason reason)
{
    (void) context;
    (void) t;
    (void) kind;
    (void) reason;
}

static bool is_gap(const struct replay_input *input)
{
    return input->form == REPLAY_COMMAND && input->command.which_input == Command_gap_tag;
}

/* How far the journal was played. The first configuration of a store comes before all time, at 0. */
struct played { int64_t first_ms, last_ms; size_t n; bool goes_on; };

static int play(struct session *session, struct player *player, int64_t at_ms, struct played *played, struct error *err)
{
    CLEANUP(mem_freep) struct replay_input *input = mem_new(sizeof *input);
    int r;

    while ((r = replay_journal_next(session->journal, input, err)) == 1 && !played->goes_on) {
        if (played->first_ms == 0)
            played->first_ms = input->at_ms;
        played->goes_on = input->at_ms > at_ms || played->n == INPUTS_MAX;
        if (!played->goes_on) {
            player_feed(player, input);
            played->last_ms = input->at_ms;
            played->n++;
        } else if (played->n > 0 && !is_gap(input)) {    /* before a gap nothing acts */
            player_let_pass(player, at_ms);
        }
        replay_input_done(input);
        if (played->goes_on)
            return 0;
    }
    return r;
}

static int check_played(const struct explain_options *given, const struct played *played, struct error *err)
{
    char at[RFC3339_BYTES];

    if (given->at_ms < played->first_ms)
        return error_set(err, -ERANGE, "%s begins at %s: nothing is known of an earlier time", given->journal,
                         clock_to_rfc3339(played->first_ms, at));
    if (played->last_ms == 0)
        return error_set(err, -ENODATA, "%s has recorded nothing", given->journal);
    if (played->n == INPUTS_MAX)
        return error_set(err, -E2BIG, "%s: %d inputs only lead to %s, and more are not replayed; an earlier copy of the store "
                         "as --base is nearer", given->journal, INPUTS_MAX, clock_to_rfc3339(played->last_ms, at));
    if (!played->goes_on && given->at_ms != INT64_MAX)
        return error_set(err, -ERANGE, "%s ends at %s: nothing is known of a later time", given->journal,
                         clock_to_rfc3339(played->last_ms, at));
    return 0;
}

static void warn_of_missing(const struct session *session)
{
    struct replay_missing missing = replay_journal_missing(session->journal);
    char at[RFC3339_BYTES];

    if (missing.n > 0)
        (void) fprintf(stderr, "tocsin-aggregator explain: %llu inputs are gone; the journal is whole from %s on\n",
                       (unsigned long long) missing.n, clock_to_rfc3339(missing.whole_from_ms, at));
}

static int explain_there(const struct explain_options *given, struct player *player, struct error *err)
{
    struct explanation *why = engine_explain(player->engine, given->service, 0);
    if (why == NULL) {
        char at[RFC3339_BYTES];
        (void) error_set(err, -ENOENT, "no service had the id %s at %s", given->service,
                         clock_to_rfc3339(engine_now(player->engine), at));
        return CLI_FAILED;
    }
    CLEANUP(json_freep) json_t *explanation = explain_json(why, player->config, NULL, NULL);
    explanation_free(why);
    return show(given, explanation);
}

/* Brings the player to the moment that is asked about. */
static int go_there(const struct explain_options *given, struct session *session, struct player *player, struct error *err)
{
    struct played played = {0};

    int r = session_open(session, given->journal, given->base, err);
    if (r == 0)
        r = player_start(player, NULL, session->base, err);
    if (r == 0)
        r = play(session, player, given->at_ms, &played, err);
    return r < 0 ? r : check_played(given, &played, err);
}

static int ask_journal(const struct explain_options *given, struct error *err)
{
    struct session session = {0};
    struct player player = {.decided = pass_decision, .rejected = pass_reject, .hosts = &session.hosts};
    int exit_code = CLI_FAILED;

    if (go_there(given, &session, &player, err) == 0) {
        warn_of_missing(&session);
        exit_code = explain_there(given, &player, err);
    }
    player_done(&player);
    session_close(&session);
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
