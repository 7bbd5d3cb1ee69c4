/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/story.h"

#include <stdlib.h>
#include <string.h>

#include "common/params.h"

enum { TOLD_BYTES_MAX = 8 << 20 };

void story_cast(struct story *story, const struct cast *cast, size_t n)
{
    static const struct param_layers shipped;

    assert_true(n <= STORY_CAST_MAX);
    for (size_t i = 0; i < n; i++) {
        story->services[i] = (struct engine_service) {.id = cast[i].id, .name = cast[i].id, .tier = cast[i].tier};
        params_resolve(&story->services[i].params, &shipped, cast[i].tier, NULL);
    }
    story->config = (struct engine_config) {
        .services = story->services,
        .n_services = n,
        .rules = story->rules,
        .n_rules = ARRAY_SIZE(story->rules),
        .routes = engine_builtin_routes,
        .n_routes = engine_n_builtin_routes,
        .areas = engine_builtin_areas,
        .n_areas = engine_n_builtin_areas,
        .digest = "d1",
    };
    params_resolve(&story->config.params, &shipped, 2, NULL);
    for (int tier = 1; tier <= 3; tier++)
        params_resolve(&story->config.host_params[tier - 1], &shipped, tier, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(story->rules); i++)
        params_resolve(&story->rules[i].params, &shipped, 2, NULL);
}

void story_init(struct story *story, const struct cast *cast, size_t n)
{
    *story = (struct story) {.engine = engine_new()};
    buffer_init(&story->told, TOLD_BYTES_MAX);
    story_cast(story, cast, n);
    engine_configure(story->engine, &story->config, 0, &story->effects);
    assert_int_equal(story->effects.n_decisions, 0);
}

void story_done(struct story *story)
{
    engine_free(story->engine);
    effects_done(&story->effects);
    buffer_done(&story->told);
}

static size_t index_of(const struct story *story, const char *service)
{
    for (size_t i = 0; i < story->config.n_services; i++) {
        if (strcmp(story->services[i].id, service) == 0)
            return i;
    }
    fail_msg("no service %s in this story", service);
    return 0;
}

void story_param(struct story *story, const char *service, enum param param, int64_t value)
{
    if (service == NULL) {
        story->config.params.value[param] = value;
        return;
    }
    story->services[index_of(story, service)].params.value[param] = value;
}

void story_stands(struct story *story, const char *service, const char *on)
{
    size_t index = index_of(story, service);
    struct engine_service *stands = &story->services[index];

    assert_true(stands->n_depends_on < STORY_CAST_MAX);
    story->depends_on[index][stands->n_depends_on++] = index_of(story, on);
    stands->depends_on = story->depends_on[index];
}

/* ---- decisions as lines */

static void list(struct buffer *out, char before, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void) buffer_format(out, "%c%s", i == 0 ? before : ',', names[i]);
}

static void change_line(struct buffer *out, const struct decision *d)
{
    (void) buffer_format(out, " %s>%s", d->from, d->to);
    if (d->via != NULL)
        (void) buffer_format(out, " %s", d->via);
    if (d->polls > 0)
        (void) buffer_format(out, " n=%u dwell=%lld", d->polls, (long long) d->dwell_ms);
}

void story_line(struct buffer *out, const struct decision *d)
{
    (void) buffer_format(out, "%s%lld %s", out->len == 0 ? "" : "\n", (long long) d->at_ms,
        decision_kind_name(d->kind));
    if (d->op != NULL)
        (void) buffer_format(out, " %s", d->op);
    if (d->id != NULL)
        (void) buffer_format(out, " %s", d->id);
    if (d->kind == DECISION_INCIDENT)
        (void) buffer_format(out, " %s", d->incident);
    if (d->kind == DECISION_ACK)
        (void) buffer_format(out, " %s", d->key);
    else if (d->key != NULL)
        (void) buffer_format(out, " %s %s %s", notify_kind_name(d->notify), d->key, d->level);
    else if (d->service != NULL)
        (void) buffer_format(out, " %s", d->service);
    if (d->source != NULL && d->key == NULL)
        (void) buffer_format(out, " %s", d->source);
    if (d->collector != NULL && d->key == NULL)
        (void) buffer_format(out, " %s", d->collector);
    if (d->from != NULL)
        change_line(out, d);
    if (d->kind == DECISION_FLAP)
        (void) buffer_format(out, " %s %u%%", d->via, d->pct);
    list(out, ' ', d->channels, d->n_channels);
    if (d->known > 0)
        (void) buffer_format(out, " %u of %u", d->silent, d->known);
    if (d->reason != REASON_NONE)
        (void) buffer_format(out, " %s", reason_name(d->reason));
    if (d->by != NULL)
        (void) buffer_format(out, " by %s", d->by);
    if (d->until_ms != 0)
        (void) buffer_format(out, " until %lld", (long long) d->until_ms);
    if (d->kind == DECISION_GAP)
        (void) buffer_format(out, " %lld", (long long) d->ms);
    if (d->affected != NULL) {
        (void) buffer_put_text(out, " [");
        for (size_t i = 0; i < d->n_affected; i++)
            (void) buffer_format(out, "%s%s", i == 0 ? "" : ",", d->affected[i]);
        (void) buffer_put_text(out, "]");
    }
    list(out, '+', d->added, d->n_added);
    list(out, '-', d->removed, d->n_removed);
}

/* Of an alert of a poller, a collector or ourselves. */
static bool is_of_health(const struct decision *d)
{
    static const char *const prefixes[] = {"poller:", "collector:", "self:"};

    for (size_t i = 0; d->key != NULL && i < ARRAY_SIZE(prefixes); i++) {
        if (text_starts_with(text_of(d->key), prefixes[i]))
            return true;
    }
    return false;
}

static bool is_wanted(const struct story *story, const struct decision *d)
{
    return (story->health || !is_of_health(d)) && (story->incidents || d->kind != DECISION_INCIDENT);
}

static void take(struct story *story)
{
    for (size_t i = 0; i < story->effects.n_decisions; i++) {
        const struct decision *d = &story->effects.decisions[i];
        if (!is_wanted(story, d))
            continue;
        story_line(&story->told, d);
        if (story->incidents && d->kind == DECISION_NOTIFY)
            (void) buffer_format(&story->told, " in %s", d->incident == NULL ? "none" : d->incident);
    }
    effects_reset(&story->effects);
}

static const char *told(const struct story *story)
{
    return story->told.bytes == NULL ? "" : story->told.bytes;
}

void story_expect(struct story *story, const char *lines)
{
    assert_string_equal(told(story), lines);
    buffer_reset(&story->told);
    if (story->told.bytes != NULL)
        story->told.bytes[0] = '\0';
}

void story_skip(struct story *story)
{
    buffer_reset(&story->told);
    if (story->told.bytes != NULL)
        story->told.bytes[0] = '\0';
}

size_t story_count(const struct story *story, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(told(story), part); at != NULL; at = strstr(at + 1, part))
        n++;
    return n;
}

/* ---- inputs */

Observation story_observation(struct story *story, int64_t at_ms, const char *service, const char *source,
                              enum status status)
{
    Observation said = {
        .level = (Level) status,
        .observed_at_ms = at_ms,
        .boot = 1,
        .has_seq = true,
        .seq = ++story->seq,
    };
    const char *slash = strchr(source, '/');

    (void) text_copy(said.service, sizeof said.service, text_of(service));
    (void) text_copy(said.source, sizeof said.source, text_of(source));
    if (slash != NULL)
        (void) text_copy(said.collector, sizeof said.collector,
            (struct text) {.at = source, .len = (size_t) (slash - source)});
    const char *check = slash == NULL ? source : slash + 1;
    said.kind = strncmp(check, "probe", 5) == 0 ? SOURCE_PROBE : SOURCE_VENDOR;
    return said;
}

void story_observes(struct story *story, int64_t at_ms, const Observation *said)
{
    engine_observe(story->engine, said, at_ms, &story->effects);
    take(story);
}

void story_sees(struct story *story, int64_t at_ms, const char *service, const char *source, enum status status)
{
    Observation said = story_observation(story, at_ms, service, source, status);

    story_observes(story, at_ms, &said);
}

void story_fails(struct story *story, int64_t at_ms, const char *service, const char *source)
{
    Observation said = story_observation(story, at_ms, service, source, STATUS_UNKNOWN);

    said.result = RESULT_FAIL;
    story_observes(story, at_ms, &said);
}

static void give(struct story *story, int64_t at_ms, const Command *command)
{
    engine_command(story->engine, command, at_ms, &story->effects);
    take(story);
}

void story_heartbeat(struct story *story, int64_t at_ms, const char *collector)
{
    Command command = {.which_input = Command_heartbeat_tag};

    (void) text_copy(command.input.heartbeat.collector, sizeof command.input.heartbeat.collector, text_of(collector));
    give(story, at_ms, &command);
}

void story_manual(struct story *story, int64_t at_ms, const char *service, enum status status, int64_t ttl_s)
{
    Command command = {.which_input = Command_manual_tag};
    Manual *manual = &command.input.manual;

    (void) text_copy(manual->service, sizeof manual->service, text_of(service));
    (void) text_copy(manual->by, sizeof manual->by, text_of("ann"));
    manual->level = (Level) status;
    manual->has_ttl_s = ttl_s >= 0;
    manual->ttl_s = ttl_s >= 0 ? (uint32_t) ttl_s : 0;
    give(story, at_ms, &command);
}

void story_manual_end(struct story *story, int64_t at_ms, const char *service)
{
    Command command = {.which_input = Command_manual_tag};

    (void) text_copy(command.input.manual.service, sizeof command.input.manual.service, text_of(service));
    command.input.manual.end = true;
    give(story, at_ms, &command);
}

void story_acknowledges(struct story *story, int64_t at_ms, const Acknowledge *said)
{
    give(story, at_ms, &(Command) {.which_input = Command_acknowledge_tag, .input.acknowledge = *said});
}

void story_unacknowledges(struct story *story, int64_t at_ms, const Unacknowledge *said)
{
    give(story, at_ms, &(Command) {.which_input = Command_unacknowledge_tag, .input.unacknowledge = *said});
}

void story_maintains(struct story *story, int64_t at_ms, const struct planned *planned)
{
    Command command = {.which_input = Command_maintenance_tag};
    Maintenance *window = &command.input.maintenance;
    struct text rest = text_of(planned->subjects);
    struct text name;

    (void) text_copy(window->id, sizeof window->id, text_of(planned->id));
    while (window->subjects_count < ARRAY_SIZE(window->subjects) && text_take_until(&rest, ' ', &name) && name.len > 0)
        (void) text_copy(window->subjects[window->subjects_count++], sizeof window->subjects[0], name);
    window->start_ms = planned->start_ms;
    window->end_ms = planned->end_ms;
    window->origin = planned->vendor ? MAINTENANCE_VENDOR : MAINTENANCE_OPERATOR;
    give(story, at_ms, &command);
}

void story_maintains_no_more(struct story *story, int64_t at_ms, const char *id)
{
    Command command = {.which_input = Command_maintenance_end_tag};

    (void) text_copy(command.input.maintenance_end.id, sizeof command.input.maintenance_end.id, text_of(id));
    give(story, at_ms, &command);
}

void story_proves(struct story *story, int64_t at_ms, const struct proof *proof)
{
    Command command = {.which_input = Command_evidence_tag};
    Evidence *evidence = &command.input.evidence;

    (void) text_copy(evidence->area, sizeof evidence->area, text_of(proof->area));
    (void) text_copy(evidence->subject, sizeof evidence->subject, text_of(proof->subject));
    evidence->result = proof->result;
    evidence->has_at_ms = proof->has_at;
    evidence->at_ms = proof->at_ms;
    give(story, at_ms, &command);
}

void story_forgets(struct story *story, int64_t at_ms, const char *collector)
{
    Command command = {.which_input = Command_forget_tag};

    (void) text_copy(command.input.forget.collector, sizeof command.input.forget.collector, text_of(collector));
    give(story, at_ms, &command);
}

void story_forgets_source(struct story *story, int64_t at_ms, const char *service, const char *source)
{
    Command command = {.which_input = Command_forget_tag};

    (void) text_copy(command.input.forget.service, sizeof command.input.forget.service, text_of(service));
    (void) text_copy(command.input.forget.source, sizeof command.input.forget.source, text_of(source));
    give(story, at_ms, &command);
}

void story_gap(struct story *story, int64_t at_ms)
{
    give(story, at_ms, &(Command) {.which_input = Command_gap_tag});
}

void story_registers(struct story *story, int64_t at_ms, const char *service, uint32_t tier, const char *rule)
{
    Command command = {.which_input = Command_registration_tag};
    Register *registration = &command.input.registration;

    (void) text_copy(registration->service, sizeof registration->service, text_of(service));
    (void) text_copy(registration->host_rule, sizeof registration->host_rule, text_of(rule));
    registration->tier = tier;
    give(story, at_ms, &command);
}

void story_time(struct story *story, int64_t at_ms)
{
    engine_advance(story->engine, at_ms, &story->effects);
    take(story);
}

void story_configures(struct story *story, int64_t at_ms, const struct engine_config *config)
{
    engine_configure(story->engine, config, at_ms, &story->effects);
    take(story);
}
