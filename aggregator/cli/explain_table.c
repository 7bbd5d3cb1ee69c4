/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/cli/explain_table.h"

#include <string.h>

#include "aggregator/cli/cells.h"
#include "common/mem.h"
#include "common/text.h"

enum { WORDS_BYTES = 1024 };

static const struct { const char *word; const char *shown; const char *colour; } verdicts[] = {
    { "pass",        "pass",  "\x1b[32m" },
    { "stops",       "STOPS", "\x1b[1;31m" },
    { "not_reached", "-",     "" },
};

static const char *words_of(const json_t *object, const char *member, char words[static WORDS_BYTES])
{
    (void) text_copy(words, WORDS_BYTES, text_of(json_string_value(json_object_get(object, member))));
    return words;
}

static bool is_reached(const json_t *gate)
{
    char verdict[CELL_BYTES];

    return strcmp(cell_text(gate, "verdict", verdict), "not_reached") != 0;
}

static void print_verdict(const json_t *gate, bool colour, FILE *out)
{
    char verdict[CELL_BYTES];

    (void) cell_text(gate, "verdict", verdict);
    for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
        if (strcmp(verdicts[i].word, verdict) == 0)
            (void) fprintf(out, "%s%-6s%s", colour ? verdicts[i].colour : "", verdicts[i].shown, colour ? "\x1b[0m" : "");
    }
}

static void print_sources(const json_t *inputs, FILE *out)
{
    const json_t *source;
    size_t i;

    json_array_foreach(json_object_get(inputs, "sources"), i, source) {
        char id[CELL_BYTES], state[CELL_BYTES], poller[CELL_BYTES], heard[CELL_BYTES], stale[CELL_BYTES];
        (void) fprintf(out, "%23s%s: %s, poller %s, last heard %s", "", cell_text(source, "id", id),
                       cell_text(source, "state", state), cell_text(source, "poller", poller), cell_time(source, "heard_at", heard));
        if (!json_is_true(json_object_get(source, "asked")))
            (void) fprintf(out, ", not asked\n");
        else if (!json_is_true(json_object_get(source, "votes")))
            (void) fprintf(out, ", does not vote\n");
        else
            (void) fprintf(out, ", votes until %s\n", cell_time(source, "stale_at", stale));
    }
}

static void print_deliveries(const json_t *inputs, FILE *out)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(inputs, "deliveries"), i, row) {
        char decided[CELL_BYTES], kind[CELL_BYTES], level[CELL_BYTES], channel[CELL_BYTES], state[CELL_BYTES];
        char reason[CELL_BYTES];
        (void) fprintf(out, "%23s%s %s of %s to %s: %s%s%s\n", "", cell_time(row, "decided_at", decided),
                       cell_text(row, "kind", kind), cell_text(row, "level", level), cell_text(row, "channel", channel),
                       cell_text(row, "state", state), cell_text(row, "reason", reason)[0] == '\0' ? "" : ", ", reason);
    }
}

/* "min_dwell_s 600 s (service), confirm_polls 3 polls (shipped)" */
static void print_parameters(const json_t *gate, FILE *out)
{
    const json_t *param;
    size_t i, n = json_array_size(json_object_get(gate, "parameters"));

    json_array_foreach(json_object_get(gate, "parameters"), i, param) {
        char name[CELL_BYTES], unit[CELL_BYTES], from[CELL_BYTES];
        char word[CELL_BYTES];
        CLEANUP(mem_freep) char *number = json_dumps(json_object_get(param, "value"), JSON_ENCODE_ANY);
        bool is_word = json_is_string(json_object_get(param, "value"));
        const char *value = is_word ? cell_text(param, "value", word) : number == NULL ? "" : number;
        (void) cell_text(param, "unit", unit);
        (void) fprintf(out, "%*s%s %s%s%s (%s)%s", i == 0 ? 23 : 1, "", cell_text(param, "name", name), value,
                       unit[0] == '\0' ? "" : " ", unit, cell_text(param, "from", from), i + 1 == n ? "\n" : ",");
    }
}

static void print_gate(const json_t *gate, bool colour, FILE *out)
{
    const json_t *inputs = json_object_get(gate, "inputs");
    char name[CELL_BYTES], words[WORDS_BYTES];

    print_verdict(gate, colour, out);
    (void) fprintf(out, "  %-12s  %s\n", cell_text(gate, "gate", name), words_of(gate, "words", words));
    if (!is_reached(gate))
        return;
    print_sources(inputs, out);
    print_deliveries(inputs, out);
    print_parameters(gate, out);
}

void explain_table_print(const json_t *explanation, bool colour, FILE *out)
{
    char id[CELL_BYTES], name[CELL_BYTES], at[CELL_BYTES], state[CELL_BYTES], hard[CELL_BYTES], opened[CELL_BYTES];
    char verdict[WORDS_BYTES], truth[WORDS_BYTES];
    const json_t *gate;
    size_t i;

    (void) fprintf(out, "%s (%s), tier %lld, at %s UTC: %s now, confirmed %s", cell_text(explanation, "name", name),
                   cell_text(explanation, "service_id", id), json_integer_value(json_object_get(explanation, "tier")),
                   cell_time(explanation, "at", at), cell_text(explanation, "state", state),
                   cell_text(explanation, "confirmed_state", hard));
    if (json_is_true(json_object_get(explanation, "alert_open")))
        (void) fprintf(out, ", alert open since %s", cell_time(explanation, "alert_opened_at", opened));
    if (json_is_object(json_object_get(explanation, "truth")))
        (void) fprintf(out, "\nPage and probes: %s", words_of(json_object_get(explanation, "truth"), "says", truth));
    (void) fprintf(out, "\n\n%-6s  %-12s  %s\n", "", "GATE", "WHY");
    json_array_foreach(json_object_get(explanation, "gates"), i, gate)
        print_gate(gate, colour, out);
    (void) fprintf(out, "\n%s\n", words_of(explanation, "verdict", verdict));
}
