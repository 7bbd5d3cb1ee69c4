/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

#include "collector/config.h"
#include "collector/prober.h"
#include "common/clock.h"
#include "common/http_client.h"
#include "common/mem.h"

enum { SEEN_MAX = 256, PATIENCE_MS = 20000 };

struct scene {
    uv_loop_t loop;
    uv_timer_t beat;                   /* so that a turn of the loop ends though nothing happens */
    struct http_client *http;
    struct prober *prober;
    Report reports[SEEN_MAX];
    int n_reports;
    int n_metrics;
    bool finished;
    bool stopped;
    bool http_stopped;
};

static void on_beat(uv_timer_t *beat)
{
    (void) beat;
}

static void on_item(void *context, const Item *item)
{
    struct scene *scene = context;
    assert_false(scene->stopped);
    assert_true(item->at_boot_ms > 0);
    if (item->which_body == Item_metrics_tag) {
        assert_true(item->body.metrics.metrics_count > 0);
        scene->n_metrics++;
        return;
    }
    assert_int_equal(item->which_body, Item_observation_tag);
    assert_int_equal(item->body.observation.kind, SOURCE_PROBE);
    assert_true(scene->n_reports < SEEN_MAX);
    scene->reports[scene->n_reports++] = item->body.observation;
}

static void on_finished(void *context)
{
    ((struct scene *) context)->finished = true;
}

static void on_stopped(void *context)
{
    ((struct scene *) context)->stopped = true;
}

static void on_http_stopped(void *context)
{
    ((struct scene *) context)->http_stopped = true;
}

#define wait_for(scene, condition)                                       \
    do {                                                                 \
        int64_t deadline_ = clock_mono_us() + PATIENCE_MS * 1000;        \
        while (!(condition)) {                                           \
            if (clock_mono_us() > deadline_)                             \
                fail_msg("waited in vain for %s", #condition);           \
            (void) uv_run(&(scene)->loop, UV_RUN_ONCE);                  \
        }                                                                \
    } while (0)

static struct scene *scene_new(const struct collector_config *config, bool once)
{
    struct scene *scene = mem_new(sizeof *scene);
    struct error err = {0};
    assert_int_equal(uv_loop_init(&scene->loop), 0);
    assert_int_equal(uv_timer_init(&scene->loop, &scene->beat), 0);
    assert_int_equal(uv_timer_start(&scene->beat, on_beat, 5, 5), 0);
    assert_int_equal(http_client_new(&scene->loop, &(struct http_client_options) {.user_agent = "test"}, &scene->http, &err), 0);
    struct prober_options options = {
        .loop = &scene->loop, .config = config, .http = scene->http, .seed = 3, .once = once, .emit = on_item,
        .finished = on_finished, .context = scene,
    };
    assert_int_equal(prober_start(&options, &scene->prober, &err), 0);
    assert_false(scene->finished);   /* never before it returned */
    return scene;
}

static void scene_free(struct scene *scene)
{
    prober_stop(scene->prober, on_stopped, scene);
    wait_for(scene, scene->stopped);
    http_client_stop(scene->http, on_http_stopped, scene);
    wait_for(scene, scene->http_stopped);
    uv_close((uv_handle_t *) &scene->beat, NULL);
    (void) uv_run(&scene->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    free(scene);
}

static const Report *find(const struct scene *scene, const char *service, const char *check)
{
    for (int i = 0; i < scene->n_reports; i++) {
        if (strcmp(scene->reports[i].service, service) == 0 && strcmp(scene->reports[i].check, check) == 0)
            return &scene->reports[i];
    }
    return NULL;
}

/* A port of 127.0.0.1 that refuses as long as the descriptor is open. */
static int refusing_port(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *) &at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static char loopback[] = "127.0.0.1";
static char slash[] = "/";
static const struct host_limits live_limits = {
    .enabled = true, .every_ms = 30000, .window_ms = 300000, .cpu_permille = 1000, .memory_permille = 1000, .disk_permille = 1000,
    .disk_major_permille = 1000, .load_permille = 2000,
};

static void test_once_runs_everything_and_says_when_it_is_done(void **state)
{
    (void) state;
    uint16_t port;
    int fd = refusing_port(&port);
    char url[64];
    char db[] = "db";
    char api[] = "api";
    char id[] = "github";
    (void) snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
    struct probe_entry tcp = {.check = db, .kind = PROBE_TCP, .host = loopback, .port = port, .every_ms = 60000, .timeout_ms = 5000};
    struct probe_entry http = {.check = api, .kind = PROBE_HTTP, .url = url, .every_ms = 45500, .timeout_ms = 5000};
    struct service_entry service = {.id = id, .probes = &http, .n_probes = 1};
    struct collector_config config = {
        .root_dir = slash, .host = live_limits, .probes = &tcp, .n_probes = 1, .services_enabled = true,
        .registry = {.services = &service, .n_services = 1},
    };

    struct scene *scene = scene_new(&config, true);
    wait_for(scene, scene->finished);
    assert_non_null(find(scene, "", "cpu"));   /* of a second of this machine */
    assert_int_equal(find(scene, "", "cpu")->level, LEVEL_OPERATIONAL);
    assert_int_equal(find(scene, "", "cpu")->every_s, 30);
    assert_non_null(find(scene, "", "memory"));
    assert_int_equal(find(scene, "", "db")->level, LEVEL_MAJOR_OUTAGE);
    assert_int_equal(find(scene, "", "db")->result, RESULT_OK);
    assert_int_equal(find(scene, "github", "api")->level, LEVEL_MAJOR_OUTAGE);
    assert_int_equal(find(scene, "github", "api")->every_s, 46);
    assert_true(scene->n_metrics >= 3);        /* cpu, memory, load; a service's probe has none */
    int reports = scene->n_reports;
    for (int i = 0; i < scene->n_reports; i++)
        assert_ptr_equal(find(scene, scene->reports[i].service, scene->reports[i].check), &scene->reports[i]);
    scene_free(scene);
    assert_true(reports >= 4);
    assert_int_equal(close(fd), 0);
}

static void test_once_with_nothing_to_do_finishes(void **state)
{
    (void) state;
    struct collector_config config = {.root_dir = slash, .host = {.every_ms = 30000, .window_ms = 300000}};
    struct scene *scene = scene_new(&config, true);
    wait_for(scene, scene->finished);
    assert_int_equal(scene->n_reports, 0);
    scene_free(scene);
}

static void test_probes_come_again_and_more_of_them_than_run_at_once(void **state)
{
    (void) state;
    enum { PROBES = 20 };
    uint16_t port;
    int fd = refusing_port(&port);
    static char names[PROBES][8];
    struct probe_entry probes[PROBES];
    for (int i = 0; i < PROBES; i++) {
        (void) snprintf(names[i], sizeof names[i], "p%d", i);
        probes[i] = (struct probe_entry) {.check = names[i], .kind = PROBE_TCP, .host = loopback, .port = port, .every_ms = 200,
                                          .timeout_ms = 100};
    }
    struct collector_config config = {.root_dir = slash, .host = {.every_ms = 30000, .window_ms = 300000}, .probes = probes,
                                      .n_probes = PROBES};
    struct scene *scene = scene_new(&config, false);
    wait_for(scene, scene->n_reports >= 3 * PROBES);
    for (int i = 0; i < PROBES; i++)
        assert_non_null(find(scene, "", names[i]));
    scene_free(scene);   /* in the middle of it */
    assert_int_equal(close(fd), 0);
}

static const Source *find_source(const Source *sources, size_t n, const char *service, const char *check)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(sources[i].service, service) == 0 && strcmp(sources[i].check, check) == 0)
            return &sources[i];
    }
    return NULL;
}

static void test_the_catalogue(void **state)
{
    (void) state;
    char root[512];
    char id[] = "github";
    char api[] = "api";
    char url[] = "https://api.github.com/";
    char page[] = "https://www.githubstatus.com";
    (void) snprintf(root, sizeof root, "%s/root/vm/t0", getenv("FIXTURES"));
    struct feed_entry feed = {.url = page};
    struct probe_entry http = {.check = api, .kind = PROBE_HTTP, .url = url, .every_ms = 60000, .warn_ms = 2000};
    struct service_entry service = {.id = id, .probes = &http, .n_probes = 1, .feed = &feed};
    struct collector_config config = {
        .root_dir = root, .poll_interval_ms = 90000, .services_enabled = true,
        .host = {.enabled = true, .every_ms = 30000, .window_ms = 300000, .cpu_permille = 900, .memory_permille = 850,
                 .disk_permille = 900, .disk_major_permille = 970, .disk_major_below_bytes = (int64_t) 20 << 30},
        .registry = {.services = &service, .n_services = 1},
    };
    Source *sources = NULL;
    size_t n = 0;
    prober_catalogue(&config, &sources, &n);
    assert_int_equal(n, 5);
    assert_string_equal(find_source(sources, n, "", "cpu")->thresholds, "degraded above 90 % over 5 min");
    assert_non_null(find_source(sources, n, "", "memory"));
    assert_null(find_source(sources, n, "", "load"));   /* not judged where the kernel tells pressure */
    assert_string_equal(find_source(sources, n, "", "disk.root")->thresholds,
                        "degraded above 90 %, partial above 97 %, major with less than 20.0 GiB left");
    assert_int_equal(find_source(sources, n, "github", "feed")->kind, SOURCE_VENDOR);
    assert_int_equal(find_source(sources, n, "github", "feed")->every_s, 90);
    assert_string_equal(find_source(sources, n, "github", "api")->title, url);
    free(sources);

    config.services_enabled = false;
    config.host.enabled = false;
    prober_catalogue(&config, &sources, &n);
    assert_int_equal(n, 0);
    free(sources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_runs_everything_and_says_when_it_is_done),
        cmocka_unit_test(test_once_with_nothing_to_do_finishes),
        cmocka_unit_test(test_probes_come_again_and_more_of_them_than_run_at_once),
        cmocka_unit_test(test_the_catalogue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
