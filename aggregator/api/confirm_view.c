/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/confirm_view.h"

enum { WORSE = 0, BETTER = 3 };

static const Ladder *ladder_of(const ServiceState *service, int i)
{
    return i < BETTER ? &service->worse[i - WORSE] : &service->better[i - BETTER];
}

void confirm_count(const ServiceState *service, const SourceState *source, uint32_t counts[static CONFIRM_LADDERS])
{
    for (int i = 0; i < CONFIRM_LADDERS; i++) {
        const LadderCount *own = &source->counts[i];
        if (own->epoch == ladder_of(service, i)->epoch && own->count > counts[i])
            counts[i] = own->count;
    }
}

struct needs { int64_t polls, dwell_s; };

static int64_t or_else(int64_t value, int64_t fallback)
{
    return value < 0 ? fallback : value;
}

/* C4: from H operational or unset confirm_*, from worse escalate_*; a major outage may be quicker. */
static struct needs to_worsen(const struct params *params, int hard_rank, int rank)
{
    struct needs needs = {params->value[PARAM_confirm_polls], params->value[PARAM_min_dwell_s]};
    int64_t major_s = params->value[PARAM_major_dwell_s];

    if (hard_rank >= 1) {
        needs.polls = or_else(params->value[PARAM_escalate_polls], needs.polls);
        needs.dwell_s = or_else(params->value[PARAM_escalate_dwell_s], needs.dwell_s);
    }
    if (rank == 3 && major_s >= 0 && major_s < needs.dwell_s)
        needs.dwell_s = major_s;
    return needs;
}

/* C5: a recovery has its own dwell, a partial improvement another; I5: whoever keeps coming back recovers later. */
static struct needs to_improve(const struct params *params, int rank, uint32_t recur)
{
    enum param recovery = recur >= params->value[PARAM_recur_limit] ? PARAM_recur_dwell_s : PARAM_recovery_dwell_s;

    return (struct needs) {params->value[PARAM_recovery_polls], params->value[rank == 0 ? recovery : PARAM_improve_dwell_s]};
}

static bool consider(const Ladder *ladder, uint32_t polls, struct needs needs, struct confirm_view *best)
{
    if (!ladder->running)
        return false;
    int64_t dwell_until_ms = ladder->since_ms + needs.dwell_s * 1000;
    if (best->at_ms != 0 && dwell_until_ms >= best->at_ms)
        return false;
    best->polls = polls;
    best->need = (uint32_t) needs.polls;
    best->since_ms = ladder->since_ms;
    best->at_ms = dwell_until_ms;
    return true;
}

bool confirm_next(const ServiceState *service, const uint32_t counts[static CONFIRM_LADDERS],
                  const struct params *params, uint32_t every_s, struct confirm_view *out)
{
    int hard = status_rank(status_from_number((int) service->hard));
    int now = status_rank(status_from_number((int) service->effective));
    struct confirm_view best = {0};

    if (service->effective == LEVEL_UNKNOWN || now == hard)
        return false;
    for (int rank = 3; rank > hard && now > hard; rank--) {
        if (consider(&service->worse[rank - 1], counts[WORSE + rank - 1], to_worsen(params, hard, rank), &best))
            best.to = status_from_number(rank + 1);
    }
    for (int rank = 0; rank < hard && now < hard; rank++) {
        if (consider(&service->better[rank], counts[BETTER + rank], to_improve(params, rank, service->recur), &best))
            best.to = status_from_number(rank + 1);
    }
    if (best.to == STATUS_UNKNOWN)
        return false;
    /* Polls come one an interval: the last one needed is not before this. */
    if (best.polls < best.need) {
        int64_t polls_ms = best.since_ms + (int64_t) (best.need - 1) * every_s * 1000;
        best.at_ms = polls_ms > best.at_ms ? polls_ms : best.at_ms;
    }
    *out = best;
    return true;
}
