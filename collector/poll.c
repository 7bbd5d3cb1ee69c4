/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page is one URL with its schedule; watchers are the services that read it, each through its own filter. A page that is due
 * waits for its host to be free, fetches the documents its feed names one after the other, and reports for every watcher.
 */
#include "collector/poll.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/feeds/feed.h"
#include "collector/poll_report.h"
#include "collector/schedule.h"
#include "common/clock.h"
#include "common/http_client.h"
#include "common/log.h"
#include "common/mem.h"

enum { CONNECT_MS = 5000, REDIRECTS_MAX = 3, DIGEST_BYTES = 16, TAG_BYTES_MAX = 256 };

struct host {
    struct host *next;
    char *name;                     /* name:port, from the URL */
    struct page *busy;              /* the one that is fetching */
    struct page *waiting;           /* those that are due, first come first served */
};

struct watcher {
    struct poll_subject subject;
    Report last;                    /* of the page's last good reading, said again while its bytes stay the same */
};

struct page {
    struct poller *poller;
    struct host *host;
    struct page *next_waiting;
    const struct feed *feed;
    const struct feed_entry *entry; /* of the first watcher: how to fetch */
    struct watcher *watchers;
    size_t n_watchers;
    struct schedule schedule;
    uv_timer_t timer;
    struct http_transfer *transfer; /* NULL: nothing on the wire */
    bool pending;                   /* waiting for the host, or fetching */
    bool conditional;               /* what is on the wire asks whether the last reading still holds */

    /* the round in progress */
    struct arena arena;
    struct feed_document documents[FEED_DOCUMENTS_MAX];
    size_t n_documents;
    struct feed_request request;

    /* what the last good reading was made of */
    uint8_t digest[DIGEST_BYTES];
    int64_t valid_until_ms;         /* wall clock; 0: there is no reading */
    char etag[TAG_BYTES_MAX + 1];
    char last_modified[TAG_BYTES_MAX + 1];
};

struct poller {
    struct poller_options options;
    struct page **pages;
    size_t n_pages;
    struct host *hosts;
    uint64_t polls;
    uint64_t failures;
    size_t unfinished;              /* with `once`: pages that have not reported */
    size_t open_timers;
    bool stopping;
    void (*stopped)(void *context);
    void *stopped_context;
};

static void page_fetch_next(struct page *page);

/* ---------------------------------------------------------------- reporting */

static void emit(struct page *page, const Report *report)
{
    Item item = Item_init_zero;
    item.at_boot_ms = clock_boot_ms();
    item.which_body = Item_observation_tag;
    item.body.observation = *report;

    page->poller->polls++;
    page->poller->failures += report->result == RESULT_FAIL;
    page->poller->options.emit(page->poller->options.context, &item);
}

static void report_fault(struct page *page, const char *reason, const char *words)
{
    for (size_t i = 0; i < page->n_watchers; i++) {
        Report report;
        poll_report_fault(&page->watchers[i].subject, reason, words, &report);
        emit(page, &report);
    }
}

static void report_again(struct page *page)
{
    for (size_t i = 0; i < page->n_watchers; i++)
        emit(page, &page->watchers[i].last);
}

static void note_unseen(const struct watcher *watcher, const struct feed_result *result)
{
    if (result->unseen_words > 0 && result->unseen_word != NULL)
        log_warning("feed.unseen_word", "the page uses a word we have never met; what it names is unknown",
                    LOG_TEXT("service", watcher->subject.service), LOG_TEXT("word", result->unseen_word),
                    LOG_INT("words", result->unseen_words));
}

/* True when every watcher could read it: only then may equal bytes be taken for the same answer. */
static bool report_reading(struct page *page, int64_t now_ms)
{
    bool good = true;
    int64_t valid_until_ms = INT64_MAX;
    for (size_t i = 0; i < page->n_watchers; i++) {
        struct watcher *watcher = &page->watchers[i];
        struct feed_input input = {.config = watcher->subject.entry, .documents = page->documents,
                                   .n_documents = page->n_documents, .now_ms = now_ms, .arena = &page->arena};
        struct feed_result result = {.valid_until_ms = INT64_MAX};
        struct error err = {0};
        if (page->feed->parse(&input, &result, &err) < 0) {
            result.reason = result.reason != NULL ? result.reason : "parse";
            result.reason_text = err.text;
        }
        note_unseen(watcher, &result);
        poll_report(&watcher->subject, &result, &page->arena, &watcher->last);
        good = good && result.reason == NULL;
        if (result.valid_until_ms < valid_until_ms)
            valid_until_ms = result.valid_until_ms;
        emit(page, &watcher->last);
    }
    page->valid_until_ms = good ? valid_until_ms : 0;
    return good;
}

/* ---------------------------------------------------------------- one round of one page */

static void host_start_next(struct host *host)
{
    struct page *page = host->waiting;
    if (page == NULL || host->busy != NULL)
        return;

    host->waiting = page->next_waiting;
    page->next_waiting = NULL;
    host->busy = page;
    page_fetch_next(page);
}

static void page_end(struct page *page)
{
    struct poller *poller = page->poller;

    arena_done(&page->arena);   /* a page is idle most of the time: thirty idle blocks would be two megabytes */
    page->n_documents = 0;
    page->pending = false;
    page->host->busy = NULL;
    if (poller->stopping)
        return;
    host_start_next(page->host);
    if (poller->options.once && --poller->unfinished == 0)
        poller->options.finished(poller->options.context);
}

static void forget_reading(struct page *page)
{
    page->valid_until_ms = 0;
    page->etag[0] = '\0';
    page->last_modified[0] = '\0';
}

static void digest_documents(const struct page *page, uint8_t out[static DIGEST_BYTES])
{
    crypto_generichash_state state;
    (void) crypto_generichash_init(&state, NULL, 0, DIGEST_BYTES);   /* fail only for impossible lengths */
    for (size_t i = 0; i < page->n_documents; i++) {
        uint64_t len = page->documents[i].body.len;
        (void) crypto_generichash_update(&state, (const unsigned char *) &len, sizeof len);
        (void) crypto_generichash_update(&state, (const unsigned char *) page->documents[i].body.at, len);
    }
    (void) crypto_generichash_final(&state, out, DIGEST_BYTES);
}

static void page_read(struct page *page)
{
    int64_t now_ms = clock_wall_ms();
    uint8_t digest[DIGEST_BYTES];
    digest_documents(page, digest);

    if (now_ms < page->valid_until_ms && memcmp(digest, page->digest, sizeof digest) == 0) {
        report_again(page);
    } else {
        memcpy(page->digest, digest, sizeof digest);
        if (!report_reading(page, now_ms))
            forget_reading(page);
    }
    page_end(page);
}

static void keep_document(struct page *page, const struct http_reply *reply)
{
    page->documents[page->n_documents++] = (struct feed_document) {
        .name = page->request.name,
        .body = {arena_copy_text(&page->arena, reply->body), reply->body.len},
        .content_type = arena_copy_string(&page->arena, reply->content_type),
    };
    bool alone = page->n_documents == 1;   /* of several documents one could change without the other */
    bool fits = strlen(reply->etag) <= TAG_BYTES_MAX && strlen(reply->last_modified) <= TAG_BYTES_MAX;
    (void) snprintf(page->etag, sizeof page->etag, "%s", alone && fits ? reply->etag : "");
    (void) snprintf(page->last_modified, sizeof page->last_modified, "%s", alone && fits ? reply->last_modified : "");
}

static void page_on_reply(void *context, const struct http_reply *reply)
{
    struct page *page = context;
    page->transfer = NULL;
    if (reply->fault == HTTP_FAULT_CANCELLED || page->poller->stopping) {
        page_end(page);
        return;
    }

    const char *reason = poll_fault(reply);
    if (reason != NULL) {
        forget_reading(page);
        report_fault(page, reason, reply->fault == HTTP_FAULT_NONE ? arena_format(&page->arena, "the page answered with HTTP %ld",
                                                                                  reply->status)
                                                                   : reply->message);
        page_end(page);
        return;
    }
    if (reply->status == 304) {
        if (page->conditional)
            report_again(page);
        else
            report_fault(page, "shape", "the page answered that nothing changed, but was not asked for changes");
        page_end(page);
        return;
    }
    keep_document(page, reply);
    page_fetch_next(page);
}

static const char **terminated(struct arena *arena, const struct string_list *list)
{
    const char **items = arena_new(arena, (list->n + 1) * sizeof *items);
    for (size_t i = 0; i < list->n; i++)
        items[i] = list->items[i];
    return items;
}

static const char **request_headers(struct page *page)
{
    const char **headers = arena_new(&page->arena, 4 * sizeof *headers);
    size_t n = 0;
    headers[n++] = arena_format(&page->arena, "Accept: %s", page->request.accept);
    bool holds = page->n_documents == 0 && clock_wall_ms() < page->valid_until_ms;
    if (holds && page->etag[0] != '\0')
        headers[n++] = arena_format(&page->arena, "If-None-Match: %s", page->etag);
    if (holds && page->last_modified[0] != '\0')
        headers[n++] = arena_format(&page->arena, "If-Modified-Since: %s", page->last_modified);
    page->conditional = n > 1;
    return headers;
}

/* Fetches the next document the feed asks for; when it asks for none, reads what is there. */
static void page_fetch_next(struct page *page)
{
    const struct feed_entry *entry = page->entry;
    struct feed_input input = {.config = entry, .documents = page->documents, .n_documents = page->n_documents,
                               .now_ms = clock_wall_ms(), .arena = &page->arena};
    if (page->n_documents == FEED_DOCUMENTS_MAX || !page->feed->next(&input, &page->request)) {
        page_read(page);
        return;
    }

    struct http_request request = {
        .method = "GET",
        .url = page->request.url,
        .headers = request_headers(page),
        .allow_http = entry->allow_http,
        .policy = ADDRESS_PUBLIC,
        .allow_addresses = terminated(&page->arena, &entry->allow_addresses),
        .redirects_max = REDIRECTS_MAX,
        .also_hosts = terminated(&page->arena, &entry->also_hosts),
        .connect_timeout_ms = entry->timeout_ms < CONNECT_MS ? entry->timeout_ms : CONNECT_MS,
        .timeout_ms = entry->timeout_ms,
        .body_bytes_max = (size_t) entry->body_bytes_max,
    };
    struct error err = {0};
    if (http_client_start(page->poller->options.http, &request, page_on_reply, page, &page->transfer, &err) < 0) {
        report_fault(page, "connect", err.text);
        page_end(page);
    }
}

/* ---------------------------------------------------------------- when */

static void page_due(struct page *page)
{
    if (page->pending || page->poller->stopping)
        return;   /* still at the last round: a page is never asked twice at once */

    page->pending = true;
    struct page **end = &page->host->waiting;
    while (*end != NULL)
        end = &(*end)->next_waiting;
    *end = page;
    host_start_next(page->host);
}

static void page_arm(struct page *page);

static void page_on_timer(uv_timer_t *timer)
{
    struct page *page = container_of(timer, struct page, timer);

    page_due(page);
    page_arm(page);
}

static void page_arm(struct page *page)
{
    int64_t now_ms = clock_mono_ms();
    int64_t due_ms = schedule_next(&page->schedule, now_ms);

    uv_update_time(page->poller->options.loop);   /* libuv's own time may be old after long work */
    (void) uv_timer_start(&page->timer, page_on_timer, (uint64_t) (due_ms - now_ms), 0);   /* fails only when closing */
}

/* ---------------------------------------------------------------- setting up */

/* "https://status.example:8443/x" gives "status.example:8443". */
static char *host_name(const char *url)
{
    const char *start = strstr(url, "://");
    start = start == NULL ? url : start + 3;
    size_t len = strcspn(start, "/?#");
    const char *port = memchr(start, ':', len) != NULL ? "" : strncmp(url, "http://", 7) == 0 ? ":80" : ":443";
    char *name = mem_new(len + strlen(port) + 1);

    memcpy(name, start, len);
    memcpy(name + len, port, strlen(port));
    return name;
}

static struct host *host_of(struct poller *poller, const char *url)
{
    char *name = host_name(url);
    for (struct host *host = poller->hosts; host != NULL; host = host->next) {
        if (strcmp(host->name, name) == 0) {
            free(name);
            return host;
        }
    }
    struct host *host = mem_new(sizeof *host);
    *host = (struct host) {.next = poller->hosts, .name = name};
    poller->hosts = host;
    return host;
}

static struct page *page_find(const struct poller *poller, const struct feed_entry *entry)
{
    for (size_t i = 0; i < poller->n_pages; i++) {
        const struct feed_entry *known = poller->pages[i]->entry;
        if (strcmp(known->url, entry->url) == 0 && strcmp(known->type, entry->type) == 0)
            return poller->pages[i];
    }
    return NULL;
}

static int page_add(struct poller *poller, const struct feed_entry *entry, struct page **out, struct error *err)
{
    const struct feed *feed = feed_find(entry->type);
    if (feed == NULL)
        return error_set(err, -EINVAL, "no feed is called %s", entry->type);

    struct page *page = mem_new(sizeof *page);
    page->poller = poller;
    page->feed = feed;
    page->entry = entry;
    page->host = host_of(poller, entry->url);
    (void) uv_timer_init(poller->options.loop, &page->timer);   /* cannot fail */
    poller->open_timers++;
    poller->pages = mem_resize(poller->pages, poller->n_pages + 1, sizeof(struct page *));
    poller->pages[poller->n_pages++] = page;
    *out = page;
    return 0;
}

static int add_service(struct poller *poller, const struct service_entry *service, struct error *err)
{
    struct page *page = page_find(poller, service->feed);
    if (page == NULL) {
        int r = page_add(poller, service->feed, &page, err);
        if (r < 0)
            return error_context(err, "service %s", service->id);
    }
    page->watchers = mem_resize(page->watchers, page->n_watchers + 1, sizeof *page->watchers);
    int64_t every_ms = service->feed->every_ms > 0 ? service->feed->every_ms : poller->options.config->poll_interval_ms;
    page->watchers[page->n_watchers++] =
        (struct watcher) {.subject = {.service = service->id, .entry = service->feed, .every_ms = every_ms}};
    return 0;
}

/* The shortest interval any of its services asks for. */
static int64_t page_every_ms(const struct page *page)
{
    int64_t every_ms = page->watchers[0].subject.every_ms;
    for (size_t i = 1; i < page->n_watchers; i++) {
        if (page->watchers[i].subject.every_ms < every_ms)
            every_ms = page->watchers[i].subject.every_ms;
    }
    return every_ms;
}

static void on_nothing_to_do(uv_timer_t *timer)
{
    struct poller *poller = timer->data;

    uv_close((uv_handle_t *) timer, (uv_close_cb) free);
    poller->options.finished(poller->options.context);
}

static void start_pages(struct poller *poller)
{
    struct rng rng;
    rng_seed(&rng, poller->options.seed);
    poller->unfinished = poller->n_pages;
    for (size_t i = 0; i < poller->n_pages; i++) {
        struct page *page = poller->pages[i];
        if (poller->options.once) {
            page_due(page);
        } else {
            schedule_init(&page->schedule, page_every_ms(page), clock_mono_ms(), rng_next(&rng));
            page_arm(page);
        }
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
    for (size_t i = 0; i < poller->n_pages; i++) {
        arena_done(&poller->pages[i]->arena);
        free(poller->pages[i]->watchers);
        free(poller->pages[i]);
    }
    while (poller->hosts != NULL) {
        struct host *host = poller->hosts;
        poller->hosts = host->next;
        free(host->name);
        free(host);
    }
    free(poller->pages);
    free(poller);
}

int poller_start(const struct poller_options *options, struct poller **out, struct error *err)
{
    struct poller *poller = mem_new(sizeof *poller);
    poller->options = *options;

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
        for (size_t j = 0; j < poller->pages[i]->n_watchers; j++) {
            if (strcmp(poller->pages[i]->watchers[j].subject.service, service) == 0) {
                page_due(poller->pages[i]);
                return;
            }
        }
    }
}

void poller_count(const struct poller *poller, uint64_t *polls, uint64_t *failures)
{
    *polls = poller->polls;
    *failures = poller->failures;
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
    struct page *page = container_of(handle, struct page, timer);

    if (--page->poller->open_timers == 0)
        poller_ended(page->poller);
}

static void on_idle_close(uv_handle_t *handle)
{
    struct poller *poller = handle->data;

    free(handle);
    poller_ended(poller);
}

void poller_stop(struct poller *poller, void (*stopped)(void *context), void *context)
{
    poller->stopping = true;
    poller->stopped = stopped;
    poller->stopped_context = context;
    for (size_t i = 0; i < poller->n_pages; i++) {
        if (poller->pages[i]->transfer != NULL)
            http_client_cancel(poller->pages[i]->transfer);
        uv_close((uv_handle_t *) &poller->pages[i]->timer, page_on_close);
    }
    if (poller->n_pages == 0) {   /* nothing to close, but the call back comes from the loop all the same */
        uv_timer_t *timer = mem_new(sizeof *timer);
        (void) uv_timer_init(poller->options.loop, timer);
        timer->data = poller;
        uv_close((uv_handle_t *) timer, on_idle_close);
    }
}
