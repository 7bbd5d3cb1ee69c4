/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/alert_id.h"
#include "aggregator/api/api_private.h"
#include "aggregator/api/body.h"
#include "aggregator/api/summary.h"
#include "aggregator/api/views.h"
#include "aggregator/engine/config.h"

static json_t *held_json(const AlertState *alert)
{
    json_t *list = json_array();

    for (pb_size_t i = 0; i < alert->held_count; i++) {
        json_t *held = json_object();
        body_text(held, "kind", alert->held[i].kind);
        body_text(held, "reason", alert->held[i].reason);
        body_text(held, "level", alert->held[i].level);
        body_text(held, "by", alert->held[i].by);
        json_array_append_new(list, held);
    }
    return list;
}

json_t *views_alert_json(const AlertState *alert, const char *level)
{
    json_t *object = json_object();
    json_t *channels = json_array();
    char id[ALERT_ID_BYTES];

    alert_id_render(alert->opened_at_ms, alert->key, id);
    body_text(object, "id", id);
    for (pb_size_t i = 0; i < alert->channels_count; i++)
        json_array_append_new(channels, body_string(alert->channels[i]));
    body_text(object, "key", alert->key);
    body_text(object, "class", alert_class_word(alert->alert_class));
    body_text(object, "service", alert->service);
    body_text(object, "level", level);
    body_time(object, "since", alert->since_ms);
    body_time(object, "opened_at", alert->opened_at_ms);
    body_bool(object, "announced", alert->last_sent_ms != 0);
    body_time(object, "last_sent_at", alert->last_sent_ms);
    body_int(object, "escalations", alert->escalations);
    body_text(object, "incident", alert->incident);
    body_text(object, "acknowledged_by", alert->has_ack ? alert->ack.by : NULL);
    body_time(object, "acknowledged_at", alert->has_ack ? alert->ack.at_ms : 0);
    body_time(object, "acknowledged_until", alert->has_ack ? alert->ack.until_ms : 0);
    body_put(object, "channels", channels);
    body_put(object, "held", held_json(alert));
    return object;
}

/* The names behind the open alerts of one class: sources that are broken, collectors that are silent. */
static json_t *names_of(const struct summary *summary, enum alert_class wanted)
{
    json_t *list = json_array();

    for (size_t i = 0; i < summary->n_alerts; i++) {
        const AlertState *alert = summary->alerts[i].alert;
        if (alert->alert_class != (uint32_t) wanted)
            continue;
        struct text name = text_of(alert->key);
        struct text kind;
        (void) text_take_until(&name, ':', &kind);
        json_t *item = json_object();
        body_text(item, wanted == ALERT_POLLER ? "source" : "collector", name.at);   /* NUL-terminated: the key's end */
        body_text(item, "state", summary->alerts[i].level);
        body_time(item, "since", alert->opened_at_ms);
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *planned_json(const struct planned *planned)
{
    json_t *object = json_object();

    body_int(object, "active", (int64_t) planned->n_active);
    body_int(object, "upcoming", (int64_t) (planned->n_windows - planned->n_active));
    return object;
}

static json_t *deliveries_json(const struct outbox_tally *tally)
{
    json_t *object = json_object();

    for (int i = OUTBOX_PENDING; i < OUTBOX_STATE_COUNT; i++)
        body_int(object, outbox_state_name((OutboxState) i), (int64_t) tally->by_state[i]);
    return object;
}

int views_summary(struct render *render)
{
    struct service_reader reader = views_reader(render);
    struct summary summary;
    char verdict[SUMMARY_VERDICT_BYTES];

    int r = summary_read(&reader, &summary);
    if (r < 0)
        return problem_set(render->problem, PROBLEM_INTERNAL, "the services cannot be read");
    struct outbox_tally tally =
        outbox_count_get(&render->api->outbox, render->txn, render->world.views[VIEW_OUTBOX]);
    render_read_done(render);

    json_t *object = json_object();
    json_t *alerts = json_array();
    for (size_t i = 0; i < summary.n_alerts; i++)
        json_array_append_new(alerts, views_alert_json(summary.alerts[i].alert, summary.alerts[i].level));
    summary_verdict(&summary, verdict);
    body_status(object, "overall", summary.overall);
    body_text(object, "verdict", verdict);
    body_put(object, "counts", views_counts_json(&summary.counts));
    body_put(object, "alerts", alerts);
    body_int(object, "alerts_total", (int64_t) summary.alerts_total);
    body_int(object, "acknowledged", (int64_t) summary.n_acknowledged);
    body_int(object, "held", (int64_t) summary.n_held);
    body_put(object, "maintenance", planned_json(summary.planned));
    body_put(object, "broken_pollers", names_of(&summary, ALERT_POLLER));
    body_put(object, "silent_collectors", names_of(&summary, ALERT_COLLECTOR));
    body_put(object, "deliveries", deliveries_json(&tally));
    views_put_world(render, object);
    return body_write(object, render->out);
}
