/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/explain_words.h"

#include <stdio.h>

#include "common/clock.h"
#include "common/mem.h"

/* Texts that do not fit are cut: the ceiling of the buffer is the caller's, and what is lost is also in the fields. */
#define SAY(out, ...) ((void) buffer_format((out), __VA_ARGS__))

/* ---------------------------------------------------------------- times */

struct moment { char words[RFC3339_BYTES]; };

/* "2026-11-21 16:30:05 UTC" */
static struct moment at(int64_t at_ms)
{
    struct moment moment;
    char rfc3339[RFC3339_BYTES];

    (void) clock_to_rfc3339(at_ms, rfc3339);
    (void) snprintf(moment.words, sizeof moment.words, "%.10s %.8s UTC", rfc3339, rfc3339 + 11);
    return moment;
}

/* "90 s", "10 min", "1 h 5 min", "2 d 3 h" */
static void say_span(int64_t ms, struct buffer *out)
{
    static const struct { int64_t s; const char *unit; int64_t below_s; const char *below; } spans[] = {
        { 86400, "d", 3600, "h" }, { 3600, "h", 60, "min" }, { 60, "min", 1, "s" },
    };
    int64_t s = ms < 0 ? 0 : ms / 1000;

    for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
        if (s < spans[i].s)
            continue;
        int64_t rest = s % spans[i].s / spans[i].below_s;
        SAY(out, "%lld %s", (long long) (s / spans[i].s), spans[i].unit);
        if (rest > 0)
            SAY(out, " %lld %s", (long long) rest, spans[i].below);
        return;
    }
    SAY(out, "%lld s", (long long) s);
}

static void say_names(const char *const *names, size_t n, struct buffer *out)
{
    for (size_t i = 0; i < n; i++)
        SAY(out, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", names[i]);
    if (n == 0)
        SAY(out, "nobody");
}

/* " until T", or " for good" */
static void say_until(int64_t until_ms, struct buffer *out)
{
    if (until_ms == 0)
        SAY(out, " for good");
    else
        SAY(out, " until %s", at(until_ms).words);
}

static const char *name_or_somebody(const char *name)
{
    return name == NULL || name[0] == '\0' ? "somebody" : name;
}

/* ---------------------------------------------------------------- up to the confirmed state */

static void say_fresh(const struct explanation *why, struct buffer *out)
{
    size_t n = why->outlook.n_sources;

    if (why->has_manual)
        SAY(out, "its status is set by hand, so no source is asked");
    else if (n == 0)
        SAY(out, "nothing has ever reported on it");
    else if (why->n_consulted == 0)
        SAY(out, "none of its %zu sources is of a kind that is asked", n);
    else if (why->n_votes == 0)
        SAY(out, "none of %zu sources votes: silent, failing, or they know no level%s", why->n_consulted,
            why->has_alert ? "; the open alert rests on what was confirmed" : "");
    else
        SAY(out, "%zu of %zu sources vote", why->n_votes, why->n_consulted);
}

static void say_effective(const struct explanation *why, struct buffer *out)
{
    const struct outlook *now = &why->outlook;

    SAY(out, "%s", status_name(now->effective));
    if (why->has_manual) {
        SAY(out, ", set by %s", name_or_somebody(why->manual_by));
        say_until(why->manual_until_ms, out);
        return;
    }
    SAY(out, ": the vendor's page says %s, our probes %s", status_name(now->said_vendor), status_name(now->said_probe));
}

static const char *believed(const struct explanation *why)
{
    return why->outlook.hard == STATUS_UNKNOWN ? "nothing" : status_name(why->outlook.hard);
}

/* "3 of 3 polls and 2 min of 10 min" */
static void say_progress(const struct explanation *why, struct buffer *out)
{
    const struct outlook_step *next = &why->outlook.next;

    SAY(out, "%u of %u polls and ", next->polls < next->need ? next->polls : next->need, next->need);
    say_span(why->now_ms - next->since_ms < next->dwell_ms ? why->now_ms - next->since_ms : next->dwell_ms, out);
    SAY(out, " of ");
    say_span(next->dwell_ms, out);
}

static void say_confirmed(const struct explanation *why, struct buffer *out)
{
    const struct outlook_step *next = &why->outlook.next;

    if (!why->outlook.has_next) {
        SAY(out, "%s is confirmed", believed(why));
        if (why->hard_since_ms != 0)
            SAY(out, " since %s", at(why->hard_since_ms).words);
        return;
    }
    SAY(out, "%s after %s: ", status_name(next->to), believed(why));
    say_progress(why, out);
    SAY(out, ", not before %s and with a poll", at(next->at_ms).words);
}

static void say_told(const struct explanation *why, struct buffer *out)
{
    if (why->alert.told == NULL) {
        SAY(out, "nobody was told of it yet");
    } else {
        say_names(why->alert.channels, why->alert.n_channels, out);
        SAY(out, " %s told of %s", why->alert.n_channels > 1 ? "were" : "was", why->alert.told);
    }
    if (why->has_wanted) {
        SAY(out, "; wanted: %s of %s", notify_kind_name(why->wanted.kind), why->wanted.level);
        return;
    }
    if (why->alert.told == NULL)
        return;
    SAY(out, ", last at %s; ", at(why->alert.last_sent_ms).words);
    if (why->alert.reminder_ms != 0)
        SAY(out, "repeated at %s", at(why->alert.reminder_ms).words);
    else
        SAY(out, "not repeated");
}

/* ---------------------------------------------------------------- checks */

static void stops_no_route(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    (void) gate;
    SAY(out, "routing names no channel for %s in tier %d", why->wanted.level, why->tier);
}

static void stops_maintenance(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    (void) why;
    SAY(out, "planned work: window %s", gate->by);
}

static void stops_maintenance_grace(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    (void) gate;
    SAY(out, "planned work is over; it has ");
    say_span(why->params.value[PARAM_maint_end_grace_s] * 1000, out);
    SAY(out, " to recover");
}

static void stops_dependency(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    (void) why;
    SAY(out, "%s, on which it stands, answers for it: one message tells of both", gate->by);
}

static void stops_upstream_grace(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    (void) why;
    SAY(out, "what it stands on has recovered; it has until %s to follow", at(gate->ends_ms).words);
}

static void stops_correlation_hold(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    (void) why;
    SAY(out, "%s, on which it stands, failed first; until %s others may fail with it, for one message", gate->by,
        at(gate->ends_ms).words);
}

static void stops_flapping(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    (void) gate;
    SAY(out, "it keeps changing (%u %%), so the %s waits until it is steady", why->flap_pct,
        notify_kind_name(why->wanted.kind));
}

static void stops_acknowledged(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    SAY(out, "%s is on it (%s),", name_or_somebody(gate->by), why->alert.acknowledged_level);
    say_until(gate->ends_ms, out);
}

static void stops_improve_off(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    (void) why;
    (void) gate;
    SAY(out, "improvements of it are not told");
}

static void stops_recurring(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    (void) gate;
    SAY(out, "it has become worse %u times already, so that it eased is not told", why->alert.escalations);
}

static void (*const stops[REASONS])(const struct explanation *, const struct explained_gate *, struct buffer *) = {
    [REASON_NO_ROUTE] = stops_no_route,
    [REASON_MAINTENANCE] = stops_maintenance,
    [REASON_MAINTENANCE_GRACE] = stops_maintenance_grace,
    [REASON_DEPENDENCY] = stops_dependency,
    [REASON_UPSTREAM_GRACE] = stops_upstream_grace,
    [REASON_CORRELATION_HOLD] = stops_correlation_hold,
    [REASON_FLAPPING] = stops_flapping,
    [REASON_ACKNOWLEDGED] = stops_acknowledged,
    [REASON_IMPROVE_OFF] = stops_improve_off,
    [REASON_RECURRING] = stops_recurring,
};

static void say_stopping(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    if (stops[gate->reason] != NULL)
        stops[gate->reason](why, gate, out);
    else
        SAY(out, "%s", reason_name(gate->reason));
}

static void say_flapping(const struct explanation *why, struct buffer *out)
{
    if (why->outlook.flapping)
        SAY(out, "it keeps changing (%u %%), which stops no %s", why->flap_pct, notify_kind_name(why->wanted.kind));
    else
        SAY(out, "it does not keep changing (%u %%)", why->flap_pct);
}

static void say_acknowledged(const struct explanation *why, struct buffer *out)
{
    if (why->alert.acknowledged_by == NULL)
        SAY(out, "nobody has acknowledged it");
    else
        SAY(out, "acknowledged by %s, but not for this", name_or_somebody(why->alert.acknowledged_by));
}

static void say_check(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    if (gate->verdict == GATE_STOPS) {
        say_stopping(why, gate, out);
        return;
    }
    if (!gate->asked) {
        SAY(out, "does not stop %s", notify_kind_name(why->wanted.kind));
        return;
    }
    switch (gate->gate) {
    case GATE_ROUTE:
        SAY(out, "to ");
        say_names(why->wanted.channels, why->wanted.n_channels, out);
        return;
    case GATE_MAINTENANCE:
        SAY(out, "no planned work");
        return;
    case GATE_DEPENDENCY:
        SAY(out, "nothing that it stands on has to be waited for");
        return;
    case GATE_FLAPPING:
        say_flapping(why, out);
        return;
    case GATE_ACKNOWLEDGED:
        say_acknowledged(why, out);
        return;
    case GATE_IMPROVE:
        SAY(out, "improvements of it are told");
        return;
    case GATE_RECURRING:
        SAY(out, "it has become worse %u times so far", why->alert.escalations);
        return;
    case GATE_FRESH:
    case GATE_EFFECTIVE:
    case GATE_CONFIRMED:
    case GATE_TOLD:
    case GATE_CLASS:
    case GATE_COUNT:
        return;
    }
}

/* ---------------------------------------------------------------- the whole */

void explain_gate_words(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    static void (*const says[])(const struct explanation *, struct buffer *) = {
        [GATE_FRESH] = say_fresh,
        [GATE_EFFECTIVE] = say_effective,
        [GATE_CONFIRMED] = say_confirmed,
        [GATE_TOLD] = say_told,
    };

    if (gate->verdict == GATE_NOT_REACHED)
        SAY(out, "not reached");
    else if (gate->gate < ARRAY_SIZE(says))
        says[gate->gate](why, out);
    else
        say_check(why, gate, out);
}

void explain_deliveries_words(const struct explained_deliveries *deliveries, struct buffer *out)
{
    if (deliveries->sent + deliveries->waiting + deliveries->dead == 0)
        SAY(out, "nothing of it is in the outbox");
    else
        SAY(out, "%zu sent, %zu waiting, %zu dead", deliveries->sent, deliveries->waiting, deliveries->dead);
    if (deliveries->dead_reason[0] != '\0')
        SAY(out, ": %s", deliveries->dead_reason);
    if (deliveries->n_uncarried == 0)
        return;
    SAY(out, "; no receiver is configured for ");
    say_names(deliveries->uncarried, deliveries->n_uncarried, out);
}

static void say_who_knows(const struct explanation *why, struct buffer *out)
{
    say_names(why->alert.channels, why->alert.n_channels, out);
    SAY(out, " %s told of %s, last at %s", why->alert.n_channels > 1 ? "were" : "was", why->alert.told,
        at(why->alert.last_sent_ms).words);
}

/* Before anything was told. */
static void say_unconfirmed(const struct explanation *why, enum gate gate, struct buffer *out)
{
    if (gate == GATE_CONFIRMED) {
        SAY(out, "No alert yet: %s is not confirmed, with ", status_name(why->outlook.next.to));
        say_progress(why, out);
        SAY(out, "; at %s with a poll at the earliest", at(why->outlook.next.at_ms).words);
        return;
    }
    SAY(out, "No alert: ");
    if (gate == GATE_FRESH)
        say_fresh(why, out);
    else if (gate == GATE_EFFECTIVE && why->outlook.effective == STATUS_OPERATIONAL)
        SAY(out, "it is operational");
    else
        say_effective(why, out);
}

static void say_held(const struct explanation *why, const struct explained_gate *gate, struct buffer *out)
{
    SAY(out, "%s of %s is held: ", notify_kind_name(why->wanted.kind), why->wanted.level);
    say_stopping(why, gate, out);
    if (why->alert.told != NULL) {
        SAY(out, "; ");
        say_who_knows(why, out);
    }
}

static void say_next(const struct explanation *why, struct buffer *out)
{
    if (!why->would_tell) {
        SAY(out, "; time alone will not send anything");
        return;
    }
    SAY(out, "; if nothing changes, %s goes to ", notify_kind_name(why->next.kind));
    say_names(why->next.channels, why->next.n_channels, out);
    SAY(out, " at %s", at(why->next.at_ms).words);
}

void explain_verdict_words(const struct explanation *why, const struct explained_deliveries *deliveries,
                           struct buffer *out)
{
    const struct explained_gate *stop = why->first_stop < why->n_gates ? &why->gates[why->first_stop] : NULL;

    if (!why->has_alert && stop != NULL) {
        say_unconfirmed(why, stop->gate, out);
        SAY(out, ".");
        return;
    }
    if (stop == NULL) {
        SAY(out, "Nothing stands in the way");
    } else if (stop->gate == GATE_CONFIRMED) {
        if (why->alert.told != NULL)
            say_who_knows(why, out);
        SAY(out, "; not confirmed yet: ");
        say_confirmed(why, out);
    } else if (stop->gate == GATE_TOLD) {
        say_who_knows(why, out);
    } else {
        say_held(why, stop, out);
    }
    say_next(why, out);
    SAY(out, ".");
    if (deliveries != NULL && deliveries->dead > 0)
        SAY(out, " %zu message%s of it could not be delivered: %s.", deliveries->dead, deliveries->dead == 1 ? "" : "s",
            deliveries->dead_reason);
    else if (deliveries != NULL && deliveries->waiting > 0)
        SAY(out, " %zu message%s of it still wait%s in the outbox.", deliveries->waiting, deliveries->waiting == 1 ? "" : "s",
            deliveries->waiting == 1 ? "s" : "");
    if (deliveries == NULL || deliveries->n_uncarried == 0)
        return;
    SAY(out, " No receiver is configured for ");
    say_names(deliveries->uncarried, deliveries->n_uncarried, out);
    SAY(out, ".");
}
