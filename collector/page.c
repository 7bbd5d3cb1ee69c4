/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a page is asked: it is due on its schedule, waits for its host to be free, and lets the next one in when its round is
 * over. Who shares it.
 */
#include "collector/page.h"

#include <stdlib.h>
#include <string.h>

#include "collector/page_private.h"
#include "common/clock.h"
#include "common/http_client.h"
#include "common/mem.h"
#include "common/registry.h"

/* ---------------------------------------------------------------- one page of a host at a time */

/* Its host is held: what holds it is what its polls end with. */
static void skip(struct page *page)
{
    page->context->counts.skipped += page->n_watchers;
    page_report_fault(page, page->host->reason, page->host->words);
}

static void host_start_next(struct page_host *host)
{
    while (host->waiting != NULL && host->busy == NULL) {
        struct page *page = host->waiting;
        host->waiting = page->next_waiting;
        page->next_waiting = NULL;
        if (page_host_holds(host, clock_boot_ms())) {   /* since it began to wait */
            page->pending = false;
            skip(page);
        } else {
            host->busy = page;
            page_host_begin(host);
            page_fetch_round(page);
        }
    }
}

static void wait_for_host(struct page *page)
{
    page->pending = true;
    struct page **end = &page->host->waiting;
    while (*end != NULL)
        end = &(*end)->next_waiting;
    *end = page;
    host_start_next(page->host);
}

void page_round_drop(struct page *page)
{
    arena_done(&page->arena);   /* a page is idle most of the time: thirty idle blocks would be two megabytes */
    page->n_documents = 0;
    page->n_present = 0;
    page->fetched = NULL;
    page->pending = false;
    page->again = false;
    page->host->busy = NULL;
}

void page_round_end(struct page *page, const struct page_host_answer *answer)
{
    bool again = page->again;
    page_host_heard(page->host, answer, clock_boot_ms(), &page->context->rng);
    page_round_drop(page);
    if (again)
        (void) page_ask(page);   /* a host that is held by now is left alone */
    host_start_next(page->host);
    page->context->ended(page->context->owner);
}

/* ---------------------------------------------------------------- when */

void page_due(struct page *page)
{
    if (page->pending || page->context->stopping)
        return;   /* still at the last round: a page is never asked twice at once */
    if (page_host_holds(page->host, clock_boot_ms()))
        skip(page);
    else
        wait_for_host(page);
}

bool page_ask(struct page *page)
{
    if (page_host_holds(page->host, clock_boot_ms()))
        return false;
    if (page->host->busy == page)
        page->again = true;
    else
        page_due(page);
    return true;
}

static void arm(struct page *page);

static void page_on_timer(uv_timer_t *timer)
{
    struct page *page = container_of(timer, struct page, timer);
    int64_t now_ms = clock_mono_ms();

    if (now_ms >= page->retry_mono_ms) {
        page->retry_mono_ms = INT64_MAX;
        page_fetch_again(page);
    }
    if (now_ms >= page->due_mono_ms) {
        page_due(page);
        page->due_mono_ms = schedule_next(&page->schedule, clock_mono_ms());
    }
    arm(page);
}

static void arm(struct page *page)
{
    int64_t next_ms = page->due_mono_ms < page->retry_mono_ms ? page->due_mono_ms : page->retry_mono_ms;
    if (next_ms == INT64_MAX || uv_is_closing((uv_handle_t *) &page->timer))
        return;

    int64_t wait_ms = next_ms - clock_mono_ms();
    uv_update_time(page->context->loop);   /* libuv's own time may be old after long work */
    (void) uv_timer_start(&page->timer, page_on_timer, wait_ms > 0 ? (uint64_t) wait_ms : 0, 0);   /* fails only when closing */
}

void page_retry_in(struct page *page, int64_t wait_ms)
{
    page->retry_mono_ms = clock_mono_ms() + wait_ms;
    arm(page);
}

void page_start(struct page *page, int64_t now_mono_ms, uint64_t draw)
{
    int64_t every_ms = page->watchers[0].subject.every_ms;
    for (size_t i = 1; i < page->n_watchers; i++) {
        if (page->watchers[i].subject.every_ms < every_ms)
            every_ms = page->watchers[i].subject.every_ms;
    }
    schedule_init(&page->schedule, every_ms, now_mono_ms, draw);
    page->due_mono_ms = schedule_next(&page->schedule, now_mono_ms);
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
    page->due_mono_ms = INT64_MAX;
    page->retry_mono_ms = INT64_MAX;
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
    shelf_clear(&page->shelf);
    for (size_t i = 0; i < page->n_watchers; i++)
        vendor_news_done(&page->watchers[i].items);
    free(page->watchers);
    free(page);
}
