/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "common/params.h"

static void test_rows_keep_their_own_bounds(void **state)
{
    (void) state;
    for (size_t i = 0; i < PARAM_COUNT; i++) {
        const struct param_row *row = &param_rows[i];
        char text[32];
        int64_t value = -99;
        assert_ptr_equal(param_find(text_of(row->name)), row);
        assert_true(row->min <= row->fallback && row->fallback <= row->max);
        assert_int_equal(param_parse(row, text_of(param_render(row, row->fallback, text, sizeof text)), &value, NULL), 0);
        assert_int_equal(value, row->fallback);
    }
    assert_null(param_find(text_of("confirm_pols")));
    assert_null(param_find(text_of("")));
}

static void test_the_sample_shows_each_with_its_bounds(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    (void) state;

    params_print_sample(out);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "  # min_dwell_s: 600                 # * ALERT_MIN_STATE_DURATION_SECONDS; a whole number of seconds from 0 to 86400\n"
                                 "  #     Time a service must have been at least that bad before a worsening is confirmed.\n"));
    assert_non_null(strstr(text, "  # late_after_s: 120                # a whole number of seconds from 0 to 604800\n"));
    assert_non_null(strstr(text, "  # combine: worst                   # * worst, agree, vendor or probe\n"));
    for (size_t i = 0; i < PARAM_COUNT; i++)
        assert_non_null(strstr(text, param_rows[i].sentence));
    free(text);
}

static void test_values_are_strict(void **state)
{
    static const struct { const char *says; enum param param; const char *in; bool good; int64_t value; } cases[] = {
        { "lower bound",                       PARAM_confirm_polls, "1", true, 1 },
        { "below it",                          PARAM_confirm_polls, "0", false, 0 },
        { "upper bound",                       PARAM_confirm_polls, "100", true, 100 },
        { "above it",                          PARAM_confirm_polls, "101", false, 0 },
        { "-1 inherits",                       PARAM_escalate_polls, "-1", true, -1 },
        { "0 polls confirm nothing",           PARAM_escalate_polls, "0", false, 0 },
        { "-0 is not a way round",             PARAM_escalate_polls, "-0", false, 0 },
        { "1 poll",                            PARAM_escalate_polls, "1", true, 1 },
        { "a dwell of 0 is one",               PARAM_escalate_dwell_s, "0", true, 0 },
        { "a unit is refused",                 PARAM_min_dwell_s, "10s", false, 0 },
        { "octal looks",                       PARAM_min_dwell_s, "010", false, 0 },
        { "hex",                               PARAM_min_dwell_s, "0x1F", false, 0 },
        { "a fraction",                        PARAM_min_dwell_s, "1.9", false, 0 },
        { "not a number",                      PARAM_min_dwell_s, "nan", false, 0 },
        { "nothing",                           PARAM_min_dwell_s, "", false, 0 },
        { "a bool",                            PARAM_reminders, "off", true, 0 },
        { "a bool with a slip",                PARAM_reminders, "fals", false, 0 },
        { "a bool as a number",                PARAM_reminders, "1", false, 0 },
        { "a word",                            PARAM_combine, "probe", true, COMBINE_PROBE },
        { "a word in capitals",                PARAM_combine, "Probe", false, 0 },
        { "a number with a point",             PARAM_slo_fast, "14.4", true, 14400 },
        { "the smallest",                      PARAM_slo_ticket, "0.001", true, 1 },
        { "one place too many",                PARAM_slo_ticket, "0.0011", false, 0 },
        { "nothing before the point",          PARAM_slo_ticket, ".5", false, 0 },
        { "nothing behind it",                 PARAM_slo_ticket, "5.", false, 0 },
        { "octal looks with a point",          PARAM_slo_ticket, "00.5", false, 0 },
        { "octal looks without",               PARAM_slo_ticket, "05", false, 0 },
        { "nought",                       PARAM_slo_ticket, "0", false, 0 },
        { "the largest target",           PARAM_slo_target, "99.99", true, 999900 },
        { "the smallest",                 PARAM_slo_target, "90.0000", true, 900000 },
        { "too small",                    PARAM_slo_target, "89.9999", false, 0 },
        { "too large",                    PARAM_slo_target, "100", false, 0 },
        { "the number of a word",              PARAM_combine, "3", false, 0 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = {0};
        int64_t value = 77;
        int r = param_parse(&param_rows[cases[i].param], text_of(cases[i].in), &value, &err);
        if ((r == 0) != cases[i].good || value != (cases[i].good ? cases[i].value : 77))
            fail_msg("%s", cases[i].says);
        if (!cases[i].good && (strstr(err.text, param_rows[cases[i].param].name) == NULL
                               || strstr(err.text, "expected ") == NULL))
            fail_msg("%s: \"%s\" does not say which and what", cases[i].says, err.text);
    }
}

static void set(struct param_overrides *place, enum param param, int64_t value)
{
    place->set[param] = true;
    place->value[param] = value;
}

static void test_order_of_the_places(void **state)
{
    struct param_layers layers = {0};
    struct param_overrides service = {0};
    enum param_origin origin;
    (void) state;

    assert_int_equal(param_resolve(PARAM_major_dwell_s, &layers, 2, &service, &origin), -1);
    assert_int_equal(origin, PARAM_SHIPPED);
    assert_int_equal(param_resolve(PARAM_major_dwell_s, &layers, 1, NULL, &origin), 90);
    assert_int_equal(origin, PARAM_SHIPPED_TIER);

    set(&layers.file, PARAM_major_dwell_s, 300);   /* what a file says stands above what ships, tier or not */
    assert_int_equal(param_resolve(PARAM_major_dwell_s, &layers, 1, &service, &origin), 300);
    assert_int_equal(origin, PARAM_FILE);
    layers.environment[PARAM_major_dwell_s] = true;
    assert_int_equal(param_resolve(PARAM_major_dwell_s, &layers, 1, &service, &origin), 300);
    assert_int_equal(origin, PARAM_ENVIRONMENT);

    set(&layers.tiers[0], PARAM_major_dwell_s, 60);
    assert_int_equal(param_resolve(PARAM_major_dwell_s, &layers, 1, &service, &origin), 60);
    assert_int_equal(origin, PARAM_TIER);
    assert_int_equal(param_resolve(PARAM_major_dwell_s, &layers, 2, &service, &origin), 300);

    set(&service, PARAM_major_dwell_s, 0);
    assert_int_equal(param_resolve(PARAM_major_dwell_s, &layers, 1, &service, &origin), 0);
    assert_int_equal(origin, PARAM_SERVICE);
}

static void test_what_is_no_services_has_no_tier(void **state)
{
    struct param_layers layers = {0};
    enum param_origin origin;
    (void) state;

    for (int tier = 0; tier < 3; tier++) {
        layers.tiers[tier].set[PARAM_dedup_window_s] = true;
        layers.tiers[tier].value[PARAM_dedup_window_s] = 60;
    }
    assert_int_equal(param_resolve(PARAM_dedup_window_s, &layers, 2, NULL, &origin), 60);
    assert_int_equal(param_resolve(PARAM_dedup_window_s, &layers, 0, NULL, &origin), 86400);
    layers.file.set[PARAM_dedup_window_s] = true;
    layers.file.value[PARAM_dedup_window_s] = 300;
    assert_int_equal(param_resolve(PARAM_dedup_window_s, &layers, 0, NULL, &origin), 300);
    assert_int_equal(param_resolve(PARAM_major_dwell_s, &layers, 0, NULL, &origin), -1);
}

static void test_engine_wide_parameters_ignore_tiers_and_services(void **state)
{
    struct param_layers layers = {0};
    struct param_overrides service = {0};
    struct params params;
    (void) state;

    set(&layers.tiers[1], PARAM_late_after_s, 1);
    set(&service, PARAM_late_after_s, 2);
    set(&service, PARAM_confirm_polls, 5);
    params_resolve(&params, &layers, 2, &service);
    assert_int_equal(params.value[PARAM_late_after_s], 120);
    assert_int_equal(params.value[PARAM_confirm_polls], 5);
    assert_int_equal(params.value[PARAM_min_dwell_s], 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_keep_their_own_bounds),
        cmocka_unit_test(test_the_sample_shows_each_with_its_bounds),
        cmocka_unit_test(test_values_are_strict),
        cmocka_unit_test(test_order_of_the_places),
        cmocka_unit_test(test_what_is_no_services_has_no_tier),
        cmocka_unit_test(test_engine_wide_parameters_ignore_tiers_and_services),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
