/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/readiness_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"

enum { AREAS_NAMED_MAX = 6, WHEN_BYTES = 40 };

/* ---------------------------------------------------------------- the whole */

struct sentence {
    char *out;                         /* of READINESS_VERDICT_BYTES */
    size_t len;
};

__attribute__((format(printf, 2, 3)))
static void add(struct sentence *sentence, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vsnprintf(sentence->out + sentence->len, READINESS_VERDICT_BYTES - sentence->len, format, args);
    va_end(args);
    sentence->len += (size_t) len;
    if (sentence->len >= READINESS_VERDICT_BYTES)
        sentence->len = READINESS_VERDICT_BYTES - 1;    /* cut: a sentence is not an archive */
}

static bool blocks(const struct area_view *view)
{
    return view->area->required && view->verdict.state >= AREA_EXPIRED;
}

static bool limits(const struct area_view *view)
{
    return view->verdict.state != AREA_OK && !blocks(view);
}

/* "backup expired, restore_test missing"; says whether there was any. */
static bool add_areas(struct sentence *sentence, const struct readiness_view *view, const char *before,
                      bool (*wanted)(const struct area_view *))
{
    size_t n = 0;

    for (size_t i = 0; i < view->n_areas; i++) {
        const struct area_view *area = &view->areas[i];
        if (!wanted(area))
            continue;
        if (n < AREAS_NAMED_MAX)
            add(sentence, "%s%s %s", n == 0 ? before : ", ", area->area->name, area_state_name(area->verdict.state));
        n++;
    }
    if (n > AREAS_NAMED_MAX)
        add(sentence, " and %zu more", n - AREAS_NAMED_MAX);
    if (n > 0)
        add(sentence, ".");
    return n > 0;
}

void readiness_verdict(const struct readiness_view *view, char out[static READINESS_VERDICT_BYTES])
{
    struct sentence sentence = {.out = out};

    out[0] = '\0';
    switch (view->now.state) {
    case READINESS_READY:
        add(&sentence, view->n_areas == 0 ? "Ready: nothing has to be proven." : "Ready: every area has fresh evidence.");
        break;
    case READINESS_LIMITED:
        (void) add_areas(&sentence, view, "Ready with limits: ", limits);
        break;
    case READINESS_NOT_READY:
        (void) add_areas(&sentence, view, "Not ready: ", blocks);
        (void) add_areas(&sentence, view, " Besides: ", limits);
        break;
    }
}

/* ---------------------------------------------------------------- one area */

static void say_incidents(const struct readiness_view *view, char *out)
{
    if (view->tally.critical > 0)
        (void) snprintf(out, READINESS_NEXT_BYTES, "%u service%s of tier 1 %s in a major outage: see the open alerts, and bring "
                        "%s back.", view->tally.critical, view->tally.critical == 1 ? "" : "s",
                        view->tally.critical == 1 ? "is" : "are", view->tally.critical == 1 ? "it" : "them");
    else
        (void) snprintf(out, READINESS_NEXT_BYTES, "%u service%s in confirmed trouble: see the open alerts, worst first.",
                        view->tally.troubled, view->tally.troubled == 1 ? " is" : "s are");
}

static void say_monitoring(const struct readiness_view *view, char *out)
{
    uint32_t unknown = view->tally.services - view->tally.known;

    (void) snprintf(out, READINESS_NEXT_BYTES, "The state of %u of %u services is not known: find out why nothing is heard of "
                    "%s.", unknown, view->tally.services, unknown == 1 ? "it" : "them");
}

/* "2026-11-21 10:22 UTC": with the year, which evidence may well be older than. */
static const char *say_time(int64_t at_ms, char out[static WHEN_BYTES])
{
    char whole[RFC3339_BYTES];

    (void) clock_to_rfc3339(at_ms, whole);
    (void) snprintf(out, WHEN_BYTES, "%.10s %.5s UTC", whole, whole + 11);
    return out;
}

/* "nightly-db failed at 2026-11-21 10:22 UTC: …". The worst subject first; how many more are not ok is told with it. */
static void say_records(const struct area_view *view, char *out)
{
    static const struct { const char *what; const char *todo; } words[AREA_STATES] = {
        [AREA_WARNING] = { "passed with warnings", "look at them, and record a clean run" },
        [AREA_STALE] = { "was last proven", "try it again, and record it before it expires at" },
        [AREA_EXPIRED] = { "was last proven", "that is too long ago to count: try it again and record the result" },
        [AREA_FAILED] = { "failed", "find out why, and record the next run" },
    };
    const struct proof_view *worst = view->worst;
    char when[WHEN_BYTES];
    char expiry[WHEN_BYTES] = "";
    bool expires = worst->verdict.state == AREA_STALE;
    char more[96] = "";
    size_t n = 0;

    for (size_t i = 0; i < view->n_proofs; i++)
        n += view->proofs[i].verdict.state != AREA_OK;
    if (n > 1)
        (void) snprintf(more, sizeof more, " (and %zu more of %zu subjects are not ok)", n - 1, view->n_proofs);
    (void) snprintf(out, READINESS_NEXT_BYTES, "%s %s at %s%s: %s%s%s.", worst->evidence->subject, words[worst->verdict.state].what,
                    say_time(worst->evidence->at_ms, when), more, words[worst->verdict.state].todo, expires ? " " : "",
                    expires ? say_time(worst->expires_at_ms, expiry) : "");
}

void readiness_next(const struct readiness_view *view, const struct area_view *area, char out[static READINESS_NEXT_BYTES])
{
    out[0] = '\0';
    if (area->verdict.state == AREA_OK)
        return;
    switch (area->kind) {
    case AREA_INCIDENTS:
        say_incidents(view, out);
        break;
    case AREA_MONITORING:
        say_monitoring(view, out);
        break;
    case AREA_RECORDED:
        if (area->worst == NULL)
            (void) snprintf(out, READINESS_NEXT_BYTES, "Nothing was ever recorded for %s: have the job that tries it report its "
                            "result here.", area->area->name);
        else
            say_records(area, out);
        break;
    }
}
