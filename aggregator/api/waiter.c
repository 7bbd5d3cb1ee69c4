/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/waiter.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "aggregator/api/problem.h"
#include "aggregator/engine/explain.h"
#include "common/clock.h"
#include "common/mem.h"

struct waiters {
    pthread_mutex_t lock;              /* guards everything here and in each waiter */
    struct waiter *first;
    int references;                    /* the listener's, and one a waiter */
    bool stopping;
    _Atomic uint64_t promised;         /* read without the lock */
};

struct waiters *waiters_new(void)
{
    struct waiters *all = mem_new(sizeof *all);

    *all = (struct waiters) {.lock = PTHREAD_MUTEX_INITIALIZER, .references = 1};
    return all;
}

/* Unlocks; the last one out frees. */
static void unlock_and_drop(struct waiters *all, int references)
{
    all->references -= references;
    bool last = all->references == 0;

    (void) pthread_mutex_unlock(&all->lock);
    if (last) {
        (void) pthread_mutex_destroy(&all->lock);
        free(all);
    }
}

void waiters_drop(struct waiters *all)
{
    (void) pthread_mutex_lock(&all->lock);
    unlock_and_drop(all, 1);
}

uint64_t waiters_promised(const struct waiters *all)
{
    return atomic_load_explicit(&all->promised, memory_order_acquire);
}

/* Under the lock. */
static void decide(struct waiter *waiter, enum waiter_state state)
{
    waiter->state = state;
    if (waiter->suspended) {
        waiter->suspended = false;
        MHD_resume_connection(waiter->connection);
    }
}

void waiters_stop(struct waiters *all)
{
    (void) pthread_mutex_lock(&all->lock);
    all->stopping = true;
    for (struct waiter *waiter = all->first; waiter != NULL; waiter = waiter->next) {
        if (waiter->state == WAITER_OPEN)
            decide(waiter, WAITER_STOPPED);
    }
    (void) pthread_mutex_unlock(&all->lock);
}

void waiters_expire(struct waiters *all, int64_t now_mono_ms)
{
    (void) pthread_mutex_lock(&all->lock);
    for (struct waiter *waiter = all->first; waiter != NULL; waiter = waiter->next) {
        if (waiter->state == WAITER_OPEN && waiter->deadline_mono_ms <= now_mono_ms)
            decide(waiter, WAITER_TIMED_OUT);
    }
    (void) pthread_mutex_unlock(&all->lock);
}

struct waiter *waiter_new(struct waiters *all, struct MHD_Connection *connection)
{
    struct waiter *waiter = mem_new(sizeof *waiter);

    *waiter = (struct waiter) {.all = all, .connection = connection, .references = 2,
                               .deadline_mono_ms = clock_mono_ms() + WAIT_COMMIT_MS};
    (void) pthread_mutex_lock(&all->lock);
    all->references++;
    waiter->next = all->first;
    if (all->first != NULL)
        all->first->previous = waiter;
    all->first = waiter;
    (void) pthread_mutex_unlock(&all->lock);
    return waiter;
}

/* Under the lock, which it gives up. */
static void drop_locked(struct waiter *waiter)
{
    struct waiters *all = waiter->all;

    if (--waiter->references > 0) {
        (void) pthread_mutex_unlock(&all->lock);
        return;
    }
    if (waiter->previous != NULL)
        waiter->previous->next = waiter->next;
    else
        all->first = waiter->next;
    if (waiter->next != NULL)
        waiter->next->previous = waiter->previous;
    free(waiter->body);
    explanation_free(waiter->explanation);
    free(waiter->refusal);
    free(waiter);
    unlock_and_drop(all, 1);
}

void waiter_drop(struct waiter *waiter)
{
    if (waiter == NULL)
        return;
    (void) pthread_mutex_lock(&waiter->all->lock);
    drop_locked(waiter);
}

void waiter_complete(void *context, const struct inbox_result *result, uint32_t status, const char *body)
{
    struct waiter *waiter = context;

    (void) pthread_mutex_lock(&waiter->all->lock);
    if (result->round > waiter->all->promised)
        waiter->all->promised = result->round;
    if (waiter->state == WAITER_OPEN) {
        waiter->result = *result;
        waiter->status = status;
        waiter->body = body == NULL || body[0] == '\0' ? NULL : mem_copy_string(body);
        decide(waiter, WAITER_DONE);
    }
    drop_locked(waiter);
}

void waiter_explained(void *context, struct explanation *explanation)
{
    struct waiter *waiter = context;

    (void) pthread_mutex_lock(&waiter->all->lock);
    waiter->explanation = explanation;    /* once: complete takes the reference that keeps the waiter */
    (void) pthread_mutex_unlock(&waiter->all->lock);
}

void waiter_refused(void *context, const struct problem *problem)
{
    struct waiter *waiter = context;
    struct problem *refusal = mem_new(sizeof *refusal);

    *refusal = *problem;
    (void) pthread_mutex_lock(&waiter->all->lock);
    waiter->refusal = refusal;            /* once, as above */
    (void) pthread_mutex_unlock(&waiter->all->lock);
}

bool waiter_wait(struct waiter *waiter)
{
    bool suspend;

    (void) pthread_mutex_lock(&waiter->all->lock);
    if (waiter->state == WAITER_OPEN && waiter->all->stopping)
        waiter->state = WAITER_STOPPED;
    suspend = waiter->state == WAITER_OPEN;
    if (suspend) {
        waiter->suspended = true;
        MHD_suspend_connection(waiter->connection);
    }
    (void) pthread_mutex_unlock(&waiter->all->lock);
    return suspend;
}

enum waiter_state waiter_state(struct waiter *waiter)
{
    (void) pthread_mutex_lock(&waiter->all->lock);
    enum waiter_state state = waiter->state;
    (void) pthread_mutex_unlock(&waiter->all->lock);
    return state;
}
