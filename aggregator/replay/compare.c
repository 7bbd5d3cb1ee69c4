/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/compare.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/engine/config.h"
#include "aggregator/replay/diff.h"
#include "aggregator/replay/diff_report.h"
#include "common/mem.h"

/* One of the two. */
struct side {
    struct notices notices;
    bool full;
};

static void keep(void *context, const struct decision *decision)
{
    struct side *side = context;

    if (!notices_add(&side->notices, decision))
        side->full = true;
}

/* Inputs that cannot be used tell nobody anything. */
static void pass_over(void *context, const int64_t *t, const char *kind, enum reason reason)
{
    (void) context;
    (void) t;
    (void) kind;
    (void) reason;
}

static bool knows(const void *context, const char *service)
{
    const struct player *player = context;

    if (strchr(service, ':') != NULL || player->config == NULL)
        return true;    /* a host's, which every configuration takes */
    for (size_t i = 0; i < player->config->engine->n_services; i++) {
        if (strcmp(player->config->engine->services[i].id, service) == 0)
            return true;
    }
    return false;
}

static void report(const struct compare *compare, const struct session *session, const struct diff *diff,
                   const struct diff_bounds *bounds)
{
    const struct diff_report report = {
        .diff = diff,
        .bounds = *bounds,
        .config = compare->config_path,
        .whole_from_ms = replay_journal_missing(session->journal).whole_from_ms,
    };

    if (!compare->as_json) {
        diff_report_print(&report, stdout);
        return;
    }
    json_t *json = diff_report_json(&report);
    (void) json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));    /* a failure is kept by the stream */
    (void) putchar('\n');
    json_decref(json);
}

static int tell(const struct compare *compare, const struct session *session, struct side sides[2], const struct player players[2])
{
    struct diff diff = {0};
    const struct diff_bounds bounds = {
        .since_ms = compare->since_ms > session->first_ms ? compare->since_ms : session->first_ms,
        .until_ms = compare->until_ms <= session->last_ms ? compare->until_ms : session->last_ms + 1,
    };
    struct diff_side of[2];

    for (int i = 0; i < 2; i++) {
        notices_sort(&sides[i].notices);
        of[i] = (struct diff_side) {.notices = &sides[i].notices, .knows = knows, .context = &players[i]};
    }
    diff_make(&of[0], &of[1], &bounds, &diff);
    report(compare, session, &diff, &bounds);
    int64_t more = (int64_t) diff.new.notifications - (int64_t) diff.recorded.notifications;
    diff_done(&diff);
    return compare->more_max >= 0 && more > compare->more_max ? COMPARE_MORE : 0;
}

int compare_run(const struct compare *compare, struct session *session, struct error *err)
{
    struct side sides[2] = {{{{0}}}};
    struct player players[2];
    int r = 0;

    for (int i = 0; i < 2; i++) {
        players[i] = (struct player) {.decided = keep, .rejected = pass_over, .context = &sides[i], .keeps_config = i == 1,
                                      .hosts = &session->hosts};
    }
    for (int i = 0; i < 2; i++) {
        int started = player_start(&players[i], i == 1 ? aggregator_config_hold(compare->config) : NULL, session->base, err);
        r = r == 0 ? started : r;
    }
    if (r == 0)
        r = session_play(session, &(struct players) {players, 2}, compare->until_ms, err);
    if (r == 0 && (sides[0].full || sides[1].full))
        r = error_set(err, -E2BIG, "more than %d notifications: a later --base or an earlier --until is needed", NOTICES_MAX);
    if (r == 0)
        r = tell(compare, session, sides, players);
    for (int i = 0; i < 2; i++) {
        player_done(&players[i]);
        notices_done(&sides[i].notices);
    }
    return r;
}
