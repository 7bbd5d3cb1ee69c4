/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a page is asked: it is due on its schedule, waits for its host to be free, and lets the next one in when its round is
 * over.
 */
#include "collector/page.h"

#include <stdlib.h>
#include <string.h>

#include "collector/page_private.h"
#include "common/clock.h"
#include "common/http_client.h"
#include "common/mem.h"

/* ---------------------------------------------------------------- one round of one page */

static void host_start_next(struct page_host *host)
{
    struct page *page = host->waiting;
    if (page == NULL || host->busy != NULL)
        return;

    host->waiting = page->next_waiting;
    page->next_waiting = NULL;
    host->busy = page;
    page_fetch(page);
}

void page_round_end(struct page *page)
{
    arena_done(&page->arena);   /* a page is idle most of the time: thirty idle blocks would be two megabytes */
    page->n_documents = 0;
    page->pending = false;
    page->host->busy = NULL;
    if (page->context->stopping)
        return;
    host_start_next(page->host);
    page->context->ended(page->context->owner);
}

/* ---------------------------------------------------------------- when */

void page_due(struct page *page)
{
    if (page->pending || page->context->stopping)
        return;   /* still at the last round: a page is never asked twice at once */

    page->pending = true;
    struct page **end = &page->host->waiting;
    while (*end != NULL)
        end = &(*end)->next_waiting;
    *end = page;
    host_start_next(page->host);
}

static void arm(struct page *page);

static void page_on_timer(uv_timer_t *timer)
{
    struct page *page = container_of(timer, struct page, timer);

    page_due(page);
    arm(page);
}

static void arm(struct page *page)
{
    int64_t now_ms = clock_mono_ms();
    int64_t due_ms = schedule_next(&page->schedule, now_ms);

    uv_update_time(page->context->loop);   /* libuv's own time may be old after long work */
    (void) uv_timer_start(&page->timer, page_on_timer, (uint64_t) (due_ms - now_ms), 0);   /* fails only when closing */
}

void page_start(struct page *page, int64_t now_mono_ms, uint64_t draw)
{
    int64_t every_ms = page->watchers[0].subject.every_ms;
    for (size_t i = 1; i < page->n_watchers; i++) {
        if (page->watchers[i].subject.every_ms < every_ms)
            every_ms = page->watchers[i].subject.every_ms;
    }
    schedule_init(&page->schedule, every_ms, now_mono_ms, draw);
    arm(page);
}

/* ---------------------------------------------------------------- coming and going */

struct page *page_new(struct page_context *context, struct page_host *host, const struct feed *feed,
                      const struct feed_entry *entry)
{
    struct page *page = mem_new(sizeof *page);
    page->context = context;
    page->host = host;
    page->feed = feed;
    page->entry = entry;
    (void) uv_timer_init(context->loop, &page->timer);   /* cannot fail */
    return page;
}

void page_watch(struct page *page, const char *service, const struct feed_entry *entry, int64_t every_ms)
{
    page->watchers = mem_resize(page->watchers, page->n_watchers + 1, sizeof *page->watchers);
    page->watchers[page->n_watchers++] =
        (struct watcher) {.subject = {.service = service, .entry = entry, .every_ms = every_ms}};
}

bool page_is_read_by(const struct page *page, const char *service)
{
    for (size_t i = 0; i < page->n_watchers; i++) {
        if (strcmp(page->watchers[i].subject.service, service) == 0)
            return true;
    }
    return false;
}

void page_stop(struct page *page, uv_close_cb closed)
{
    if (page->transfer != NULL)
        http_client_cancel(page->transfer);
    uv_close((uv_handle_t *) &page->timer, closed);
}

void page_free(struct page *page)
{
    arena_done(&page->arena);
    free(page->watchers);
    free(page);
}
