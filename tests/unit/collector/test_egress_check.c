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
#include "collector/egress_check.h"
#include "collector/prober.h"
#include "common/clock.h"
#include "common/http_client.h"
#include "common/mem.h"

enum { PATIENCE_MS = 20000, TARGETS = 2, REPORTS_MAX = 64 };

/* A host with a way out that can be cut: both targets are sockets of ours that accept, or refuse. */
struct scene {
    uv_loop_t loop;
    uv_timer_t beat;                   /* so that a turn of the loop ends though nothing happens */
    int sockets[TARGETS];
    uint16_t ports[TARGETS];
    char names[TARGETS][32];
    char *targets[TARGETS];
    struct egress_config config;
    struct egress_check *check;
    int n_changes;
    enum egress_change changes[8];
    bool stopped;
};

static void on_beat(uv_timer_t *beat)
{
    (void) beat;
}

static void on_stopped(void *context)
{
    *(bool *) context = true;
}

static void on_changed(void *context, enum egress_change change)
{
    struct scene *scene = context;
    assert_true(scene->n_changes < (int) ARRAY_SIZE(scene->changes));
    scene->changes[scene->n_changes++] = change;
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

static void bind_to(struct scene *scene, size_t i)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(scene->ports[i])};
    socklen_t len = sizeof at;
    int one = 1;
    scene->sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(scene->sockets[i] >= 0);
    assert_int_equal(setsockopt(scene->sockets[i], SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), 0);
    assert_int_equal(bind(scene->sockets[i], (struct sockaddr *) &at, sizeof at), 0);
    assert_int_equal(getsockname(scene->sockets[i], (struct sockaddr *) &at, &len), 0);
    scene->ports[i] = ntohs(at.sin_port);
}

static void open_way(struct scene *scene, size_t i)
{
    assert_int_equal(listen(scene->sockets[i], 64), 0);
}

/* A bound socket that does not listen refuses, and keeps its port from others. */
static void cut(struct scene *scene, size_t i)
{
    assert_int_equal(close(scene->sockets[i]), 0);
    bind_to(scene, i);
}

static void start(struct scene *scene, int64_t every_ms)
{
    *scene = (struct scene) {0};
    assert_int_equal(uv_loop_init(&scene->loop), 0);
    assert_int_equal(uv_timer_init(&scene->loop, &scene->beat), 0);
    assert_int_equal(uv_timer_start(&scene->beat, on_beat, 5, 5), 0);
    for (size_t i = 0; i < TARGETS; i++) {
        bind_to(scene, i);
        (void) snprintf(scene->names[i], sizeof scene->names[i], "127.0.0.1:%u", scene->ports[i]);
        scene->targets[i] = scene->names[i];
    }
    scene->config = (struct egress_config) {.enabled = true, .named = true, .targets = scene->targets, .n_targets = TARGETS,
                                            .every_ms = every_ms, .timeout_ms = 1000};
}

static void run(struct scene *scene)
{
    scene->check = egress_check_start(&(struct egress_check_options) {.loop = &scene->loop, .config = &scene->config,
                                                                      .changed = on_changed, .context = scene});
    assert_int_equal(egress_check_state(scene->check)->state, EGRESS_UNSPECIFIED);
}

static void end(struct scene *scene)
{
    egress_check_stop(scene->check, on_stopped, &scene->stopped);
    wait_for(scene, scene->stopped);
    uv_close((uv_handle_t *) &scene->beat, NULL);
    (void) uv_run(&scene->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    for (size_t i = 0; i < TARGETS; i++)
        assert_int_equal(close(scene->sockets[i]), 0);
}

static uint64_t checks(const struct scene *scene)
{
    uint64_t n, failed;
    egress_check_count(scene->check, &n, &failed);
    return n;
}

static uint64_t failures(const struct scene *scene)
{
    uint64_t n, failed;
    egress_check_count(scene->check, &n, &failed);
    return failed;
}

static void test_K7_down_after_two_checks_and_up_after_one(void **state)
{
    struct scene scene;
    (void) state;

    start(&scene, 3600000);
    open_way(&scene, 1);                          /* the second target is enough */
    run(&scene);
    wait_for(&scene, checks(&scene) == 1);
    assert_int_equal(egress_check_state(scene.check)->state, EGRESS_UP);
    assert_int_equal(scene.n_changes, 0);

    cut(&scene, 1);
    egress_check_doubt(scene.check);              /* at once, not in an hour; and then by itself */
    egress_check_doubt(scene.check);              /* one check for all who doubt meanwhile */
    wait_for(&scene, failures(&scene) == 1);
    assert_int_equal(egress_check_state(scene.check)->state, EGRESS_UP);
    wait_for(&scene, failures(&scene) == 2);
    assert_int_equal(egress_check_state(scene.check)->state, EGRESS_DOWN);
    assert_int_equal(checks(&scene), 3);
    assert_int_equal(scene.n_changes, 1);
    assert_int_equal(scene.changes[0], EGRESS_WENT_DOWN);

    open_way(&scene, 0);
    wait_for(&scene, egress_check_state(scene.check)->state == EGRESS_UP);   /* within EGRESS_RETURN_MS */
    assert_int_equal(scene.n_changes, 2);
    assert_int_equal(scene.changes[1], EGRESS_CAME_UP);
    end(&scene);
}

struct asker { struct egress_wait wait; int answers; bool reached; };

static void on_answered(struct egress_wait *wait, bool reached)
{
    struct asker *asker = container_of(wait, struct asker, wait);
    asker->answers++;
    asker->reached = reached;
}

static void test_who_asks_is_answered_by_a_later_check(void **state)
{
    struct scene scene;
    struct asker first = {.wait.answered = on_answered};
    struct asker second = first;
    struct asker dropped = first;
    (void) state;

    start(&scene, 3600000);
    open_way(&scene, 0);
    run(&scene);
    wait_for(&scene, checks(&scene) == 1);
    egress_check_ask(scene.check, &first.wait);
    egress_check_ask(scene.check, &second.wait);
    egress_check_ask(scene.check, &dropped.wait);
    assert_int_equal(first.answers, 0);           /* not by what is known already */
    egress_check_drop(scene.check, &dropped.wait);
    wait_for(&scene, first.answers == 1 && second.answers == 1);
    assert_true(first.reached && second.reached);
    assert_int_equal(checks(&scene), 2);          /* one for both */

    cut(&scene, 0);
    egress_check_ask(scene.check, &first.wait);
    wait_for(&scene, first.answers == 2);
    assert_false(first.reached);
    egress_check_ask(scene.check, &first.wait);   /* is left waiting */
    egress_check_drop(scene.check, &first.wait);
    end(&scene);
    assert_int_equal(first.answers, 2);
    assert_int_equal(second.answers, 1);
    assert_int_equal(dropped.answers, 0);
}

static void test_a_reload_forgets_no_way_out(void **state)
{
    struct scene scene;
    (void) state;

    start(&scene, 3600000);
    scene.config.named = false;
    scene.check = egress_check_start(&(struct egress_check_options) {.loop = &scene.loop, .config = &scene.config, .ever_up = true});
    wait_for(&scene, failures(&scene) == 1);
    assert_true(egress_explains(egress_check_state(scene.check), EGRESS_NEAR));   /* it is no network without a way out */
    end(&scene);
}

static void test_ends_in_the_middle_of_a_check(void **state)
{
    struct scene scene;
    (void) state;

    start(&scene, 1000);
    run(&scene);
    for (int i = 0; i < 3; i++)
        (void) uv_run(&scene.loop, UV_RUN_NOWAIT);
    end(&scene);
}

static void test_where_a_target_lies(void **state)
{
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char host_name[256] = "";
    (void) state;

    assert_int_equal(egress_check_place((const struct sockaddr *) &loopback, text_of("api.example.com")), EGRESS_OWN);
    assert_int_equal(egress_check_place(NULL, text_of("api.example.com")), EGRESS_FAR);
    assert_int_equal(egress_check_place(NULL, text_of("127.0.0.1")), EGRESS_OWN);
    assert_int_equal(egress_check_place(NULL, text_of("192.168.255.254")), EGRESS_NEAR);
    assert_int_equal(gethostname(host_name, sizeof host_name - 1), 0);
    assert_int_equal(egress_check_place(NULL, text_of(host_name)), EGRESS_OWN);
}

/* ---------------------------------------------------------------- a probe that asks */

struct watch {
    struct scene scene;
    struct http_client *http;
    struct prober *prober;
    Report reports[REPORTS_MAX];
    int n;
    bool stopped, http_stopped, finished;
};

static void on_item(void *context, const Item *item)
{
    struct watch *watch = context;
    if (item->which_body != Item_observation_tag)
        return;
    assert_true(watch->n < REPORTS_MAX);
    watch->reports[watch->n++] = item->body.observation;
}

static void on_finished(void *context)
{
    ((struct watch *) context)->finished = true;
}

/* TCP to a multicast address fails at once and sends nothing: somebody else's outage, as cheap as can be. */
static char elsewhere[] = "224.0.0.1", here[] = "127.0.0.1", slash[] = "/", db[] = "db", own[] = "own";

static void watch_start(struct watch *watch, const struct collector_config *config, bool once)
{
    struct error err = {0};
    assert_int_equal(http_client_new(&watch->scene.loop, &(struct http_client_options) {.user_agent = "test"}, &watch->http, &err), 0);
    const struct prober_options options = {.loop = &watch->scene.loop, .config = config, .http = watch->http, .seed = 1, .once = once,
                                           .egress = watch->scene.check, .emit = on_item, .finished = on_finished, .context = watch};
    assert_int_equal(prober_start(&options, &watch->prober, &err), 0);
}

static void watch_end(struct watch *watch)
{
    prober_stop(watch->prober, on_stopped, &watch->stopped);
    wait_for(&watch->scene, watch->stopped);
    http_client_stop(watch->http, on_stopped, &watch->http_stopped);
    wait_for(&watch->scene, watch->http_stopped);
    end(&watch->scene);
}

static const Report *last_of(const struct watch *watch, const char *check)
{
    for (int i = watch->n; i > 0; i--) {
        if (strcmp(watch->reports[i - 1].check, check) == 0)
            return &watch->reports[i - 1];
    }
    return NULL;
}

static void test_K7_a_bad_verdict_waits_for_the_check(void **state)
{
    static struct watch watch;
    (void) state;

    start(&watch.scene, 3600000);
    open_way(&watch.scene, 0);
    struct probe_entry probes[] = {
        {.check = db, .kind = PROBE_TCP, .host = elsewhere, .port = 5432, .every_ms = 1500, .timeout_ms = 1000},
        {.check = own, .kind = PROBE_TCP, .host = here, .port = watch.scene.ports[1], .every_ms = 1500, .timeout_ms = 1000},
    };
    struct collector_config config = {.root_dir = slash, .host = {.every_ms = 30000, .window_ms = 300000}, .probes = probes,
                                      .n_probes = ARRAY_SIZE(probes)};
    run(&watch.scene);
    watch_start(&watch, &config, false);
    wait_for(&watch.scene, last_of(&watch, "db") != NULL);
    assert_int_equal(last_of(&watch, "db")->result, RESULT_OK);
    assert_int_equal(last_of(&watch, "db")->level, LEVEL_MAJOR_OUTAGE);   /* we see well: it is down */
    assert_true(checks(&watch.scene) >= 2);

    cut(&watch.scene, 0);
    watch.n = 0;
    wait_for(&watch.scene, egress_check_state(watch.scene.check)->state == EGRESS_DOWN);
    for (int i = 0; i < watch.n; i++) {           /* from the first look after the cut on */
        const Report *report = &watch.reports[i];
        assert_true(strcmp(report->check, "own") == 0 || report->result == RESULT_FAIL);
    }
    watch.n = 0;
    prober_hurry(watch.prober, 0);
    wait_for(&watch.scene, last_of(&watch, "db") != NULL && last_of(&watch, "own") != NULL);
    assert_string_equal(last_of(&watch, "db")->reason, "egress");
    assert_int_equal(last_of(&watch, "db")->level, LEVEL_UNKNOWN);
    assert_int_equal(last_of(&watch, "own")->level, LEVEL_MAJOR_OUTAGE);  /* that is this host's own affair */
    watch_end(&watch);
}

static void test_K7_once_waits_too_and_ends(void **state)
{
    static struct watch watch;
    (void) state;

    start(&watch.scene, 3600000);
    struct probe_entry probe = {.check = db, .kind = PROBE_TCP, .host = elsewhere, .port = 5432, .every_ms = 60000, .timeout_ms = 1000};
    struct collector_config config = {.root_dir = slash, .host = {.every_ms = 30000, .window_ms = 300000}, .probes = &probe, .n_probes = 1};
    run(&watch.scene);
    watch_start(&watch, &config, true);
    wait_for(&watch.scene, watch.finished);
    assert_int_equal(watch.n, 1);
    assert_string_equal(last_of(&watch, "db")->reason, "egress");
    watch_end(&watch);
}

static void test_the_end_of_a_prober_that_holds_a_verdict(void **state)
{
    static struct watch watch;
    (void) state;

    start(&watch.scene, 3600000);
    struct probe_entry probe = {.check = db, .kind = PROBE_TCP, .host = elsewhere, .port = 5432, .every_ms = 1000, .timeout_ms = 500};
    struct collector_config config = {.root_dir = slash, .host = {.every_ms = 30000, .window_ms = 300000}, .probes = &probe, .n_probes = 1};
    open_way(&watch.scene, 0);
    run(&watch.scene);
    wait_for(&watch.scene, checks(&watch.scene) == 1);
    egress_check_doubt(watch.scene.check);        /* the one after this is a second away */
    wait_for(&watch.scene, checks(&watch.scene) == 2);
    watch_start(&watch, &config, true);
    for (int i = 0; i < 50; i++)
        (void) uv_run(&watch.scene.loop, UV_RUN_ONCE);
    assert_int_equal(watch.n, 0);
    watch_end(&watch);
    assert_int_equal(watch.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_K7_down_after_two_checks_and_up_after_one),
        cmocka_unit_test(test_who_asks_is_answered_by_a_later_check),
        cmocka_unit_test(test_a_reload_forgets_no_way_out),
        cmocka_unit_test(test_ends_in_the_middle_of_a_check),
        cmocka_unit_test(test_where_a_target_lies),
        cmocka_unit_test(test_K7_a_bad_verdict_waits_for_the_check),
        cmocka_unit_test(test_K7_once_waits_too_and_ends),
        cmocka_unit_test(test_the_end_of_a_prober_that_holds_a_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
