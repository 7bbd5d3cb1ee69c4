/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/poll_asks.h"
#include "common/metrics.h"
#include "rig.h"

static struct rig rig;
static uint64_t wanted;            /* sequence */
static uint32_t polls_wanted;
static struct rig_answer *awaited;
static char skip_file[320];

static int setup(void **state)
{
    (void) state;
    rig_init(&rig);
    (void) snprintf(skip_file, sizeof skip_file, "%.255s/skip", rig.temporary.directory);
    (void) setenv("TOCSIN_CLOCK_SKIP_FILE", skip_file, 1);
    return 0;
}

static int teardown(void **state)
{
    (void) state;
    (void) unsetenv("TOCSIN_CLOCK_SKIP_FILE");
    rig_done(&rig);
    return 0;
}

static bool is_acked(struct rig *r)
{
    return r->acked >= wanted;
}

static bool is_answered(struct rig *r)
{
    (void) r;
    return awaited->came;
}

static bool is_told(struct rig *r)
{
    return r->n_polls >= polls_wanted;
}

static void greet(void)
{
    rig_connect(&rig, 1);
    rig_hello(&rig);
    rig_until(&rig, rig_is_welcomed, "the Welcome");
}

static void say(uint64_t sequence, Item item)
{
    rig_send(&rig, sequence, &item, 1);
    wanted = sequence;
    rig_until(&rig, is_acked, "the Ack");
}

static Item line(const char *service, const char *check, SourceKind kind)
{
    Item item = {.at_boot_ms = 1, .which_body = Item_source_tag};

    (void) snprintf(item.body.source.service, sizeof item.body.source.service, "%s", service);
    (void) snprintf(item.body.source.check, sizeof item.body.source.check, "%s", check);
    item.body.source.kind = kind;
    item.body.source.every_s = 60;
    return item;
}

static struct inbox_result poll(const char *service)
{
    static struct rig_answer answer;
    struct inbox_item item = {.kind = INBOX_POLL};

    (void) snprintf(item.poll.service, sizeof item.poll.service, "%s", service);
    (void) snprintf(item.poll.why, sizeof item.poll.why, "a test");
    rig_ask(&rig, &item, &answer);
    awaited = &answer;
    rig_until(&rig, is_answered, "the answer");
    return answer.result;
}

static void await_polls(uint32_t n)
{
    polls_wanted = n;
    rig_until(&rig, is_told, "PollNow");
}

/* A line of the catalogue is enough, and nothing is committed for it. */
static void test_who_reads_the_page_is_told(void **state)
{
    (void) state;
    greet();
    say(1, line("acme", "feed", SOURCE_VENDOR));
    say(2, line("acme", "api", SOURCE_PROBE));
    uint32_t commits = rig.n_commits;

    struct inbox_result result = poll("acme");
    assert_int_equal(result.outcome, INBOX_DONE);
    assert_int_equal(result.asked, 1);
    assert_int_equal(result.round, 0);
    await_polls(1);
    assert_int_equal(rig.poll_now.sources_count, 1);
    assert_string_equal(rig.poll_now.sources[0], "acme/feed");
    assert_string_equal(rig.poll_now.why, "a test");
    rig_turn_ms(&rig, 50);
    assert_int_equal(rig.n_polls, 1);
    assert_int_equal(rig.n_commits, commits);
}

static void test_what_comes_in_between_follows_once(void **state)
{
    (void) state;
    greet();
    say(1, line("acme", "feed", SOURCE_VENDOR));
    assert_int_equal(poll("acme").asked, 1);
    int64_t coalesced = metric_get(METRIC_POLLS_COALESCED);
    for (int i = 0; i < 3; i++) {
        struct inbox_result result = poll("acme");
        assert_int_equal(result.outcome, INBOX_DONE);
        assert_true(result.put_off);
    }
    assert_int_equal(metric_get(METRIC_POLLS_COALESCED), coalesced + 3);
    await_polls(1);
    rig_turn_ms(&rig, 50);
    assert_int_equal(rig.n_polls, 1);
#ifdef TOCSIN_FAILPOINTS
    FILE *file = fopen(skip_file, "w");
    assert_non_null(file);
    (void) fprintf(file, "%d", POLL_ASK_EVERY_MS);
    (void) fclose(file);
    await_polls(2);
    rig_turn_ms(&rig, 1200);
    assert_int_equal(rig.n_polls, 2);
#endif
}

static void test_nobody_to_tell(void **state)
{
    (void) state;
    assert_int_equal(poll("nobody").outcome, INBOX_NO_SUCH_SERVICE);
    assert_int_equal(poll("web01:cpu").outcome, INBOX_NO_SUCH_SERVICE);
    assert_int_equal(poll("shop").outcome, INBOX_NO_POLLER);    /* no catalogue has it */
    greet();
    say(1, line("acme", "api", SOURCE_PROBE));
    assert_int_equal(poll("acme").outcome, INBOX_NO_POLLER);    /* only a probe */
    assert_int_equal(rig.n_polls, 0);
}

static void test_a_collector_that_is_away_or_came_back(void **state)
{
    (void) state;
    greet();
    say(1, line("acme", "feed", SOURCE_VENDOR));
    rig_kill(&rig);
    rig_start(&rig);
    assert_int_equal(poll("acme").outcome, INBOX_NO_POLLER);    /* not heard in this process */
    rig_close(&rig);
    rig_kill(&rig);
    rig_start(&rig);
    greet();                                                     /* the catalogue is known from before */
    assert_int_equal(poll("acme").asked, 1);
    await_polls(1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_reads_the_page_is_told),
        TEST(test_what_comes_in_between_follows_once),
        TEST(test_nobody_to_tell),
        TEST(test_a_collector_that_is_away_or_came_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
