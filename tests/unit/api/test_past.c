/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about a time that is over: one at a time, on a thread of their own, given up when nobody waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <string.h>

#include "rig.h"

#define EXPLAIN "/api/services/acme/explain"

static struct rig rig;

static int start(void **state)
{
    (void) state;
    rig = (struct rig) {0};
    rig_start(&rig, "");
    return 0;
}

static int stop(void **state)
{
    (void) state;
    rig.past_held = false;
    rig_stop(&rig);
    return 0;
}

static void expect(const char *path, int status, const char *words)
{
    struct answer answer = rig_get(&rig, path, "");

    if (answer.status != status || answer.body == NULL || strstr(answer.body, words) == NULL)
        fail_msg("%s: %d, %s", path, answer.status, answer.body);
    answer_done(&answer);
}

static void wait_for(const _Atomic int *count, int n)
{
    for (int i = 0; *count < n && i < 20000; i++)
        (void) poll(NULL, 0, 1);
    assert_true(*count >= n);
}

/* ---------------------------------------------------------------- what is asked */

static void test_what_can_be_asked(void **state)
{
    static const struct { const char *path; int status; const char *words; } cases[] = {
        { EXPLAIN "?at=", 400, "at must be a time such as" },
        { EXPLAIN "?at=tuesday", 400, "relative such as -6h" },
        { EXPLAIN "?at=6h", 400, "at must be a time" },
        { EXPLAIN "?until=-6h", 400, "no query parameter until" },
        { EXPLAIN "?at=2999-01-01T00:00:00Z", 400, "at is later than now, which is 20" },
        { EXPLAIN "?at=1999-12-31T23:59:59.999Z", 400, "begins at 2000-01-01" },
        { EXPLAIN "?at=2000-01-01T00:00:00Z", 422, "urn:tocsin:problem:too-far" },
        { EXPLAIN "?at=2020-09-13T12:26:40.123Z", 200, "\"at_ms\":1600000000123" },
        { EXPLAIN "?at=-6h", 200, "\"service_id\":\"acme\"" },
        { EXPLAIN "?at=-0s", 200, "\"service_id\":\"acme\"" },
        { "/api/services/nobody/explain?at=-6h", 404, "no service had the id nobody" },
        { EXPLAIN, 200, "\"stopped_by\":\"fresh\"" },
    };
    (void) state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i].path, cases[i].status, cases[i].words);
    assert_int_equal(rig.past_asked, 6);
}

/* ---------------------------------------------------------------- one at a time */

static void *ask_in_background(void *context)
{
    static struct answer answer;

    (void) context;
    answer = rig_get(&rig, EXPLAIN "?at=-1h", "");
    return &answer;
}

static pthread_t hold_one(void)
{
    pthread_t asker;

    rig.past_held = true;
    assert_int_equal(pthread_create(&asker, NULL, ask_in_background, NULL), 0);
    wait_for(&rig.past_asked, 1);
    return asker;
}

static struct answer *answer_of(pthread_t asker)
{
    void *answer;

    assert_int_equal(pthread_join(asker, &answer), 0);
    return answer;
}

static void test_a_second_question_waits_outside(void **state)
{
    (void) state;
    pthread_t asker = hold_one();

    struct answer refused = rig_get(&rig, EXPLAIN "?at=-2h", "");
    assert_int_equal(refused.status, 503);
    assert_non_null(strstr(refused.body, "one at a time"));
    assert_string_equal(answer_header(&refused, "Retry-After"), "5");
    answer_done(&refused);
    expect(EXPLAIN, 200, "\"stopped_by\":\"fresh\"");    /* the present goes on */
    expect("/api/services", 200, "acme");

    rig.past_held = false;
    struct answer *answer = answer_of(asker);
    assert_int_equal(answer->status, 200);
    answer_done(answer);
    for (int i = 0; i < 20; i++)
        expect(EXPLAIN "?at=-2h", 200, "acme");    /* at once after the answer to the one before */
    assert_int_equal(rig.past_asked, 21);
}

static void test_it_is_given_up_after_ten_seconds(void **state)
{
    (void) state;
    pthread_t asker = hold_one();

    rig_pass(&rig, 10 * 1000);
    struct answer *answer = answer_of(asker);
    assert_int_equal(answer->status, 503);
    assert_non_null(strstr(answer->body, "within 10 s"));
    answer_done(answer);
    wait_for(&rig.past_answered, 1);    /* nobody has let it go */
    rig.past_held = false;
    struct answer next;
    for (int i = 0; (next = rig_get(&rig, EXPLAIN "?at=-2h", "")).status == 503 && i < 1000; i++)
        answer_done(&next);    /* its thread is just ending */
    assert_int_equal(next.status, 200);
    answer_done(&next);
}

static void test_it_does_not_hold_up_a_stop(void **state)
{
    (void) state;
    pthread_t asker = hold_one();

    rig_stop(&rig);
    assert_int_equal(rig.past_answered, 1);
    answer_done(answer_of(asker));     /* the connection may be gone before the words are out */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_can_be_asked, start, stop),
        cmocka_unit_test_setup_teardown(test_a_second_question_waits_outside, start, stop),
        cmocka_unit_test_setup_teardown(test_it_is_given_up_after_ten_seconds, start, stop),
        cmocka_unit_test_setup(test_it_does_not_hold_up_a_stop, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
