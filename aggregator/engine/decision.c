/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/decision.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[DECISION_KINDS] = {
    [DECISION_STATUS] = "status",
    [DECISION_HARD] = "hard",
    [DECISION_POLLER] = "poller",
    [DECISION_COLLECTOR] = "collector",
    [DECISION_NOTIFY] = "notify",
    [DECISION_SUPPRESS] = "suppress",
    [DECISION_MANUAL] = "manual",
    [DECISION_DROP] = "drop",
    [DECISION_NOTE] = "note",
    [DECISION_GAP] = "gap",
    [DECISION_CONFIG] = "config",
    [DECISION_REJECT] = "reject",
    [DECISION_FLAP] = "flap",
    [DECISION_INCIDENT] = "incident",
    [DECISION_ACK] = "ack",
    [DECISION_MAINT] = "maint",
};

static const char *const notify_names[NOTIFY_KINDS] = {
    [NOTIFY_RAISE] = "raise",
    [NOTIFY_ESCALATE] = "escalate",
    [NOTIFY_IMPROVE] = "improve",
    [NOTIFY_AGGREGATE] = "aggregate",
    [NOTIFY_REMINDER] = "reminder",
    [NOTIFY_RESOLVE] = "resolve",
    [NOTIFY_FLAP_START] = "flap_start",
    [NOTIFY_FLAP_STOP] = "flap_stop",
};

static const char *const reason_names[REASONS] = {
    [REASON_NONE] = "",
    [REASON_NO_ROUTE] = "no_route",
    [REASON_MAINTENANCE] = "maintenance",
    [REASON_MAINTENANCE_GRACE] = "maintenance_grace",
    [REASON_DEPENDENCY] = "dependency",
    [REASON_UPSTREAM_GRACE] = "upstream_grace",
    [REASON_CORRELATION_HOLD] = "correlation_hold",
    [REASON_COLLECTOR_SILENT] = "collector_silent",
    [REASON_COLLECTOR_BLIND] = "collector_blind",
    [REASON_POLLER_HOLD] = "poller_hold",
    [REASON_MASS_SILENCE] = "mass_silence",
    [REASON_COLLECTOR_HOLD] = "collector_hold",
    [REASON_HIGHER_BURN_OPEN] = "higher_burn_open",
    [REASON_HIGHER_BURN_RECENT] = "higher_burn_recent",
    [REASON_FLAPPING] = "flapping",
    [REASON_ACKNOWLEDGED] = "acknowledged",
    [REASON_IMPROVE_OFF] = "improve_off",
    [REASON_RECURRING] = "recurring",
    [REASON_NOT_ANNOUNCED] = "not_announced",
    [REASON_DEDUP] = "dedup",
    [REASON_ALERT_OPEN] = "alert_open",
    [REASON_UNKNOWN_SERVICE] = "unknown_service",
    [REASON_OLD_BOOT] = "old_boot",
    [REASON_DUPLICATE] = "duplicate",
    [REASON_OUT_OF_ORDER] = "out_of_order",
    [REASON_LATE] = "late",
    [REASON_CLOCK_BACK] = "clock_back",
    [REASON_FUTURE_CLOCK] = "future_clock",
    [REASON_UNWATCHED] = "unwatched",
    [REASON_EXPIRED] = "expired",
    [REASON_REMOVED] = "removed",
    [REASON_ESCALATED] = "escalated",
    [REASON_CONFIG_REMOVED] = "config_removed",
    [REASON_NO_SUCH_SERVICE] = "no_such_service",
    [REASON_NO_SUCH_MANUAL] = "no_such_manual",
    [REASON_NO_SUCH_ALERT] = "no_such_alert",
    [REASON_NO_SUCH_ACK] = "no_such_ack",
    [REASON_NO_SUCH_WINDOW] = "no_such_window",
    [REASON_BAD_WINDOW] = "bad_window",
    [REASON_NO_SUCH_COLLECTOR] = "no_such_collector",
    [REASON_NO_SUCH_SOURCE] = "no_such_source",
    [REASON_NO_SUCH_AREA] = "no_such_area",
    [REASON_BAD_CONFIG] = "bad_config",
    [REASON_BAD_RECORD] = "bad_record",
    [REASON_EPISODE_OVER] = "episode_over",
    [REASON_NO_SUCH_EVIDENCE] = "no_such_evidence",
    [REASON_TOO_MANY_SUBJECTS] = "too_many_subjects",
};

const char *decision_kind_name(enum decision_kind kind)
{
    return kind_names[kind];
}

const char *notify_kind_name(enum notify_kind kind)
{
    return notify_names[kind];
}

const char *reason_name(enum reason reason)
{
    return reason_names[reason];
}

static bool word_find(const char *const *words, size_t n, const char *word, size_t *out)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i], word) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

bool notify_kind_parse(const char *word, enum notify_kind *out)
{
    size_t at;
    if (!word_find(notify_names, NOTIFY_KINDS, word, &at))
        return false;
    *out = (enum notify_kind) at;
    return true;
}

bool reason_parse(const char *word, enum reason *out)
{
    size_t at;
    if (!word_find(reason_names, REASONS, word, &at))
        return false;
    *out = (enum reason) at;
    return true;
}

struct decision *effects_add(struct effects *effects, enum decision_kind kind, int64_t at_ms)
{
    enum { FIRST_CAP = 32 };

    if (effects->n_decisions == effects->cap_decisions) {
        effects->cap_decisions = effects->cap_decisions == 0 ? FIRST_CAP : effects->cap_decisions * 2;
        effects->decisions = mem_resize(effects->decisions, effects->cap_decisions, sizeof *effects->decisions);
    }
    struct decision *decision = &effects->decisions[effects->n_decisions++];
    *decision = (struct decision) {.kind = kind, .at_ms = at_ms};
    return decision;
}

void effects_reset(struct effects *effects)
{
    effects->n_decisions = 0;
    effects->source_slot = EFFECTS_NO_SOURCE;
    effects->accepted = false;
    arena_reset(&effects->arena);
}

void effects_done(struct effects *effects)
{
    free(effects->decisions);
    arena_done(&effects->arena);
    *effects = (struct effects) {0};
}
