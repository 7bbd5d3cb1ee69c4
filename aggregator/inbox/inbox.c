/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/inbox/inbox.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/mem.h"

/* The mutex guards ring, head, depth and closed. */
struct inbox {
    pthread_mutex_t mutex;
    struct inbox_item *ring[INBOX_ITEMS_MAX];   /* owned copies; the oldest at head */
    size_t head;
    size_t depth;
    bool closed;
    void (*wake)(void *context);
    void *context;
};

struct inbox *inbox_new(void (*wake)(void *context), void *context)
{
    struct inbox *inbox = mem_new(sizeof *inbox);
    int r = pthread_mutex_init(&inbox->mutex, NULL);
    assert(r == 0);
    inbox->wake = wake;
    inbox->context = context;
    return inbox;
}

void inbox_free(struct inbox *inbox)
{
    if (inbox == NULL)
        return;
    struct inbox_item *item;
    while ((item = inbox_take(inbox)) != NULL)
        free(item);
    (void) pthread_mutex_destroy(&inbox->mutex);
    free(inbox);
}

/* What may be lost without anybody missing it, or be refused, leaves half of the room to what may not. */
static size_t room_for(enum inbox_kind kind)
{
    switch (kind) {
    case INBOX_TOKEN_USED:
    case INBOX_SECURITY:
    case INBOX_POLL:
        return INBOX_ITEMS_MAX / 2;
    case INBOX_COMMAND:
    case INBOX_DELIVERY:
    case INBOX_TOKEN_PUT:
    case INBOX_AUDIT:
    case INBOX_EXPLAIN:
    case INBOX_RETRY:
    case INBOX_DROP:
    case INBOX_RELOAD:
        return INBOX_ITEMS_MAX;
    }
    abort();
}

int inbox_put(struct inbox *inbox, const struct inbox_item *item)
{
    struct inbox_item *copy = mem_new(sizeof *copy);
    *copy = *item;

    int r = 0;
    (void) pthread_mutex_lock(&inbox->mutex);
    if (inbox->closed)
        r = -ESHUTDOWN;
    else if (inbox->depth >= room_for(item->kind))
        r = -EAGAIN;
    else
        inbox->ring[(inbox->head + inbox->depth++) % INBOX_ITEMS_MAX] = steal(&copy);
    (void) pthread_mutex_unlock(&inbox->mutex);

    free(copy);
    if (r == 0 && inbox->wake != NULL)
        inbox->wake(inbox->context);
    return r;
}

struct inbox_item *inbox_take(struct inbox *inbox)
{
    struct inbox_item *item = NULL;

    (void) pthread_mutex_lock(&inbox->mutex);
    if (inbox->depth > 0) {
        item = steal(&inbox->ring[inbox->head]);
        inbox->head = (inbox->head + 1) % INBOX_ITEMS_MAX;
        inbox->depth--;
    }
    (void) pthread_mutex_unlock(&inbox->mutex);
    return item;
}

void inbox_close(struct inbox *inbox)
{
    (void) pthread_mutex_lock(&inbox->mutex);
    inbox->closed = true;
    (void) pthread_mutex_unlock(&inbox->mutex);
}

size_t inbox_depth(struct inbox *inbox)
{
    (void) pthread_mutex_lock(&inbox->mutex);
    size_t depth = inbox->depth;
    (void) pthread_mutex_unlock(&inbox->mutex);
    return depth;
}
