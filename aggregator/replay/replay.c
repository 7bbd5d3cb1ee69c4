/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/config_file.h"
#include "aggregator/cli/options.h"
#include "aggregator/config/config.h"
#include "aggregator/engine/engine.h"
#include "aggregator/replay/decision_json.h"
#include "aggregator/replay/input.h"
#include "aggregator/replay/journal.h"
#include "common/buffer.h"
#include "common/mem.h"

static const char help[] =
    "Usage: tocsin-aggregator replay [--config FILE] [INPUT]\n"
    "       tocsin-aggregator replay --journal STORE [--config FILE]\n"
    "\n"
    "Runs recorded inputs through the alert engine and prints what it decides, one JSON object a line.\n"
    "INPUT holds one JSON object a line too, with t (UTC ms) and kind; without it, or as -, it is read from stdin.\n"
    "With --journal the inputs are those that an aggregator has recorded, and the configurations those that were live, or\n"
    "FILE in place of all of them.\n"
    "Nothing is sent, stored or asked. A line that cannot be used is answered with a reject and passed over.\n"
    "\n"
    CLI_CONFIG_HELP
    "                  It may hold nothing but engine, services, hosts and routes.\n"
    "  --journal STORE a data directory or the file of a store; the daemon may be running\n"
    "\n"
    "Examples:\n"
    "  tocsin-aggregator replay --config rules.yaml inputs.ndjson\n"
    "  printf '%s\\n' '{\"t\":0,\"kind\":\"obs\",\"service\":\"gh\",\"source\":\"page\",\"status\":\"degraded\"}' |\n"
    "      tocsin-aggregator replay --config rules.yaml | jq -c 'select(.d == \"notify\")'\n"
    "\n"
    "Exit: 0 done, 1 input or output failed, 2 wrong usage or a configuration that cannot be used.\n";

struct replay {
    struct engine *engine;
    struct aggregator_config *config;      /* held: the engine works by it; NULL before the first */
    bool keeps_config;                     /* recorded ones do not replace it */
    struct effects effects;
    FILE *out;
    bool started;
};

/* ---------------------------------------------------------------- out */

static void print(struct replay *replay, json_t *line)
{
    (void) json_dumpf(line, replay->out, JSON_COMPACT);    /* a failure is kept by the stream and asked for at the end */
    (void) fputc('\n', replay->out);
    json_decref(line);
}

static void print_reject(struct replay *replay, const struct replay_input *input, enum reason reason)
{
    int64_t now_ms = engine_now(replay->engine);

    print(replay, reject_json(replay->started ? &now_ms : NULL, input->kind[0] == '\0' ? NULL : input->kind, reason));
}

/* Prints what was decided, and lets go of what a store would have been told. */
static void finish(struct replay *replay)
{
    struct engine_closed closed;
    struct engine_removed removed;

    for (size_t i = 0; i < replay->effects.n_decisions; i++)
        print(replay, decision_json(&replay->effects.decisions[i]));
    while (engine_next_closed(replay->engine, &closed))
        ;
    while (engine_next_removed(replay->engine, &removed))
        ;
    effects_reset(&replay->effects);
}

/* ---------------------------------------------------------------- in */

static void observe(struct replay *replay, struct replay_input *input)
{
    int64_t now_ms = engine_now(replay->engine);

    if (!input->has_observed_at && now_ms > input->at_ms)    /* the engine's clock never goes back */
        input->observation.observed_at_ms = now_ms;
    engine_observe(replay->engine, &input->observation, input->at_ms, &replay->effects);
}

static void let_time_pass(struct replay *replay, int64_t at_ms)
{
    engine_command(replay->engine, &(Command) {.which_input = Command_tick_tag}, at_ms, &replay->effects);
    finish(replay);
}

static void configure(struct replay *replay, const struct replay_input *input)
{
    struct aggregator_config *config;
    struct error err = {0};
    CLEANUP(mem_freep) char *text = json_dumps(input->config, JSON_COMPACT);

    if (replay->keeps_config) {
        let_time_pass(replay, input->at_ms);
        return;
    }
    if (text == NULL || aggregator_config_parse("config", text_of(text), &config, &err) < 0) {
        (void) fprintf(stderr, "tocsin-aggregator replay: %s\n", err.text);
        let_time_pass(replay, input->at_ms);
        print_reject(replay, input, REASON_BAD_CONFIG);
        return;
    }
    engine_configure(replay->engine, config->engine, input->at_ms, &replay->effects);
    finish(replay);
    aggregator_config_drop(replay->config);    /* decisions borrowed from it until now */
    replay->config = config;
}

static void feed(struct replay *replay, struct replay_input *input)
{
    replay->started = true;
    switch (input->form) {
    case REPLAY_OBSERVATION:
        observe(replay, input);
        break;
    case REPLAY_COMMAND:
        engine_command(replay->engine, &input->command, input->at_ms, &replay->effects);
        break;
    case REPLAY_CONFIG:
        configure(replay, input);
        break;
    }
    finish(replay);
}

static void take_line(struct replay *replay, struct text line)
{
    struct replay_input input;

    if (replay_input_parse(line, &input) == REPLAY_BAD_RECORD)
        print_reject(replay, &input, REASON_BAD_RECORD);
    else
        feed(replay, &input);
    replay_input_done(&input);
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

static int failed(const char *what)
{
    (void) fprintf(stderr, "tocsin-aggregator replay: %s: %s\n", what, strerror(errno));
    return CLI_FAILED;
}

static int run_lines(struct replay *replay, const char *name)
{
    bool from_stdin = name == NULL || strcmp(name, "-") == 0;
    CLEANUP(buffer_done) struct buffer line;
    FILE *in = from_stdin ? stdin : fopen(name, "re");
    if (in == NULL)
        return failed(name);

    buffer_init(&line, REPLAY_LINE_BYTES_MAX);
    while (next_line(in, &line))
        take_line(replay, buffer_text(&line));
    int r = ferror(in) != 0 ? failed("the input cannot be read") : CLI_DONE;
    if (!from_stdin)
        (void) fclose(in);
    return r;
}

static int run_journal(struct replay *replay, const char *store)
{
    struct replay_journal *journal;
    struct replay_input input;
    struct error err = {0};
    int r = replay_journal_open(store, &journal, &err);

    if (r == 0) {
        while ((r = replay_journal_next(journal, &input, &err)) == 1) {
            feed(replay, &input);
            replay_input_done(&input);
        }
        replay_journal_close(journal);
    }
    if (r < 0)
        (void) fprintf(stderr, "tocsin-aggregator replay: %s: %s\n", store, err.text);
    return r < 0 ? CLI_FAILED : CLI_DONE;
}

static int run(struct aggregator_config *config, const char *store, const char *input)
{
    struct replay replay = {.engine = engine_new(), .config = config, .out = stdout,
                            .keeps_config = store != NULL && config != NULL};
    if (config != NULL)
        engine_configure(replay.engine, config->engine, 0, &replay.effects);
    finish(&replay);
    int r = store != NULL ? run_journal(&replay, store) : run_lines(&replay, input);
    if (fflush(replay.out) != 0 || ferror(replay.out) != 0)
        r = failed("the output cannot be written");

    engine_free(replay.engine);
    effects_done(&replay.effects);
    aggregator_config_drop(replay.config);
    return r;
}

int replay_run(int argc, char **argv)
{
    const char *path = NULL;
    const char *store = NULL;
    const struct cli_option options[] = {{"config", .value = &path}, {"journal", .value = &store}, {NULL}};
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    if (words.n > (store == NULL ? 1 : 0))
        return cli_usage("replay", "unexpected '%s'", words.at[words.n - 1]);

    struct aggregator_config *config = NULL;
    struct error err = {0};
    if ((store == NULL || path != NULL) && cli_config_load(path, &config, &err) < 0) {
        (void) fprintf(stderr, "%s\n", err.text);
        return CLI_USAGE;
    }
    return run(config, store, words.n == 0 ? NULL : words.at[0]);
}
