/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which pages there are, and which services read them: made from the registry at the start, closed at the end.
 */
#include "collector/poll.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/page.h"
#include "collector/samples.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"

struct poller {
    struct poller_options options;
    struct page_context context;
    struct page **pages;
    size_t n_pages;
    struct page_host *hosts;
    size_t unfinished;              /* with `once`: pages that have not reported */
    size_t open_timers;
    void (*stopped)(void *context);
    void *stopped_context;
};

static void poller_on_item(void *owner, const Item *item)
{
    struct poller *poller = owner;

    poller->options.emit(poller->options.context, item);
}

static void poller_on_ended(void *owner)
{
    struct poller *poller = owner;

    if (poller->options.once && --poller->unfinished == 0)
        poller->options.finished(poller->options.context);
}

/* ---------------------------------------------------------------- setting up */

static struct page_host *host_of(struct poller *poller, const char *url)
{
    for (struct page_host *host = poller->hosts; host != NULL; host = host->next) {
        if (page_host_is(host, url))
            return host;
    }
    struct page_host *host = page_host_new(url, poller->options.once ? NULL : &poller->options.config->breaker);
    host->next = poller->hosts;
    poller->hosts = host;
    return host;
}

static struct page *page_find(const struct poller *poller, const struct feed *feed, const struct feed_entry *entry)
{
    for (size_t i = 0; i < poller->n_pages; i++) {
        if (page_serves(poller->pages[i], feed, entry))
            return poller->pages[i];
    }
    return NULL;
}

static struct page *page_add(struct poller *poller, const struct feed *feed, const struct feed_entry *entry)
{
    struct page *page = page_new(&poller->context, host_of(poller, entry->url), feed, entry);
    poller->open_timers++;
    poller->pages = mem_resize(poller->pages, poller->n_pages + 1, sizeof(struct page *));
    poller->pages[poller->n_pages++] = page;
    return page;
}

static int add_service(struct poller *poller, const struct service_entry *service, struct error *err)
{
    const struct feed *feed = feed_find(service->feed->type);
    if (feed == NULL)
        return error_set(err, -EINVAL, "service %s: no feed is called %s", service->id, service->feed->type);

    struct page *page = page_find(poller, feed, service->feed);
    if (page == NULL)
        page = page_add(poller, feed, service->feed);
    int64_t every_ms = service->feed->every_ms > 0 ? service->feed->every_ms : poller->options.config->poll_interval_ms;
    page_watch(page, service->id, service->feed, every_ms);
    return 0;
}

static void on_nothing_to_do(uv_timer_t *timer)
{
    struct poller *poller = timer->data;

    uv_close((uv_handle_t *) timer, (uv_close_cb) free);
    poller->options.finished(poller->options.context);
}

static void start_pages(struct poller *poller)
{
    struct rng *rng = &poller->context.rng;
    rng_seed(rng, poller->options.seed);
    poller->unfinished = poller->n_pages;
    for (size_t i = 0; i < poller->n_pages; i++) {
        if (poller->options.once)
            page_due(poller->pages[i]);
        else
            page_start(poller->pages[i], clock_mono_ms(), rng_next(rng));
    }
    if (poller->options.once && poller->n_pages == 0) {   /* even then the caller is told later, not from within */
        uv_timer_t *timer = mem_new(sizeof *timer);
        (void) uv_timer_init(poller->options.loop, timer);
        timer->data = poller;
        (void) uv_timer_start(timer, on_nothing_to_do, 0, 0);
    }
}

static void poller_free(struct poller *poller)
{
    for (size_t i = 0; i < poller->n_pages; i++)
        page_free(poller->pages[i]);
    while (poller->hosts != NULL) {
        struct page_host *host = poller->hosts;
        poller->hosts = host->next;
        page_host_free(host);
    }
    samples_free(poller->context.samples);
    free(poller->pages);
    free(poller);
}

int poller_start(const struct poller_options *options, struct poller **out, struct error *err)
{
    struct poller *poller = mem_new(sizeof *poller);
    poller->options = *options;
    poller->context = (struct page_context) {.loop = options->loop, .http = options->http,
                                             .egress = options->egress, .emit = poller_on_item,
                                             .ended = poller_on_ended, .owner = poller};
    if (!options->once)   /* whoever asks once sees for himself */
        poller->context.samples = samples_new(options->config->samples_dir);

    const struct registry *registry = &options->config->registry;
    for (size_t i = 0; options->config->services_enabled && i < registry->n_services; i++) {
        int r = registry->services[i].feed == NULL ? 0 : add_service(poller, &registry->services[i], err);
        if (r < 0) {
            poller_stop(poller, NULL, NULL);
            return r;
        }
    }
    *out = poller;
    start_pages(poller);
    return 0;
}

void poller_poll_now(struct poller *poller, const char *service)
{
    for (size_t i = 0; i < poller->n_pages; i++) {
        struct page *page = poller->pages[i];
        if (!page_is_read_by(page, service))
            continue;
        if (!page_ask(page))
            log_info("poll.not_asked", page->host->words, LOG_TEXT("service", service), LOG_TEXT("reason", page->host->reason));
        return;
    }
}

void poller_hurry(struct poller *poller, int64_t longer_than_ms)
{
    for (struct page_host *host = poller->hosts; host != NULL; host = host->next)
        page_host_pardon(host);
    for (size_t i = 0; i < poller->n_pages; i++) {
        if (poller->pages[i]->schedule.every_ms > longer_than_ms)
            page_start(poller->pages[i], clock_mono_ms(), rng_next(&poller->context.rng));
    }
}

void poller_say_items_again(struct poller *poller)
{
    for (size_t i = 0; i < poller->n_pages; i++)
        page_say_items_again(poller->pages[i]);
}

void poller_vitals(const struct poller *poller, Vitals *out)
{
    const struct page_counts *counts = &poller->context.counts;
    int64_t now_ms = clock_boot_ms();

    out->polls_total = counts->polls;
    out->poll_failures_total = counts->failures;
    out->polls_skipped_total = counts->skipped;
    out->polls_unchanged_total = counts->unchanged;
    out->polls_parsed_total = counts->parses;
    out->poll_retries_total = counts->retries;
    out->breakers_open = 0;
    out->hosts_backing_off = 0;
    for (const struct page_host *host = poller->hosts; host != NULL; host = host->next) {
        out->breakers_open += host->breaker.state != BREAKER_CLOSED;
        out->hosts_backing_off += backoff_holds(&host->backoff, now_ms);
    }
    _Static_assert(POLL_REASONS_MAX == ARRAY_SIZE(out->poll_failures), "as the schema has it");
    out->poll_failures_count = POLL_REASON_COUNT;
    memcpy(out->poll_failures, counts->failures_by, sizeof counts->failures_by);
}

/* ---------------------------------------------------------------- stopping */

static void poller_ended(struct poller *poller)
{
    void (*stopped)(void *) = poller->stopped;
    void *context = poller->stopped_context;

    poller_free(poller);
    if (stopped != NULL)
        stopped(context);
}

static void page_on_close(uv_handle_t *handle)
{
    struct poller *poller = container_of(handle, struct page, timer)->context->owner;

    if (--poller->open_timers == 0)
        poller_ended(poller);
}

static void on_idle_close(uv_handle_t *handle)
{
    struct poller *poller = handle->data;

    free(handle);
    poller_ended(poller);
}

void poller_stop(struct poller *poller, void (*stopped)(void *context), void *context)
{
    poller->context.stopping = true;
    poller->stopped = stopped;
    poller->stopped_context = context;
    for (size_t i = 0; i < poller->n_pages; i++)
        page_stop(poller->pages[i], page_on_close);
    if (poller->n_pages == 0) {   /* nothing to close, but the call back comes from the loop all the same */
        uv_timer_t *timer = mem_new(sizeof *timer);
        (void) uv_timer_init(poller->options.loop, timer);
        timer->data = poller;
        uv_close((uv_handle_t *) timer, on_idle_close);
    }
}
