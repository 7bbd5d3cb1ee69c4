/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows and their life: set, replaced, begun, over. A window owns its list of names; while it is active each of them
 * is a subject (subject.c). What goes is freed with the graves, for its timer may stand among those of the pass.
 */
#include "aggregator/engine/maintenance.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/cover.h"
#include "aggregator/engine/subject.h"
#include "common/mem.h"

static struct window *window_find(const struct engine *engine, const char *id)
{
    struct window *window;

    HASH_FIND_STR(engine->windows, id, window);
    return window;
}

bool engine_has_window(const struct engine *engine, const char *id)
{
    return window_find(engine, id) != NULL;
}

static bool window_is_over(const struct engine *engine, const struct window *window)
{
    return engine->now_ms >= window->end_ms;
}

static bool window_has_begun(const struct engine *engine, const struct window *window)
{
    return engine->now_ms >= window->start_ms;
}

bool window_lists(const struct window *window, const char *subject)
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
        subject_attach(engine, window->subjects[i], window);
    window_mark(engine, window);
}

static void window_end(struct engine *engine, struct window *window, struct effects *effects)
{
    decide(engine, window, "end", effects);
    for (size_t i = 0; i < window->n_subjects; i++)
        subject_detach(engine, window->subjects[i], window);
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
            subject_detach(engine, before[i], window);
    }
    for (size_t i = 0; i < window->n_subjects; i++) {
        if (!is_among(before, n_before, window->subjects[i]))
            subject_attach(engine, window->subjects[i], window);
        else
            cover_touch(engine, window->subjects[i]);    /* its origin may be another */
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
    subject_sweep(engine);
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
    subject_sweep(engine);
}

/* ---- time */

static struct window *window_of(const struct timer *timer)
{
    return container_of(timer, struct window, timer);
}

int64_t window_due(const struct engine *engine, const struct timer *timer)
{
    const struct window *window = window_of(timer);
    (void) engine;

    return window->active ? window->end_ms : window->start_ms;
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

void maintenance_timers_run(struct engine *engine, struct timer *const *due, size_t n, struct effects *effects)
{
    for (size_t i = 0; i < n; i++) {
        if (due[i]->kind == TIMER_GRACE)
            grace_check(engine, subject_of(due[i]));
        else
            window_check(engine, window_of(due[i]), effects);
    }
    subject_sweep(engine);
}

static int window_compare(const struct window *a, const struct window *b)
{
    return strcmp(a->id, b->id);
}

void maintenance_check_all(struct engine *engine, struct effects *effects)
{
    struct window *window;
    struct window *next_window;
    struct alert *alert;
    struct alert *next_alert;

    HASH_SORT(engine->windows, window_compare);
    HASH_ITER(hh, engine->windows, window, next_window) {
        if (window_is_over(engine, window))
            window_check(engine, window, effects);
    }
    HASH_ITER(hh, engine->windows, window, next_window)
        window_check(engine, window, effects);
    subject_check_all(engine);
    HASH_ITER(hh, engine->alerts, alert, next_alert)
        cover_review(engine, alert);    /* of those that were loaded nothing is known yet */
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
    subject_leave(engine, service);
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
        subject_attach(engine, window->subjects[i], window);
    return 0;
}

void maintenance_free(struct engine *engine)
{
    struct window *window;
    struct window *next;

    HASH_ITER(hh, engine->windows, window, next) {
        HASH_DEL(engine->windows, window);
        window_empty(window);
        free(window);
    }
    subject_free_all(engine);
}
