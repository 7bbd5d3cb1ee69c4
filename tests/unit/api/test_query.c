/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "aggregator/api/query.h"
#include "common/mem.h"

static const char *const allowed[] = {"state", "limit", "since", NULL};

static void test_queries_are_strict(void **state)
{
    static const struct { const char *says; const char *raw; bool good; size_t n; } cases[] = {
        {"nothing", "", true, 0},
        {"one", "state=degraded", true, 1},
        {"empty pieces", "&&state=a&", true, 1},
        {"the same twice", "state=a&state=b", true, 2},
        {"escaped", "st%61te=a%20b+c", true, 1},
        {"no value", "state", true, 1},
        {"unknown", "colour=red", false, 0},
        {"a prefix of a name", "stat=a", false, 0},
        {"half an escape", "state=%4", false, 0},
        {"no hex", "state=%zz", false, 0},
        {"an escaped zero", "state=%00", false, 0},
        {"not UTF-8", "state=%ff", false, 0},
        {"too many", "state=&state=&state=&state=&state=&state=&state=&state=&state=&state=&state=&state=&state=&state=&state=&state=&state=", false, 0},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct query query;
        struct problem problem = {0};
        bool good = query_parse(text_of(cases[i].raw), allowed, &query, &problem) == 0;
        if (good != cases[i].good || (good && query.n != cases[i].n))
            fail_msg("%s: %s", cases[i].says, problem.detail);
        if (!good)
            assert_int_equal(problem_status(problem.kind), 400);
    }
}

static void test_values(void **state)
{
    struct query query;
    struct problem problem = {0};
    struct text value;
    size_t limit;
    (void) state;

    assert_int_equal(query_parse(text_of("state=a%2Cb&state=c"), allowed, &query, &problem), 0);
    assert_true(query_get(&query, "state", &value));
    assert_true(text_is(value, "a,b"));
    assert_true(query_admits(&query, "state", "c"));
    assert_false(query_admits(&query, "state", "d"));
    assert_true(query_admits(&query, "limit", "anything"));
    assert_int_equal(query_limit(&query, &limit, &problem), 0);
    assert_int_equal(limit, LIMIT_DEFAULT);

    static const struct { const char *raw; bool good; } limits[] = {
        {"limit=1", true}, {"limit=1000", true}, {"limit=0", false}, {"limit=1001", false}, {"limit=-1", false}, {"limit=1x", false}, {"limit=", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        assert_int_equal(query_parse(text_of(limits[i].raw), allowed, &query, &problem), 0);
        if ((query_limit(&query, &limit, &problem) == 0) != limits[i].good)
            fail_msg("%s", limits[i].raw);
    }
}

static void test_times(void **state)
{
    static const struct { const char *raw; bool good, relative; int64_t at_ms; } cases[] = {
        {"", true, false, 77},
        {"since=1970-01-01T00:00:01Z", true, false, 1000},
        {"since=-6h", true, true, 100000000 - 6 * 3600000},
        {"since=-90s", true, true, 100000000 - 90000},
        {"since=-1d", true, true, 100000000 - 86400000},
        {"since=-0m", true, true, 100000000},
        {"since=6h", false, false, 77},
        {"since=-h", false, false, 77},
        {"since=-6w", false, false, 77},
        {"since=-99999999999999999999s", false, false, 77},
        {"since=yesterday", false, false, 77},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct query query;
        struct problem problem = {0};
        int64_t at_ms = 77;
        bool relative;
        assert_int_equal(query_parse(text_of(cases[i].raw), allowed, &query, &problem), 0);
        bool good = query_time(&query, "since", 100000000, &at_ms, &relative, &problem) == 0;
        if (good != cases[i].good || (good && (relative != cases[i].relative || at_ms != cases[i].at_ms)))
            fail_msg("%s", cases[i].raw);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries_are_strict),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
