/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/daemon.h"

#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <uv.h>

#include "aggregator/api/api.h"
#include "aggregator/config/config.h"
#include "aggregator/core.h"
#include "aggregator/explain_past.h"
#include "aggregator/inbox/health.h"
#include "aggregator/inbox/inbox.h"
#include "aggregator/ingest.h"
#include "aggregator/notify/notifier.h"
#include "aggregator/reload.h"
#include "aggregator/store/store.h"
#include "common/clock.h"
#include "common/keys.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/metrics.h"
#include "common/notify_socket.h"
#include "common/settings.h"

enum {
    EXIT_WRONG_USAGE = 2,
    LINGER_MS = 5000,              /* what is on the wire to receivers may take this long to finish */
    DRAIN_MS = 10 * 1000,          /* all of a stop */
    READERS_SPARE = 8,             /* of the store, beside two an HTTP worker: core, notifier, snapshots */
};

struct daemon {
    uv_loop_t loop;
    const char *config_path;
    struct aggregator_config *config;   /* as it was loaded; later ones are held by those who use them */
    struct store *store;
    struct inbox *inbox;
    struct health *health;
    struct ingest *ingest;
    struct core *core;                  /* NULL until it is up: wakes before that are for nobody */
    struct notifier *notifier;
    struct api *api;
    uv_signal_t hangup, terminate, interrupt;
    uv_timer_t deadline;                /* of a stop */
    uv_work_t stop_notifier, stop_api;
    bool stopping;
    int exit_code;
};

/* ---------------------------------------------------------------- what the core asks for */

static void on_wake(void *context)
{
    struct daemon *daemon = context;

    if (daemon->core != NULL)
        core_wake(daemon->core);
}

static void on_committed(void *context, const struct commit_note *note)
{
    struct daemon *daemon = context;

    if (note->n_claimed > 0 && daemon->notifier != NULL)
        notifier_wake(daemon->notifier);
    if (daemon->api != NULL)
        api_committed(daemon->api, note);
}

static void on_turned(void *context)
{
    (void) context;
    notify_watchdog();
}

static void on_failed(void *context)
{
    struct daemon *daemon = context;

    daemon->exit_code = EXIT_FAILURE;
    uv_stop(&daemon->loop);
}

/* ---------------------------------------------------------------- reload */

/* All is read before anything is swapped: a fault leaves everything as it was. */
static int on_reload(void *context, struct aggregator_config **out, struct error *err)
{
    struct daemon *daemon = context;
    struct aggregator_config *config;
    struct authorized_keys *keys;
    int r = reload_read(daemon->config_path, &config, &keys, err);
    if (r < 0)
        return r;

    reload_warn_fixed(daemon->config, config);
    ingest_swap_keys(daemon->ingest, keys);
    if (daemon->api != NULL)
        api_reconfigure(daemon->api, config);
    if (daemon->notifier != NULL)
        notifier_reconfigure(daemon->notifier, config);
    *out = config;
    return 0;
}

/* ---------------------------------------------------------------- signals and the end */

static void close_handles(struct daemon *daemon)
{
    core_stop(daemon->core);
    uv_close((uv_handle_t *) &daemon->hangup, NULL);
    uv_close((uv_handle_t *) &daemon->terminate, NULL);
    uv_close((uv_handle_t *) &daemon->interrupt, NULL);
    uv_close((uv_handle_t *) &daemon->deadline, NULL);
}

static void stop_api(uv_work_t *work)
{
    struct daemon *daemon = container_of(work, struct daemon, stop_api);

    api_stop(daemon->api);
}

static void on_api_stopped(uv_work_t *work, int status)
{
    struct daemon *daemon = container_of(work, struct daemon, stop_api);

    (void) status;
    daemon->api = NULL;
    close_handles(daemon);   /* with the last of them the loop ends */
}

static void stop_notifier(uv_work_t *work)
{
    struct daemon *daemon = container_of(work, struct daemon, stop_notifier);

    notifier_stop(daemon->notifier, LINGER_MS);
}

/* The notifier's last reports are in the inbox, and nobody else may add to it: who waits is answered, then the API
 * ends. */
static void on_notifier_stopped(uv_work_t *work, int status)
{
    struct daemon *daemon = container_of(work, struct daemon, stop_notifier);

    (void) status;
    daemon->notifier = NULL;
    inbox_close(daemon->inbox);
    if (!core_finish(daemon->core))
        log_warning("daemon.unfinished", "the last round could not be committed: it was acknowledged to nobody");
    (void) uv_queue_work(&daemon->loop, &daemon->stop_api, stop_api, on_api_stopped);
}

static void on_deadline(uv_timer_t *timer)
{
    (void) timer;
    log_warning("daemon.cut_short", "the stop took too long; what is not committed was acknowledged to nobody");
    _exit(EXIT_SUCCESS);   /* threads still hold what an orderly end would free */
}

static void begin_stop(struct daemon *daemon)
{
    daemon->stopping = true;
    log_info("daemon.stopping", "stopping: collectors are not heard any more, what is under way is finished");
    notify_stopping();
    core_deafen(daemon->core);
    (void) uv_timer_start(&daemon->deadline, on_deadline, DRAIN_MS, 0);
    (void) uv_queue_work(&daemon->loop, &daemon->stop_notifier, stop_notifier, on_notifier_stopped);
}

static void on_terminate(uv_signal_t *signal, int number)
{
    struct daemon *daemon = signal->data;

    (void) number;
    if (daemon->stopping)
        _exit(EXIT_SUCCESS);   /* asked twice: at once. What was acknowledged is durable */
    begin_stop(daemon);
}

static void on_reloaded(void *context, const struct inbox_result *result, uint32_t status, const char *body)
{
    (void) context;
    (void) result;
    (void) status;
    (void) body;
    notify_ready();   /* taken or refused, the reload is over */
}

static void on_hangup(uv_signal_t *signal, int number)
{
    struct daemon *daemon = signal->data;
    struct inbox_item item = {.kind = INBOX_RELOAD, .has_audit = true, .complete = on_reloaded};
    (void) number;
    notify_reloading();
    (void) snprintf(item.audit.who, sizeof item.audit.who, "signal:HUP");
    (void) snprintf(item.audit.role, sizeof item.audit.role, "admin");
    (void) snprintf(item.audit.action, sizeof item.audit.action, "config.reload");
    (void) text_copy(item.audit.resource, sizeof item.audit.resource, text_of(daemon->config_path));
    if (inbox_put(daemon->inbox, &item) < 0)
        log_warning("config.reload_dropped", "SIGHUP could not be taken, too much is waiting: send it again");
}

static int start_signals(struct daemon *daemon, struct error *err)
{
    const struct { uv_signal_t *handle; uv_signal_cb callback; int number; } signals[] = {
        { &daemon->hangup,    on_hangup,    SIGHUP },
        { &daemon->terminate, on_terminate, SIGTERM },
        { &daemon->interrupt, on_terminate, SIGINT },
    };
    (void) uv_timer_init(&daemon->loop, &daemon->deadline);   /* cannot fail */
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        int r = uv_signal_init(&daemon->loop, signals[i].handle);
        if (r == 0)
            r = uv_signal_start(signals[i].handle, signals[i].callback, signals[i].number);
        if (r < 0)
            return error_set(err, r, "signals: %s", uv_strerror(r));
        signals[i].handle->data = daemon;
    }
    return 0;
}

/* ---------------------------------------------------------------- start */

static int start_libraries(struct error *err)
{
#ifndef TOCSIN_FAILPOINTS
    (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* no core dump with keys in it; a build for tests may be looked into */
#endif
    if (sodium_init() < 0)
        return error_set(err, -ENOSYS, "libsodium does not start");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return error_set(err, -ENOSYS, "libcurl does not start");
    return 0;
}

static int open_store(struct daemon *daemon, struct error *err)
{
    const struct aggregator_config *config = daemon->config;
    const struct store_options options = {
        .path = config->store.database,
        .map_bytes = (size_t) config->store.map_bytes,
        .readers_max = (unsigned) config->http.workers * 2 + READERS_SPARE,
        .demo = config->store.demo,
    };
    return store_open(&options, &daemon->store, err);
}

/* Takes the keys. */
static int open_ingest(struct daemon *daemon, struct authorized_keys *keys, struct error *err)
{
    const struct aggregator_config *config = daemon->config;
    struct key_pair pair = {0};
    bool plain = config->server.secret_key == NULL;
    bool nobody = !plain && (keys == NULL || keys->n_keys == 0);
    if (!plain) {
        (void) snprintf(pair.public_key, sizeof pair.public_key, "%s", config->server.public_key);
        (void) snprintf(pair.secret_key, sizeof pair.secret_key, "%s", config->server.secret_key);
    }
    int r = ingest_open(&(struct ingest_options) {.endpoint = config->server.listen, .keys = plain ? NULL : &pair,
                                                  .authorized = keys, .inbox = daemon->inbox}, &daemon->ingest, err);
    sodium_memzero(&pair, sizeof pair);
    if (r == 0 && plain)
        log_warning("wire.plain",
                    "no keys are configured: collectors are believed whatever name they say. For tests only",
                    LOG_TEXT("endpoint", config->server.listen));
    if (r == 0 && nobody)
        log_warning("wire.nobody", "no collector is authorised yet: `tocsin-aggregator enroll NAME` adds one",
                    LOG_TEXT("directory", config->server.authorized_dir));
    return r;
}

static int start_core(struct daemon *daemon, struct error *err)
{
    struct core *core;
    int r = core_new(&(struct core_options){.loop = &daemon->loop,
                                            .store = daemon->store,
                                            .inbox = daemon->inbox,
                                            .health = daemon->health,
                                            .ingest = daemon->ingest,
                                            .config = daemon->config,
                                            .committed = on_committed,
                                            .turned = on_turned,
                                            .failed = on_failed,
                                            .reload = on_reload,
                                            .context = daemon},
                     &core, err);
    if (r < 0)
        return r;
    r = core_start(core, err);
    if (r < 0) {
        core_free(core);
        return r;
    }
    daemon->core = core;
    return 0;
}

static int start_rest(struct daemon *daemon, struct error *err)
{
    int r = notifier_start(&(struct notifier_options) {
        .store = daemon->store, .inbox = daemon->inbox, .health = daemon->health, .config = daemon->config},
        &daemon->notifier, err);
    if (r < 0)
        return r;
    return api_start(&(struct api_options) {
        .store = daemon->store, .inbox = daemon->inbox, .health = daemon->health, .config = daemon->config,
        .past = explain_past, .past_context = daemon->store}, &daemon->api, err);
}

static int start(struct daemon *daemon, struct error *err)
{
    int r = start_libraries(err);
    struct authorized_keys *keys = NULL;
    if (r == 0)
        r = reload_read(daemon->config_path, &daemon->config, &keys, err);
    if (r < 0)
        return r;
    daemon->health = health_new();
    daemon->inbox = inbox_new(on_wake, daemon);
    health_set(daemon->health, HEALTH_CONFIG, NULL);
    metric_set(METRIC_CONFIG_RELOAD_OK, 1);
    metric_set(METRIC_CONFIG_RELOAD_TIME, clock_wall_ms() / 1000);

    r = open_store(daemon, err);
    if (r == 0)
        r = open_ingest(daemon, keys, err);
    if (r == 0)
        r = start_signals(daemon, err);
    if (r == 0)
        r = start_core(daemon, err);
    if (r == 0)
        r = start_rest(daemon, err);
    return r;
}

/* ---------------------------------------------------------------- the whole */

static void announce(const struct daemon *daemon)
{
    (void) malloc_trim(0);   /* what reading the configuration and the store needed for a moment goes back */
    log_info("daemon.started", "the aggregator is up", LOG_TEXT("version", TOCSIN_VERSION),
             LOG_TEXT("commit", TOCSIN_COMMIT), LOG_TEXT("listen", daemon->config->server.listen),
             LOG_TEXT("http", daemon->config->http.host), LOG_INT("port", api_port(daemon->api)),
             LOG_INT("services", daemon->config->registry.n_services));
    notify_ready();
}

static void take_apart(struct daemon *daemon)
{
    core_free(daemon->core);
    ingest_close(daemon->ingest);
    store_close(daemon->store);
    inbox_free(daemon->inbox);
    health_free(daemon->health);
    aggregator_config_drop(daemon->config);
    (void) uv_loop_close(&daemon->loop);
    curl_global_cleanup();
}

/* By default each thread gets a heap with free pages of its own: here all share one. What the threads allocate for a request
 * or a message is small, and taken from what each keeps for itself without a lock. What was large goes back to the system:
 * by default, the first large block that is freed raises both thresholds for good. */
static void share_one_heap(void)
{
    enum { HEAPS_MAX = 1, KEPT_BYTES_MAX = 64 * 1024, MAPPED_FROM_BYTES = 128 * 1024 };

    (void) mallopt(M_ARENA_MAX, HEAPS_MAX);
    (void) mallopt(M_TRIM_THRESHOLD, KEPT_BYTES_MAX);
    (void) mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES);
}

static int run(struct daemon *daemon)
{
    struct error err = {0};
    share_one_heap();
    int r = uv_loop_init(&daemon->loop);
    if (r < 0) {
        (void) fprintf(stderr, "tocsin-aggregator: the loop does not start: %s\n", uv_strerror(r));
        return EXIT_FAILURE;
    }
    r = start(daemon, &err);
    if (r < 0) {
        (void) fprintf(stderr, "tocsin-aggregator: %s\n", err.text);
        _exit(EXIT_FAILURE);   /* threads may run already; nothing was promised to anybody yet */
    }
    announce(daemon);
    (void) uv_run(&daemon->loop, UV_RUN_DEFAULT);
    if (daemon->exit_code != EXIT_SUCCESS)
        _exit(daemon->exit_code);   /* the store is lost: at once, threads and all */
    take_apart(daemon);
    log_info("daemon.stopped", "stopped");
    return EXIT_SUCCESS;
}

static const char help[] =
    "usage: tocsin-aggregator run [--config FILE]\n"
    "\n"
    "Listens to collectors, decides, alerts, and serves the API and the dashboard.\n"
    "\n"
    "  --config FILE   the configuration, default conf/aggregator.yaml here, then /etc/tocsin/aggregator.yaml\n"
    "\n"
    "SIGHUP reads configuration and keys again; a bad file leaves the old ones.\n"
    "SIGTERM and SIGINT finish what is under way and end within ten seconds.\n"
    "\n"
    "examples:\n"
    "  tocsin-aggregator run --config conf/aggregator.yaml\n"
    "  LOG_JSON=false tocsin-aggregator run\n";

int daemon_run(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0},
    };
    CLEANUP(mem_freep) char *usual = config_default_path("aggregator");
    struct daemon daemon = {.config_path = usual};
    int letter;
    while ((letter = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (letter == 'c') {
            daemon.config_path = optarg;
        } else {
            (void) fputs(help, letter == 'h' ? stdout : stderr);
            return letter == 'h' ? EXIT_SUCCESS : EXIT_WRONG_USAGE;
        }
    }
    if (optind < argc) {
        (void) fprintf(stderr, "tocsin-aggregator run: unexpected argument %s\n%s", argv[optind], help);
        return EXIT_WRONG_USAGE;
    }
    return run(&daemon);
}
