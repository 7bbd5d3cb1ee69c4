/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/explain.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/metrics.h"
#include "rig.h"

static struct rig rig;
static struct explanation *explanation_kept;    /* the last answer */
static uint64_t wanted;            /* sequence */
static struct rig_answer *awaited;
static uint32_t rejects_before;

static int setup(void **state)
{
    (void) state;
    rig_init(&rig);
    return 0;
}

static int teardown(void **state)
{
    (void) state;
    rig_done(&rig);
    return 0;
}

static bool is_acked(struct rig *r)
{
    return r->acked >= wanted;
}

static bool is_rejected(struct rig *r)
{
    return r->n_rejects > rejects_before;
}

static bool is_answered(struct rig *r)
{
    (void) r;
    return awaited->came;
}

static bool has_failed(struct rig *r)
{
    return r->failed;
}

static bool is_not_ready(struct rig *r)
{
    char words[256];
    return !health_part(r->health, HEALTH_STORE, words, sizeof words);
}

static void greet(uint8_t boot)
{
    rig_connect(&rig, boot);
    rig_hello(&rig);
    rig_until(&rig, rig_is_welcomed, "the Welcome");
}

static void say(uint64_t first, const Item *items, size_t n)
{
    rig_send(&rig, first, items, n);
    wanted = first + n - 1;
    rig_until(&rig, is_acked, "the Ack");
}

static void ask(struct inbox_item *item, struct rig_answer *answer)
{
    rig_ask(&rig, item, answer);
    awaited = answer;
    rig_until(&rig, is_answered, "the answer");
}

static void get(enum table table, struct store_key key, void *row)
{
    struct store_txn *txn;
    assert_int_equal(store_read(rig.temporary.store, &txn), 0);
    int r = store_get(txn, table, key, row);
    store_end(txn);
    assert_int_equal(r, 0);
}

static size_t count(enum table table)
{
    struct store_txn *txn;
    assert_int_equal(store_read(rig.temporary.store, &txn), 0);
    size_t n = store_rows(txn, table);
    store_end(txn);
    return n;
}

static SourceRow source;
static CollectorRow collector;
static WorldRow world;
static OutboxRow outbox;

static void get_source(const char *service, const char *name)
{
    get(TABLE_SOURCES, key_source(service, name), &source);
}

/* ---------------------------------------------------------------- the wire */

static void test_what_is_acknowledged_is_stored(void **state)
{
    (void) state;
    greet(1);
    assert_int_equal(rig.welcome.incarnation, 1);
    assert_int_equal(rig.welcome.through_sequence, 0);
    assert_true(rig.welcome.send_catalogue);

    Item items[] = {rig_report("", "cpu", LEVEL_DEGRADED, "cpu 93 %"),
                    rig_report("acme", "feed", LEVEL_MAJOR_OUTAGE, "down")};
    say(1, items, 2);
    get_source("web01:cpu", "web01/cpu");
    assert_string_equal(source.detail, "cpu 93 %");
    assert_int_equal(source.state.level, LEVEL_DEGRADED);
    assert_int_equal(source.state.boot, 1);
    assert_int_equal(source.state.seq, 1);
    get_source("acme", "web01/feed");
    assert_int_equal(source.state.level, LEVEL_MAJOR_OUTAGE);
    get(TABLE_COLLECTORS, key_name("web01"), &collector);
    assert_int_equal(collector.through_sequence, 2);
    assert_int_equal(rig_check_journal(&rig), 2);
}

static void test_what_comes_twice_is_applied_once(void **state)
{
    (void) state;
    greet(1);
    Item first[] = {rig_report("", "cpu", LEVEL_OPERATIONAL, "one"), rig_report("", "cpu", LEVEL_OPERATIONAL, "two")};
    Item again[] = {rig_report("", "cpu", LEVEL_MAJOR_OUTAGE, "never"),
                    rig_report("", "cpu", LEVEL_MAJOR_OUTAGE, "never"), rig_report("", "cpu", LEVEL_DEGRADED, "three")};
    int64_t repeated = metric_get(METRIC_ITEMS_REPEATED);
    say(1, first, 2);
    rig.acked = 0;
    say(1, first, 2);              /* all of it */
    get_source("web01:cpu", "web01/cpu");
    assert_string_equal(source.detail, "two");
    say(1, again, 3);              /* two seen, one new */
    get_source("web01:cpu", "web01/cpu");
    assert_string_equal(source.detail, "three");
    assert_int_equal(source.state.seq, 3);
    assert_int_equal(metric_get(METRIC_ITEMS_REPEATED) - repeated, 4);
    assert_int_equal(rig_check_journal(&rig), 3);
}

static void test_an_empty_batch_is_a_heartbeat(void **state)
{
    (void) state;
    greet(1);
    get(TABLE_COLLECTORS, key_name("web01"), &collector);
    int64_t before_ms = collector.state.last_seen_ms;
    uint32_t commits = rig.n_commits;
    rig_turn_ms(&rig, 5);
    rig_send(&rig, 1, NULL, 0);
    int64_t until_ms = clock_mono_ms() + 5000;
    while (rig.n_commits == commits && clock_mono_ms() < until_ms)
        rig_turn_ms(&rig, 1);
    get(TABLE_COLLECTORS, key_name("web01"), &collector);
    assert_true(collector.state.last_seen_ms > before_ms);
    assert_int_equal(collector.through_sequence, 0);
    assert_int_equal(rig_check_journal(&rig), 0);
}

static void test_strangers_and_nonsense_get_words(void **state)
{
    static const struct { const char *says; const char *frame; size_t len; } cases[] = {
        { "an empty frame", "", 0 }, { "an unknown kind", "\x63zzz", 4 }, { "an answer of ours", "\x13", 1 },
        { "a Hello that is none", "\x01\xff\xff", 3 }, { "a Batch that is none", "\x02\xff\xff", 3 },
    };
    (void) state;
    rig_connect(&rig, 1);
    Item item = rig_report("", "cpu", LEVEL_OPERATIONAL, "");
    rig_send(&rig, 1, &item, 1);   /* before the Hello */
    rig_until(&rig, is_rejected, "a Reject");
    assert_string_equal(rig.reject.reason, "say Hello first");
    assert_false(rig.reject.final);

    greet(1);
    int64_t malformed = metric_get(METRIC_REJECTED_MALFORMED);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        rejects_before = rig.n_rejects;
        rig_send_frame(&rig, cases[i].frame, cases[i].len);
        rig_until(&rig, is_rejected, cases[i].says);
        assert_true(rig.reject.reason[0] != '\0');
    }
    assert_int_equal(metric_get(METRIC_REJECTED_MALFORMED) - malformed, ARRAY_SIZE(cases));
    Item bad[] = {rig_report("", "CPU", LEVEL_OPERATIONAL, ""), rig_report("nobody", "feed", LEVEL_OPERATIONAL, ""),
                  item};
    say(1, bad, 3);                /* the batch goes on */
    get_source("web01:cpu", "web01/cpu");
    assert_int_equal(source.state.seq, 3);
}

static void test_the_newer_of_two_voices_is_heard(void **state)
{
    (void) state;
    greet(1);
    Item item = rig_report("", "cpu", LEVEL_OPERATIONAL, "old");
    say(1, &item, 1);
    void *older = steal(&rig.dealer);

    int64_t until_ms = clock_mono_ms() + 5000;
    rig_connect(&rig, 2);
    while (!rig.welcomed && clock_mono_ms() < until_ms) {   /* not within a second of the other's */
        rig_hello(&rig);
        rig_turn_ms(&rig, 300);
    }
    assert_int_equal(rig.welcome.incarnation, 2);
    item = rig_report("", "cpu", LEVEL_DEGRADED, "new");
    say(1, &item, 1);
    void *newer = rig.dealer;

    rig.dealer = older;
    memset(rig.boot_id, 1, sizeof rig.boot_id);
    rejects_before = rig.n_rejects;
    item = rig_report("", "cpu", LEVEL_MAJOR_OUTAGE, "old again");
    rig_send(&rig, 2, &item, 1);
    rig_until(&rig, is_rejected, "words for the older one");
    assert_false(rig.reject.final);
    get_source("web01:cpu", "web01/cpu");
    assert_string_equal(source.detail, "new");
    rig_close(&rig);
    rig.dealer = newer;
}

static void test_a_catalogue_is_kept_before_it_is_heard_of(void **state)
{
    (void) state;
    greet(1);
    Item line = {.which_body = Item_source_tag,
                 .body.source = {.check = "cpu",
                                 .kind = SOURCE_PROBE,
                                 .every_s = 30,
                                 .title = "Processor",
                                 .unit = "ratio",
                                 .thresholds = "above 90 %"}};
    say(1, &line, 1);
    get_source("web01:cpu", "web01/cpu");
    assert_string_equal(source.title, "Processor");
    assert_int_equal(source.state.last_any_ms, 0);
    static ServiceState service;
    get(TABLE_SERVICES, key_name("web01:cpu"), &service);
    assert_true(service.registered);
    assert_int_equal(service.tier, 3);

    rig_kill(&rig);
    rig_start(&rig);
    rig_hello(&rig);
    rig_until(&rig, rig_is_welcomed, "the Welcome");
    Item item = rig_report("", "cpu", LEVEL_OPERATIONAL, "fine");
    say(2, &item, 1);
    get_source("web01:cpu", "web01/cpu");
    assert_string_equal(source.title, "Processor");
    assert_string_equal(source.detail, "fine");
    assert_int_equal(rig_check_journal(&rig), 1);
}

static void test_metrics_go_to_the_host(void **state)
{
    (void) state;
    static HostRow host;
    greet(1);
    Item item = {.which_body = Item_metrics_tag, .at_boot_ms = clock_boot_ms()};
    item.body.metrics = (Metrics){
        .check = "cpu", .metrics_count = 1, .metrics = {{.name = "cpu_ratio", .value = 0.5, .unit = "ratio"}}};
    say(1, &item, 1);
    get(TABLE_HOSTS, key_name("web01"), &host);
    assert_int_equal(host.metrics_count, 1);
    assert_string_equal(host.metrics[0].metric.name, "cpu_ratio");
    assert_string_equal(host.facts.hostname, "web01");
}

/* ---------------------------------------------------------------- commits that fail, and the next start */

static void test_nothing_is_acknowledged_until_it_is_durable(void **state)
{
    (void) state;
#ifndef TOCSIN_FAILPOINTS
    skip();
#endif
    greet(1);
    Item first[] = {rig_report("", "cpu", LEVEL_OPERATIONAL, "one"),
                    rig_report("acme", "feed", LEVEL_DEGRADED, "slow")};
    rig_break_commits(&rig, ENOSPC);
    rig_send(&rig, 1, first, 2);
    rig_until(&rig, is_not_ready, "words in /readyz");
    Item second = rig_report("", "cpu", LEVEL_MAJOR_OUTAGE, "two");
    rig_send(&rig, 3, &second, 1);
    rig_turn_ms(&rig, 400);        /* a retry or two */
    assert_int_equal(rig.acked, 0);
    assert_false(rig.failed);

    rig_break_commits(&rig, 0);
    wanted = 3;
    rig_until(&rig, is_acked, "the Ack");
    assert_false(is_not_ready(&rig));
    get_source("web01:cpu", "web01/cpu");
    assert_string_equal(source.detail, "two");
    get_source("acme", "web01/feed");
    assert_string_equal(source.detail, "slow");
    assert_int_equal(rig_check_journal(&rig), 3);
}

static void test_what_was_not_durable_never_happened(void **state)
{
    (void) state;
#ifndef TOCSIN_FAILPOINTS
    skip();
#endif
    greet(1);
    Item items[] = {rig_report("", "cpu", LEVEL_OPERATIONAL, "one"), rig_report("", "cpu", LEVEL_DEGRADED, "two")};
    say(1, items, 1);
    rig_break_commits(&rig, ENOSPC);
    rig_send(&rig, 2, &items[1], 1);
    rig_until(&rig, is_not_ready, "words in /readyz");
    rig_kill(&rig);
    rig_break_commits(&rig, 0);
    rig_start(&rig);
    rig_connect(&rig, 1);
    rig_hello(&rig);
    rig_until(&rig, rig_is_welcomed, "the Welcome");
    assert_int_equal(rig.welcome.incarnation, 1);
    assert_int_equal(rig.welcome.through_sequence, 1);
    get_source("web01:cpu", "web01/cpu");
    assert_string_equal(source.detail, "one");
    say(2, &items[1], 1);
    assert_int_equal(rig_check_journal(&rig), 2);
}

static void test_two_failures_no_full_disk_explains_are_the_end(void **state)
{
    (void) state;
#ifndef TOCSIN_FAILPOINTS
    skip();
#endif
    greet(1);
    Item item = rig_report("", "cpu", LEVEL_OPERATIONAL, "one");
    rig_break_commits(&rig, EIO);
    rig_send(&rig, 1, &item, 1);
    rig_until(&rig, has_failed, "the end");
    assert_int_equal(rig.acked, 0);
}

static void test_a_full_disk_is_no_end(void **state)
{
    (void) state;
#ifndef TOCSIN_FAILPOINTS
    skip();
#endif
    greet(1);
    Item item = rig_report("", "cpu", LEVEL_OPERATIONAL, "one");
    rig_break_commits(&rig, ENOSPC);
    rig_send(&rig, 1, &item, 1);
    rig_until(&rig, is_not_ready, "words in /readyz");
    rig_turn_ms(&rig, 800);        /* 100, 200, 400 ms */
    assert_false(rig.failed);
    rig_break_commits(&rig, 0);
    wanted = 1;
    rig_until(&rig, is_acked, "the Ack");
}

static void test_runs_go_on_after_a_restart(void **state)
{
    (void) state;
    uint64_t sequence = 1;
    greet(1);
    for (int start = 0; start < 4; start++) {
        for (int i = 0; i < 50; i++) {
            Item items[] = {rig_report("", "cpu", LEVEL_OPERATIONAL, "same"),
                            rig_report("", "disk", i % 7 == 0 ? LEVEL_DEGRADED : LEVEL_OPERATIONAL, "changes")};
            say(sequence, items, 2);
            sequence += 2;
        }
        rig_kill(&rig);
        rig_start(&rig);
        rig.welcomed = false;
        rig_connect(&rig, 1);
        rig_hello(&rig);
        rig_until(&rig, rig_is_welcomed, "the Welcome");
        assert_int_equal(rig.welcome.through_sequence, sequence - 1);
    }
    assert_int_equal(rig_check_journal(&rig), 400);
    get(TABLE_META, key_name(STORE_META_WORLD), &world);
    assert_true(count(TABLE_JOURNAL) < 150);   /* four gaps, a configuration, what changed, full runs */
}

/* ---------------------------------------------------------------- the inbox */

static size_t answer_level(void *context, const struct inbox_result *result, char *body, size_t cap)
{
    (void) context;
    return (size_t) snprintf(body, cap, "{\"round\":%lu,\"outcome\":%d}", (unsigned long) result->round,
                             (int) result->outcome);
}

static struct inbox_item manual_of(const char *service, Level level, const char *key, uint8_t digest)
{
    struct inbox_item item = {.kind = INBOX_COMMAND, .status = 201, .answer = answer_level, .has_audit = true};
    item.command.which_input = Command_manual_tag;
    item.command.input.manual.level = level;
    (void) snprintf(item.command.input.manual.service, sizeof item.command.input.manual.service, "%s", service);
    (void) snprintf(item.command.input.manual.by, sizeof item.command.input.manual.by, "token:ann");
    (void) snprintf(item.audit.action, sizeof item.audit.action, "status.set");
    (void) snprintf(item.idempotency_key, sizeof item.idempotency_key, "%s", key);
    memset(item.request_digest, digest, sizeof item.request_digest);
    return item;
}

static void test_a_command_is_answered_when_it_has_happened(void **state)
{
    (void) state;
    static ServiceState service;
    struct rig_answer answer;
    struct inbox_item item = manual_of("acme", LEVEL_MAJOR_OUTAGE, "", 0);
    ask(&item, &answer);
    assert_int_equal(answer.result.outcome, INBOX_DONE);
    assert_int_equal(answer.status, 201);
    get(TABLE_META, key_name(STORE_META_WORLD), &world);
    assert_int_equal(answer.result.round, world.round);
    get(TABLE_SERVICES, key_name("acme"), &service);
    assert_true(service.has_manual);
    assert_int_equal(count(TABLE_AUDIT), 1);

    item = manual_of("nobody", LEVEL_MAJOR_OUTAGE, "", 0);
    ask(&item, &answer);
    assert_int_equal(answer.result.outcome, INBOX_NO_SUCH_SERVICE);
    assert_int_equal(answer.result.round, 0);
    assert_int_equal(count(TABLE_AUDIT), 1);
}

static struct inbox_item ack_of(const char *key, int64_t opened_at_ms, bool back)
{
    struct inbox_item item = {.kind = INBOX_COMMAND, .status = 200, .answer = answer_level, .has_audit = true};
    Acknowledge *ack = &item.command.input.acknowledge;
    Unacknowledge *end = &item.command.input.unacknowledge;
    item.command.which_input = back ? Command_unacknowledge_tag : Command_acknowledge_tag;
    (void) snprintf(back ? end->key : ack->key, sizeof ack->key, "%s", key);
    *(back ? &end->opened_at_ms : &ack->opened_at_ms) = opened_at_ms;
    (void) snprintf(item.audit.action, sizeof item.audit.action, "alert.acknowledge");
    return item;
}

static void keep_explanation(void *context, struct explanation *why)
{
    (void) context;
    explanation_kept = why;
}

static void test_a_question_changes_nothing(void **state)
{
    (void) state;
    struct rig_answer answer;
    struct inbox_item item = manual_of("acme", LEVEL_MAJOR_OUTAGE, "", 0);
    ask(&item, &answer);
    uint32_t commits = rig.n_commits;
    size_t inputs = count(TABLE_JOURNAL);

    item = (struct inbox_item) {.kind = INBOX_EXPLAIN, .service = "acme", .explained = keep_explanation};
    ask(&item, &answer);
    assert_int_equal(answer.result.outcome, INBOX_DONE);
    assert_int_equal(answer.result.round, 0);
    assert_non_null(explanation_kept);
    assert_true(explanation_kept->has_alert);
    assert_int_equal(explanation_kept->outlook.hard, STATUS_MAJOR_OUTAGE);
    explanation_free(explanation_kept);

    item = (struct inbox_item) {.kind = INBOX_EXPLAIN, .service = "nobody", .explained = keep_explanation};
    ask(&item, &answer);
    assert_int_equal(answer.result.outcome, INBOX_NO_SUCH_SERVICE);
    assert_int_equal(rig.n_commits, commits);
    assert_int_equal(count(TABLE_JOURNAL), inputs);
}

static void test_an_acknowledgement_is_stored_or_refused(void **state)
{
    (void) state;
    static AlertState alert;
    struct rig_answer answer;
    struct inbox_item item = manual_of("acme", LEVEL_MAJOR_OUTAGE, "", 0);
    ask(&item, &answer);
    get(TABLE_ALERTS, key_name("service:acme"), &alert);
    int64_t opened_at_ms = alert.opened_at_ms;
    const struct { const char *key; int64_t opened_at_ms; bool back; enum inbox_outcome outcome; } cases[] = {
        {"service:nobody", 0, false, INBOX_NO_SUCH_ALERT},
        {"service:acme", opened_at_ms - 1, false, INBOX_EPISODE_OVER},
        {"service:acme", opened_at_ms, true, INBOX_NO_SUCH_ACK},
        {"service:acme", opened_at_ms, false, INBOX_DONE},
        {"service:acme", opened_at_ms, false, INBOX_DONE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        item = ack_of(cases[i].key, cases[i].opened_at_ms, cases[i].back);
        ask(&item, &answer);
        assert_int_equal(answer.result.outcome, cases[i].outcome);
    }
    assert_int_equal(count(TABLE_AUDIT), 3);   /* the status and what was done */
    get(TABLE_ALERTS, key_name("service:acme"), &alert);
    assert_true(alert.has_ack);
    assert_int_equal(alert.ack.until_ms - alert.ack.at_ms, 86400000);

    rig_kill(&rig);
    rig_start(&rig);
    item = ack_of("service:acme", opened_at_ms, true);
    ask(&item, &answer);
    assert_int_equal(answer.result.outcome, INBOX_DONE);
    get(TABLE_ALERTS, key_name("service:acme"), &alert);
    assert_false(alert.has_ack);
}

static struct inbox_item forget_of(const char *name, const char *service, const char *of)
{
    struct inbox_item item = {.kind = INBOX_COMMAND, .status = 200, .answer = answer_level, .has_audit = true};
    Forget *forget = &item.command.input.forget;
    item.command.which_input = Command_forget_tag;
    (void) snprintf(forget->collector, sizeof forget->collector, "%s", name);
    (void) snprintf(forget->service, sizeof forget->service, "%s", service);
    (void) snprintf(forget->source, sizeof forget->source, "%s", of);
    (void) snprintf(item.audit.action, sizeof item.audit.action, "collector.forget");
    return item;
}

static bool has(enum table table, struct store_key key)
{
    struct store_txn *txn;
    assert_int_equal(store_read(rig.temporary.store, &txn), 0);
    bool found = store_get(txn, table, key, table == TABLE_SOURCES ? (void *) &source : (void *) &collector) == 0;
    store_end(txn);
    return found;
}

static bool has_no_readings(struct rig *r)
{
    (void) r;
    return count(TABLE_SAMPLES) == 0;
}

/* What a host tells: two checks, one of them only in its catalogue, a line for a configured service, a measure. */
static void report_all(uint64_t first)
{
    Item items[] = {
        rig_report("", "cpu", LEVEL_OPERATIONAL, "fine"),
        rig_report("acme", "feed", LEVEL_OPERATIONAL, "fine"),
        {.which_body = Item_source_tag, .body.source = {.check = "disk", .kind = SOURCE_PROBE, .title = "Disk"}},
        {.which_body = Item_source_tag, .body.source = {.service = "acme", .check = "feed2", .title = "Other page"}},
        {.which_body = Item_metrics_tag, .at_boot_ms = clock_boot_ms(),
         .body.metrics = {.check = "cpu", .metrics_count = 1, .metrics = {{.name = "cpu_ratio", .value = 0.5}}}},
    };
    say(first, items, ARRAY_SIZE(items));
}

static void test_K5_a_host_is_forgotten_and_known_anew(void **state)
{
    (void) state;
    struct rig_answer answer;
    greet(1);
    report_all(1);
    assert_true(has(TABLE_SOURCES, key_source("web01:disk", "web01/disk")));
    assert_true(has(TABLE_SOURCES, key_source("acme", "web01/feed2")));
    assert_int_equal(count(TABLE_HOSTS), 1);
    assert_int_equal(count(TABLE_SERVICES), 4);

    struct inbox_item item = forget_of("web02", "", "");
    ask(&item, &answer);
    assert_int_equal(answer.result.outcome, INBOX_NO_SUCH_COLLECTOR);
    assert_int_equal(count(TABLE_AUDIT), 0);
    item = forget_of("web01", "", "");
    ask(&item, &answer);
    assert_int_equal(answer.result.outcome, INBOX_DONE);
    assert_int_equal(count(TABLE_AUDIT), 1);
    assert_int_equal(count(TABLE_COLLECTORS), 0);
    assert_int_equal(count(TABLE_HOSTS), 0);
    assert_int_equal(count(TABLE_SOURCES), 0);
    assert_int_equal(count(TABLE_SERVICES), 2);      /* the configured ones */

    rejects_before = rig.n_rejects;                  /* it is connected still */
    Item report = rig_report("", "cpu", LEVEL_DEGRADED, "93 %");
    rig_send(&rig, 6, &report, 1);
    rig_until(&rig, is_rejected, "a Reject");
    assert_string_equal(rig.reject.reason, "say Hello first");
    assert_false(rig.reject.final);
    assert_int_equal(count(TABLE_COLLECTORS), 0);
    rig.acked = 0;
    greet(1);
    assert_int_equal(rig.welcome.through_sequence, 0);
    assert_true(rig.welcome.send_catalogue);
    report_all(1);
    get_source("web01:cpu", "web01/cpu");
    assert_string_equal(source.state.collector, "web01");
    get(TABLE_COLLECTORS, key_name("web01"), &collector);
    assert_int_equal(collector.incarnation, 1);
    assert_int_equal(rig_check_journal(&rig), 4);
}

static void test_K5_nothing_of_it_is_left_at_the_next_start(void **state)
{
    (void) state;
    struct rig_answer answer;
    greet(1);
    report_all(1);
    rig_kill(&rig);
    rig_start(&rig);
    greet(2);                                        /* a new run: the readings of the one before are rounded off */
    assert_int_equal(count(TABLE_SAMPLES), 1);
    struct inbox_item item = forget_of("", "acme", "web01/feed");
    ask(&item, &answer);
    assert_int_equal(answer.result.outcome, INBOX_DONE);
    assert_false(has(TABLE_SOURCES, key_source("acme", "web01/feed")));
    assert_true(has(TABLE_SOURCES, key_source("acme", "web01/feed2")));
    ask(&item, &answer);
    assert_int_equal(answer.result.outcome, INBOX_NO_SUCH_SOURCE);
    item = forget_of("web01", "", "");
    ask(&item, &answer);
    assert_int_equal(answer.result.outcome, INBOX_DONE);
    rig_kill(&rig);
    rig_start(&rig);
    ask(&item, &answer);
    assert_int_equal(answer.result.outcome, INBOX_NO_SUCH_COLLECTOR);
    assert_int_equal(count(TABLE_SOURCES), 0);
    rig_until(&rig, has_no_readings, "the end of its readings");    /* the sweep of a start */
}

static void test_the_same_key_has_one_effect(void **state)
{
    (void) state;
    struct rig_answer first, second, third;
    struct inbox_item item = manual_of("acme", LEVEL_MAJOR_OUTAGE, "k1", 7);
    struct inbox_item other = manual_of("acme", LEVEL_DEGRADED, "k1", 8);
    rig_ask(&rig, &item, &first);      /* these three in one round */
    struct inbox_item repeat = item;
    rig_ask(&rig, &repeat, &second);
    rig_ask(&rig, &other, &third);
    awaited = &third;
    rig_until(&rig, is_answered, "the answers");
    assert_int_equal(first.result.outcome, INBOX_DONE);
    assert_int_equal(second.result.outcome, INBOX_REPEATED);
    assert_string_equal(second.body, first.body);
    assert_int_equal(second.status, 201);
    assert_int_equal(third.result.outcome, INBOX_CONFLICT);

    rig_kill(&rig);                    /* and after a restart */
    rig_start(&rig);
    ask(&item, &second);
    assert_int_equal(second.result.outcome, INBOX_REPEATED);
    assert_string_equal(second.body, first.body);
    ask(&other, &third);
    assert_int_equal(third.result.outcome, INBOX_CONFLICT);
    assert_int_equal(count(TABLE_AUDIT), 1);
}

static void test_an_alert_is_claimed_sent_and_told(void **state)
{
    (void) state;
    struct rig_answer answer;
    struct inbox_item item = manual_of("acme", LEVEL_MAJOR_OUTAGE, "", 0);
    ask(&item, &answer);
    assert_int_equal(rig.note.n_claimed, 1);   /* page has no receiver */
    get(TABLE_OUTBOX, key_number(1), &outbox);
    assert_int_equal(outbox.state, OUTBOX_CLAIMED);
    assert_string_equal(outbox.receiver, "chat");
    assert_string_equal(outbox.service_name, "A name");
    assert_string_equal(outbox.runbook, "https://runbook.example/");
    assert_int_equal(outbox.tier, 2);

    rig_kill(&rig);
    rig_start(&rig);                           /* its fate is not known: it may be repeated, and says so */
    get(TABLE_OUTBOX, key_number(1), &outbox);
    assert_int_equal(outbox.state, OUTBOX_CLAIMED);
    assert_int_equal(outbox.ambiguous, 1);

    struct inbox_item sent = {.kind = INBOX_DELIVERY,
                              .delivery = {.sequence = 1, .outcome = DELIVERY_SENT, .receipt = "ok"}};
    ask(&sent, &answer);
    get(TABLE_OUTBOX, key_number(1), &outbox);
    assert_int_equal(outbox.state, OUTBOX_SENT);
    static ToldRow told;
    get(TABLE_TOLD, key_told("chat", "service:acme"), &told);
    assert_string_equal(told.level, "major_outage");
}

static void test_the_loudest_voice_is_quoted(void **state)
{
    (void) state;
    struct rig_answer answer;
    greet(1);
    Item items[] = {rig_report("acme", "one", LEVEL_OPERATIONAL, "fine here"),
                    rig_report("acme", "two", LEVEL_MAJOR_OUTAGE, "refused")};
    say(1, items, 2);
    struct inbox_item item = manual_of("acme", LEVEL_MAJOR_OUTAGE, "", 0);
    ask(&item, &answer);
    get(TABLE_OUTBOX, key_number(1), &outbox);
    assert_string_equal(outbox.detail, "refused");
}

static void test_a_last_use_does_not_undo_a_revocation(void **state)
{
    (void) state;
    struct rig_answer answer;
    struct inbox_item put = {.kind = INBOX_TOKEN_PUT,
                             .token = {.hash = {5}, .row = {.name = "ci", .role = ROLE_ADMIN}}};
    ask(&put, &answer);
    struct inbox_item used = put;
    used.kind = INBOX_TOKEN_USED;
    used.token.row.last_used_ms = 123;
    put.token.row.revoked_at_ms = 99;
    struct rig_answer ignored;
    rig_ask(&rig, &put, &ignored);
    ask(&used, &answer);
    static TokenRow row;
    get(TABLE_TOKENS, key_token(put.token.hash), &row);
    assert_int_equal(row.revoked_at_ms, 99);
    assert_int_equal(row.last_used_ms, 123);
    used.token.hash[0] = 6;
    ask(&used, &answer);               /* of a token that never was */
    assert_int_equal(count(TABLE_TOKENS), 1);
}

static void test_a_bad_file_leaves_the_old_configuration(void **state)
{
    (void) state;
    struct rig_answer answer;
    struct inbox_item reload = {.kind = INBOX_RELOAD, .has_audit = true};
    rig.reload_error = -EINVAL;
    ask(&reload, &answer);
    assert_int_equal(answer.result.outcome, INBOX_REFUSED);
    assert_non_null(strstr(answer.result.words, "expected a number"));
    assert_int_equal(metric_get(METRIC_CONFIG_RELOAD_OK), 0);
    assert_int_equal(count(TABLE_AUDIT), 1);
    assert_int_equal(count(TABLE_SERVICES), 2);

    rig.reload_error = 0;
    ask(&reload, &answer);
    assert_int_equal(answer.result.outcome, INBOX_DONE);
    assert_int_equal(metric_get(METRIC_CONFIG_RELOAD_OK), 1);
    assert_int_equal(count(TABLE_SERVICES), 3);
    assert_int_equal(count(TABLE_CONFIGS), 2);
    get(TABLE_META, key_name(STORE_META_WORLD), &world);
    assert_string_equal(world.config_digest, "digest-2");

    rig_kill(&rig);
    rig_start(&rig);                   /* with the first configuration again: news is gone */
    assert_int_equal(count(TABLE_SERVICES), 2);
    assert_int_equal(rig_check_journal(&rig), 0);
}

static void test_idle_is_silent(void **state)
{
    (void) state;
    rig_turn_ms(&rig, 50);
    uint32_t commits = rig.n_commits;
    rig_turn_ms(&rig, 1500);
    assert_int_equal(rig.n_commits, commits);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_acknowledged_is_stored),
        TEST(test_what_comes_twice_is_applied_once),
        TEST(test_an_empty_batch_is_a_heartbeat),
        TEST(test_strangers_and_nonsense_get_words),
        TEST(test_the_newer_of_two_voices_is_heard),
        TEST(test_a_catalogue_is_kept_before_it_is_heard_of),
        TEST(test_metrics_go_to_the_host),
        TEST(test_nothing_is_acknowledged_until_it_is_durable),
        TEST(test_what_was_not_durable_never_happened),
        TEST(test_two_failures_no_full_disk_explains_are_the_end),
        TEST(test_a_full_disk_is_no_end),
        TEST(test_runs_go_on_after_a_restart),
        TEST(test_a_command_is_answered_when_it_has_happened),
        TEST(test_a_question_changes_nothing),
        TEST(test_an_acknowledgement_is_stored_or_refused),
        TEST(test_K5_a_host_is_forgotten_and_known_anew),
        TEST(test_K5_nothing_of_it_is_left_at_the_next_start),
        TEST(test_the_same_key_has_one_effect),
        TEST(test_an_alert_is_claimed_sent_and_told),
        TEST(test_the_loudest_voice_is_quoted),
        TEST(test_a_last_use_does_not_undo_a_revocation),
        TEST(test_a_bad_file_leaves_the_old_configuration),
        TEST(test_idle_is_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
