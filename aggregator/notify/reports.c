/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/reports.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/mem.h"

/* One report under way: the context of its completion, then a link in the list of those that ran. */
struct ticket {
    struct reports *reports;
    struct ticket *next;
    uint64_t sequence;
    bool committed;
};

struct reports {
    struct inbox *inbox;
    void (*wake)(void *context);
    void *context;

    pthread_mutex_t lock;              /* guards what follows */
    bool closed;
    unsigned holders;                  /* the notifier and each ticket whose completion is still to come */
    struct ticket *done, **done_end;   /* oldest first */
};

struct reports *reports_new(struct inbox *inbox, void (*wake)(void *context), void *context)
{
    struct reports *reports = mem_new(sizeof *reports);
    *reports = (struct reports) {.inbox = inbox, .wake = wake, .context = context, .holders = 1};
    reports->done_end = &reports->done;
    (void) pthread_mutex_init(&reports->lock, NULL);   /* cannot fail with default attributes */
    return reports;
}

static void free_reports(struct reports *reports)
{
    while (reports->done != NULL) {
        struct ticket *ticket = reports->done;
        reports->done = ticket->next;
        free(ticket);
    }
    (void) pthread_mutex_destroy(&reports->lock);
    free(reports);
}

/* Unlocks, and frees with the last holder. */
static void leave(struct reports *reports, unsigned holders_fewer)
{
    reports->holders -= holders_fewer;
    bool last = reports->holders == 0;
    (void) pthread_mutex_unlock(&reports->lock);
    if (last)
        free_reports(reports);
}

static void reports_on_complete(void *context, const struct inbox_result *result, uint32_t status, const char *body)
{
    struct ticket *ticket = context;
    struct reports *reports = ticket->reports;
    (void) status;
    (void) body;

    ticket->committed = result->outcome == INBOX_DONE;
    (void) pthread_mutex_lock(&reports->lock);
    *reports->done_end = ticket;
    reports->done_end = &ticket->next;
    if (!reports->closed)
        reports->wake(reports->context);   /* under the lock, so that close cannot pass between: it only sets an event */
    leave(reports, 1);
}

int reports_put(struct reports *reports, const struct delivery *delivery)
{
    struct ticket *ticket = mem_new(sizeof *ticket);
    *ticket = (struct ticket) {.reports = reports, .sequence = delivery->sequence};

    CLEANUP(mem_freep) struct inbox_item *item = mem_new(sizeof *item);
    item->kind = INBOX_DELIVERY;
    item->delivery = *delivery;
    item->complete = reports_on_complete;
    item->context = ticket;

    (void) pthread_mutex_lock(&reports->lock);
    reports->holders++;
    (void) pthread_mutex_unlock(&reports->lock);

    int r = inbox_put(reports->inbox, item);
    if (r < 0) {
        free(ticket);
        (void) pthread_mutex_lock(&reports->lock);
        leave(reports, 1);
    }
    return r;
}

bool reports_take(struct reports *reports, uint64_t *sequence, bool *committed)
{
    (void) pthread_mutex_lock(&reports->lock);
    struct ticket *ticket = reports->done;
    if (ticket != NULL) {
        reports->done = ticket->next;
        if (reports->done == NULL)
            reports->done_end = &reports->done;
    }
    (void) pthread_mutex_unlock(&reports->lock);
    if (ticket == NULL)
        return false;

    *sequence = ticket->sequence;
    *committed = ticket->committed;
    free(ticket);
    return true;
}

void reports_close(struct reports *reports)
{
    if (reports == NULL)
        return;
    (void) pthread_mutex_lock(&reports->lock);
    reports->closed = true;
    leave(reports, 1);
}
