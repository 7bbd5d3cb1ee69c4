/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/past.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "aggregator/api/problem.h"
#include "aggregator/api/waiter.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/text.h"

struct past {
    past_fn answer;
    void *context;
    pthread_mutex_t lock;              /* guards the next three */
    bool busy;                         /* a question is being answered: what follows is its thread's */
    bool begun;                        /* there is a thread to join, which has ended or soon will */
    pthread_t thread;
    struct waiter *waiter;
    int64_t at_ms;
    char service[SERVICE_BYTES_MAX + 1];
};

struct past *past_new(past_fn answer, void *context)
{
    struct past *past = mem_new(sizeof *past);

    *past = (struct past) {.answer = answer, .context = context, .lock = PTHREAD_MUTEX_INITIALIZER};
    return past;
}

static bool nobody_waits(void *waiter)
{
    return waiter_state(waiter) != WAITER_OPEN;
}

static void *answer_thread(void *context)
{
    struct past *past = context;
    struct waiter *waiter = past->waiter;
    const struct past_question question = {past->service, past->at_ms, nobody_waits, waiter};
    struct problem problem = {0};
    CLEANUP(mem_freep) char *body = NULL;

    if (past->answer(past->context, &question, &body, &problem) < 0)
        waiter_refused(waiter, &problem);
    /* Who has the answer may ask again at once. */
    (void) pthread_mutex_lock(&past->lock);
    past->busy = false;
    (void) pthread_mutex_unlock(&past->lock);
    waiter_complete(waiter, &(struct inbox_result) {.outcome = INBOX_DONE}, 0, body);
    return NULL;
}

/* Under the lock. A thread that is not busy takes the lock no more, so it ends. */
static int begin(struct past *past, const char *service, int64_t at_ms, struct waiter *waiter)
{
    if (past->busy)
        return -EBUSY;
    if (past->begun)
        (void) pthread_join(past->thread, NULL);
    past->waiter = waiter;
    past->at_ms = at_ms;
    (void) text_copy(past->service, sizeof past->service, text_of(service));    /* fits: the caller's item did */
    int r = pthread_create(&past->thread, NULL, answer_thread, past);
    past->begun = past->busy = r == 0;
    return -r;
}

int past_ask(struct past *past, const char *service, int64_t at_ms, struct waiter *waiter)
{
    (void) pthread_mutex_lock(&past->lock);
    int r = begin(past, service, at_ms, waiter);
    (void) pthread_mutex_unlock(&past->lock);
    if (r < 0)
        waiter_drop(waiter);
    return r;
}

void past_free(struct past *past)
{
    if (past->begun)
        (void) pthread_join(past->thread, NULL);
    (void) pthread_mutex_destroy(&past->lock);
    free(past);
}
