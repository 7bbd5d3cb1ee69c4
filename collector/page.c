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
#include "common/registry.h"

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

/* ---------------------------------------------------------------- who shares it */

static void forget_filters(struct feed_entry *entry)
{
    entry->components = (struct string_list) {0};
    entry->containers = (struct string_list) {0};
    entry->products = (struct string_list) {0};
    entry->regions = (struct string_list) {0};
    entry->services = (struct string_list) {0};
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_list(const struct string_list *a, const struct string_list *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->items[i], b->items[i]) == 0;
    return same;
}

static bool same_filters(const struct feed_entry *a, const struct feed_entry *b)
{
    return same_list(&a->components, &b->components) && same_list(&a->containers, &b->containers)
           && same_list(&a->products, &b->products) && same_list(&a->regions, &b->regions)
           && same_list(&a->services, &b->services);
}

/* Everything a request is made of; who asks with other credentials, or may reach other places, asks on its own. How often,
 * how long and how much are no reason to ask twice. */
bool page_serves(const struct page *page, const struct feed *feed, const struct feed_entry *entry)
{
    const struct feed_entry *own = &page->entry;
    return page->feed == feed && strcmp(own->url, entry->url) == 0 && same_text(own->page, entry->page)
           && same_text(own->tenant, entry->tenant) && same_text(own->client_id, entry->client_id)
           && same_text(own->client_secret, entry->client_secret) && same_text(own->login_url, entry->login_url)
           && own->allow_http == entry->allow_http && same_list(&own->also_hosts, &entry->also_hosts)
           && same_list(&own->allow_addresses, &entry->allow_addresses)
           && (!feed->fetches_by_filter || same_filters(own, entry));
}

/* ---------------------------------------------------------------- coming and going */

struct page *page_new(struct page_context *context, struct page_host *host, const struct feed *feed,
                      const struct feed_entry *entry)
{
    struct page *page = mem_new(sizeof *page);
    page->context = context;
    page->host = host;
    page->feed = feed;
    page->entry = *entry;
    if (!feed->fetches_by_filter)
        forget_filters(&page->entry);
    (void) uv_timer_init(context->loop, &page->timer);   /* cannot fail */
    return page;
}

void page_watch(struct page *page, const char *service, const struct feed_entry *entry, int64_t every_ms)
{
    page->watchers = mem_resize(page->watchers, page->n_watchers + 1, sizeof *page->watchers);
    page->watchers[page->n_watchers++] =
        (struct watcher) {.subject = {.service = service, .entry = entry, .every_ms = every_ms}};
    if (entry->timeout_ms > page->entry.timeout_ms)
        page->entry.timeout_ms = entry->timeout_ms;
    if (entry->body_bytes_max > page->entry.body_bytes_max)
        page->entry.body_bytes_max = entry->body_bytes_max;
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
