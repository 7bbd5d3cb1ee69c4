/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "aggregator/cli/cells.h"
#include "aggregator/cli/cli.h"
#include "aggregator/cli/daemon_choice.h"
#include "aggregator/cli/options.h"
#include "common/mem.h"
#include "common/text.h"

static const char help[] =
    "Usage: tocsin-aggregator readiness [-o table|json] [--config FILE | --addr URL [--token-file FILE]]\n"
    "\n"
    "What is proven and what is missing, area by area, with the one thing to do next.\n"
    "\n"
    "  -o, --output FORM   table (default) or json, as the API gives it\n"
    DAEMON_CHOICE_HELP
    "\n"
    "Examples:\n"
    "  tocsin-aggregator readiness\n"
    "  tocsin-aggregator readiness -o json | jq '.areas[] | select(.next) | .next'\n"
    "\n"
    "Exit: 0 ready, 1 limited, 2 not ready, 3 unreachable or wrong usage.\n";

enum { READINESS_UNKNOWN = 3, SENTENCE_BYTES = 512 };

static void json_freep(json_t **json)
{
    json_decref(*json);
}

static int exit_code_of(const json_t *readiness)
{
    static const char *const states[] = {"ready", "limited", "not_ready"};
    const char *state = json_string_value(json_object_get(readiness, "state"));

    for (int i = 0; state != NULL && i < (int) ARRAY_SIZE(states); i++) {
        if (strcmp(states[i], state) == 0)
            return i;
    }
    return READINESS_UNKNOWN;
}

static void print_area(const json_t *area)
{
    char name[CELL_BYTES], state[CELL_BYTES], newest[CELL_BYTES];
    char next[SENTENCE_BYTES];

    (void) text_copy(next, sizeof next, text_of(json_string_value(json_object_get(area, "next"))));
    (void) printf("%-8s  %lld/5  %-20.40s  %-8s  %-19s  %s\n", cell_text(area, "state", state),
                  json_integer_value(json_object_get(area, "of_five")), cell_text(area, "area", name),
                  json_is_true(json_object_get(area, "required")) ? "yes" : "no", cell_time(area, "newest_at", newest), next);
}

static void print_table(const json_t *readiness)
{
    char verdict[SENTENCE_BYTES];
    char change[CELL_BYTES];
    const json_t *area;
    size_t i;

    (void) text_copy(verdict, sizeof verdict, text_of(json_string_value(json_object_get(readiness, "verdict"))));
    (void) printf("%s%s\n\n%-8s  %-3s  %-20s  %-8s  %-19s  %s\n", verdict,
                  json_is_true(json_object_get(readiness, "demo")) ? "  (DEMO DATA)" : "", "STATE", "OF5", "AREA", "REQUIRED",
                  "NEWEST (UTC)", "NEXT");
    json_array_foreach(json_object_get(readiness, "areas"), i, area)
        print_area(area);
    (void) printf("\nOverall %lld of 5 (%lld of 1000).", json_integer_value(json_object_get(readiness, "of_five")),
                  json_integer_value(json_object_get(readiness, "score")));
    if (json_is_string(json_object_get(readiness, "next_change_at")))
        (void) printf(" Age alone changes a state at %s.", cell_time(readiness, "next_change_at", change));
    (void) putchar('\n');
}

static int refuse(const char *words)
{
    (void) cli_usage("readiness", "%s", words);
    return READINESS_UNKNOWN;          /* 2 would mean: not ready */
}

int cli_readiness(int argc, char **argv)
{
    struct daemon_choice whom = {0};
    const char *output = "table";
    const struct cli_option options[] = {DAEMON_CHOICE_OPTIONS(whom), {"output", .letter = 'o', .value = &output}, {NULL}};
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r == CLI_USAGE ? READINESS_UNKNOWN : r;
    bool as_json = strcmp(output, "json") == 0;
    if (!as_json && strcmp(output, "table") != 0)
        return refuse("expected -o table or -o json");
    if (words.n > 0)
        return refuse("expected no words but options");
    if (daemon_choice_check(&whom) != NULL)
        return refuse(daemon_choice_check(&whom));

    struct error err = {0};
    CLEANUP(daemon_client_freep) struct daemon_client *client = daemon_choice_open(&whom, &err);
    CLEANUP(json_freep) json_t *readiness = client == NULL ? NULL : daemon_client_get(client, "/api/readiness", &err);
    if (readiness == NULL) {
        (void) fprintf(stderr, "UNKNOWN - %s\n", err.text);
        return READINESS_UNKNOWN;
    }
    if (as_json) {
        (void) json_dumpf(readiness, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        (void) putchar('\n');
    } else {
        print_table(readiness);
    }
    return exit_code_of(readiness);
}
