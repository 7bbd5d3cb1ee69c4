/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "aggregator/cli/cells.h"
#include "aggregator/cli/cli.h"
#include "aggregator/cli/daemon_choice.h"
#include "aggregator/cli/options.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/text.h"

static const char help[] =
    "Usage: tocsin-aggregator outbox list [--state STATE|all] [--channel NAME] [--since TIME] [--json]\n"
    "       tocsin-aggregator outbox show SEQUENCE [--json]\n"
    "       tocsin-aggregator outbox retry SEQUENCE | --channel NAME [--json]\n"
    "       tocsin-aggregator outbox drop SEQUENCE --reason WORDS [--json]\n"
    "\n"
    "Notifications and what became of them. `list` shows the dead ones, newest first, at most 1000. `retry` sends a dead one\n"
    "again with its attempts and its day anew, where what it says still holds and its receiver was told nothing newer; with\n"
    "--channel all of a channel for which that is so. `drop` gives one up.\n"
    "\n"
    "  --state STATE       pending, claimed, sent, ambiguous, dead (default), superseded, or all\n"
    "  --channel NAME      of this channel, or carried by it\n"
    "  --since TIME        decided since then: 2026-11-21T09:00:00Z, or before now as -6h\n"
    "  --reason WORDS      why it is dropped; stands in the audit\n"
    "  --json              what the API answers\n"
    DAEMON_CHOICE_HELP
    "\n"
    "Examples:\n"
    "  tocsin-aggregator outbox list\n"
    "  tocsin-aggregator outbox retry 4711\n"
    "  tocsin-aggregator outbox drop 4712 --reason 'told by telephone'\n"
    "\n"
    "Exit: 0 done, 1 not (the words say why), 2 wrong usage.\n";

enum { PATH_BYTES_MAX = 256, LINE_BYTES = 512 };

struct outbox_input {
    struct daemon_client *client;
    const char *sequence;              /* digits; NULL: none given */
    const char *state, *channel, *since, *reason;
    bool json;
};

static void json_freep(json_t **json)
{
    json_decref(*json);
}

static int print_json(const json_t *body)
{
    (void) json_dumpf(body, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    return puts("") == EOF ? -1 : 0;
}

static long long whole(const json_t *object, const char *member)
{
    return json_integer_value(json_object_get(object, member));
}

/* A sentence, longer than a cell, on one line. */
static const char *line_of(const json_t *object, const char *member, char words[static LINE_BYTES])
{
    (void) text_copy(words, LINE_BYTES, text_of(json_string_value(json_object_get(object, member))));
    for (char *at = words; *at != '\0'; at++) {
        if ((unsigned char) *at < ' ' || *at == 0x7f)
            *at = ' ';
    }
    return words;
}

/* ---- list, show */

static void print_row(const json_t *row)
{
    char at[CELL_BYTES], state[CELL_BYTES], channel[CELL_BYTES], kind[CELL_BYTES], key[CELL_BYTES];
    char reason[LINE_BYTES];
    bool dropped = json_is_string(json_object_get(row, "dropped_at"));

    (void) printf("%-8lld  %-10s  %-12.32s  %-10s  %-32.60s  %-19s  %5lld  %s%.120s\n", whole(row, "sequence"),
                  cell_text(row, "state", state), cell_text(row, "channel", channel), cell_text(row, "kind", kind),
                  cell_text(row, "key", key), cell_time(row, "decided_at", at), whole(row, "attempts"),
                  dropped ? "(dropped) " : "", line_of(row, "reason", reason));
}

static void print_table(const json_t *body)
{
    const json_t *items = json_object_get(body, "items");
    const json_t *row;
    size_t i;

    (void) printf("%-8s  %-10s  %-12s  %-10s  %-32s  %-19s  %5s  %s\n", "SEQUENCE", "STATE", "CHANNEL", "KIND", "ALERT",
                  "DECIDED", "TRIES", "REASON");
    json_array_foreach(items, i, row)
        print_row(row);
    if (json_is_string(json_object_get(body, "next_cursor")))
        (void) fprintf(stderr, "There are more: narrow it with --since or --channel.\n");
}

/* What was asked for holds no character that an address would have to escape, but a colon and a plus sign in a time. */
static bool put_query(char *path, size_t cap, const char *name, const char *value)
{
    size_t len = strlen(path);
    int n = snprintf(path + len, cap - len, "&%s=", name);
    if (n < 0 || (size_t) n >= cap - len)
        return false;
    len += (size_t) n;
    for (; *value != '\0' && len + 4 < cap; value++)
        len += (size_t) snprintf(path + len, cap - len, *value == '+' ? "%%2B" : "%c", *value);
    return *value == '\0';
}

static int list(const struct outbox_input *in, struct error *err)
{
    char path[PATH_BYTES_MAX] = "/api/admin/outbox?limit=1000";
    const char *state = in->state == NULL ? "dead" : in->state;
    bool fits = strcmp(state, "all") == 0 || put_query(path, sizeof path, "state", state);
    if (in->channel != NULL)
        fits = fits && put_query(path, sizeof path, "channel", in->channel);
    if (in->since != NULL)
        fits = fits && put_query(path, sizeof path, "since", in->since);
    if (!fits)
        return error_set(err, -1, "the options are too long");

    CLEANUP(json_freep) json_t *body = daemon_client_get(in->client, path, err);
    if (body == NULL)
        return -1;
    if (in->json)
        return print_json(body);
    print_table(body);
    return 0;
}

static void print_member(const char *name, const json_t *value)
{
    char words[LINE_BYTES];
    CLEANUP(json_freep) json_t *holder = json_object();

    (void) json_object_set(holder, name, (json_t *) value);
    if (json_is_string(value))
        (void) printf("%-18s  %s\n", name, line_of(holder, name, words));
    else if (json_is_integer(value))
        (void) printf("%-18s  %lld\n", name, (long long) json_integer_value(value));
}

static int show(const struct outbox_input *in, struct error *err)
{
    char path[PATH_BYTES_MAX];
    (void) snprintf(path, sizeof path, "/api/admin/outbox/%s", in->sequence);    /* digits */
    CLEANUP(json_freep) json_t *body = daemon_client_get(in->client, path, err);
    if (body == NULL)
        return -1;
    if (in->json)
        return print_json(body);

    char kind[CELL_BYTES], level[CELL_BYTES], at[CELL_BYTES];
    const char *name;
    json_t *value;
    json_object_foreach(body, name, value)
        print_member(name, value);
    const json_t *told = json_object_get(body, "receiver_was_last_told");
    if (json_is_object(told))
        (void) printf("%-18s  %s %s at %s (%lld)\n", "was last told", cell_text(told, "kind", kind),
                      cell_text(told, "level", level), cell_time(told, "at", at), whole(told, "sequence"));
    return 0;
}

/* ---- retry, drop */

static int post(const struct outbox_input *in, const char *path, const json_t *sent, json_t **body, struct error *err)
{
    struct daemon_reply reply = {0};
    int r = daemon_client_call(in->client, "POST", path, sent, &reply, err);
    if (r < 0)
        return r;
    if (reply.status == 200) {
        *body = reply.body;
        return 0;
    }
    r = daemon_client_problem(&reply, err);
    json_decref(reply.body);
    return r;
}

static int retry_channel(const struct outbox_input *in, struct error *err)
{
    char words[LINE_BYTES];
    CLEANUP(json_freep) json_t *sent = json_pack("{s:s}", "channel", in->channel);
    CLEANUP(json_freep) json_t *body = NULL;
    int r = post(in, "/api/admin/outbox/retry", sent, &body, err);
    if (r < 0)
        return r;
    if (in->json)
        return print_json(body);
    (void) printf("%lld wait again, %lld were left as they are\n", whole(body, "retried"), whole(body, "left"));
    if (whole(body, "left") > 0)
        (void) printf("the first that was left: %s\n", line_of(body, "first_left", words));
    if (json_is_true(json_object_get(body, "more")))
        (void) printf("there are more: drop what will not be sent, and ask again\n");
    return 0;
}

static int retry(const struct outbox_input *in, struct error *err)
{
    if (in->sequence == NULL)
        return retry_channel(in, err);

    char path[PATH_BYTES_MAX];
    CLEANUP(json_freep) json_t *body = NULL;
    (void) snprintf(path, sizeof path, "/api/admin/outbox/%s/retry", in->sequence);
    int r = post(in, path, NULL, &body, err);
    if (r < 0)
        return r;
    if (in->json)
        return print_json(body);
    (void) printf("%s waits again and is sent as soon as its channel is free\n", in->sequence);
    return 0;
}

static int drop(const struct outbox_input *in, struct error *err)
{
    char path[PATH_BYTES_MAX];
    CLEANUP(json_freep) json_t *sent = json_pack("{s:s}", "reason", in->reason);
    CLEANUP(json_freep) json_t *body = NULL;
    (void) snprintf(path, sizeof path, "/api/admin/outbox/%s/drop", in->sequence);
    int r = post(in, path, sent, &body, err);
    if (r < 0)
        return r;
    if (in->json)
        return print_json(body);
    (void) printf("%s is dropped\n", in->sequence);
    return 0;
}

/* ---- the command line */

static const struct verb { const char *name; int (*run)(const struct outbox_input *, struct error *); } verbs[] = {
    {"list", list}, {"show", show}, {"retry", retry}, {"drop", drop},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}

static bool is_sequence(const char *word)
{
    int64_t number;

    return word[0] != '0' && text_to_int64(text_of(word), 1, INT64_MAX, &number);
}

/* What is wrong with it, in words; NULL: nothing. */
static const char *wrong_with(const struct verb *verb, const struct outbox_input *in)
{
    bool of_channel = verb->run == retry && in->channel != NULL;
    bool of_list = verb->run == list;

    if (in->sequence != NULL && !is_sequence(in->sequence))
        return "a SEQUENCE is a number, as `outbox list` shows it";
    if (in->channel != NULL && !text_is_id(text_of(in->channel), CHANNEL_BYTES_MAX))
        return "--channel takes the name of a channel";
    if (in->channel != NULL && !of_list && verb->run != retry)
        return "--channel belongs to list and retry";
    if ((of_list || of_channel) == (in->sequence != NULL))
        return verb->run == retry ? "expected retry SEQUENCE, or retry --channel NAME"
               : of_list          ? "list takes no SEQUENCE; show does"
                                  : "expected a SEQUENCE";
    if ((in->state != NULL || in->since != NULL) && !of_list)
        return "--state and --since belong to list";
    if (in->state != NULL && !text_is_id(text_of(in->state), CHANNEL_BYTES_MAX))
        return "--state takes pending, claimed, sent, ambiguous, dead, superseded or all";
    if (in->since != NULL && strspn(in->since, "0123456789-+:.TZsmhd") != strlen(in->since))
        return "--since takes a time such as 2026-11-21T09:00:00Z or -6h";
    if ((in->reason != NULL) != (verb->run == drop))
        return verb->run == drop ? "drop needs --reason WORDS" : "--reason belongs to drop";
    return NULL;
}

int cli_outbox(int argc, char **argv)
{
    struct daemon_choice whom = {0};
    struct outbox_input in = {0};
    const struct cli_option options[] = {
        {"state", .value = &in.state}, {"channel", .value = &in.channel}, {"since", .value = &in.since},
        {"reason", .value = &in.reason}, {"json", .flag = &in.json}, DAEMON_CHOICE_OPTIONS(whom), {NULL}};
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    const struct verb *verb = words.n > 0 ? find_verb(words.at[0]) : NULL;
    if (verb == NULL || words.n > 2)
        return cli_usage("outbox", "expected list, show SEQUENCE, retry SEQUENCE or drop SEQUENCE");
    in.sequence = words.n > 1 ? words.at[1] : NULL;
    const char *wrong = wrong_with(verb, &in);
    if (wrong == NULL)
        wrong = daemon_choice_check(&whom);
    if (wrong != NULL)
        return cli_usage("outbox", "%s", wrong);

    struct error err = {0};
    CLEANUP(daemon_client_freep) struct daemon_client *client = daemon_choice_open(&whom, &err);
    in.client = client;
    if (client == NULL || verb->run(&in, &err) < 0) {
        (void) fprintf(stderr, "tocsin-aggregator outbox: %s\n", err.text);
        return CLI_FAILED;
    }
    return CLI_DONE;
}
