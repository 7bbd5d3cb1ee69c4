/* SPDX-License-Identifier: Apache-2.0 */
/* Routing (R1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/engine/route.h"
#include "common/mem.h"

static void join(const struct route *route, char *out, size_t cap)
{
    out[0] = '\0';
    for (size_t i = 0; route != NULL && i < route->n_channels; i++) {
        size_t len = strlen(out);
        (void) snprintf(out + len, cap - len, "%s%s", i == 0 ? "" : ",", route->channels[i]);
    }
}

static void test_R1_shipped_routes(void **state)
{
    static const struct { const char *says; struct route_question asked; const char *channels; } cases[] = {
        { "poller", {ALERT_POLLER, 1, -1, NULL}, "ops" },
        { "collector", {ALERT_COLLECTOR, 1, -1, NULL}, "ops" },
        { "self", {ALERT_SELF, 1, -1, NULL}, "ops" },
        { "fast burn", {ALERT_SLO, 2, -1, "fast"}, "page,chat" },
        { "slow burn", {ALERT_SLO, 2, -1, "slow"}, "chat" },
        { "ticket burn", {ALERT_SLO, 2, -1, "ticket"}, "ticket" },
        { "tier 1, degraded", {ALERT_SERVICE, 1, 1, NULL}, "chat" },
        { "tier 1, partial", {ALERT_SERVICE, 1, 2, NULL}, "page,chat" },
        { "tier 1, major", {ALERT_FLAP, 1, 3, NULL}, "page,chat" },
        { "tier 2, partial", {ALERT_SERVICE, 2, 2, NULL}, "chat" },
        { "tier 2, major", {ALERT_SERVICE, 2, 3, NULL}, "page,chat" },
        { "tier 3, degraded", {ALERT_SERVICE, 3, 1, NULL}, "" },
        { "tier 3, partial", {ALERT_SERVICE, 3, 2, NULL}, "chat" },
        { "tier 3, major", {ALERT_SERVICE, 3, 3, NULL}, "chat" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char got[64];
        join(route_find(engine_builtin_routes, engine_n_builtin_routes, &cases[i].asked), got, sizeof got);
        if (strcmp(got, cases[i].channels) != 0)
            fail_msg("%s: %s", cases[i].says, got);
    }
}

static void test_R1_all_fields_of_the_first_that_matches(void **state)
{
    static const char *const a[] = {"a"};
    static const char *const b[] = {"b"};
    static const struct route routes[] = {
        {
            .classes = 1u << ALERT_SERVICE,
            .tiers = 1u << 1 | 1u << 2,
            .min_level = 2,
            .max_level = 2,
            .channels = a,
            .n_channels = 1,
        },
        { .min_level = 1, .max_level = -1, .channels = b, .n_channels = 1 },
    };
    static const struct { const char *says; struct route_question asked; const char *channels; } cases[] = {
        { "everything fits", {ALERT_SERVICE, 2, 2, NULL}, "a" },
        { "the level is above the range", {ALERT_SERVICE, 2, 3, NULL}, "b" },
        { "the tier is not listed", {ALERT_SERVICE, 3, 2, NULL}, "b" },
        { "another class", {ALERT_FLAP, 1, 2, NULL}, "b" },
        { "nothing fits", {ALERT_SERVICE, 2, 0, NULL}, "" },
        { "what has no level fits no level", {ALERT_POLLER, 2, -1, NULL}, "" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char got[64];
        join(route_find(routes, ARRAY_SIZE(routes), &cases[i].asked), got, sizeof got);
        if (strcmp(got, cases[i].channels) != 0)
            fail_msg("%s: %s", cases[i].says, got);
    }
}

static void test_R1_what_is_not_asked_fits_no_range(void **state)
{
    static const char *const a[] = {"a"};
    static const struct { const char *says; struct route route; struct route_question asked; bool found; } cases[] = {
        { "no level, up to one", {.min_level = -1, .max_level = 1}, {ALERT_POLLER, 1, -1, NULL}, false },
        { "a level, up to that", {.min_level = -1, .max_level = 1}, {ALERT_SERVICE, 1, 1, NULL}, true },
        { "no burn rate", {.min_level = -1, .max_level = -1, .slo = "fast"}, {ALERT_SERVICE, 1, 1, NULL}, false },
        { "another burn rate", {.min_level = -1, .max_level = -1, .slo = "fast"}, {ALERT_SLO, 1, -1, "slow"}, false },
        { "this burn rate", {.min_level = -1, .max_level = -1, .slo = "fast"}, {ALERT_SLO, 1, -1, "fast"}, true },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct route route = cases[i].route;
        route.channels = a;
        route.n_channels = 1;
        if ((route_find(&route, 1, &cases[i].asked) != NULL) != cases[i].found)
            fail_msg("%s", cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_R1_shipped_routes),
        cmocka_unit_test(test_R1_all_fields_of_the_first_that_matches),
        cmocka_unit_test(test_R1_what_is_not_asked_fits_no_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
