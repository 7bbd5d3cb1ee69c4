/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows and their subjects. A window owns its list of names; while it is active each of them has a struct subject that
 * points back at it. A subject that nothing holds any more goes at the end of the step or command that let go of it. What
 * goes is freed with the graves, for its timer may stand among those of the pass.
 */
#include "aggregator/engine/maintenance.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define EVERYTHING "*"

/* ---- finding */

static struct window *window_find(const struct engine *engine, const char *id)
{
    struct window *window;

    HASH_FIND_STR(engine->windows, id, window);
    return window;
}

static struct subject *subject_find(const struct engine *engine, const char *name)
{
    struct subject *subject;

    HASH_FIND_STR(engine->subjects, name, subject);
    return subject;
}

static struct subject *subject_ensure(struct engine *engine, const char *name)
{
    struct subject *subject = subject_find(engine, name);
    if (subject != NULL)
        return subject;

    size_t len = strlen(name);
    subject = mem_new(sizeof *subject + len + 1);
    memcpy(subject->name, name, len + 1);
    subject->timer.kind = TIMER_GRACE;
    HASH_ADD_KEYPTR(hh, engine->subjects, subject->name, len, subject);
    return subject;
}

static bool window_is_over(const struct engine *engine, const struct window *window)
{
    return engine->now_ms >= window->end_ms;
}

static bool window_has_begun(const struct engine *engine, const struct window *window)
{
    return engine->now_ms >= window->start_ms;
}

static bool window_lists(const struct window *window, const char *subject)
{
    for (size_t i = 0; i < window->n_subjects; i++) {
        if (strcmp(window->subjects[i], subject) == 0)
            return true;
    }
    return false;
}

static void window_mark(struct engine *engine, struct window *window)
{
    list_add(&engine->dirty_windows, &window->dirty);
}

/* ---- what is covered (M2) */

enum { COVERS_MAX = 4 };

/* The subjects that cover it and of which something is known now. */
static size_t subjects_of(const struct engine *engine, const struct covered *what, struct subject *out[static COVERS_MAX])
{
    char collector[KEY_BYTES_MAX + 1];
    const char *names[COVERS_MAX] = {
        what->key,
        what->service == NULL ? NULL : what->service->id,
        what->collector == NULL ? NULL : collector,
        what->class == ALERT_SELF ? NULL : EVERYTHING,
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
    return window->origin == MAINTENANCE_VENDOR && what->class == ALERT_SERVICE && what->service != NULL &&
        what->service->hard == STATUS_MAJOR_OUTAGE && what->service->says[VOTER_VENDOR] == STATUS_MAJOR_OUTAGE;
}

struct cover maintenance_of(const struct engine *engine, const struct covered *what)
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

struct covered maintenance_covered(const struct alert *alert)
{
    return (struct covered) {
        .class = alert->rules->class,
        .key = alert->key,
        .service = alert->service,
        .collector = alert->source != NULL ? alert->source->collector : alert->collector,
    };
}

bool maintenance_covers(const struct engine *engine, const struct alert *alert)
{
    struct covered what = maintenance_covered(alert);

    return maintenance_of(engine, &what).reason != REASON_NONE;
}

/* ---- the alerts that a subject covers, open now */

void maintenance_review(struct engine *engine, struct alert *alert)
{
    bool excused = maintenance_covers(engine, alert);

    if (excused == alert->excused)
        return;
    alert->excused = excused;
    alert_recount(engine, alert);
}

static void touch(struct engine *engine, struct alert *alert)
{
    maintenance_review(engine, alert);
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
    static const char *const burns[] = {"fast", "slow", "ticket"};
    char key[KEY_BYTES_MAX + 1];

    if (service->alert != NULL)
        touch(engine, service->alert);
    for (uint32_t i = 0; i < service->n_sources; i++) {
        if (service->sources[i]->alert != NULL)
            touch(engine, service->sources[i]->alert);
    }
    for (size_t i = 0; i < ARRAY_SIZE(burns); i++) {
        (void) snprintf(key, sizeof key, "slo:%s:%s", service->id, burns[i]);
        touch_key(engine, key);
    }
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

static void touch_covered(struct engine *engine, const char *subject)
{
    static const char carrier[] = "collector:";

    if (strcmp(subject, EVERYTHING) == 0) {
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

/* ---- subjects */

/* Nothing holds it: freed by sweep. */
static void subject_let_go(struct engine *engine, struct subject *subject)
{
    if (subject->n_active == 0 && subject->grace_until_ms == 0)
        list_add(&engine->idle_subjects, &subject->idle);
}

/* Its row goes too; the memory waits until the pass is over. */
static void subject_forget(struct engine *engine, struct subject *subject)
{
    heap_remove(&engine->heap, &subject->timer);
    list_drop(&subject->dirty);
    list_drop(&subject->idle);
    HASH_DEL(engine->subjects, subject);
    free(subject->active);
    removed_add_name(engine, REMOVED_GRACE, subject->name, subject);
}

static void sweep(struct engine *engine)
{
    struct link *link;

    while ((link = list_take(&engine->idle_subjects)) != NULL) {
        struct subject *subject = container_of(link, struct subject, idle);
        if (subject->n_active == 0 && subject->grace_until_ms == 0)
            subject_forget(engine, subject);
    }
}

static void grace_end(struct engine *engine, struct subject *subject)
{
    if (subject->grace_until_ms == 0)
        return;
    subject->grace_until_ms = 0;
    list_drop(&subject->dirty);
    removed_add_name(engine, REMOVED_GRACE, subject->name, NULL);
    touch_covered(engine, subject->name);
    subject_let_go(engine, subject);
}

/* M3; a later end never shortens it. */
static void grace_begin(struct engine *engine, struct subject *subject)
{
    int64_t until_ms = engine->now_ms + engine->config->params.value[PARAM_maint_end_grace_s] * 1000;

    if (until_ms <= engine->now_ms || until_ms <= subject->grace_until_ms)
        return;
    subject->grace_until_ms = until_ms;
    list_add(&engine->dirty_graces, &subject->dirty);
    timer_arm(engine, &subject->timer);
}

/* Keeps the active windows in byte order of id. */
static void attach(struct engine *engine, const char *name, struct window *window)
{
    struct subject *subject = subject_ensure(engine, name);
    uint32_t at = 0;

    while (at < subject->n_active && strcmp(subject->active[at]->id, window->id) < 0)
        at++;
    if (subject->n_active == subject->cap_active) {
        subject->cap_active = subject->cap_active == 0 ? 1 : subject->cap_active * 2;
        subject->active = mem_resize(subject->active, subject->cap_active, sizeof(struct window *));
    }
    memmove(subject->active + at + 1, subject->active + at, (subject->n_active - at) * sizeof(struct window *));
    subject->active[at] = window;
    subject->n_active++;
    touch_covered(engine, name);
}

/* The subject leaves the active window, with a grace when that was its last. */
static void detach(struct engine *engine, const char *name, const struct window *window)
{
    struct subject *subject = subject_find(engine, name);
    assert(subject != NULL);
    uint32_t at = 0;

    while (subject->active[at] != window)
        at++;
    subject->n_active--;
    memmove(subject->active + at, subject->active + at + 1, (subject->n_active - at) * sizeof(struct window *));
    if (subject->n_active == 0)
        grace_begin(engine, subject);
    touch_covered(engine, name);
    subject_let_go(engine, subject);
}

/* ---- windows */

static void decide(struct engine *engine, const struct window *window, const char *op, struct effects *effects)
{
    struct decision *decision = effects_add(effects, DECISION_MAINT, engine->now_ms);

    decision->op = op;
    decision->id = arena_copy_string(&effects->arena, window->id);    /* the window may be gone before it is stored */
}

static void free_names(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

/* All but the window itself. */
static void window_empty(struct window *window)
{
    free_names(window->subjects, window->n_subjects);
    free(window->by);
    free(window->reason);
}

/* Takes an inactive one away; its row goes too, and the memory waits until the pass is over. */
static void window_forget(struct engine *engine, struct window *window)
{
    assert(!window->active);
    heap_remove(&engine->heap, &window->timer);
    list_drop(&window->dirty);
    HASH_DEL(engine->windows, window);
    removed_add_name(engine, REMOVED_WINDOW, window->id, window);
    window_empty(window);
}

static void window_start(struct engine *engine, struct window *window, struct effects *effects)
{
    decide(engine, window, "start", effects);
    window->active = true;
    for (size_t i = 0; i < window->n_subjects; i++)
        attach(engine, window->subjects[i], window);
    window_mark(engine, window);
}

static void window_end(struct engine *engine, struct window *window, struct effects *effects)
{
    decide(engine, window, "end", effects);
    for (size_t i = 0; i < window->n_subjects; i++)
        detach(engine, window->subjects[i], window);
    window->active = false;
    window_forget(engine, window);
}

/* Its subjects are those of the message, each once. Says what it listed before, which the caller frees. */
static char **take_subjects(struct window *window, const Maintenance *said, size_t *n_before)
{
    char **before = window->subjects;

    *n_before = window->n_subjects;
    window->subjects = mem_new_array(said->subjects_count, sizeof *window->subjects);
    window->n_subjects = 0;
    for (pb_size_t i = 0; i < said->subjects_count; i++) {
        if (said->subjects[i][0] != '\0' && !window_lists(window, said->subjects[i]))
            window->subjects[window->n_subjects++] = mem_copy_string(said->subjects[i]);
    }
    return before;
}

static bool is_among(char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* M1: an active window that is replaced keeps what it still lists; what it does not list any more gets its grace. */
static void relist(struct engine *engine, struct window *window, char *const *before, size_t n_before)
{
    for (size_t i = 0; i < n_before; i++) {
        if (!window_lists(window, before[i]))
            detach(engine, before[i], window);
    }
    for (size_t i = 0; i < window->n_subjects; i++) {
        if (!is_among(before, n_before, window->subjects[i]))
            attach(engine, window->subjects[i], window);
        else
            touch_covered(engine, window->subjects[i]);    /* its origin may be another */
    }
}

static void fill(struct engine *engine, struct window *window, const Maintenance *said)
{
    size_t n_before;
    char **before = take_subjects(window, said, &n_before);

    window->start_ms = said->start_ms;
    window->end_ms = said->end_ms;
    window->origin = said->origin;
    window->has_slo_exclude = said->has_slo_exclude;
    window->slo_exclude = said->slo_exclude;
    free(window->by);
    free(window->reason);
    window->by = mem_copy_string(said->by);
    window->reason = mem_copy_string(said->reason);
    if (window->active)
        relist(engine, window, before, n_before);
    free_names(before, n_before);
}

static struct window *window_new(struct engine *engine, const char *id)
{
    size_t len = strlen(id);
    struct window *window = mem_new(sizeof *window + len + 1);

    memcpy(window->id, id, len + 1);
    window->timer.kind = TIMER_WINDOW;
    HASH_ADD_KEYPTR(hh, engine->windows, window->id, len, window);
    return window;
}

/* ---- commands */

static void reject(struct engine *engine, const char *input, enum reason reason, struct effects *effects)
{
    struct decision *decision = effects_add(effects, DECISION_REJECT, engine->now_ms);

    decision->op = input;
    decision->reason = reason;
}

static void set(struct engine *engine, const Maintenance *said, struct effects *effects)
{
    struct window *window = window_find(engine, said->id);
    bool active = said->start_ms <= engine->now_ms && engine->now_ms < said->end_ms;

    if (window != NULL && !active) {    /* what is not active any more ends; what never was goes silently */
        if (window->active)
            window_end(engine, window, effects);
        else
            window_forget(engine, window);
        window = NULL;
    }
    if (engine->now_ms >= said->end_ms)
        return;
    if (window == NULL)
        window = window_new(engine, said->id);
    fill(engine, window, said);
    window->set_at_ms = engine->now_ms;
    window_mark(engine, window);
    if (active && !window->active)
        window_start(engine, window, effects);
    timer_arm(engine, &window->timer);
}

void maintenance_command(struct engine *engine, const Maintenance *said, struct effects *effects)
{
    if (engine->config == NULL || said->id[0] == '\0' || said->end_ms <= said->start_ms) {
        reject(engine, "maint", REASON_BAD_WINDOW, effects);
        return;
    }
    set(engine, said, effects);
    sweep(engine);
}

void maintenance_end_command(struct engine *engine, const MaintenanceEnd *said, struct effects *effects)
{
    struct window *window = engine->config == NULL ? NULL : window_find(engine, said->id);

    if (window == NULL)
        reject(engine, "maint_end", REASON_NO_SUCH_WINDOW, effects);
    else if (window->active)
        window_end(engine, window, effects);
    else
        window_forget(engine, window);
    sweep(engine);
}

/* ---- time */

static struct window *window_of(const struct timer *timer)
{
    return container_of(timer, struct window, timer);
}

static struct subject *subject_of(const struct timer *timer)
{
    return container_of(timer, struct subject, timer);
}

int64_t window_due(const struct engine *engine, const struct timer *timer)
{
    const struct window *window = window_of(timer);
    (void) engine;

    return window->active ? window->end_ms : window->start_ms;
}

int64_t grace_due(const struct engine *engine, const struct timer *timer)
{
    const struct subject *subject = subject_of(timer);
    (void) engine;

    return subject->grace_until_ms == 0 ? INT64_MAX : subject->grace_until_ms;
}

/* Ends, then starts, then graces. */
static int rank_of(const struct timer *timer)
{
    if (timer->kind == TIMER_GRACE)
        return 2;
    return window_of(timer)->active ? 0 : 1;
}

static const char *name_of(const struct timer *timer)
{
    return timer->kind == TIMER_GRACE ? subject_of(timer)->name : window_of(timer)->id;
}

int maintenance_timers_compare(const struct timer *a, const struct timer *b)
{
    int order = rank_of(a) - rank_of(b);

    return order != 0 ? order : strcmp(name_of(a), name_of(b));
}

/* A window whose time has come; what has begun and ended while nobody looked (X2) is gone without a word. */
static void window_check(struct engine *engine, struct window *window, struct effects *effects)
{
    if (window_is_over(engine, window)) {
        if (window->active)
            window_end(engine, window, effects);
        else
            window_forget(engine, window);
        return;
    }
    if (!window->active && window_has_begun(engine, window))
        window_start(engine, window, effects);
    timer_arm(engine, &window->timer);
}

static void grace_check(struct engine *engine, struct subject *subject)
{
    if (subject->grace_until_ms != 0 && engine->now_ms >= subject->grace_until_ms)
        grace_end(engine, subject);
    timer_arm(engine, &subject->timer);
}

void maintenance_timers_run(struct engine *engine, struct timer *const *due, size_t n, struct effects *effects)
{
    for (size_t i = 0; i < n; i++) {
        if (due[i]->kind == TIMER_GRACE)
            grace_check(engine, subject_of(due[i]));
        else
            window_check(engine, window_of(due[i]), effects);
    }
    sweep(engine);
}

static int window_compare(const struct window *a, const struct window *b)
{
    return strcmp(a->id, b->id);
}

void maintenance_check_all(struct engine *engine, struct effects *effects)
{
    struct window *window;
    struct window *next_window;
    struct subject *subject;
    struct subject *next_subject;
    struct alert *alert;
    struct alert *next_alert;

    HASH_SORT(engine->windows, window_compare);
    HASH_ITER(hh, engine->windows, window, next_window) {
        if (window_is_over(engine, window))
            window_check(engine, window, effects);
    }
    HASH_ITER(hh, engine->windows, window, next_window)
        window_check(engine, window, effects);
    HASH_ITER(hh, engine->subjects, subject, next_subject)
        grace_check(engine, subject);
    sweep(engine);
    HASH_ITER(hh, engine->alerts, alert, next_alert)
        maintenance_review(engine, alert);    /* of those that were loaded nothing is known yet */
}

/* ---- a removed service */

static void window_strike(struct engine *engine, struct window *window, const char *name)
{
    for (size_t i = 0; i < window->n_subjects; i++) {
        if (strcmp(window->subjects[i], name) != 0)
            continue;
        free(window->subjects[i]);
        window->n_subjects--;
        memmove(window->subjects + i, window->subjects + i + 1, (window->n_subjects - i) * sizeof *window->subjects);
        window_mark(engine, window);
        return;
    }
}

void maintenance_leave(struct engine *engine, const char *service)
{
    struct window *window;
    struct window *next;

    HASH_ITER(hh, engine->windows, window, next)
        window_strike(engine, window, service);
    struct subject *subject = subject_find(engine, service);
    if (subject != NULL)
        subject_forget(engine, subject);
}

/* ---- rows */

static void put(char *to, size_t cap, const char *from)
{
    (void) text_copy(to, cap, text_of(from));    /* it came from a field of this very size */
}

void window_show(const struct window *window, WindowState *out)
{
    *out = (WindowState) {.has_window = true, .active = window->active, .set_at_ms = window->set_at_ms};
    Maintenance *said = &out->window;

    put(said->id, sizeof said->id, window->id);
    put(said->by, sizeof said->by, window->by);
    put(said->reason, sizeof said->reason, window->reason);
    said->start_ms = window->start_ms;
    said->end_ms = window->end_ms;
    said->origin = window->origin;
    said->has_slo_exclude = window->has_slo_exclude;
    said->slo_exclude = window->slo_exclude;
    for (size_t i = 0; i < window->n_subjects; i++)
        put(said->subjects[said->subjects_count++], sizeof said->subjects[0], window->subjects[i]);
}

void grace_show(const struct subject *subject, GraceState *out)
{
    *out = (GraceState) {.until_ms = subject->grace_until_ms};
    put(out->subject, sizeof out->subject, subject->name);
}

int window_load(struct engine *engine, const WindowState *row)
{
    const Maintenance *said = &row->window;
    bool good = row->has_window && said->id[0] != '\0' && said->end_ms > said->start_ms &&
        said->origin <= MAINTENANCE_VENDOR && said->subjects_count <= ARRAY_SIZE(said->subjects) &&
        window_find(engine, said->id) == NULL;
    if (!good)
        return -EINVAL;

    struct window *window = window_new(engine, said->id);
    fill(engine, window, said);
    window->set_at_ms = row->set_at_ms;
    window->active = row->active;
    for (size_t i = 0; window->active && i < window->n_subjects; i++)
        attach(engine, window->subjects[i], window);
    return 0;
}

int grace_load(struct engine *engine, const GraceState *row)
{
    if (row->subject[0] == '\0' || row->until_ms <= 0)
        return -EINVAL;

    subject_ensure(engine, row->subject)->grace_until_ms = row->until_ms;
    return 0;
}

void maintenance_free(struct engine *engine)
{
    struct window *window;
    struct window *next_window;
    struct subject *subject;
    struct subject *next_subject;

    HASH_ITER(hh, engine->windows, window, next_window) {
        HASH_DEL(engine->windows, window);
        window_empty(window);
        free(window);
    }
    HASH_ITER(hh, engine->subjects, subject, next_subject) {
        HASH_DEL(engine->subjects, subject);
        free(subject->active);
        free(subject);
    }
}
