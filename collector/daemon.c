/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "collector/config.h"
#include "collector/egress_check.h"
#include "collector/facts.h"
#include "collector/options.h"
#include "collector/poll.h"
#include "collector/prober.h"
#include "collector/publish.h"
#include "common/clock.h"
#include "common/http_client.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/notify_socket.h"

enum {
    TICK_MS = 1000,
    FLUSH_MS = 8000,
    WORKERS_MS = 1000,
    AGAIN_AFTER_MS = 30000,    /* a poller that failed needs a second good poll; those of long intervals get it then */
    LONG_INTERVAL_MS = 60000,
};

static const char usage[] =
    "usage: tocsin-collector run [--config FILE]\n"
    "\n"
    "Polls, probes and publishes until SIGTERM or SIGINT, then flushes for at most 8 s; a second signal ends it at once.\n"
    "SIGHUP reads the configuration again; a bad file leaves the old one running.\n"
    "\n"
    "examples:\n"
    "  tocsin-collector run --config /etc/tocsin/collector.yaml\n"
    "  LOG_JSON=false tocsin-collector run\n";

struct daemon {
    uv_loop_t loop;
    uv_signal_t signals[3];
    uv_timer_t tick;
    int64_t tick_due_mono_ms;           /* when the tick should have fired: the difference is the loop's lag */
    int64_t watchdog_due_mono_ms;
    char *path;
    struct collector_config *config;
    struct collector_config *next;      /* of a reload, until poller and prober have stopped */
    struct http_client *http;
    struct egress_check *egress;        /* NULL: nothing outside is asked, or it is turned off */
    bool egress_ever_up;                /* of the checks of former configurations */
    struct poller *poller;
    struct prober *prober;
    struct publish *publish;
    int64_t again_mono_ms;              /* when all that failed while we were cut off is asked again; 0: it is not */
    int stopping_parts;                 /* egress check, poller and prober that have not said "stopped" yet */
    bool stopping;
};

static const int signal_numbers[] = {SIGTERM, SIGINT, SIGHUP};

static void emit(void *context, const Item *item)
{
    struct daemon *daemon = context;

    publish_put(daemon->publish, item);
}

static void on_poll_now(void *context, const PollNow *wanted)
{
    struct daemon *daemon = context;

    for (pb_size_t i = 0; i < wanted->sources_count && daemon->poller != NULL; i++) {
        char *slash = strrchr(wanted->sources[i], '/');
        CLEANUP(mem_freep) char *service =
            mem_copy_text((struct text) {wanted->sources[i], slash == NULL ? strlen(wanted->sources[i])
                                                                           : (size_t) (slash - wanted->sources[i])});
        log_info("poll.asked", wanted->why, LOG_TEXT("service", service));
        poller_poll_now(daemon->poller, service);
    }
}

static void on_welcomed(void *context)
{
    struct daemon *daemon = context;

    if (daemon->poller != NULL)
        poller_say_items_again(daemon->poller);
}

static void fill_hello(const struct collector_config *config, Hello *hello)
{
    *hello = (Hello) Hello_init_zero;
    hello->has_facts = true;
    facts_read(config, &hello->facts);
    (void) text_copy(hello->version, sizeof hello->version, text_of(TOCSIN_VERSION));
    (void) text_copy(hello->config_digest, sizeof hello->config_digest, text_of(config->digest));
}

/* Tells the aggregator anew who this is and what it will speak of. */
static void introduce(struct daemon *daemon)
{
    Hello hello;
    CLEANUP(mem_freep) Source *catalogue = NULL;
    size_t n_catalogue = 0;

    fill_hello(daemon->config, &hello);
    prober_catalogue(daemon->config, &catalogue, &n_catalogue);
    publish_update(daemon->publish, &hello, catalogue, n_catalogue);
}

static void on_catalogue_changed(void *context)
{
    introduce(context);
}

static uint64_t seed(void)
{
    return (uint64_t) clock_mono_us() ^ (uint64_t) getpid() << 32;
}

/* ---------------------------------------------------------------- the work: poller and prober of one configuration */

static void hurry(struct daemon *daemon, int64_t longer_than_ms)
{
    if (daemon->poller != NULL)
        poller_hurry(daemon->poller, longer_than_ms);
    if (daemon->prober != NULL)
        prober_hurry(daemon->prober, longer_than_ms);
}

/* What could not be seen meanwhile is looked at now, not when its turn comes: until then it counts as broken. */
static void on_egress_changed(void *context, enum egress_change change)
{
    struct daemon *daemon = context;

    daemon->again_mono_ms = 0;
    if (change != EGRESS_CAME_UP)
        return;
    daemon->again_mono_ms = clock_mono_ms() + AGAIN_AFTER_MS;
    hurry(daemon, 0);
}

static void start_egress_check(struct daemon *daemon)
{
    daemon->again_mono_ms = 0;
    if (egress_is_needed(daemon->config))
        daemon->egress = egress_check_start(&(struct egress_check_options) {
            .loop = &daemon->loop, .config = &daemon->config->egress, .ever_up = daemon->egress_ever_up,
            .changed = on_egress_changed, .context = daemon});
}

static int start_work(struct daemon *daemon, struct error *err)
{
    start_egress_check(daemon);
    int r = poller_start(&(struct poller_options) {.loop = &daemon->loop, .config = daemon->config, .http = daemon->http,
                                                   .egress = daemon->egress, .seed = seed(), .emit = emit, .context = daemon},
                         &daemon->poller, err);
    if (r < 0)
        return error_context(err, "polling");
    r = prober_start(&(struct prober_options) {.loop = &daemon->loop, .config = daemon->config, .http = daemon->http,
                                               .egress = daemon->egress, .seed = seed(), .emit = emit, .context = daemon,
                                               .catalogue_changed = on_catalogue_changed},
                     &daemon->prober, err);
    return r < 0 ? error_context(err, "probing") : 0;
}

static void on_http_stopped(void *context)
{
    struct daemon *daemon = context;

    uv_stop(&daemon->loop);
}

static void on_publish_stopped(void *context)
{
    struct daemon *daemon = context;

    daemon->publish = NULL;
    http_client_stop(steal(&daemon->http), on_http_stopped, daemon);
}

static void take_next_config(struct daemon *daemon)
{
    collector_config_free(daemon->config);
    daemon->config = steal(&daemon->next);

    struct error err = {0};
    if (log_open(&daemon->config->log, &err) < 0)
        log_error("log.unwritable", err.text);
    introduce(daemon);
    if (start_work(daemon, &err) < 0)
        log_error("reload.failed", err.text);
    else
        log_info("reload.done", "the new configuration is live", LOG_TEXT("file", daemon->config->path));
    notify_ready();
}

static void on_part_stopped(void *context)
{
    struct daemon *daemon = context;
    if (--daemon->stopping_parts > 0)
        return;

    daemon->poller = NULL;
    daemon->prober = NULL;
    daemon->egress = NULL;
    if (daemon->stopping)
        publish_stop(daemon->publish, FLUSH_MS, on_publish_stopped, daemon);
    else
        take_next_config(daemon);
}

static void stop_work(struct daemon *daemon)
{
    daemon->stopping_parts = (daemon->poller != NULL) + (daemon->prober != NULL) + (daemon->egress != NULL) + 1;
    if (daemon->poller != NULL)
        poller_stop(daemon->poller, on_part_stopped, daemon);
    if (daemon->prober != NULL)
        prober_stop(daemon->prober, on_part_stopped, daemon);
    if (daemon->egress != NULL) {
        daemon->egress_ever_up = egress_check_state(daemon->egress)->ever_up;
        egress_check_stop(daemon->egress, on_part_stopped, daemon);   /* after whoever asks it */
    }
    on_part_stopped(daemon);
}

/* ---------------------------------------------------------------- signals and the tick */

static void reload(struct daemon *daemon)
{
    if (daemon->stopping_parts > 0)
        return;   /* one is under way; what it reads is as new as this signal */

    struct error err = {0};
    struct collector_config *next;
    if (collector_config_load(daemon->path, &next, &err) < 0) {
        log_error("reload.refused", err.text);
        return;
    }
    if (strcmp(next->endpoint, daemon->config->endpoint) != 0)
        log_warning("reload.endpoint", "another endpoint is used after a restart only", LOG_TEXT("endpoint", next->endpoint));
    notify_reloading();
    daemon->next = next;
    stop_work(daemon);
}

static void stop(struct daemon *daemon)
{
    if (daemon->stopping) {
        log_warning("stop.forced", "a second signal: what is not acknowledged is lost");
        _exit(1);
    }
    log_info("stop.asked", "flushing what is not acknowledged, for at most 8 s");
    notify_stopping();
    bool busy = daemon->stopping_parts > 0;   /* in the middle of a reload, which goes on as a stop */
    daemon->stopping = true;
    if (!busy)
        stop_work(daemon);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;

    if (number == SIGHUP && !daemon->stopping)
        reload(daemon);
    else if (number != SIGHUP)
        stop(daemon);
}

static uint64_t resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    (void) fclose(file);   /* only read */
    return (uint64_t) pages * (uint64_t) sysconf(_SC_PAGESIZE);
}

static void on_tick(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    int64_t now_ms = clock_mono_ms();
    Vitals vitals = Vitals_init_zero;

    vitals.loop_lag_ms = now_ms > daemon->tick_due_mono_ms ? (uint32_t) (now_ms - daemon->tick_due_mono_ms) : 0;
    vitals.resident_bytes = resident_bytes();
    if (daemon->poller != NULL)
        poller_vitals(daemon->poller, &vitals);
    if (daemon->egress != NULL) {
        vitals.egress = egress_check_state(daemon->egress)->state;
        egress_check_count(daemon->egress, &vitals.egress_checks_total, &vitals.egress_failures_total);
    }
    if (daemon->publish != NULL)
        publish_vitals(daemon->publish, &vitals);
    if (daemon->again_mono_ms != 0 && now_ms >= daemon->again_mono_ms && daemon->stopping_parts == 0) {
        daemon->again_mono_ms = 0;
        hurry(daemon, LONG_INTERVAL_MS);
    }
    daemon->tick_due_mono_ms = now_ms + TICK_MS;

    int64_t watchdog_ms = notify_watchdog_interval_ms();
    if (watchdog_ms > 0 && now_ms >= daemon->watchdog_due_mono_ms) {
        notify_watchdog();
        daemon->watchdog_due_mono_ms = now_ms + watchdog_ms - TICK_MS;
    }
}

/* ---------------------------------------------------------------- start and end */

static int start_publishing(struct daemon *daemon, struct error *err)
{
    const struct collector_config *config = daemon->config;
    Hello hello;
    CLEANUP(mem_freep) Source *catalogue = NULL;
    size_t n_catalogue = 0;

    fill_hello(config, &hello);
    prober_catalogue(config, &catalogue, &n_catalogue);
    return publish_start(&daemon->loop,
                         &(struct publish_options) {.endpoint = config->endpoint,
                                                    .server_key = config->server_key,
                                                    .public_key = config->public_key,
                                                    .secret_key = config->secret_key,
                                                    .backlog_bytes = (size_t) config->backlog_bytes,
                                                    .hello = &hello,
                                                    .catalogue = catalogue,
                                                    .n_catalogue = n_catalogue,
                                                    .poll_now = on_poll_now,
                                                    .welcomed = on_welcomed,
                                                    .context = daemon},
                         &daemon->publish, err);
}

static int start(struct daemon *daemon, struct error *err)
{
    int r = collector_config_load(daemon->path, &daemon->config, err);
    if (r < 0)
        return r;
    r = log_open(&daemon->config->log, err);
    if (r < 0)
        return r;
    r = http_global_init(err);
    if (r < 0)
        return r;
    r = http_client_new(&daemon->loop, &(struct http_client_options) {.user_agent = "tocsin-collector/" TOCSIN_VERSION},
                        &daemon->http, err);
    if (r < 0)
        return r;
    r = start_publishing(daemon, err);
    if (r < 0)
        return r;
    r = start_work(daemon, err);
    if (r < 0)
        return r;

    daemon->tick_due_mono_ms = clock_mono_ms() + TICK_MS;
    return uv_timer_start(&daemon->tick, on_tick, TICK_MS, TICK_MS);
}

static void init_handles(struct daemon *daemon)
{
    (void) uv_loop_init(&daemon->loop);   /* fails only without memory or descriptors, and then nothing else works */
    (void) uv_timer_init(&daemon->loop, &daemon->tick);   /* cannot fail */
    daemon->tick.data = daemon;
    for (size_t i = 0; i < ARRAY_SIZE(signal_numbers); i++) {
        (void) uv_signal_init(&daemon->loop, &daemon->signals[i]);   /* likewise */
        daemon->signals[i].data = daemon;
        (void) uv_signal_start(&daemon->signals[i], on_signal, signal_numbers[i]);
    }
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void) context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Runs the close callbacks. A worker that sleeps in a dead disk or resolver would keep the process, and libuv waits for its
 * workers at exit: then it ends here. */
static void end_loop(uv_loop_t *loop)
{
    int64_t deadline_ms = clock_mono_ms() + WORKERS_MS;
    while (uv_run(loop, UV_RUN_NOWAIT) != 0 && clock_mono_ms() < deadline_ms)
        (void) usleep(10000);
    if (uv_loop_close(loop) == 0)
        return;
    log_warning("stop.stuck", "a disk or a resolver does not answer; stopping without it");
    _exit(0);
}

int daemon_main(int argc, char **argv)
{
    struct options options;
    int code = options_parse(argc, argv, usage, &options);
    if (code >= 0)
        return code;

    static struct daemon daemon;
    struct error err = {0};
    daemon.path = options.config;
    init_handles(&daemon);
    int r = start(&daemon, &err);
    if (r < 0) {
        log_error("start.failed", err.text);
        return 1;   /* the process ends here: nothing was taken, nothing is lost */
    }
    log_info("start.done", "polling, probing and publishing", LOG_TEXT("endpoint", daemon.config->endpoint),
             LOG_INT("services", daemon.config->registry.n_services));
    notify_ready();

    (void) uv_run(&daemon.loop, UV_RUN_DEFAULT);   /* until on_http_stopped */
    uv_walk(&daemon.loop, close_handle, NULL);
    end_loop(&daemon.loop);
    collector_config_free(daemon.next);
    collector_config_free(daemon.config);
    free(daemon.path);
    log_info("stop.done", "stopped");
    return 0;
}
