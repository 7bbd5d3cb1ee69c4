/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aggregator/outbox.h"
#include "common/mem.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static struct outbox *outbox;
static OutboxRow rows[400];          /* as they would be stored, by sequence */
static ToldRow told[400];
static size_t n_told;

static int setup(void **state)
{
    (void) state;
    outbox = outbox_new();
    memset(rows, 0, sizeof rows);
    n_told = 0;
    return 0;
}

static int teardown(void **state)
{
    (void) state;
    outbox_free(outbox);
    return 0;
}

static void store(void)
{
    const OutboxRow *row;
    while (outbox_next_changed(outbox, &row))
        rows[row->sequence] = *row;
    const ToldRow *one;
    while (outbox_next_told(outbox, &one))
        told[n_told++] = *one;
    assert_false(outbox_has_changes(outbox));
}

static void add(uint64_t sequence, const char *receiver, const char *key, const char *kind, const char *level)
{
    OutboxRow row = {.sequence = sequence, .decided_at_ms = 1000};
    snprintf(row.receiver, sizeof row.receiver, "%s", receiver);
    snprintf(row.key, sizeof row.key, "%s", key);
    snprintf(row.kind, sizeof row.kind, "%s", kind);
    snprintf(row.level, sizeof row.level, "%s", level);
    outbox_add(outbox, &row, 1000);
    store();
}

static uint32_t claim(int64_t now_ms)
{
    uint32_t n = outbox_claim(outbox, now_ms);
    store();
    return n;
}

static bool report(uint64_t sequence, enum delivery_outcome outcome, int64_t not_before_ms, int64_t now_ms)
{
    struct delivery delivery = {
        .sequence = sequence, .outcome = outcome, .not_before_ms = not_before_ms, .receipt = "ok", .reason = "503"};
    bool taken = outbox_report(outbox, &delivery, now_ms);
    store();
    return taken;
}

static void test_each_outcome_leads_to_its_state(void **state)
{
    static const struct {
        const char *says;
        enum delivery_outcome outcome;
        int64_t at_ms;
        OutboxState then;
        uint32_t ambiguous;
        size_t told;
    } cases[] = {
        {"taken", DELIVERY_SENT, 2000, OUTBOX_SENT, 0, 1},
        {"certainly not taken", DELIVERY_RETRY, 2000, OUTBOX_PENDING, 0, 0},
        {"perhaps taken", DELIVERY_AMBIGUOUS, 2000, OUTBOX_AMBIGUOUS, 1, 0},
        {"never to be taken", DELIVERY_DEAD, 2000, OUTBOX_DEAD, 0, 0},
        {"not taken, a millisecond short of a day", DELIVERY_RETRY, 1000 + DAY_MS - 1, OUTBOX_PENDING, 0, 0},
        {"not taken for a day", DELIVERY_RETRY, 1000 + DAY_MS, OUTBOX_DEAD, 0, 0},
        {"perhaps taken, after a day", DELIVERY_AMBIGUOUS, 1000 + DAY_MS, OUTBOX_DEAD, 1, 0},
        {"taken after a day all the same", DELIVERY_SENT, 1000 + DAY_MS, OUTBOX_SENT, 0, 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        setup(state);
        add(1, "chat", "service:a", "raise", "major_outage");
        assert_int_equal(rows[1].state, OUTBOX_PENDING);
        assert_false(report(1, cases[i].outcome, 0, cases[i].at_ms));   /* nobody may report what is not claimed */
        assert_int_equal(claim(1000), 1);
        assert_int_equal(rows[1].state, OUTBOX_CLAIMED);
        assert_true(report(1, cases[i].outcome, cases[i].at_ms + 5, cases[i].at_ms));
        if (rows[1].state != cases[i].then || rows[1].ambiguous != cases[i].ambiguous || n_told != cases[i].told)
            fail_msg("%s: state %d", cases[i].says, (int) rows[1].state);
        assert_int_equal(rows[1].attempts, 1);
        assert_false(report(1, cases[i].outcome, 0, cases[i].at_ms));   /* nor twice */
        bool finished = cases[i].then == OUTBOX_SENT || cases[i].then == OUTBOX_DEAD;
        assert_int_equal(outbox_unfinished(outbox), finished ? 0 : 1);
        teardown(state);
    }
}

static void test_attempts_have_an_end(void **state)
{
    (void) state;
    add(1, "chat", "service:a", "raise", "major_outage");
    int64_t now_ms = 1000;
    for (uint32_t n = 1; n <= OUTBOX_ATTEMPTS_MAX; n++) {
        assert_int_equal(claim(now_ms), 1);
        assert_true(report(1, DELIVERY_RETRY, now_ms + 10, now_ms));
        assert_int_equal(claim(now_ms), 0);
        now_ms += 10;
    }
    assert_int_equal(rows[1].state, OUTBOX_DEAD);
    assert_string_equal(rows[1].reason, "given up after 500 attempts: 503");
}

static void test_nobody_to_tell_is_a_dead_letter(void **state)
{
    (void) state;
    add(1, "", "service:a", "raise", "major_outage");
    assert_int_equal(rows[1].state, OUTBOX_DEAD);
    assert_string_equal(rows[1].reason, "no_sink");
    assert_int_equal(outbox_unfinished(outbox), 0);
}

static void test_an_idle_channel_claims_at_once_a_busy_one_in_bulk(void **state)
{
    (void) state;
    char key[32];
    add(1, "chat", "service:a", "raise", "degraded");
    assert_int_equal(claim(1000), 1);
    for (uint64_t i = 2; i <= 20; i++) {
        snprintf(key, sizeof key, "service:%d", (int) i);
        add(i, "chat", key, "raise", "degraded");
    }
    assert_int_equal(claim(1000), 0);
    add(21, "page", "service:a", "raise", "degraded");
    assert_int_equal(claim(1000), 1);              /* another receiver does not wait */
    assert_true(report(1, DELIVERY_SENT, 0, 1100));
    assert_int_equal(claim(1100), OUTBOX_CLAIM_MAX);
    assert_int_equal(rows[2].state, OUTBOX_CLAIMED);
    assert_int_equal(rows[17].state, OUTBOX_CLAIMED);
    assert_int_equal(rows[18].state, OUTBOX_PENDING);
}

static void test_what_failed_is_not_overtaken(void **state)
{
    (void) state;
    add(1, "chat", "service:a", "raise", "degraded");
    add(2, "chat", "service:b", "raise", "degraded");
    assert_int_equal(claim(1000), 2);
    assert_true(report(1, DELIVERY_RETRY, 5000, 1000));
    assert_int_equal(claim(1000), 0);
    assert_true(report(2, DELIVERY_RETRY, 2000, 1000));
    assert_int_equal(claim(4999), 0);
    assert_int_equal(outbox_due(outbox), 5000);
    assert_int_equal(claim(5000), 1);              /* one alone, to see whether it is taken */
    assert_int_equal(rows[1].state, OUTBOX_CLAIMED);
    assert_int_equal(rows[2].state, OUTBOX_PENDING);
    assert_true(report(1, DELIVERY_SENT, 0, 5001));
    assert_int_equal(claim(5001), 1);
    assert_int_equal(rows[2].state, OUTBOX_CLAIMED);
}

static void test_a_clock_gone_back_puts_nothing_off(void **state)
{
    (void) state;
    add(1, "chat", "service:a", "raise", "degraded");
    assert_int_equal(claim(1000 + 10 * (int64_t) OUTBOX_DELAY_MS_MAX), 1);
    assert_true(report(1, DELIVERY_RETRY, INT64_MAX, 10 * (int64_t) OUTBOX_DELAY_MS_MAX));
    assert_int_equal(rows[1].next_attempt_ms, 11 * (int64_t) OUTBOX_DELAY_MS_MAX);
    assert_int_equal(claim(1000), 1);
}

/* One story a line: what was decided, in order, while the channel was busy; what is left of it. */
static void test_rows_fold_before_they_are_claimed(void **state)
{
    static const struct {
        const char *says;
        bool told_before;                          /* the receiver was told "degraded" of this key */
        const char *kinds[3];
        const char *levels[3];
        OutboxState states[3];
        const char *kind_left;                     /* of the last one, when it is pending */
        const char *previous;
    } cases[] = {
        {"a raise alone", false, {"raise"}, {"major_outage"}, {OUTBOX_PENDING}, "raise", ""},
        {"a raise and its resolve become nothing",
         false,
         {"raise", "resolve"},
         {"major_outage", "operational"},
         {OUTBOX_SUPERSEDED, OUTBOX_SUPERSEDED},
         NULL,
         NULL},
        {"a raise that got worse is one raise",
         false,
         {"raise", "escalate"},
         {"degraded", "major_outage"},
         {OUTBOX_SUPERSEDED, OUTBOX_PENDING},
         "raise",
         ""},
        {"worse and over again: nothing",
         false,
         {"raise", "escalate", "resolve"},
         {"degraded", "major_outage", "operational"},
         {OUTBOX_SUPERSEDED, OUTBOX_SUPERSEDED, OUTBOX_SUPERSEDED},
         NULL,
         NULL},
        {"who was told is told that it is over",
         true,
         {"escalate", "resolve"},
         {"major_outage", "operational"},
         {OUTBOX_SUPERSEDED, OUTBOX_PENDING},
         "resolve",
         "degraded"},
        {"who was told hears the last word",
         true,
         {"escalate", "improve"},
         {"major_outage", "partial_outage"},
         {OUTBOX_SUPERSEDED, OUTBOX_PENDING},
         "improve",
         "degraded"},
        {"over and there again",
         true,
         {"resolve", "raise"},
         {"operational", "major_outage"},
         {OUTBOX_SUPERSEDED, OUTBOX_PENDING},
         "raise",
         "degraded"},
        {"flapping that came and went",
         false,
         {"flap_start", "flap_stop"},
         {"degraded", "operational"},
         {OUTBOX_SUPERSEDED, OUTBOX_SUPERSEDED},
         NULL,
         NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        setup(state);
        if (cases[i].told_before)
            outbox_load_told(outbox,
                             &(ToldRow){.channel = "chat", .key = "service:a", .level = "degraded", .kind = "raise"});
        add(1, "chat", "service:other", "raise", "degraded");
        assert_int_equal(claim(1000), 1);
        uint64_t last = 1;
        for (size_t n = 0; n < 3 && cases[i].kinds[n] != NULL; n++)
            add(++last, "chat", "service:a", cases[i].kinds[n], cases[i].levels[n]);
        for (uint64_t sequence = 2; sequence <= last; sequence++) {
            if (rows[sequence].state != cases[i].states[sequence - 2])
                fail_msg("%s: row %d is %d", cases[i].says, (int) sequence, (int) rows[sequence].state);
            if (rows[sequence].state == OUTBOX_SUPERSEDED && sequence < last)
                assert_int_equal(rows[sequence].superseded_by, sequence + 1);
        }
        if (cases[i].kind_left != NULL) {
            assert_string_equal(rows[last].kind, cases[i].kind_left);
            assert_string_equal(rows[last].previous_level, cases[i].previous);
        }
        teardown(state);
    }
}

static void test_what_may_have_been_heard_is_resolved(void **state)
{
    (void) state;
    add(1, "chat", "service:a", "raise", "degraded");
    assert_int_equal(claim(1000), 1);
    add(2, "chat", "service:a", "resolve", "operational");
    assert_int_equal(rows[2].state, OUTBOX_PENDING);            /* the raise is on the wire */
    assert_true(report(1, DELIVERY_AMBIGUOUS, 2000, 1500));
    assert_int_equal(rows[1].state, OUTBOX_SUPERSEDED);
    assert_int_equal(rows[1].superseded_by, 2);
    assert_int_equal(rows[2].state, OUTBOX_PENDING);
    assert_int_equal(rows[2].ambiguous, 1);
    assert_int_equal(claim(1500), 1);
}

static void test_what_was_certainly_not_heard_is_not(void **state)
{
    (void) state;
    add(1, "chat", "service:a", "raise", "degraded");
    assert_int_equal(claim(1000), 1);
    add(2, "chat", "service:a", "resolve", "operational");
    assert_true(report(1, DELIVERY_RETRY, 2000, 1500));
    assert_int_equal(rows[1].state, OUTBOX_SUPERSEDED);
    assert_int_equal(rows[2].state, OUTBOX_SUPERSEDED);
    assert_int_equal(outbox_unfinished(outbox), 0);
}

static void test_told_is_what_was_sent_last(void **state)
{
    (void) state;
    add(1, "chat", "service:a", "raise", "degraded");
    claim(1000);
    assert_true(report(1, DELIVERY_SENT, 0, 1100));
    assert_int_equal(n_told, 1);
    assert_string_equal(told[0].channel, "chat");
    assert_string_equal(told[0].key, "service:a");
    assert_string_equal(told[0].level, "degraded");
    assert_int_equal(told[0].outbox, 1);
    add(2, "chat", "service:a", "resolve", "operational");
    assert_string_equal(rows[2].previous_level, "degraded");
    claim(1100);
    assert_true(report(2, DELIVERY_SENT, 0, 1200));
    assert_string_equal(told[1].kind, "resolve");
    add(3, "chat", "service:a", "raise", "degraded");
    add(4, "chat", "service:a", "resolve", "operational");
    assert_int_equal(rows[4].state, OUTBOX_SUPERSEDED);         /* of the new trouble nobody has heard */
}

/* A receiver that has no message for an improvement still knows the old level; the next row is measured by that. */
static void test_what_needs_no_message_is_superseded_and_not_told(void **state)
{
    (void) state;
    add(1, "page", "service:a", "raise", "major_outage");
    claim(1000);
    assert_false(rows[1].told_before);
    assert_true(report(1, DELIVERY_SENT, 0, 1100));
    add(2, "page", "service:a", "improve", "degraded");
    claim(1200);
    assert_true(rows[2].told_before);
    assert_string_equal(rows[2].previous_level, "major_outage");
    assert_true(report(2, DELIVERY_NEEDLESS, 0, 1300));
    assert_int_equal(rows[2].state, OUTBOX_SUPERSEDED);
    assert_int_equal(rows[2].superseded_by, 0);
    assert_int_equal(rows[2].attempts, 0);
    assert_int_equal(rows[2].finished_ms, 1300);
    assert_string_equal(rows[2].reason, "503");
    assert_int_equal(n_told, 1);
    add(3, "page", "service:a", "escalate", "partial_outage");
    claim(1400);
    assert_string_equal(rows[3].previous_level, "major_outage");
    assert_int_equal(outbox_unfinished(outbox), 1);
}

/* What waits while the first is on the wire learns at its claim what became of that. */
static void test_what_was_heard_is_known_at_the_claim(void **state)
{
    static const struct { const char *says; enum delivery_outcome first; bool told; const char *previous; } cases[] = {
        {"it was taken", DELIVERY_SENT, true, "degraded"},
        {"it was refused for good", DELIVERY_DEAD, false, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void) teardown(state);
        (void) setup(state);
        add(1, "page", "service:a", "raise", "degraded");
        claim(1000);
        add(2, "page", "service:a", "reminder", "degraded");
        assert_true(report(1, cases[i].first, 0, 1100));
        assert_int_equal(claim(1200), 1);
        if (rows[2].told_before != cases[i].told || strcmp(rows[2].previous_level, cases[i].previous) != 0)
            fail_msg("%s: told %d at '%s'", cases[i].says, rows[2].told_before, rows[2].previous_level);
    }
}

static void test_after_a_crash_the_claimed_are_ambiguous(void **state)
{
    (void) state;
    OutboxRow claimed = {.sequence = 1,
                         .state = OUTBOX_CLAIMED,
                         .receiver = "chat",
                         .key = "service:a",
                         .kind = "raise",
                         .decided_at_ms = 1};
    OutboxRow pending = {.sequence = 2,
                         .state = OUTBOX_PENDING,
                         .receiver = "chat",
                         .key = "service:b",
                         .kind = "raise",
                         .decided_at_ms = 1};
    OutboxRow sent = {.sequence = 3, .state = OUTBOX_SENT, .receiver = "chat", .key = "service:c", .kind = "raise"};
    outbox_load(outbox, &claimed);
    outbox_load(outbox, &pending);
    outbox_load(outbox, &sent);
    assert_int_equal(outbox_unfinished(outbox), 2);
    store();
    assert_int_equal(rows[1].state, OUTBOX_AMBIGUOUS);
    assert_int_equal(rows[1].ambiguous, 1);
    assert_int_equal(rows[2].sequence, 0);                      /* unchanged: not written again */
    assert_int_equal(claim(1000), 1);
    assert_int_equal(rows[1].state, OUTBOX_CLAIMED);
}

static bool only_page(const void *context, const char *receiver)
{
    (void) context;
    return strcmp(receiver, "page") == 0;
}

static void test_a_receiver_that_is_gone_leaves_dead_letters(void **state)
{
    (void) state;
    add(1, "chat", "service:a", "raise", "degraded");
    claim(1000);
    add(2, "chat", "service:b", "raise", "degraded");
    add(3, "page", "service:b", "raise", "degraded");
    outbox_drop_receivers(outbox, only_page, NULL, 2000);
    store();
    assert_int_equal(rows[1].state, OUTBOX_CLAIMED);            /* on the wire: its report will come */
    assert_int_equal(rows[2].state, OUTBOX_DEAD);
    assert_string_equal(rows[2].reason, "no_sink");
    assert_int_equal(rows[3].state, OUTBOX_PENDING);
}

static void test_there_is_an_end_to_what_waits(void **state)
{
    (void) state;
    static OutboxRow row = {.receiver = "chat", .kind = "raise"};
    for (uint64_t i = 1; i <= OUTBOX_UNFINISHED_MAX + 1; i++) {
        row.sequence = i;
        snprintf(row.key, sizeof row.key, "service:%d", (int) i);
        outbox_add(outbox, &row, 1);
    }
    assert_int_equal(outbox_unfinished(outbox), OUTBOX_UNFINISHED_MAX);
    const OutboxRow *changed = NULL;
    uint32_t dead = 0;
    while (outbox_next_changed(outbox, &changed))
        dead += changed->state == OUTBOX_DEAD && strcmp(changed->reason, "outbox_full") == 0;
    assert_int_equal(dead, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* ---- by hand */

static void kill_row(uint64_t sequence, int64_t now_ms)
{
    assert_int_equal(claim(now_ms), 1);
    assert_true(report(sequence, DELIVERY_DEAD, 0, now_ms));
    assert_int_equal(rows[sequence].state, OUTBOX_DEAD);
}

static void revive(uint64_t sequence, int64_t now_ms)
{
    OutboxRow row = rows[sequence];
    outbox_revive(outbox, &row, now_ms);
    store();
}

static void drop(uint64_t sequence, int64_t now_ms)
{
    OutboxRow row = rows[sequence];
    snprintf(row.dropped_by, sizeof row.dropped_by, "token:ann");
    snprintf(row.dropped_reason, sizeof row.dropped_reason, "told by phone");
    outbox_drop(outbox, &row, now_ms);
    store();
}

static void test_what_is_retried_has_its_time_and_attempts_anew(void **state)
{
    (void) state;
    int64_t later_ms = 1000 + 3 * (int64_t) DAY_MS;
    add(1, "chat", "service:a", "raise", "degraded");
    kill_row(1, 2000);
    revive(1, later_ms);
    assert_int_equal(rows[1].state, OUTBOX_PENDING);
    assert_int_equal(rows[1].attempts, 0);
    assert_int_equal(rows[1].earlier_attempts, 1);
    assert_int_equal(rows[1].retries, 1);
    assert_string_equal(rows[1].reason, "");
    assert_int_equal(outbox_unfinished(outbox), 1);

    assert_int_equal(claim(later_ms), 1);
    assert_true(report(1, DELIVERY_RETRY, later_ms + 10, later_ms + DAY_MS - 1));
    assert_int_equal(rows[1].state, OUTBOX_PENDING);       /* three days old, retried less than one ago */
    assert_int_equal(claim(later_ms + DAY_MS), 1);
    assert_true(report(1, DELIVERY_RETRY, later_ms + 10, later_ms + DAY_MS));
    assert_int_equal(rows[1].state, OUTBOX_DEAD);
    assert_int_equal(rows[1].attempts + rows[1].earlier_attempts, 3);
}

static void test_a_retried_one_folds_as_any_other(void **state)
{
    (void) state;
    add(1, "chat", "service:a", "raise", "degraded");
    kill_row(1, 2000);
    add(2, "chat", "service:a", "escalate", "major_outage");
    kill_row(2, 2000);
    revive(1, 3000);
    revive(2, 3000);                       /* both in one go: the newer is told, as the first that is heard */
    assert_int_equal(rows[1].state, OUTBOX_SUPERSEDED);
    assert_int_equal(rows[1].superseded_by, 2);
    assert_string_equal(rows[2].kind, "raise");
    add(3, "chat", "service:a", "resolve", "operational");
    assert_int_equal(rows[2].state, OUTBOX_SUPERSEDED);
    assert_int_equal(rows[3].state, OUTBOX_SUPERSEDED);    /* of neither was anything heard */
    assert_int_equal(claim(4000), 0);
}

static void test_what_a_receiver_knows_and_will_know(void **state)
{
    (void) state;
    assert_int_equal(outbox_knowledge(outbox, "chat", "service:a").coming, 0);
    add(1, "chat", "service:a", "raise", "degraded");
    assert_int_equal(outbox_knowledge(outbox, "chat", "service:a").coming, 1);
    assert_int_equal(outbox_knowledge(outbox, "page", "service:a").coming, 0);
    assert_int_equal(claim(1000), 1);
    add(2, "chat", "service:a", "escalate", "major_outage");
    assert_int_equal(outbox_knowledge(outbox, "chat", "service:a").coming, 2);
    assert_false(outbox_knowledge(outbox, "chat", "service:a").heard);

    struct delivery sent = {.sequence = 1, .outcome = DELIVERY_SENT};
    assert_true(outbox_report(outbox, &sent, 2000));
    assert_int_equal(outbox_knowledge(outbox, "chat", "service:a").told, 1);     /* not stored yet */
    assert_int_equal(outbox_find(outbox, 1)->state, OUTBOX_SENT);                /* likewise */
    store();
    assert_int_equal(outbox_knowledge(outbox, "chat", "service:a").told, 0);
    assert_true(outbox_knowledge(outbox, "chat", "service:a").heard);
    assert_null(outbox_find(outbox, 1));
    assert_int_equal(outbox_find(outbox, 2)->state, OUTBOX_PENDING);
}

static void test_what_is_dropped_waits_no_more(void **state)
{
    (void) state;
    add(1, "chat", "service:a", "raise", "degraded");
    drop(1, 5000);
    assert_int_equal(rows[1].state, OUTBOX_DEAD);
    assert_string_equal(rows[1].reason, "told by phone");
    assert_string_equal(rows[1].dropped_by, "token:ann");
    assert_int_equal(rows[1].dropped_at_ms, 5000);
    assert_int_equal(outbox_unfinished(outbox), 0);
    assert_int_equal(claim(6000), 0);

    add(2, "chat", "service:b", "raise", "degraded");
    kill_row(2, 7000);
    drop(2, 8000);
    assert_string_equal(rows[2].reason, "503");            /* what killed it stays */
    assert_string_equal(rows[2].dropped_reason, "told by phone");
    assert_int_equal(rows[2].finished_ms, 7000);
}

static void test_a_retry_outlives_a_crash(void **state)
{
    (void) state;
    add(1, "chat", "service:a", "raise", "degraded");
    kill_row(1, 2000);
    revive(1, 3000);
    outbox_free(outbox);
    outbox = outbox_new();
    outbox_load(outbox, &rows[1]);
    assert_int_equal(claim(4000), 1);
    assert_true(report(1, DELIVERY_SENT, 0, 4000));
    assert_int_equal(rows[1].state, OUTBOX_SENT);
    assert_int_equal(rows[1].retries, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_outcome_leads_to_its_state),
        TEST(test_attempts_have_an_end),
        TEST(test_nobody_to_tell_is_a_dead_letter),
        TEST(test_what_needs_no_message_is_superseded_and_not_told),
        TEST(test_what_was_heard_is_known_at_the_claim),
        TEST(test_an_idle_channel_claims_at_once_a_busy_one_in_bulk),
        TEST(test_what_failed_is_not_overtaken),
        TEST(test_a_clock_gone_back_puts_nothing_off),
        cmocka_unit_test(test_rows_fold_before_they_are_claimed),
        TEST(test_what_may_have_been_heard_is_resolved),
        TEST(test_what_was_certainly_not_heard_is_not),
        TEST(test_told_is_what_was_sent_last),
        TEST(test_after_a_crash_the_claimed_are_ambiguous),
        TEST(test_a_receiver_that_is_gone_leaves_dead_letters),
        TEST(test_there_is_an_end_to_what_waits),
        TEST(test_what_is_retried_has_its_time_and_attempts_anew),
        TEST(test_a_retried_one_folds_as_any_other),
        TEST(test_what_a_receiver_knows_and_will_know),
        TEST(test_what_is_dropped_waits_no_more),
        TEST(test_a_retry_outlives_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
