/* SPDX-License-Identifier: Apache-2.0 */
/* Two lists of what was told, and what lies between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "aggregator/replay/diff.h"
#include "aggregator/replay/diff_report.h"
#include "common/buffer.h"

#define M(minutes) ((int64_t) (minutes) * 60000)

static const char *const chat[] = {"chat"};
static const char *const page_and_chat[] = {"page", "chat"};
static const char *const ops[] = {"ops"};

struct told {
    int64_t at_ms;
    enum decision_kind what;               /* DECISION_NOTIFY, DECISION_SUPPRESS, DECISION_ACK */
    enum notify_kind kind;
    const char *key;
    enum reason reason;
    const char *level;                     /* NULL: degraded */
    const char *const *channels;           /* NULL: chat */
};

enum { LIST = 8 };
#define TELL(minute, kind_, key_) {.at_ms = M(minute), .what = DECISION_NOTIFY, .kind = NOTIFY_##kind_, .key = (key_)}
#define HOLD(minute, kind_, key_, why) \
    {.at_ms = M(minute), .what = DECISION_SUPPRESS, .kind = NOTIFY_##kind_, .key = (key_), .reason = REASON_##why}

static void fill(struct notices *notices, const struct told *list)
{
    for (size_t i = 0; i < LIST && list[i].key != NULL; i++) {
        const struct told *told = &list[i];
        const char *colon = strchr(told->key, ':');
        size_t n = told->channels == page_and_chat ? 2 : 1;
        struct decision decision = {
            .kind = told->what, .at_ms = told->at_ms, .notify = told->kind, .key = told->key, .reason = told->reason,
            .service = strncmp(told->key, "service:", 8) == 0 ? colon + 1 : NULL,
            .level = told->level == NULL ? "degraded" : told->level, .op = "set",
            .channels = told->channels == NULL ? chat : told->channels,
            .n_channels = told->what == DECISION_NOTIFY ? n : 0,
        };
        assert_true(notices_add(notices, &decision));
    }
    notices_sort(notices);
}

/* The second side does not know the service `gone`. */
static bool knows(const void *context, const char *service)
{
    return context == NULL || strcmp(service, "gone") != 0;
}

struct comparison {
    struct notices sides[2];
    struct diff diff;
};

static void compare(struct comparison *comparison, const struct told *recorded, const struct told *new, struct diff_bounds bounds)
{
    *comparison = (struct comparison) {0};
    fill(&comparison->sides[0], recorded);
    fill(&comparison->sides[1], new);
    const struct diff_side a = {.notices = &comparison->sides[0], .knows = knows};
    const struct diff_side b = {.notices = &comparison->sides[1], .knows = knows, .context = &comparison->sides[1]};
    diff_make(&a, &b, &bounds, &comparison->diff);
}

static void done(struct comparison *comparison)
{
    diff_done(&comparison->diff);
    notices_done(&comparison->sides[0]);
    notices_done(&comparison->sides[1]);
}

static const struct diff_bounds always = {0, M(100000)};

/* "removed 600 - not_confirmed", one a line, times in minutes. */
static void describe(const struct diff *diff, struct buffer *out)
{
    for (size_t i = 0; i < diff->n; i++) {
        const struct difference *one = &diff->at[i];
        const struct notice *sides[] = {one->recorded, one->new};
        (void) buffer_format(out, "%s%s", out->len == 0 ? "" : "\n", diff_change_name(one->change));
        for (int s = 0; s < 2; s++) {
            if (sides[s] == NULL)
                (void) buffer_put_text(out, " -");
            else
                (void) buffer_format(out, " %lld", (long long) (sides[s]->at_ms / 60000));
        }
        (void) buffer_format(out, " %s", one->why);
    }
}

static const struct { const char *says; struct told recorded[LIST], new[LIST]; const char *differences; } cases[] = {
    { "nothing and nothing", {{0}}, {{0}}, "" },
    { "the same twice", {TELL(10, RAISE, "service:a"), TELL(20, RESOLVE, "service:a")},
      {TELL(10, RAISE, "service:a"), TELL(20, RESOLVE, "service:a")}, "" },
    { "one more", {{0}}, {TELL(10, RAISE, "service:a")}, "added - 10 not_confirmed" },
    { "one less", {TELL(10, RAISE, "service:a")}, {{0}}, "removed 10 - not_confirmed" },
    { "one later", {TELL(10, RAISE, "service:a")}, {TELL(15, RAISE, "service:a")}, "moved 10 15 not_confirmed" },
    { "one earlier", {TELL(15, RAISE, "service:a")}, {TELL(10, RAISE, "service:a")}, "moved 15 10 not_confirmed" },
    { "of another kind", {TELL(10, RAISE, "service:a")}, {TELL(10, ESCALATE, "service:a")},
      "removed 10 - not_confirmed\nadded - 10 not_confirmed" },
    { "of another key", {TELL(10, RAISE, "service:a")}, {TELL(10, RAISE, "service:b")},
      "removed 10 - not_confirmed\nadded - 10 not_confirmed" },
    { "twelve hours later is the same one", {TELL(0, RAISE, "service:a")}, {TELL(720, RAISE, "service:a")}, "moved 0 720 not_confirmed" },
    { "a minute more is another", {TELL(0, RAISE, "service:a")}, {TELL(721, RAISE, "service:a")},
      "removed 0 - not_confirmed\nadded - 721 not_confirmed" },
    { "of two the nearer has moved", {TELL(0, RAISE, "service:a"), TELL(100, RAISE, "service:a")}, {TELL(110, RAISE, "service:a")},
      "removed 0 - not_confirmed\nmoved 100 110 not_confirmed" },
    { "likewise of the new", {TELL(110, RAISE, "service:a")}, {TELL(0, RAISE, "service:a"), TELL(100, RAISE, "service:a")},
      "added - 0 not_confirmed\nmoved 110 100 not_confirmed" },
    { "equal ones belong together", {TELL(0, RAISE, "service:a"), TELL(10, RAISE, "service:a")},
      {TELL(10, RAISE, "service:a"), TELL(12, RAISE, "service:a")}, "removed 0 - not_confirmed\nadded - 12 not_confirmed" },
    { "two that both moved", {TELL(0, RAISE, "service:a"), TELL(100, RAISE, "service:a")},
      {TELL(10, RAISE, "service:a"), TELL(110, RAISE, "service:a")}, "moved 0 10 not_confirmed\nmoved 100 110 not_confirmed" },
    { "another level", {TELL(10, RAISE, "service:a")},
      {{.at_ms = M(10), .what = DECISION_NOTIFY, .key = "service:a", .level = "major_outage"}}, "changed 10 10 level" },
    { "other channels", {TELL(10, RAISE, "service:a")},
      {{.at_ms = M(10), .what = DECISION_NOTIFY, .key = "service:a", .channels = page_and_chat}}, "changed 10 10 channels" },
    { "what held it", {TELL(10, RAISE, "service:a")}, {HOLD(10, RAISE, "service:a", DEPENDENCY)}, "removed 10 - dependency" },
    { "what has held it since long", {TELL(5000, RAISE, "service:a")}, {HOLD(10, RAISE, "service:a", MAINTENANCE)}, "removed 5000 - maintenance" },
    { "what holds it later", {TELL(10, RAISE, "service:a")}, {HOLD(15, RAISE, "service:a", DEPENDENCY)}, "removed 10 - dependency" },
    { "what held it in an episode that is over", {TELL(900, RAISE, "service:a")},
      {HOLD(10, RAISE, "service:a", DEPENDENCY), HOLD(20, RESOLVE, "service:a", NOT_ANNOUNCED)}, "removed 900 - not_confirmed" },
    { "a hold that delays", {TELL(10, RAISE, "service:a")},
      {HOLD(10, RAISE, "service:a", CORRELATION_HOLD), TELL(11, RAISE, "service:a")}, "moved 10 11 correlation_hold" },
    { "a hold that is no more", {HOLD(10, RAISE, "service:a", NO_ROUTE)}, {TELL(10, RAISE, "service:a")}, "added - 10 no_route" },
    { "a resolve of what was never told", {TELL(10, RAISE, "service:a"), TELL(20, RESOLVE, "service:a")},
      {HOLD(10, RAISE, "service:a", NO_ROUTE), HOLD(20, RESOLVE, "service:a", NOT_ANNOUNCED)},
      "removed 10 - no_route\nremoved 20 - not_announced" },
    { "a reminder", {TELL(10, REMINDER, "service:a")}, {{0}}, "removed 10 - not_due" },
    { "of a poller", {TELL(10, RAISE, "poller:a/p")}, {{0}}, "removed 10 - not_open" },
    { "of flapping", {TELL(10, FLAP_START, "flap:a")}, {{0}}, "removed 10 - not_flapping" },
    { "of a service that the new one does not know", {TELL(10, RAISE, "service:gone")}, {{0}}, "removed 10 - unknown_service" },
};

static void test_added_removed_moved_changed(void **state)
{
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct comparison comparison;
        struct buffer lines;
        buffer_init(&lines, 4096);
        compare(&comparison, cases[i].recorded, cases[i].new, always);
        describe(&comparison.diff, &lines);
        if (strcmp(lines.len == 0 ? "" : lines.bytes, cases[i].differences) != 0)
            fail_msg("%s: %s", cases[i].says, lines.bytes);
        buffer_done(&lines);
        done(&comparison);
    }
}

static void test_bounds(void **state)
{
    static const struct told recorded[LIST] = {
        TELL(9, RAISE, "service:a"), TELL(10, RAISE, "service:b"), TELL(19, RAISE, "service:c"), TELL(20, RAISE, "service:d"),
        TELL(5, RAISE, "service:e"), TELL(10, RAISE, "service:f"),
    };
    static const struct told new[LIST] = {TELL(12, RAISE, "service:e"), TELL(10, RAISE, "service:f")};
    struct comparison comparison;
    struct buffer lines;
    (void) state;

    buffer_init(&lines, 4096);
    compare(&comparison, recorded, new, (struct diff_bounds) {M(10), M(20)});
    describe(&comparison.diff, &lines);
    assert_string_equal(lines.bytes, "removed 10 - not_confirmed\nremoved 19 - not_confirmed\nmoved 5 12 not_confirmed");
    assert_int_equal(comparison.diff.recorded.notifications, 3);
    assert_int_equal(comparison.diff.new.notifications, 2);
    assert_int_equal(comparison.diff.n_same, 1);
    buffer_done(&lines);
    done(&comparison);
}

static const struct { const char *says; struct told told[LIST]; int64_t points; } noises[] = {
    { "silence", {{0}}, 0 },
    { "a raise that goes on", {TELL(0, RAISE, "service:a")}, 1 },
    { "a raise that ends after more than half an hour", {TELL(0, RAISE, "service:a"), TELL(31, RESOLVE, "service:a")}, 1 },
    { "a raise that ends by itself after half an hour", {TELL(0, RAISE, "service:a"), TELL(30, RESOLVE, "service:a")}, 3 },
    { "somebody had acknowledged it", {TELL(0, RAISE, "service:a"), {.at_ms = M(5), .what = DECISION_ACK, .key = "service:a"},
      TELL(30, RESOLVE, "service:a")}, 1 },
    { "somebody had acknowledged another", {TELL(0, RAISE, "service:a"), {.at_ms = M(5), .what = DECISION_ACK, .key = "service:b"},
      TELL(30, RESOLVE, "service:a")}, 3 },
    { "somebody had acknowledged an earlier one", {{.at_ms = M(1), .what = DECISION_ACK, .key = "service:a"}, TELL(2, RAISE, "service:a"),
      TELL(30, RESOLVE, "service:a")}, 3 },
    { "nobody is called by ops", {{.what = DECISION_NOTIFY, .key = "poller:a/p", .channels = ops}}, 0 },
    { "a page and a chat are one", {{.what = DECISION_NOTIFY, .key = "service:a", .channels = page_and_chat}}, 1 },
    { "each kind of trouble", {TELL(0, RAISE, "service:a"), TELL(1, ESCALATE, "service:a"), TELL(2, AGGREGATE, "service:a"),
      TELL(3, REMINDER, "service:a"), TELL(4, FLAP_START, "flap:a")}, 5 },
    { "nothing that eases", {TELL(1, IMPROVE, "service:a"), TELL(2, RESOLVE, "service:a"), TELL(3, FLAP_STOP, "flap:a")}, 0 },
};

static void test_noise(void **state)
{
    static const struct told nothing[LIST] = {{0}};
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(noises); i++) {
        struct comparison comparison;
        compare(&comparison, noises[i].told, nothing, always);
        if (comparison.diff.recorded.points != noises[i].points || comparison.diff.new.points != 0)
            fail_msg("%s: %lld", noises[i].says, (long long) comparison.diff.recorded.points);
        done(&comparison);
    }
}

static void test_noise_a_day(void **state)
{
    static const struct { const char *says; int64_t points, minutes, centi; } days[] = {
        { "a day", 3, 1440, 300 },
        { "less than a day counts as one", 3, 1, 300 },
        { "a week, rounded down", 2, 7 * 1440, 28 },
        { "nothing", 0, 1440, 0 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
        int64_t centi = diff_noise_centi(days[i].points, &(struct diff_bounds) {M(7), M(7 + days[i].minutes)});
        if (centi != days[i].centi)
            fail_msg("%s: %lld", days[i].says, (long long) centi);
    }
}

static void test_report_bundles_by_service_and_reason(void **state)
{
    static const struct told recorded[LIST] = {
        TELL(10, RAISE, "service:a"), TELL(20, RESOLVE, "service:a"), TELL(10, RAISE, "service:b"), TELL(10, RAISE, "poller:a/p"),
    };
    static const struct told new[LIST] = {HOLD(10, RAISE, "service:a", DEPENDENCY), TELL(13, RAISE, "service:b")};
    struct comparison comparison;
    (void) state;

    compare(&comparison, recorded, new, always);
    json_t *json = diff_report_json(&(struct diff_report) {.diff = &comparison.diff, .bounds = always, .config = "new.yaml"});
    char *by = json_dumps(json_object_get(json, "by"), JSON_COMPACT);
    assert_string_equal(by,
        "[{\"subject\":\"a\",\"why\":\"dependency\",\"added\":0,\"removed\":1,\"moved\":0,\"changed\":0},"
        "{\"subject\":\"a\",\"why\":\"not_confirmed\",\"added\":0,\"removed\":1,\"moved\":0,\"changed\":0},"
        "{\"subject\":\"b\",\"why\":\"not_confirmed\",\"added\":0,\"removed\":0,\"moved\":1,\"changed\":0},"
        "{\"subject\":\"poller:a/p\",\"why\":\"not_open\",\"added\":0,\"removed\":1,\"moved\":0,\"changed\":0}]");
    assert_int_equal(json_integer_value(json_object_get(json, "removed")), 3);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "recorded"), "notifications")), 4);
    free(by);
    json_decref(json);
    done(&comparison);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_added_removed_moved_changed),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_noise_a_day),
        cmocka_unit_test(test_report_bundles_by_service_and_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
