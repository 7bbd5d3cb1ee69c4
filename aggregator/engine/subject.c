/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subject that nothing holds any more goes at the end of the step or command that let go of it. What goes is freed
 * with the graves, for its timer may stand among those of the pass.
 */
#include "aggregator/engine/subject.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/cover.h"
#include "aggregator/engine/maintenance.h"
#include "common/mem.h"

struct subject *subject_find(const struct engine *engine, const char *name)
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

/* Nothing holds it: freed by subject_sweep. */
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

void subject_sweep(struct engine *engine)
{
    struct link *link;

    while ((link = list_take(&engine->idle_subjects)) != NULL) {
        struct subject *subject = container_of(link, struct subject, idle);
        if (subject->n_active > 0)
            continue;    /* the next window has begun at once */
        assert(subject->grace_until_ms == 0);    /* one begins only where a window ends */
        subject_forget(engine, subject);
    }
}

static void grace_end(struct engine *engine, struct subject *subject)
{
    subject->grace_until_ms = 0;
    list_drop(&subject->dirty);
    removed_add_name(engine, REMOVED_GRACE, subject->name, NULL);
    cover_touch(engine, subject->name);
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

void subject_attach(struct engine *engine, const char *name, struct window *window)
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
    cover_touch(engine, name);
}

/* Whether a window is active that has not been started yet: in a pass, ends come before starts (T5). */
static bool is_taken_over(const struct engine *engine, const char *name)
{
    struct window *window;
    struct window *next;

    HASH_ITER(hh, engine->windows, window, next) {
        bool begins_now = !window->active && window->start_ms <= engine->now_ms && engine->now_ms < window->end_ms;
        if (begins_now && window_lists(window, name))
            return true;
    }
    return false;
}

void subject_detach(struct engine *engine, const char *name, const struct window *window)
{
    struct subject *subject = subject_find(engine, name);
    assert(subject != NULL);
    uint32_t at = 0;

    while (subject->active[at] != window)
        at++;
    subject->n_active--;
    memmove(subject->active + at, subject->active + at + 1, (subject->n_active - at) * sizeof(struct window *));
    if (subject->n_active == 0 && !is_taken_over(engine, name))
        grace_begin(engine, subject);
    cover_touch(engine, name);
    subject_let_go(engine, subject);
}

/* ---- the grace */

struct subject *subject_of(const struct timer *timer)
{
    return container_of(timer, struct subject, timer);
}

int64_t grace_due(const struct engine *engine, const struct timer *timer)
{
    const struct subject *subject = subject_of(timer);
    (void) engine;

    return subject->grace_until_ms == 0 ? INT64_MAX : subject->grace_until_ms;
}

void grace_check(struct engine *engine, struct subject *subject)
{
    if (subject->grace_until_ms != 0 && engine->now_ms >= subject->grace_until_ms)
        grace_end(engine, subject);
    timer_arm(engine, &subject->timer);
}

void subject_check_all(struct engine *engine)
{
    struct subject *subject;
    struct subject *next;

    HASH_ITER(hh, engine->subjects, subject, next)
        grace_check(engine, subject);
    subject_sweep(engine);
}

/* Its windows have struck it from their lists. */
void subject_leave(struct engine *engine, const char *name)
{
    struct subject *subject = subject_find(engine, name);

    if (subject == NULL)
        return;
    subject->n_active = 0;
    subject_let_go(engine, subject);
    subject_sweep(engine);
}

void grace_show(const struct subject *subject, GraceState *out)
{
    *out = (GraceState) {.until_ms = subject->grace_until_ms};
    (void) text_copy(out->subject, sizeof out->subject, text_of(subject->name));    /* from a field of this very size */
}

int grace_load(struct engine *engine, const GraceState *row)
{
    if (row->subject[0] == '\0' || row->until_ms <= 0)
        return -EINVAL;

    subject_ensure(engine, row->subject)->grace_until_ms = row->until_ms;
    return 0;
}

void subject_free_all(struct engine *engine)
{
    struct subject *subject;
    struct subject *next;

    HASH_ITER(hh, engine->subjects, subject, next) {
        HASH_DEL(engine->subjects, subject);
        free(subject->active);
        free(subject);
    }
}
