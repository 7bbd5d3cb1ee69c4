/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/config_file.h"
#include "aggregator/cli/options.h"
#include "aggregator/replay/compare.h"
#include "aggregator/replay/decision_json.h"
#include "aggregator/replay/input.h"
#include "aggregator/replay/notices.h"
#include "aggregator/replay/player.h"
#include "aggregator/replay/report.h"
#include "aggregator/replay/session.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/timestamp.h"

static const char help[] =
    "Usage: tocsin-aggregator replay [--config FILE] [INPUT]\n"
    "       tocsin-aggregator replay --journal STORE [--base STORE] [--since T] [--until T] [--config FILE]\n"
    "       tocsin-aggregator replay --journal STORE --diff [--config FILE] [-o table|json] [--fail-if-more N] [...]\n"
    "\n"
    "Runs recorded inputs through the alert engine and prints what it decides, one JSON object a line.\n"
    "INPUT holds one JSON object a line too, with t (UTC ms) and kind; without it, or as -, it is read from stdin.\n"
    "With --journal the inputs are those that an aggregator has recorded, and the configurations those that were live, or\n"
    "FILE in place of all of them. With --diff both are run: which notifications FILE would add, remove or move, and why.\n"
    "Nothing is sent, stored or asked. A line that cannot be used is answered with a reject and passed over.\n"
    "\n"
    CLI_CONFIG_HELP
    "                  It may hold nothing but engine, services, hosts, routes and evidence.\n"
    "  --journal STORE a data directory, the file of a store or a copy; the daemon may be running\n"
    "  --base STORE    an earlier copy of it: begin with its state in place of the journal's beginning\n"
    "  --since T, --until T\n"
    "                  what is printed or compared, as 2026-11-21T10:22:00Z or -30d (s, m, h, d); T itself is within\n"
    "                  since and beyond until\n"
    "  --diff          compare\n"
    "  -o, --output FORM\n"
    "                  of --diff: table (default) or json\n"
    "  --fail-if-more N\n"
    "                  of --diff: exit 4 when FILE sends more than N notifications more\n"
    "\n"
    "Examples:\n"
    "  tocsin-aggregator replay --config rules.yaml inputs.ndjson\n"
    "  tocsin-aggregator replay --journal /var/lib/tocsin-aggregator --config rules.yaml --diff --since -30d\n"
    "  printf '%s\\n' '{\"t\":0,\"kind\":\"obs\",\"service\":\"gh\",\"source\":\"page\",\"status\":\"degraded\"}' |\n"
    "      tocsin-aggregator replay --config rules.yaml | jq -c 'select(.d == \"notify\")'\n"
    "\n"
    "Exit: 0 done, 1 input or output failed, 2 wrong usage or a configuration that cannot be used, 4 more than N more.\n";

struct request {
    const char *config_path, *journal, *base, *input;
    const char *since, *until, *output, *fail_if_more;     /* words */
    bool diff;
    int64_t since_ms, until_ms, more_max;                  /* what they mean */
    struct aggregator_config *config;                      /* owned until it is run; NULL: the recorded ones */
};

/* ---------------------------------------------------------------- out */

static void print(json_t *line)
{
    (void) json_dumpf(line, stdout, JSON_COMPACT);    /* a failure is kept by the stream and asked for at the end */
    (void) putchar('\n');
    json_decref(line);
}

static bool is_wanted(const struct request *request, int64_t at_ms)
{
    return request->since_ms <= at_ms && at_ms < request->until_ms;
}

static void print_decision(void *context, const struct decision *decision)
{
    if (is_wanted(context, decision->at_ms))
        print(decision_json(decision));
}

static void print_reject(void *context, const int64_t *t, const char *kind, enum reason reason)
{
    if (t == NULL || is_wanted(context, *t))
        print(reject_json(t, kind, reason));
}

static void print_service(void *context, const struct engine *engine, const struct replay_input *input)
{
    int64_t now_ms = engine_now(engine);
    json_t *line = report_service_json(engine, input->report.service);

    if (line == NULL)
        print_reject(context, &now_ms, input->kind, REASON_NO_SUCH_SERVICE);
    else
        print(line);
}

static void print_report(void *context, const struct engine *engine, const struct replay_input *input)
{
    if (!is_wanted(context, engine_now(engine)))
        return;
    switch (input->report.what) {
    case REPLAY_REPORT_SERVICE:
        print_service(context, engine, input);
        break;
    case REPLAY_REPORT_READINESS:
        print(report_readiness_json(engine));
        break;
    }
}

static int say(const char *what, const char *why)
{
    (void) fprintf(stderr, "tocsin-aggregator replay: %s: %s\n", what, why);
    return CLI_FAILED;
}

/* ---------------------------------------------------------------- lines */

static void take_line(struct player *player, struct text line, struct replay_input *room)
{
    if (replay_input_parse(line, room) == REPLAY_BAD_RECORD)
        player_reject(player, room);
    else
        player_feed(player, room);
    replay_input_done(room);
}

/* Reads the next line without its end. False: there is none. A line that is too long is cut, and thereby no JSON. */
static bool next_line(FILE *in, struct buffer *line)
{
    char part[8192];
    bool any = false;

    buffer_reset(line);
    while (fgets(part, sizeof part, in) != NULL) {
        size_t len = strlen(part);
        bool ends = len > 0 && part[len - 1] == '\n';
        any = true;
        (void) buffer_put(line, part, ends ? len - 1 : len);
        if (ends)
            break;
    }
    return any;
}

static int run_lines(struct player *player, const char *name)
{
    bool from_stdin = name == NULL || strcmp(name, "-") == 0;
    CLEANUP(mem_freep) struct replay_input *room = mem_new(sizeof *room);
    CLEANUP(buffer_done) struct buffer line;
    FILE *in = from_stdin ? stdin : fopen(name, "re");
    if (in == NULL)
        return say(name, strerror(errno));

    buffer_init(&line, REPLAY_LINE_BYTES_MAX);
    while (next_line(in, &line))
        take_line(player, buffer_text(&line), room);
    int r = ferror(in) != 0 ? say("the input cannot be read", strerror(errno)) : CLI_DONE;
    if (!from_stdin)
        (void) fclose(in);
    return r;
}

/* ---------------------------------------------------------------- a journal */

static void say_missing(const struct session *session)
{
    struct replay_missing missing = replay_journal_missing(session->journal);
    char from[RFC3339_BYTES];

    if (missing.n == 0)
        return;
    (void) fprintf(stderr, "tocsin-aggregator replay: %llu inputs before %s are not in the journal any more: decisions are "
                   "exact for what began after that; --base with a copy of the store from then knows the state\n",
                   (unsigned long long) missing.n, clock_to_rfc3339(missing.whole_from_ms, from));
}

static int print_journal(const struct request *request, struct session *session, struct player *player, struct error *err)
{
    player->hosts = &session->hosts;
    player->keeps_config = request->config != NULL;
    int r = player_start(player, request->config == NULL ? NULL : aggregator_config_hold(request->config), session->base, err);
    if (r == 0)
        r = session_play(session, &(struct players) {player, 1}, request->until_ms, err);
    return r;
}

static int run_journal(const struct request *request, struct player *player)
{
    const struct compare compare = {
        .config_path = request->config == NULL ? "" : request->config->path,
        .config = request->config,
        .since_ms = request->since_ms, .until_ms = request->until_ms,
        .more_max = request->more_max,
        .as_json = request->output != NULL && strcmp(request->output, "json") == 0,
    };
    struct session session = {0};
    struct error err = {0};
    int r = session_open(&session, request->journal, request->base, &err);

    if (r == 0)
        r = request->diff ? compare_run(&compare, &session, &err) : print_journal(request, &session, player, &err);
    if (r < 0)
        (void) fprintf(stderr, "tocsin-aggregator replay: %s\n", err.text);
    else
        say_missing(&session);
    session_close(&session);
    return r < 0 ? CLI_FAILED : r == COMPARE_MORE ? REPLAY_MORE : CLI_DONE;
}

static int run(const struct request *request)
{
    struct player player = {.decided = print_decision, .rejected = print_reject, .asked = print_report, .context = (void *) request};
    struct error err = {0};
    int r;

    if (request->journal != NULL) {
        r = run_journal(request, &player);
    } else {
        r = player_start(&player, aggregator_config_hold(request->config), NULL, &err);    /* nothing that could fail */
        r = r == 0 ? run_lines(&player, request->input) : r;
    }
    player_done(&player);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        r = say("the output cannot be written", strerror(errno));
    return r;
}

/* ---------------------------------------------------------------- what is asked for */

/* A time that was given, or what stands when none was. False: it is no time. */
static bool read_time(const char *word, int64_t otherwise_ms, int64_t *out)
{
    int64_t ago_ms;

    *out = otherwise_ms;
    if (word == NULL || timestamp_parse(text_of(word), out))
        return true;
    if (!timestamp_parse_ago(text_of(word), &ago_ms))
        return false;
    *out = clock_wall_ms() - ago_ms;
    return true;
}

/* CLI_GO_ON, or CLI_USAGE with words. */
static int check_words(struct request *request)
{
    bool bounded = request->since != NULL || request->until != NULL;
    bool is_form = request->output == NULL || strcmp(request->output, "table") == 0 || strcmp(request->output, "json") == 0;

    if (request->journal == NULL && (request->base != NULL || bounded || request->diff))
        return cli_usage("replay", "--base, --since, --until and --diff need --journal");
    if (!request->diff && (request->output != NULL || request->fail_if_more != NULL))
        return cli_usage("replay", "--output and --fail-if-more need --diff");
    if (!is_form)
        return cli_usage("replay", "unknown output '%s'; expected table or json", request->output);
    if (!read_time(request->since, 0, &request->since_ms))
        return cli_usage("replay", "--since %s: expected a time such as 2026-11-21T10:22:00Z or -30d", request->since);
    if (!read_time(request->until, INT64_MAX, &request->until_ms))
        return cli_usage("replay", "--until %s: expected a time such as 2026-11-21T10:22:00Z or -30d", request->until);
    if (request->since_ms >= request->until_ms)
        return cli_usage("replay", "nothing lies between --since %s and --until %s", request->since, request->until);
    request->more_max = -1;
    if (request->fail_if_more != NULL && !text_to_int64(text_of(request->fail_if_more), 0, NOTICES_MAX, &request->more_max))
        return cli_usage("replay", "--fail-if-more %s: expected a number from 0 to %d", request->fail_if_more, NOTICES_MAX);
    return CLI_GO_ON;
}

int replay_run(int argc, char **argv)
{
    struct request request = {0};
    const struct cli_option options[] = {
        {"config", .value = &request.config_path}, {"journal", .value = &request.journal}, {"base", .value = &request.base},
        {"since", .value = &request.since}, {"until", .value = &request.until}, {"diff", .flag = &request.diff},
        {"output", 'o', .value = &request.output}, {"fail-if-more", .value = &request.fail_if_more}, {NULL},
    };
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    if (words.n > (request.journal == NULL ? 1 : 0))
        return cli_usage("replay", "unexpected '%s'", words.at[words.n - 1]);
    request.input = words.n == 0 ? NULL : words.at[0];
    r = check_words(&request);
    if (r != CLI_GO_ON)
        return r;

    struct error err = {0};
    bool wants_config = request.journal == NULL || request.config_path != NULL || request.diff;
    if (wants_config && cli_config_load(request.config_path, &request.config, &err) < 0) {
        (void) fprintf(stderr, "%s\n", err.text);
        return CLI_USAGE;
    }
    r = run(&request);
    aggregator_config_drop(request.config);
    return r;
}
