/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/notifier.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "aggregator/inbox/health.h"
#include "aggregator/notify/dispatch.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"

/* At the end: how often we look whether the wire is quiet, and how long the core has to commit the last reports. */
enum { STOP_STEP_MS = 20, COMMIT_WAIT_MS = 2000, STORE_RETRY_MS = 1000 };

struct notifier {
    struct notifier_options options;
    struct aggregator_config *config;      /* of the loop */
    struct http_client *client;
    struct reports *reports;
    struct dispatch *dispatch;
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t timer;
    uv_thread_t thread;
    bool store_fails;                      /* said so already */
    bool ending;                           /* the client is being stopped */

    pthread_mutex_t lock;                  /* guards what follows */
    struct aggregator_config *config_next; /* NULL: none */
    bool claimed;                          /* rows were claimed */
    int64_t linger_until_mono_ms;          /* 0: not stopping */
};

/* ---------------------------------------------------------------- turns */

static void take_news(struct notifier *notifier, int64_t *linger_until_mono_ms)
{
    (void) pthread_mutex_lock(&notifier->lock);
    struct aggregator_config *config = steal(&notifier->config_next);
    bool claimed = notifier->claimed;
    notifier->claimed = false;
    *linger_until_mono_ms = notifier->linger_until_mono_ms;
    (void) pthread_mutex_unlock(&notifier->lock);

    if (config != NULL) {
        aggregator_config_drop(notifier->config);
        notifier->config = config;
    }
    if (claimed)
        dispatch_woken(notifier->dispatch);

    uint64_t sequence;
    bool committed;
    while (reports_take(notifier->reports, &sequence, &committed))
        dispatch_reported(notifier->dispatch, sequence, committed);
}

/* Said on change: to the log once, to whoever asks for readiness until it ends. */
static void tell_store(struct notifier *notifier, const char *words)
{
    bool fails = words != NULL;

    if (fails && !notifier->store_fails)
        log_error("notifier.store_unreadable", "the outbox cannot be read; tried again each second", LOG_TEXT("error", words));
    notifier->store_fails = fails;
    health_set(notifier->options.health, HEALTH_NOTIFIER, words);
}

static void notifier_on_timer(uv_timer_t *timer);

static void turn(struct notifier *notifier)
{
    int64_t wait_ms = dispatch_turn(notifier->dispatch, notifier->config);

    if (wait_ms < DISPATCH_NOTHING) {
        tell_store(notifier, strerror((int) -wait_ms));
        wait_ms = STORE_RETRY_MS;
    } else if (notifier->store_fails) {
        tell_store(notifier, NULL);
    }
    if (wait_ms == DISPATCH_NOTHING)
        (void) uv_timer_stop(&notifier->timer);
    else
        (void) uv_timer_start(&notifier->timer, notifier_on_timer, (uint64_t) wait_ms, 0);
}

/* ---------------------------------------------------------------- the end */

static void notifier_on_client_stopped(void *context)
{
    struct notifier *notifier = context;

    notifier->client = NULL;
}

/* The reports first: after that nobody sets an event on a handle that is gone. */
static void close_handles(struct notifier *notifier)
{
    reports_close(steal(&notifier->reports));
    (void) uv_timer_stop(&notifier->timer);
    uv_close((uv_handle_t *) &notifier->timer, NULL);
    uv_close((uv_handle_t *) &notifier->wake, NULL);
}

/* First the wire gets its time, then what is still on it is cut, then the core gets its time for the last reports. */
static void step_to_the_end(struct notifier *notifier, int64_t linger_until_mono_ms)
{
    int64_t now_mono_ms = clock_mono_ms();
    size_t held = dispatch_flush(notifier->dispatch);

    if (!notifier->ending && (dispatch_flying(notifier->dispatch) == 0 || now_mono_ms >= linger_until_mono_ms)) {
        notifier->ending = true;
        http_client_stop(notifier->client, notifier_on_client_stopped, notifier);
        held = dispatch_flush(notifier->dispatch);
    }
    bool waits = held > 0 || dispatch_busy(notifier->dispatch) > 0;
    if (notifier->ending && notifier->client == NULL
        && (!waits || now_mono_ms >= linger_until_mono_ms + COMMIT_WAIT_MS)) {
        close_handles(notifier);
        return;
    }
    (void) uv_timer_start(&notifier->timer, notifier_on_timer, STOP_STEP_MS, 0);
}

static void go_on(struct notifier *notifier)
{
    int64_t linger_until_mono_ms;
    take_news(notifier, &linger_until_mono_ms);
    if (uv_is_closing((uv_handle_t *) &notifier->timer))
        return;
    if (linger_until_mono_ms == 0)
        turn(notifier);
    else
        step_to_the_end(notifier, linger_until_mono_ms);
}

static void notifier_on_timer(uv_timer_t *timer)
{
    go_on(timer->data);
}

static void notifier_on_wake(uv_async_t *wake)
{
    go_on(wake->data);
}

/* ---------------------------------------------------------------- other threads */

static void send_wake(void *context)
{
    struct notifier *notifier = context;

    (void) uv_async_send(&notifier->wake);   /* fails only on a closing handle: then nobody needs it */
}

void notifier_wake(struct notifier *notifier)
{
    (void) pthread_mutex_lock(&notifier->lock);
    notifier->claimed = true;
    (void) pthread_mutex_unlock(&notifier->lock);
    send_wake(notifier);
}

void notifier_reconfigure(struct notifier *notifier, struct aggregator_config *config)
{
    (void) pthread_mutex_lock(&notifier->lock);
    struct aggregator_config *unused = notifier->config_next;
    notifier->config_next = aggregator_config_hold(config);
    (void) pthread_mutex_unlock(&notifier->lock);

    aggregator_config_drop(unused);
    send_wake(notifier);
}

static void notifier_run(void *argument)
{
    struct notifier *notifier = argument;

    (void) uv_run(&notifier->loop, UV_RUN_DEFAULT);
}

/* ---------------------------------------------------------------- start and stop */

static int set_up_loop(struct notifier *notifier, struct error *err)
{
    int r = uv_loop_init(&notifier->loop);
    if (r < 0)
        return error_set(err, r, "the notifier's loop: %s", uv_strerror(r));
    r = uv_async_init(&notifier->loop, &notifier->wake, notifier_on_wake);
    if (r < 0) {
        (void) uv_loop_close(&notifier->loop);
        return error_set(err, r, "the notifier's loop: %s", uv_strerror(r));
    }
    (void) uv_timer_init(&notifier->loop, &notifier->timer);   /* cannot fail */
    notifier->wake.data = notifier;
    notifier->timer.data = notifier;

    static const struct http_client_options options = {.user_agent = "tocsin/" TOCSIN_VERSION};
    r = http_client_new(&notifier->loop, &options, &notifier->client, err);
    if (r < 0) {
        close_handles(notifier);
        (void) uv_run(&notifier->loop, UV_RUN_DEFAULT);
        (void) uv_loop_close(&notifier->loop);
    }
    return r;
}

static void free_notifier(struct notifier *notifier)
{
    (void) uv_loop_close(&notifier->loop);
    dispatch_free(notifier->dispatch);
    aggregator_config_drop(notifier->config);
    aggregator_config_drop(notifier->config_next);
    (void) pthread_mutex_destroy(&notifier->lock);
    free(notifier);
}

int notifier_start(const struct notifier_options *options, struct notifier **out, struct error *err)
{
    struct notifier *notifier = mem_new(sizeof *notifier);
    notifier->options = *options;
    int r = set_up_loop(notifier, err);
    if (r < 0) {
        free(notifier);
        return r;
    }

    (void) pthread_mutex_init(&notifier->lock, NULL);   /* cannot fail with default attributes */
    notifier->config = aggregator_config_hold(options->config);
    notifier->reports = reports_new(options->inbox, send_wake, notifier);
    notifier->dispatch = dispatch_new(&(struct dispatch_options) {
        .store = options->store, .client = notifier->client, .reports = notifier->reports, .again = send_wake,
        .context = notifier});
    notifier_wake(notifier);   /* what a former run left claimed and the core has claimed anew */

    r = uv_thread_create(&notifier->thread, notifier_run, notifier);
    if (r < 0) {
        http_client_stop(notifier->client, notifier_on_client_stopped, notifier);
        close_handles(notifier);
        (void) uv_run(&notifier->loop, UV_RUN_DEFAULT);
        free_notifier(notifier);
        return error_set(err, r, "the notifier's thread: %s", uv_strerror(r));
    }
    health_set(options->health, HEALTH_NOTIFIER, NULL);
    *out = notifier;
    return 0;
}

void notifier_stop(struct notifier *notifier, int64_t linger_ms)
{
    if (notifier == NULL)
        return;
    (void) pthread_mutex_lock(&notifier->lock);
    notifier->linger_until_mono_ms = clock_mono_ms() + linger_ms;
    (void) pthread_mutex_unlock(&notifier->lock);
    send_wake(notifier);

    (void) uv_thread_join(&notifier->thread);
    health_set(notifier->options.health, HEALTH_NOTIFIER, "stopped");
    free_notifier(notifier);
}
