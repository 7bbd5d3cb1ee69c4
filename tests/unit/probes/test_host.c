/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

#include "collector/probes/host.h"
#include "collector/probes/root.h"
#include "common/clock.h"
#include "common/mem.h"

enum { SEEN_MAX = 64, LATE_MS = 200 };

static const struct host_limits limits = {
    .enabled = true, .every_ms = 30000, .window_ms = 60000, .cpu_permille = 900, .memory_permille = 850, .load_permille = 2000,
    .disk_permille = 900, .disk_major_permille = 970, .disk_major_below_bytes = (int64_t) 20 << 30,
};

struct watched {
    struct verdict seen[SEEN_MAX];
    size_t n;
    int turns;
    int mounts_changed;
};

static void on_tell(void *context, const struct verdict *verdict)
{
    struct watched *watched = context;
    assert_true(watched->n < SEEN_MAX);
    watched->seen[watched->n++] = *verdict;
}

static void on_turn_done(void *context)
{
    ((struct watched *) context)->turns++;
}

static void on_mounts_changed(void *context)
{
    ((struct watched *) context)->mounts_changed++;
}

static void on_stopped(void *context)
{
    *(bool *) context = true;
}

static const struct verdict *find(const struct watched *watched, const char *check)
{
    for (size_t i = watched->n; i > 0; i--) {
        if (strcmp(watched->seen[i - 1].check, check) == 0)
            return &watched->seen[i - 1];
    }
    return NULL;
}

static int half_full(const char *path, struct disk_usage *out)
{
    (void) path;
    *out = (struct disk_usage) {.block_bytes = 4096, .blocks = 1000, .free = 500, .available = 500};
    return 0;
}

/* A root that can be switched from one moment to the next, as a host's files change. */
static void point(const char *link, const char *fixture)
{
    char target[ROOT_PATH_BYTES];
    (void) snprintf(target, sizeof target, "%s/root/%s", getenv("FIXTURES"), fixture);
    (void) unlink(link);
    assert_int_equal(symlink(target, link), 0);
}

static void test_two_turns_of_a_machine(void **state)
{
    (void) state;
    uv_loop_t loop;
    struct watched *watched = mem_new(sizeof *watched);
    char directory[] = "/tmp/tocsin-host-XXXXXX";
    assert_non_null(mkdtemp(directory));
    char root[64];
    (void) snprintf(root, sizeof root, "%s/root", directory);
    assert_int_equal(uv_loop_init(&loop), 0);
    struct host *host = host_new(&(struct host_options) {
        .loop = &loop, .root = root, .limits = &limits, .read_usage = half_full, .mounts_changed = on_mounts_changed,
        .tell = on_tell, .turn_done = on_turn_done, .context = watched,
    });

    point(root, "vm/t0");
    host_turn(host, 1000000);
    host_turn(host, 1000001);   /* one is going on */
    (void) uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(watched->turns, 1);
    assert_int_equal(watched->n, 4);
    assert_true(find(watched, "cpu")->silent);
    assert_true(find(watched, "memory")->silent);
    assert_true(find(watched, "load")->silent);   /* the kernel tells pressure */
    assert_string_equal(find(watched, "disk.root")->detail, "/ 50.0 % full, 1.9 MiB left");

    point(root, "vm/t30");
    host_turn(host, 1030000);
    (void) uv_run(&loop, UV_RUN_DEFAULT);
    const struct verdict *cpu = find(watched, "cpu");
    assert_false(cpu->silent);
    assert_int_equal(cpu->level, STATUS_OPERATIONAL);
    /* user 1800, nice 120, system 600, idle 3540, softirq 30, steal 30: 2430 of 6120. */
    assert_string_equal(cpu->detail, "39.8 % busy over 30 s on 2 CPUs");
    assert_int_equal(find(watched, "memory")->level, STATUS_OPERATIONAL);
    assert_int_equal(watched->mounts_changed, 0);

    point(root, "server/t0");   /* no /proc/stat, other mounts */
    host_turn(host, 1060000);
    (void) uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(watched->mounts_changed, 1);
    assert_false(find(watched, "cpu")->ok);
    assert_string_equal(find(watched, "cpu")->reason, "gone");
    assert_int_equal(find(watched, "disk.tank")->level, STATUS_OPERATIONAL);

    bool stopped = false;
    host_stop(host, on_stopped, &stopped);
    (void) uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(stopped);
    assert_int_equal(uv_loop_close(&loop), 0);
    (void) unlink(root);
    (void) rmdir(directory);
    free(watched);
}

/* ---------------------------------------------------------------- mounts that do not answer */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;   /* held: statvfs sleeps, as on a dying disk */

static int never_answers(const char *path, struct disk_usage *out)
{
    size_t len = strlen(path);
    if (len > 5 && strcmp(path + len - 5, "/tank") == 0) {
        (void) pthread_mutex_lock(&gate);
        (void) pthread_mutex_unlock(&gate);
    }
    return half_full(path, out);
}

static void on_changed(void *context)
{
    (*(int *) context)++;
}

static int all_wait(const char *path, struct disk_usage *out)
{
    (void) pthread_mutex_lock(&gate);
    (void) pthread_mutex_unlock(&gate);
    return half_full(path, out);
}

static void test_a_stuck_mount_is_told_and_not_asked_again(void **state)
{
    (void) state;
    uv_loop_t loop;
    struct disk_reading reading;
    int answers = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(pthread_mutex_lock(&gate), 0);
    struct usage_asker *asker = usage_new(&(struct usage_options) {
        .loop = &loop, .read = all_wait, .changed = on_changed, .context = &answers,
    });

    usage_ask(asker, "/a", 0);
    assert_int_equal(usage_get(asker, "/a", USAGE_DEADLINE_MS - 1, &reading), USAGE_WAITING);
    assert_int_equal(usage_get(asker, "/a", USAGE_DEADLINE_MS, &reading), USAGE_READY);
    assert_int_equal(reading.answer, DISK_STUCK);
    usage_ask(asker, "/a", 30000);   /* the same request is still under way */
    assert_int_equal(usage_get(asker, "/a", 30000, &reading), USAGE_READY);
    assert_int_equal(reading.answer, DISK_STUCK);
    assert_int_equal(reading.stuck_ms, 30000);

    /* Three more, and the next one is not asked at all. */
    usage_ask(asker, "/b", 0);
    usage_ask(asker, "/c", 0);
    usage_ask(asker, "/d", 0);
    usage_ask(asker, "/e", 30000);
    assert_int_equal(usage_get(asker, "/e", 30000, &reading), USAGE_READY);
    assert_int_equal(reading.answer, DISK_NOT_ASKED);
    assert_int_equal(usage_get(asker, "/unknown", 30000, &reading), USAGE_READY);
    assert_int_equal(reading.answer, DISK_NOT_ASKED);

    assert_int_equal(pthread_mutex_unlock(&gate), 0);
    (void) uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(answers, 4);
    assert_int_equal(usage_get(asker, "/a", 30000, &reading), USAGE_READY);
    assert_int_equal(reading.answer, DISK_ANSWERED);
    usage_ask(asker, "/e", 60000);
    usage_free(asker);   /* with one under way: it comes back to nobody */
    (void) uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(answers, 4);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void on_beat(uv_timer_t *beat)
{
    (void) beat;
}

static void test_the_others_are_told_when_one_is_late(void **state)
{
    (void) state;
    uv_loop_t loop;
    uv_timer_t beat;
    struct watched *watched = mem_new(sizeof *watched);
    char root[ROOT_PATH_BYTES];
    (void) snprintf(root, sizeof root, "%s/root/server/t0", getenv("FIXTURES"));
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_timer_init(&loop, &beat), 0);
    assert_int_equal(uv_timer_start(&beat, on_beat, 10, 10), 0);
    assert_int_equal(pthread_mutex_lock(&gate), 0);
    struct host *host = host_new(&(struct host_options) {
        .loop = &loop, .root = root, .limits = &limits, .read_usage = never_answers, .usage_deadline_ms = LATE_MS, .tell = on_tell,
        .turn_done = on_turn_done, .context = watched,
    });

    int64_t began_ms = clock_boot_ms();
    host_turn(host, began_ms);
    while (watched->turns == 0) {
        assert_true(clock_boot_ms() - began_ms < 20000);
        (void) uv_run(&loop, UV_RUN_ONCE);
    }
    assert_true(clock_boot_ms() - began_ms >= LATE_MS);
    assert_int_equal(find(watched, "disk.tank")->level, STATUS_MAJOR_OUTAGE);
    assert_non_null(strstr(find(watched, "disk.tank")->detail, "does not answer"));
    assert_int_equal(find(watched, "disk.root")->level, STATUS_OPERATIONAL);

    assert_int_equal(pthread_mutex_unlock(&gate), 0);
    bool stopped = false;
    host_stop(host, on_stopped, &stopped);
    uv_close((uv_handle_t *) &beat, NULL);
    (void) uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(stopped);
    assert_int_equal(uv_loop_close(&loop), 0);
    free(watched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_turns_of_a_machine),
        cmocka_unit_test(test_a_stuck_mount_is_told_and_not_asked_again),
        cmocka_unit_test(test_the_others_are_told_when_one_is_late),
    };

    if (setenv("UV_THREADPOOL_SIZE", "16", 1) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
