/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/explain_json.h"

#include <string.h>

#include "aggregator/api/body.h"
#include "aggregator/config/param_json.h"
#include "common/mem.h"

enum { WORDS_BYTES_MAX = 4096 };

static json_t *names_json(const char *const *names, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, body_string(names[i]));
    return list;
}

static void put_words(json_t *object, const char *name, struct buffer *words)
{
    body_text(object, name, words->bytes == NULL ? "" : words->bytes);
    buffer_done(words);
}

static json_t *or_null(const char *word)
{
    return word == NULL ? NULL : json_string(word);
}

/* ---------------------------------------------------------------- what each gate looks at */

static json_t *source_json(const struct explained_source *source)
{
    json_t *object = json_object();

    body_text(object, "id", source->id);
    body_text(object, "collector", source->collector);
    body_text(object, "kind", source->is_probe ? "probe" : "vendor");
    body_bool(object, "asked", source->consulted);
    body_bool(object, "votes", source->votes);
    body_status(object, "state", source->last_ok_ms == 0 ? STATUS_UNKNOWN : source->level);
    body_text(object, "poller", source->poller);
    body_int(object, "fail_streak", source->fail_streak);
    body_int(object, "every_seconds", source->every_s);
    body_time(object, "heard_at", source->last_any_ms);
    body_time(object, "last_good_at", source->last_ok_ms);
    body_time(object, "stale_at", source->stale_at_ms);
    return object;
}

static void put_sources(const struct explanation *why, json_t *inputs)
{
    json_t *list = json_array();

    for (size_t i = 0; i < why->n_shown; i++)
        json_array_append_new(list, source_json(&why->sources[i]));
    body_int(inputs, "sources_total", (int64_t) why->outlook.n_sources);
    body_put(inputs, "sources", list);
}

static void put_effective(const struct explanation *why, json_t *inputs)
{
    body_status(inputs, "state", why->outlook.effective);
    body_status(inputs, "vendor", why->outlook.said_vendor);
    body_status(inputs, "probe", why->outlook.said_probe);
    body_bool(inputs, "manual", why->has_manual);
    body_text(inputs, "manual_by", why->manual_by);
    body_time(inputs, "manual_until", why->manual_until_ms);
}

static void put_confirmed(const struct explanation *why, json_t *inputs)
{
    const struct outlook_step *next = &why->outlook.next;

    body_status(inputs, "from", why->outlook.hard);
    body_time(inputs, "from_since", why->hard_since_ms);
    if (!why->outlook.has_next) {
        body_put(inputs, "to", NULL);
        return;
    }
    body_status(inputs, "to", next->to);
    body_int(inputs, "polls", next->polls);
    body_int(inputs, "polls_needed", next->need);
    body_time(inputs, "since", next->since_ms);
    body_int(inputs, "dwell_seconds", (why->now_ms - next->since_ms) / 1000);
    body_int(inputs, "dwell_needed_seconds", next->dwell_ms / 1000);
    body_time(inputs, "earliest_at", next->at_ms);
}

static void put_told(const struct explanation *why, json_t *inputs)
{
    body_put(inputs, "told", or_null(why->alert.told));
    body_time(inputs, "told_at", why->alert.last_sent_ms);
    body_put(inputs, "channels", names_json(why->alert.channels, why->alert.n_channels));
    body_time(inputs, "reminder_at", why->alert.reminder_ms);
    body_put(inputs, "wanted", why->has_wanted ? json_string(notify_kind_name(why->wanted.kind)) : NULL);
    body_put(inputs, "level", why->has_wanted ? json_string(why->wanted.level) : NULL);
}

static void put_route(const struct explanation *why, json_t *inputs)
{
    body_int(inputs, "tier", why->tier);
    body_put(inputs, "channels", names_json(why->wanted.channels, why->wanted.n_channels));
}

static void put_flapping(const struct explanation *why, json_t *inputs)
{
    body_bool(inputs, "flapping", why->outlook.flapping);
    body_int(inputs, "percent", why->flap_pct);
}

static void put_acknowledged(const struct explanation *why, json_t *inputs)
{
    body_bool(inputs, "acknowledged", why->alert.acknowledged_by != NULL);
    body_text(inputs, "by", why->alert.acknowledged_by);
    body_put(inputs, "level", or_null(why->alert.acknowledged_level));
    body_time(inputs, "until", why->alert.acknowledged_until_ms);
}

static void put_escalations(const struct explanation *why, json_t *inputs)
{
    body_int(inputs, "escalations", why->alert.escalations);
}

static void (*const put_inputs[GATE_COUNT])(const struct explanation *, json_t *inputs) = {
    [GATE_FRESH] = put_sources,
    [GATE_EFFECTIVE] = put_effective,
    [GATE_CONFIRMED] = put_confirmed,
    [GATE_TOLD] = put_told,
    [GATE_ROUTE] = put_route,
    [GATE_FLAPPING] = put_flapping,
    [GATE_ACKNOWLEDGED] = put_acknowledged,
    [GATE_RECURRING] = put_escalations,
};

/* ---------------------------------------------------------------- gates */

static json_t *param_json_of(enum param param, const struct explanation *why, const enum param_origin *origins)
{
    json_t *object = json_object();

    body_text(object, "name", param_rows[param].name);
    body_put(object, "value", param_json(param, why->params.value[param]));
    body_text(object, "unit", param_rows[param].unit);
    body_text(object, "from", param_origin_name(origins[param]));
    return object;
}

static const char *verdict_word(enum gate_verdict verdict)
{
    static const char *const words[] = {
        [GATE_PASSES] = "pass", [GATE_STOPS] = "stops", [GATE_NOT_REACHED] = "not_reached",
    };

    return words[verdict];
}

static json_t *gate_json(const struct explanation *why, const struct explained_gate *gate,
                         const enum param_origin *origins)
{
    json_t *object = json_object();
    json_t *inputs = json_object();
    json_t *params = json_array();
    struct buffer words;

    buffer_init(&words, WORDS_BYTES_MAX);
    explain_gate_words(why, gate, &words);
    if (put_inputs[gate->gate] != NULL)
        put_inputs[gate->gate](why, inputs);
    for (size_t i = 0; i < gate->n_params; i++)
        json_array_append_new(params, param_json_of(gate->params[i], why, origins));
    body_text(object, "gate", gate_name(gate->gate));
    body_text(object, "verdict", verdict_word(gate->verdict));
    put_words(object, "words", &words);
    body_put(object, "reason", gate->reason == REASON_NONE ? NULL : json_string(reason_name(gate->reason)));
    body_text(object, "by", gate->by);
    body_time(object, "ends_at", gate->ends_ms);
    body_put(object, "inputs", inputs);
    body_put(object, "parameters", params);
    return object;
}

/* The last one: what was decided is on its way. */
static json_t *outbox_json(const struct explained_deliveries *deliveries, json_t *items)
{
    json_t *object = json_object();
    json_t *inputs = json_object();
    size_t n = deliveries == NULL ? 0 : deliveries->sent + deliveries->waiting + deliveries->dead;
    bool stops = n > 0 && deliveries->waiting + deliveries->dead > 0;
    struct buffer words;

    buffer_init(&words, WORDS_BYTES_MAX);
    if (deliveries == NULL)
        (void) buffer_put_text(&words, "what became of messages is not replayed");
    else
        explain_deliveries_words(deliveries, &words);
    if (deliveries != NULL)
        body_put(inputs, "without_receiver", names_json(deliveries->uncarried, deliveries->n_uncarried));
    body_put(inputs, "deliveries", items == NULL ? json_array() : items);
    body_text(object, "gate", "outbox");
    body_text(object, "verdict", verdict_word(n == 0 ? GATE_NOT_REACHED : stops ? GATE_STOPS : GATE_PASSES));
    put_words(object, "words", &words);
    body_put(object, "reason", NULL);
    body_put(object, "by", NULL);
    body_put(object, "ends_at", NULL);
    body_put(object, "inputs", inputs);
    body_put(object, "parameters", json_array());
    return object;
}

static void add_uncarried(const char *const *channels, size_t n, const struct aggregator_config *config,
                          struct explained_deliveries *deliveries)
{
    for (size_t i = 0; i < n && deliveries->n_uncarried < ARRAY_SIZE(deliveries->uncarried); i++) {
        bool known = aggregator_config_receiver(config, channels[i]) != NULL;
        for (size_t j = 0; j < deliveries->n_uncarried; j++)
            known = known || strcmp(deliveries->uncarried[j], channels[i]) == 0;
        if (!known)
            deliveries->uncarried[deliveries->n_uncarried++] = channels[i];
    }
}

void explain_find_uncarried(const struct explanation *why, const struct aggregator_config *config,
                            struct explained_deliveries *deliveries)
{
    add_uncarried(why->alert.channels, why->alert.n_channels, config, deliveries);
    add_uncarried(why->next.channels, why->next.n_channels, config, deliveries);
}

/* ---------------------------------------------------------------- the whole */

static void put_verdict(const struct explanation *why, const struct explained_deliveries *deliveries, json_t *object)
{
    const struct explained_gate *stop = why->first_stop < why->n_gates ? &why->gates[why->first_stop] : NULL;
    struct buffer words;

    buffer_init(&words, WORDS_BYTES_MAX);
    explain_verdict_words(why, deliveries, &words);
    put_words(object, "verdict", &words);
    body_put(object, "stopped_by", stop == NULL ? NULL : json_string(gate_name(stop->gate)));
    body_put(object, "reason", stop == NULL || stop->reason == REASON_NONE ? NULL : json_string(reason_name(stop->reason)));
    body_time(object, "would_alert_at", why->would_tell ? why->next.at_ms : 0);
    body_put(object, "would_send", why->would_tell ? json_string(notify_kind_name(why->next.kind)) : NULL);
    body_put(object, "would_tell", names_json(why->next.channels, why->next.n_channels));
}

static const char *name_of(const struct explanation *why, const struct aggregator_config *config)
{
    const struct service_entry *entry = registry_find(&config->registry, why->service);

    return entry == NULL ? why->service : entry->name;
}

json_t *explain_json(const struct explanation *why, const struct aggregator_config *config,
                     const struct explained_deliveries *deliveries, json_t *items)
{
    const struct param_subject subject = {
        .service = why->service, .registered = why->registered, .tier = why->tier, .host_rule = why->host_rule,
    };
    enum param_origin origins[PARAM_COUNT];
    json_t *object = json_object();
    json_t *gates = json_array();

    aggregator_config_origins(config, &subject, origins);
    for (size_t i = 0; i < why->n_gates; i++)
        json_array_append_new(gates, gate_json(why, &why->gates[i], origins));
    json_array_append_new(gates, outbox_json(deliveries, items));
    body_text(object, "service_id", why->service);
    body_text(object, "name", name_of(why, config));
    body_int(object, "tier", why->tier);
    body_time(object, "at", why->now_ms);
    body_status(object, "state", why->outlook.effective);
    body_status(object, "confirmed_state", why->outlook.hard);
    body_bool(object, "alert_open", why->has_alert);
    body_time(object, "alert_opened_at", why->alert.opened_at_ms);
    put_verdict(why, deliveries, object);
    body_put(object, "gates", gates);
    body_put(object, "truth", NULL);         /* whoever answers about now says it; of a time that is over it is not known */
    return object;
}
