/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/input.h"

#include <string.h>

#include "aggregator/engine/readiness.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/status.h"

/* The largest whole number that every reader of JSON agrees on. */
static const int64_t number_max = (INT64_C(1) << 53) - 1;

enum { EVERY_S_MAX = 604800 };

/* ---------------------------------------------------------------- fields. False: the line is unusable. */

static bool is_there(const json_t *line, const char *key)
{
    return json_object_get(line, key) != NULL;
}

/* A text that the schema has room for. */
static bool text_value(const json_t *value, char *out, size_t cap)
{
    struct text text = json_string_text(value);

    if (!json_is_string(value) || text.len >= cap || memchr(text.at, '\0', text.len) != NULL)
        return false;
    memcpy(out, text.at, text.len);
    out[text.len] = '\0';
    return true;
}

static bool text_field(const json_t *line, const char *key, char *out, size_t cap)
{
    return text_value(json_object_get(line, key), out, cap);
}

static bool text_maybe(const json_t *line, const char *key, char *out, size_t cap)
{
    return !is_there(line, key) || text_field(line, key, out, cap);
}

#define TEXT(line, key, field)       text_field(line, key, field, sizeof(field))
#define TEXT_MAYBE(line, key, field) text_maybe(line, key, field, sizeof(field))

static bool number_field(const json_t *line, const char *key, int64_t min, int64_t max, int64_t *out)
{
    return json_whole(line, key, min, max, out);
}

static bool bool_maybe(const json_t *line, const char *key, bool *out)
{
    const json_t *value = json_object_get(line, key);

    if (value == NULL)
        return true;
    *out = json_is_true(value);
    return json_is_boolean(value);
}

/* One of two words; absent: the first. */
static bool word_maybe(const json_t *line, const char *key, const char *const words[2], bool *second)
{
    struct text text = json_string_text(json_object_get(line, key));

    if (!is_there(line, key))
        return true;
    *second = text_is(text, words[1]);
    return *second || text_is(text, words[0]);
}

/* Numbers that may be negative here and must not be in the schema: moved, which keeps their order. */
static bool ordinal_maybe(const json_t *line, const char *key, bool *there, uint64_t *out)
{
    int64_t number = 0;

    *there = is_there(line, key);
    if (*there && !number_field(line, key, -number_max, number_max, &number))
        return false;
    *out = (uint64_t) (number + number_max);
    return true;
}

/* ---------------------------------------------------------------- observations */

/* Of an ok, whatever is no level counts as unknown; of a fail it says nothing. */
static bool read_level(const json_t *line, Observation *out)
{
    const json_t *value = json_object_get(line, "status");
    enum status status = STATUS_UNKNOWN;

    if (value == NULL)
        return out->result == RESULT_FAIL;
    if (!json_is_string(value))
        return false;
    if (out->result == RESULT_OK && status_parse(json_string_text(value), &status))
        out->level = (Level) status;
    return true;
}

static bool read_observation(const json_t *line, struct replay_input *out)
{
    static const char *const kinds[] = {"vendor", "probe"};
    static const char *const results[] = {"ok", "fail"};
    Observation *said = &out->observation;
    bool is_probe = false;
    bool failed = false;
    bool has_boot;
    int64_t every_s = 0;

    out->form = REPLAY_OBSERVATION;
    out->said = said;
    *said = (Observation) {.observed_at_ms = out->at_ms};
    bool good = TEXT(line, "service", said->service) && TEXT(line, "source", said->source) &&
        TEXT_MAYBE(line, "collector", said->collector) && word_maybe(line, "stype", kinds, &is_probe) &&
        word_maybe(line, "result", results, &failed);
    out->has_observed_at = is_there(line, "ot");
    if (out->has_observed_at)
        good = good && number_field(line, "ot", -number_max, number_max, &said->observed_at_ms);
    if (is_there(line, "every"))
        good = good && number_field(line, "every", 0, EVERY_S_MAX, &every_s);
    good = good && ordinal_maybe(line, "boot", &has_boot, &said->boot) &&
        ordinal_maybe(line, "seq", &said->has_seq, &said->seq);
    said->every_s = (uint32_t) every_s;
    said->kind = is_probe ? SOURCE_PROBE : SOURCE_VENDOR;
    said->result = failed ? RESULT_FAIL : RESULT_OK;
    return good && read_level(line, said);
}

/* ---------------------------------------------------------------- commands */

static bool read_heartbeat(const json_t *line, struct replay_input *out)
{
    out->command.which_input = Command_heartbeat_tag;
    return TEXT(line, "collector", out->command.input.heartbeat.collector);
}

static bool read_tick(const json_t *line, struct replay_input *out)
{
    (void) line;
    out->command.which_input = Command_tick_tag;
    return true;
}

static bool read_gap(const json_t *line, struct replay_input *out)
{
    (void) line;
    out->command.which_input = Command_gap_tag;
    return true;
}

static bool read_manual(const json_t *line, struct replay_input *out)
{
    Manual *manual = &out->command.input.manual;
    const json_t *value = json_object_get(line, "status");
    enum status status = STATUS_UNKNOWN;
    int64_t ttl_s = 0;

    out->command.which_input = Command_manual_tag;
    manual->end = json_is_null(value);
    if (value == NULL || (!manual->end && !status_parse(json_string_text(value), &status)))
        return false;
    manual->level = (Level) status;
    manual->has_ttl_s = is_there(line, "ttl_s");
    if (manual->has_ttl_s && !number_field(line, "ttl_s", 0, UINT32_MAX, &ttl_s))
        return false;
    manual->ttl_s = (uint32_t) ttl_s;
    return TEXT(line, "service", manual->service) && TEXT_MAYBE(line, "by", manual->by);
}

static bool read_acknowledge(const json_t *line, struct replay_input *out)
{
    Acknowledge *ack = &out->command.input.acknowledge;

    out->command.which_input = Command_acknowledge_tag;
    ack->has_until_ms = is_there(line, "until");
    if (ack->has_until_ms && !number_field(line, "until", -number_max, number_max, &ack->until_ms))
        return false;
    return TEXT(line, "key", ack->key) && TEXT(line, "by", ack->by) && bool_maybe(line, "sticky", &ack->sticky);
}

static bool read_unacknowledge(const json_t *line, struct replay_input *out)
{
    out->command.which_input = Command_unacknowledge_tag;
    return TEXT(line, "key", out->command.input.unacknowledge.key);
}

/* M1. Whether it can be a window at all, the engine says. */
static bool read_subjects(const json_t *line, Maintenance *window)
{
    const json_t *list = json_object_get(line, "services");
    const json_t *one;
    size_t i;

    if (!json_is_array(list) || json_array_size(list) > ARRAY_SIZE(window->subjects))
        return false;
    json_array_foreach(list, i, one) {
        if (!text_value(one, window->subjects[window->subjects_count++], sizeof window->subjects[0]))
            return false;
    }
    return true;
}

static bool read_maintenance(const json_t *line, struct replay_input *out)
{
    static const char *const origins[] = {"operator", "vendor"};
    Maintenance *window = &out->command.input.maintenance;
    bool by_vendor = false;

    out->command.which_input = Command_maintenance_tag;
    window->has_slo_exclude = is_there(line, "slo_exclude");
    bool good = TEXT(line, "id", window->id) && read_subjects(line, window) &&
        number_field(line, "start", -number_max, number_max, &window->start_ms) &&
        number_field(line, "end", -number_max, number_max, &window->end_ms) &&
        word_maybe(line, "origin", origins, &by_vendor) && bool_maybe(line, "slo_exclude", &window->slo_exclude);
    window->origin = by_vendor ? MAINTENANCE_VENDOR : MAINTENANCE_OPERATOR;
    return good;
}

static bool read_maintenance_end(const json_t *line, struct replay_input *out)
{
    out->command.which_input = Command_maintenance_end_tag;
    return TEXT(line, "id", out->command.input.maintenance_end.id);
}

static bool read_evidence(const json_t *line, struct replay_input *out)
{
    Evidence *evidence = &out->command.input.evidence;
    char result[8];

    out->command.which_input = Command_evidence_tag;
    evidence->has_at_ms = is_there(line, "at");
    if (evidence->has_at_ms && !number_field(line, "at", -number_max, number_max, &evidence->at_ms))
        return false;
    return TEXT(line, "area", evidence->area) && TEXT(line, "subject", evidence->subject) && TEXT(line, "result", result) &&
        evidence_result_parse(result, &evidence->result);
}

static bool read_report(const json_t *line, struct replay_input *out)
{
    struct text what = json_string_text(json_object_get(line, "what"));

    out->form = REPLAY_REPORT;
    if (text_is(what, "service")) {
        out->report.what = REPLAY_REPORT_SERVICE;
        return TEXT(line, "service", out->report.service);
    }
    out->report.what = REPLAY_REPORT_READINESS;
    return text_is(what, "readiness") && (!is_there(line, "service") || json_is_string(json_object_get(line, "service")));
}

/* K5: a collector, or a source of a service; nothing else, and nothing beside it. */
static bool read_forget(const json_t *line, struct replay_input *out)
{
    Forget *forget = &out->command.input.forget;
    bool of_source = is_there(line, "service") || is_there(line, "source");

    out->command.which_input = Command_forget_tag;
    if (is_there(line, "collector"))
        return !of_source && TEXT(line, "collector", forget->collector);
    return TEXT(line, "service", forget->service) && TEXT(line, "source", forget->source);
}

static bool read_config(const json_t *line, struct replay_input *out)
{
    json_t *config = json_object_get(line, "config");

    out->form = REPLAY_CONFIG;
    out->config = json_is_object(config) ? json_incref(config) : NULL;
    return out->config != NULL;
}

/* ---------------------------------------------------------------- the whole */

static const struct {
    const char *kind;
    bool (*read)(const json_t *line, struct replay_input *);
} kinds[] = {
    { "obs", read_observation },
    { "hb", read_heartbeat },
    { "tick", read_tick },
    { "manual", read_manual },
    { "ack", read_acknowledge },
    { "unack", read_unacknowledge },
    { "maint", read_maintenance },
    { "maint_end", read_maintenance_end },
    { "gap", read_gap },
    { "evidence", read_evidence },
    { "report", read_report },
    { "config", read_config },
    { "forget", read_forget },
};

void replay_input_init(struct replay_input *input)
{
    input->form = REPLAY_COMMAND;
    input->at_ms = 0;
    input->has_observed_at = false;
    input->said = NULL;
    input->kind[0] = '\0';
    input->config = NULL;
}

int replay_input_parse(struct text bytes, struct replay_input *out)
{
    replay_input_init(out);
    CLEANUP(json_freep) json_t *line = json_read(bytes, REPLAY_LINE_BYTES_MAX, NULL);
    if (!json_is_object(line) || !TEXT(line, "kind", out->kind))
        return REPLAY_BAD_RECORD;
    if (!number_field(line, "t", 0, number_max, &out->at_ms))
        return REPLAY_BAD_RECORD;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(kinds[i].kind, out->kind) != 0)
            continue;
        if (kinds[i].read != read_observation)
            out->command = (Command) {0};
        return kinds[i].read(line, out) ? 0 : REPLAY_BAD_RECORD;
    }
    return REPLAY_BAD_RECORD;
}

void replay_input_done(struct replay_input *input)
{
    json_decref(steal(&input->config));
}
