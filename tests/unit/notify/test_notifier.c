/* SPDX-License-Identifier: Apache-2.0 */
/* The notifier's thread between a real store, a real inbox, a receiver on 127.0.0.1 and a core that is only a loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "aggregator/config/config.h"
#include "aggregator/inbox/health.h"
#include "aggregator/inbox/inbox.h"
#include "aggregator/notify/notifier.h"
#include "aggregator/store/store.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "webhook_stub.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
#define GONE "HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\nConnection: close\r\n\r\nno_service"
#define SLOWER "HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
#define SECRET_PATH "/services/T0/B0/verysecret"

enum { WAIT_MS = 15000, REPORTS_MAX = 16 };

/* ---------------------------------------------------------------- a configuration, in place of the real loader's */

struct aggregator_config *aggregator_config_hold(struct aggregator_config *config)
{
    atomic_fetch_add(&config->references, 1);
    return config;
}

void aggregator_config_drop(struct aggregator_config *config)
{
    if (config != NULL)
        atomic_fetch_sub(&config->references, 1);
}

const struct channel_entry *aggregator_config_receiver(const struct aggregator_config *config, const char *channel)
{
    for (size_t i = 0; i < config->n_channels; i++) {
        if (strcmp(config->channels[i].name, channel) == 0)
            return &config->channels[i];
    }
    return NULL;
}

/* ---------------------------------------------------------------- the stage */

struct stage {
    char directory[64];
    struct store *store;
    struct inbox *inbox;
    struct health *health;
    struct notifier *notifier;
    struct aggregator_config config;
    struct channel_entry channels[2];
    char urls[2][96];

    pthread_t core;
    atomic_bool core_paused, core_ending;
    pthread_mutex_t lock;              /* guards what follows, and the store's write transaction */
    struct delivery reports[REPORTS_MAX];
    size_t n_reports;
};

static void stage_on_put(void *context)
{
    (void) context;                    /* the core below looks by itself */
}

static void put_row(struct stage *stage, const OutboxRow *row)
{
    struct store_txn *txn = store_write(stage->store);
    store_put(txn, TABLE_OUTBOX, key_number(row->sequence), row);
    assert_int_equal(store_commit(txn), 0);
}

/* What the core does with a report, in short. */
static void apply(struct stage *stage, const struct delivery *delivery)
{
    static OutboxRow row;
    struct store_txn *txn = store_write(stage->store);
    if (store_get(txn, TABLE_OUTBOX, key_number(delivery->sequence), &row) == 0) {
        static const OutboxState after[] = {
            [DELIVERY_SENT] = OutboxState_OUTBOX_SENT, [DELIVERY_RETRY] = OutboxState_OUTBOX_CLAIMED,
            [DELIVERY_AMBIGUOUS] = OutboxState_OUTBOX_AMBIGUOUS, [DELIVERY_DEAD] = OutboxState_OUTBOX_DEAD,
        };
        row.state = after[delivery->outcome];
        row.attempts++;
        row.next_attempt_ms = delivery->outcome == DELIVERY_RETRY ? delivery->not_before_ms : 0;
        store_put(txn, TABLE_OUTBOX, key_number(delivery->sequence), &row);
    }
    if (store_commit(txn) != 0)
        abort();
}

static void take_one(struct stage *stage, struct inbox_item *item)
{
    if (item->kind == INBOX_DELIVERY) {
        (void) pthread_mutex_lock(&stage->lock);
        if (stage->n_reports < REPORTS_MAX)
            stage->reports[stage->n_reports++] = item->delivery;
        apply(stage, &item->delivery);
        (void) pthread_mutex_unlock(&stage->lock);
    }
    struct inbox_result result = {.outcome = INBOX_DONE, .round = 1};
    if (item->complete != NULL)
        item->complete(item->context, &result, 0, "");
    free(item);
}

static void pause_ms(int ms)
{
    (void) nanosleep(&(struct timespec) {ms / 1000, ms % 1000 * 1000000L}, NULL);
}

static void *core_run(void *argument)
{
    struct stage *stage = argument;
    while (!atomic_load(&stage->core_ending)) {
        struct inbox_item *item = atomic_load(&stage->core_paused) ? NULL : inbox_take(stage->inbox);
        if (item == NULL)
            pause_ms(2);
        else
            take_one(stage, item);
    }
    return NULL;
}

static void stage_open(struct stage *stage, unsigned port, unsigned second_port)
{
    *stage = (struct stage) {.directory = "/tmp/tocsin-notify-XXXXXX"};
    struct error err = {0};
    char path[128];
    assert_non_null(mkdtemp(stage->directory));
    (void) snprintf(path, sizeof path, "%s/log", stage->directory);
    assert_int_equal(log_open(&(struct log_config) {.level = LOG_LEVEL_DEBUG, .json = true, .file = path}, &err), 0);
    (void) snprintf(path, sizeof path, "%s/tocsin.mdb", stage->directory);
    if (store_open(&(struct store_options) {.path = path, .map_bytes = 64 << 20, .readers_max = 8}, &stage->store, &err) != 0)
        fail_msg("%s", err.text);

    (void) snprintf(stage->urls[0], sizeof stage->urls[0], "http://127.0.0.1:%u%s", port, SECRET_PATH);
    (void) snprintf(stage->urls[1], sizeof stage->urls[1], "http://127.0.0.1:%u%s", second_port, SECRET_PATH);
    stage->channels[0] = (struct channel_entry) {.name = (char *) "chat", .url = stage->urls[0], .allow_http = true};
    stage->channels[1] = (struct channel_entry) {.name = (char *) "page", .url = stage->urls[1], .allow_http = true};
    stage->config.channels = stage->channels;
    stage->config.n_channels = 2;
    stage->config.http.public_url = (char *) "http://status.example";
    stage->config.references = 1;
    stage->health = health_new();
    stage->inbox = inbox_new(stage_on_put, stage);
    (void) pthread_mutex_init(&stage->lock, NULL);
    assert_int_equal(pthread_create(&stage->core, NULL, core_run, stage), 0);
    const struct notifier_options options = {stage->store, stage->inbox, stage->health, &stage->config};
    assert_int_equal(notifier_start(&options, &stage->notifier, &err), 0);
}

static void assert_log_keeps_the_secret(const struct stage *stage)
{
    char path[128];
    struct buffer log;
    struct error err = {0};
    (void) snprintf(path, sizeof path, "%s/log", stage->directory);
    buffer_init(&log, 1 << 20);
    assert_int_equal(file_read(path, &log, &err), 0);
    assert_true(log.len == 0 || strstr(log.bytes, "verysecret") == NULL);
    buffer_done(&log);
}

static void stage_close(struct stage *stage)
{
    if (stage->notifier != NULL)
        notifier_stop(stage->notifier, 2000);
    atomic_store(&stage->core_ending, true);
    (void) pthread_join(stage->core, NULL);
    for (struct inbox_item *item; (item = inbox_take(stage->inbox)) != NULL;)
        take_one(stage, item);
    inbox_free(stage->inbox);
    health_free(stage->health);
    store_close(stage->store);
    (void) pthread_mutex_destroy(&stage->lock);
    assert_log_keeps_the_secret(stage);
    assert_int_equal(stage->config.references, 1);
    (void) log_open(&(struct log_config) {.level = LOG_LEVEL_INFO, .json = true}, NULL);

    char command[128];
    (void) snprintf(command, sizeof command, "rm -r %s", stage->directory);
    assert_int_equal(system(command), 0);
}

/* The core claims a row and wakes the notifier. */
static void claim(struct stage *stage, uint64_t sequence, const char *receiver)
{
    CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
    *row = (OutboxRow) {.sequence = sequence, .state = OutboxState_OUTBOX_CLAIMED, .key = "service:acme", .kind = "raise",
                        .level = "degraded", .service = "acme", .tier = 2, .decided_at_ms = clock_wall_ms()};
    (void) text_copy(row->channel, sizeof row->channel, text_of(receiver));
    (void) text_copy(row->receiver, sizeof row->receiver, text_of(receiver));
    (void) snprintf(row->service_name, sizeof row->service_name, "Acme %llu", (unsigned long long) sequence);
    (void) pthread_mutex_lock(&stage->lock);
    put_row(stage, row);
    (void) pthread_mutex_unlock(&stage->lock);
    notifier_wake(stage->notifier);
}

static size_t n_reports(struct stage *stage)
{
    (void) pthread_mutex_lock(&stage->lock);
    size_t n = stage->n_reports;
    (void) pthread_mutex_unlock(&stage->lock);
    return n;
}

static void wait_for_reports(struct stage *stage, size_t n)
{
    for (int64_t until = clock_mono_ms() + WAIT_MS; n_reports(stage) < n;) {
        if (clock_mono_ms() > until)
            fail_msg("%zu of %zu reports after %d ms", n_reports(stage), n, WAIT_MS);
        pause_ms(2);
    }
}

static void wait_for_requests(struct webhook_stub *stub, size_t n)
{
    for (int64_t until = clock_mono_ms() + WAIT_MS; webhook_stub_count(stub) < n;) {
        if (clock_mono_ms() > until)
            fail_msg("%zu of %zu requests after %d ms", webhook_stub_count(stub), n, WAIT_MS);
        pause_ms(2);
    }
}

static bool mentions(const struct webhook_request *request, const char *words)
{
    return strstr(request->body, words) != NULL;
}

/* ---------------------------------------------------------------- the tests */

static void test_a_claimed_row_arrives_and_its_receipt_comes_back(void **state)
{
    (void) state;
    struct stage stage;
    struct webhook_stub *stub = webhook_stub_start((const char *const[]) {OK, NULL}, 0);
    stage_open(&stage, webhook_stub_port(stub), webhook_stub_port(stub));
    claim(&stage, 5, "chat");
    wait_for_reports(&stage, 1);

    assert_int_equal(stage.reports[0].outcome, DELIVERY_SENT);
    assert_int_equal(stage.reports[0].sequence, 5);
    assert_string_equal(stage.reports[0].receipt, "200 ok");
    assert_string_equal(webhook_stub_get(stub, 0)->path, SECRET_PATH);
    assert_true(mentions(webhook_stub_get(stub, 0), "Acme 5"));
    assert_true(health_part(stage.health, HEALTH_NOTIFIER, NULL, 0));
    stage_close(&stage);
    assert_int_equal(webhook_stub_count(stub), 1);
    webhook_stub_stop(stub);
}

static void test_order_holds_with_a_second_between_two_to_one_receiver(void **state)
{
    (void) state;
    struct stage stage;
    struct webhook_stub *stub = webhook_stub_start((const char *const[]) {OK, NULL}, 0);
    stage_open(&stage, webhook_stub_port(stub), webhook_stub_port(stub));   /* one URL: two names are one receiver */
    claim(&stage, 1, "chat");
    claim(&stage, 2, "page");
    wait_for_reports(&stage, 2);

    const struct webhook_request *first = webhook_stub_get(stub, 0), *second = webhook_stub_get(stub, 1);
    assert_true(mentions(first, "Acme 1") && mentions(second, "Acme 2"));
    if (second->at_mono_ms - first->at_mono_ms < 950)
        fail_msg("%lld ms between two messages", (long long) (second->at_mono_ms - first->at_mono_ms));
    stage_close(&stage);
    webhook_stub_stop(stub);
}

static void test_a_slow_receiver_does_not_hold_up_another(void **state)
{
    (void) state;
    struct stage stage;
    struct webhook_stub *slow = webhook_stub_start((const char *const[]) {OK, NULL}, 1500);
    struct webhook_stub *fast = webhook_stub_start((const char *const[]) {OK, NULL}, 0);
    stage_open(&stage, webhook_stub_port(slow), webhook_stub_port(fast));
    claim(&stage, 1, "chat");
    wait_for_requests(slow, 1);
    claim(&stage, 2, "page");
    wait_for_reports(&stage, 2);

    assert_int_equal(stage.reports[0].sequence, 2);
    assert_int_equal(stage.reports[1].sequence, 1);
    stage_close(&stage);
    webhook_stub_stop(slow);
    webhook_stub_stop(fast);
}

static void test_retry_after_is_waited_for(void **state)
{
    (void) state;
    struct stage stage;
    struct webhook_stub *stub = webhook_stub_start((const char *const[]) {SLOWER, OK, NULL}, 0);
    stage_open(&stage, webhook_stub_port(stub), 1);
    claim(&stage, 1, "chat");
    wait_for_reports(&stage, 2);

    assert_int_equal(stage.reports[0].outcome, DELIVERY_RETRY);
    assert_int_equal(stage.reports[1].outcome, DELIVERY_SENT);
    assert_true(webhook_stub_get(stub, 1)->at_mono_ms - webhook_stub_get(stub, 0)->at_mono_ms >= 950);
    stage_close(&stage);
    webhook_stub_stop(stub);
}

static void test_what_becomes_of_a_message(void **state)
{
    static const struct { const char *says; const char *answer; enum delivery_outcome outcome; const char *reason; } cases[] = {
        { "refused for good", GONE, DELIVERY_DEAD, "answered 404: no_service" },
        { "cut after it was read", "", DELIVERY_AMBIGUOUS, "cut" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct stage stage;
        struct webhook_stub *stub = webhook_stub_start((const char *const[]) {cases[i].answer, NULL}, 0);
        stage_open(&stage, webhook_stub_port(stub), 1);
        claim(&stage, 1, "chat");
        wait_for_reports(&stage, 1);
        if (stage.reports[0].outcome != cases[i].outcome || strstr(stage.reports[0].reason, cases[i].reason) == NULL)
            fail_msg("%s: %d '%s'", cases[i].says, (int) stage.reports[0].outcome, stage.reports[0].reason);
        stage_close(&stage);
        assert_int_equal(webhook_stub_count(stub), 1);
        webhook_stub_stop(stub);
    }
}

static void test_nobody_listens_and_nobody_is_configured(void **state)
{
    (void) state;
    struct stage stage;
    struct webhook_stub *stub = webhook_stub_start((const char *const[]) {OK, NULL}, 0);
    unsigned port = webhook_stub_port(stub);
    webhook_stub_stop(stub);
    stage_open(&stage, port, port);
    claim(&stage, 1, "chat");
    wait_for_reports(&stage, 1);
    claim(&stage, 2, "nowhere");
    wait_for_reports(&stage, 2);

    assert_int_equal(stage.reports[0].outcome, DELIVERY_RETRY);
    assert_true(stage.reports[0].not_before_ms > clock_wall_ms() - WAIT_MS);
    assert_non_null(strstr(stage.reports[0].reason, "connect"));
    assert_int_equal(stage.reports[1].outcome, DELIVERY_DEAD);
    assert_string_equal(stage.reports[1].reason, "no_sink");
    stage_close(&stage);
}

static void test_a_row_goes_out_once_while_its_report_waits(void **state)
{
    (void) state;
    struct stage stage;
    struct webhook_stub *stub = webhook_stub_start((const char *const[]) {OK, NULL}, 0);
    stage_open(&stage, webhook_stub_port(stub), 1);
    atomic_store(&stage.core_paused, true);
    claim(&stage, 1, "chat");
    wait_for_requests(stub, 1);
    for (int i = 0; i < 20; i++) {     /* longer than the gap: only the waiting report can hold it back */
        notifier_wake(stage.notifier);
        pause_ms(60);
    }
    assert_int_equal(webhook_stub_count(stub), 1);
    atomic_store(&stage.core_paused, false);
    wait_for_reports(&stage, 1);
    stage_close(&stage);
    assert_int_equal(webhook_stub_count(stub), 1);
    webhook_stub_stop(stub);
}

static void test_a_report_that_meets_a_full_inbox_is_kept(void **state)
{
    (void) state;
    struct stage stage;
    struct webhook_stub *stub = webhook_stub_start((const char *const[]) {OK, NULL}, 0);
    stage_open(&stage, webhook_stub_port(stub), 1);
    atomic_store(&stage.core_paused, true);
    CLEANUP(mem_freep) struct inbox_item *filler = mem_new(sizeof *filler);
    filler->kind = INBOX_AUDIT;
    int r = 0;
    while (r == 0)
        r = inbox_put(stage.inbox, filler);
    assert_int_equal(r, -EAGAIN);

    claim(&stage, 1, "chat");
    wait_for_requests(stub, 1);
    pause_ms(300);                     /* the report has met the full inbox by now; if not, the test is only weaker */
    assert_int_equal(n_reports(&stage), 0);
    atomic_store(&stage.core_paused, false);
    wait_for_reports(&stage, 1);
    assert_int_equal(stage.reports[0].outcome, DELIVERY_SENT);
    stage_close(&stage);
    assert_int_equal(webhook_stub_count(stub), 1);
    webhook_stub_stop(stub);
}

static void test_an_old_row_that_comes_to_life_again_is_found(void **state)
{
    (void) state;
    struct stage stage;
    struct webhook_stub *stub = webhook_stub_start((const char *const[]) {OK, NULL}, 0);
    stage_open(&stage, webhook_stub_port(stub), 1);
    claim(&stage, 9, "chat");
    wait_for_reports(&stage, 1);
    claim(&stage, 3, "chat");          /* below everything that was ever seen */
    wait_for_reports(&stage, 2);
    assert_int_equal(stage.reports[1].sequence, 3);
    stage_close(&stage);
    webhook_stub_stop(stub);
}

static void test_stopping_lets_the_wire_finish(void **state)
{
    (void) state;
    struct stage stage;
    struct webhook_stub *stub = webhook_stub_start((const char *const[]) {OK, NULL}, 400);
    stage_open(&stage, webhook_stub_port(stub), 1);
    claim(&stage, 1, "chat");
    wait_for_requests(stub, 1);
    notifier_stop(stage.notifier, 5000);
    stage.notifier = NULL;
    assert_int_equal(n_reports(&stage), 1);
    assert_int_equal(stage.reports[0].outcome, DELIVERY_SENT);
    stage_close(&stage);
    webhook_stub_stop(stub);
}

static void test_stopping_cuts_what_does_not_finish(void **state)
{
    (void) state;
    struct stage stage;
    struct webhook_stub *stub = webhook_stub_start((const char *const[]) {OK, NULL}, 1500);
    stage_open(&stage, webhook_stub_port(stub), 1);
    claim(&stage, 1, "chat");
    wait_for_requests(stub, 1);
    notifier_stop(stage.notifier, 50);
    stage.notifier = NULL;
    assert_int_equal(n_reports(&stage), 1);
    assert_int_equal(stage.reports[0].outcome, DELIVERY_AMBIGUOUS);
    stage_close(&stage);
    webhook_stub_stop(stub);
}

static void test_another_configuration_counts_from_the_next_message(void **state)
{
    (void) state;
    struct stage stage;
    struct webhook_stub *before = webhook_stub_start((const char *const[]) {OK, NULL}, 0);
    struct webhook_stub *after = webhook_stub_start((const char *const[]) {OK, NULL}, 0);
    stage_open(&stage, webhook_stub_port(before), 1);
    claim(&stage, 1, "chat");
    wait_for_reports(&stage, 1);

    char url[96];
    struct channel_entry moved = {.name = (char *) "chat", .url = url, .allow_http = true};
    struct aggregator_config next = {.channels = &moved, .n_channels = 1, .references = 1,
                                     .http.public_url = (char *) "http://status.example"};
    (void) snprintf(url, sizeof url, "http://127.0.0.1:%u/new", webhook_stub_port(after));
    notifier_reconfigure(stage.notifier, &next);
    claim(&stage, 2, "chat");
    wait_for_reports(&stage, 2);
    assert_string_equal(webhook_stub_get(after, 0)->path, "/new");
    assert_int_equal(webhook_stub_count(before), 1);
    stage_close(&stage);
    assert_int_equal(next.references, 1);
    webhook_stub_stop(before);
    webhook_stub_stop(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_claimed_row_arrives_and_its_receipt_comes_back),
        cmocka_unit_test(test_order_holds_with_a_second_between_two_to_one_receiver),
        cmocka_unit_test(test_a_slow_receiver_does_not_hold_up_another),
        cmocka_unit_test(test_retry_after_is_waited_for),
        cmocka_unit_test(test_what_becomes_of_a_message),
        cmocka_unit_test(test_nobody_listens_and_nobody_is_configured),
        cmocka_unit_test(test_a_row_goes_out_once_while_its_report_waits),
        cmocka_unit_test(test_a_report_that_meets_a_full_inbox_is_kept),
        cmocka_unit_test(test_an_old_row_that_comes_to_life_again_is_found),
        cmocka_unit_test(test_stopping_lets_the_wire_finish),
        cmocka_unit_test(test_stopping_cuts_what_does_not_finish),
        cmocka_unit_test(test_another_configuration_counts_from_the_next_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
