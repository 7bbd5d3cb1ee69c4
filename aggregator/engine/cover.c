/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/cover.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/engine/account.h"
#include "aggregator/engine/subject.h"
#include "common/mem.h"

static const char everything[] = "*";

enum { COVERS_MAX = 4 };

/* The subjects that cover it and of which something is known now. */
static size_t subjects_of(const struct engine *engine, const struct covered *what, struct subject *out[static COVERS_MAX])
{
    char collector[KEY_BYTES_MAX + 1];
    const char *names[COVERS_MAX] = {
        what->key,
        what->service == NULL ? NULL : what->service->id,
        what->collector == NULL ? NULL : collector,
        what->class == ALERT_SELF ? NULL : everything,
    };
    size_t n = 0;

    if (engine->subjects == NULL)
        return 0;
    if (what->collector != NULL)
        (void) snprintf(collector, sizeof collector, "collector:%s", what->collector->name);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct subject *subject = names[i] == NULL ? NULL : subject_find(engine, names[i]);
        if (subject != NULL)
            out[n++] = subject;
    }
    return n;
}

/* What the page itself calls a major outage was not planned. */
static bool is_unplanned(const struct covered *what, const struct window *window)
{
    return window->origin == MAINTENANCE_VENDOR && what->class == ALERT_SERVICE &&
        what->service->hard == STATUS_MAJOR_OUTAGE && what->service->says[VOTER_VENDOR] == STATUS_MAJOR_OUTAGE;
}

struct cover cover_of(const struct engine *engine, const struct covered *what)
{
    struct subject *subjects[COVERS_MAX];
    size_t n = subjects_of(engine, what, subjects);
    struct cover cover = {.reason = REASON_NONE};
    bool grace = false;

    for (size_t i = 0; i < n; i++) {
        const struct subject *subject = subjects[i];
        grace = grace || engine->now_ms < subject->grace_until_ms;
        for (uint32_t w = 0; w < subject->n_active; w++) {
            const struct window *window = subject->active[w];
            bool smaller = cover.by == NULL || strcmp(window->id, cover.by) < 0;
            if (smaller && !is_unplanned(what, window))
                cover = (struct cover) {.reason = REASON_MAINTENANCE, .by = window->id};
        }
    }
    if (cover.reason == REASON_NONE && grace)
        cover.reason = REASON_MAINTENANCE_GRACE;
    return cover;
}

struct covered cover_question(const struct alert *alert)
{
    return (struct covered) {
        .class = alert->rules->class,
        .key = alert->key,
        .service = alert->service,
        .collector = alert->source != NULL ? alert->source->collector : alert->collector,
    };
}

static bool is_covered(const struct engine *engine, const struct alert *alert)
{
    struct covered what = cover_question(alert);

    return cover_of(engine, &what).reason != REASON_NONE;
}

/* Your own planned work is no breach; a vendor's planned downtime still hurts your users. */
static bool excludes(const struct window *window)
{
    return window->has_slo_exclude ? window->slo_exclude : window->origin != MAINTENANCE_VENDOR;
}

bool cover_excludes(const struct engine *engine, const struct service *service)
{
    const char *const names[] = {service->id, everything};

    for (size_t i = 0; engine->subjects != NULL && i < ARRAY_SIZE(names); i++) {
        const struct subject *subject = subject_find(engine, names[i]);
        for (uint32_t w = 0; subject != NULL && w < subject->n_active; w++) {
            if (excludes(subject->active[w]))
                return true;
        }
    }
    return false;
}

/* ---- the open alerts that a subject covers */

void cover_review(struct engine *engine, struct alert *alert)
{
    bool excused = is_covered(engine, alert);

    if (excused == alert->excused)
        return;
    alert->excused = excused;
    alert_recount(engine, alert);
}

static void touch(struct engine *engine, struct alert *alert)
{
    cover_review(engine, alert);
    alert_touch(engine, alert);
}

static void touch_key(struct engine *engine, const char *key)
{
    struct alert *alert;

    HASH_FIND_STR(engine->alerts, key, alert);
    if (alert != NULL)
        touch(engine, alert);
}

static void touch_service(struct engine *engine, const struct service *service)
{
    if (service->alert != NULL)
        touch(engine, service->alert);
    for (uint32_t i = 0; i < service->n_sources; i++) {
        if (service->sources[i]->alert != NULL)
            touch(engine, service->sources[i]->alert);
    }
    slo_touch_alerts(engine, service);    /* they count for no K3, K6: nothing is to be reviewed */
}

static void touch_carried(struct engine *engine, const char *name)
{
    struct collector *collector;

    HASH_FIND_STR(engine->collectors, name, collector);
    if (collector == NULL)
        return;
    for (struct link *link = collector->sources.next; link != &collector->sources; link = link->next) {
        const struct source *source = container_of(link, struct source, carried);
        if (source->alert != NULL)
            touch(engine, source->alert);
    }
}

static void touch_all(struct engine *engine)
{
    struct alert *alert;
    struct alert *next;

    HASH_ITER(hh, engine->alerts, alert, next) {
        if (alert->rules->class != ALERT_SELF)
            touch(engine, alert);
    }
}

void cover_touch(struct engine *engine, const char *subject)
{
    static const char carrier[] = "collector:";

    account_follow_subject(engine, subject);
    if (strcmp(subject, everything) == 0) {
        touch_all(engine);
        return;
    }
    touch_key(engine, subject);
    const struct service *service = service_find(engine, subject);
    if (service != NULL)
        touch_service(engine, service);
    if (strncmp(subject, carrier, sizeof carrier - 1) == 0)
        touch_carried(engine, subject + sizeof carrier - 1);
}
