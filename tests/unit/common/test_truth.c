/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "common/truth.h"

/* What the probes of a, b, c, d say: g(reen), s(low), r(ed), x (could not look), e (cut off), R (red, and so is the neutral
 * target from there), G (green, while the neutral target is red), E (the neutral target could not be looked at, and red). */
struct scene {
    const char *says;
    bool has_page;
    enum status page;
    bool page_cut_off;
    const char *hosts;
    bool told;
    enum truth_verdict verdict;
    size_t bad, of;
    const char *words;
};

static void fill(const struct scene *scene, struct truth *truth)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    *truth = (struct truth) {.page = scene->page};
    if (scene->has_page)
        truth_page(truth, scene->page_cut_off);
    for (size_t i = 0; scene->hosts[i] != '\0'; i++) {
        char c = scene->hosts[i];
        truth_probe(truth, &(struct truth_look) {.host = names[i],
                                                 .sees = c != 'x' && c != 'e',
                                                 .cut_off = c == 'e',
                                                 .level = c == 'g' || c == 'G' ? STATUS_OPERATIONAL
                                                          : c == 's'           ? STATUS_DEGRADED
                                                                               : STATUS_MAJOR_OUTAGE});
    }
    for (size_t i = 0; scene->hosts[i] != '\0'; i++) {
        char c = scene->hosts[i];
        bool red = c == 'R' || c == 'G';
        truth_control(truth, "Example", &(struct truth_look) {.host = names[i], .sees = c != 'E' && c != 'e',
                                                              .level = red ? STATUS_MAJOR_OUTAGE : STATUS_OPERATIONAL});
    }
}

static void test_who_sees_red(void **state)
{
    static const struct scene cases[] = {
        { "no page", false, STATUS_UNKNOWN, false, "rr", false, TRUTH_AGREE, 0, 0, "" },
        { "no probes", true, STATUS_MAJOR_OUTAGE, false, "", false, TRUTH_AGREE, 0, 0, "" },
        { "both green", true, STATUS_OPERATIONAL, false, "gggg", true, TRUTH_AGREE, 0, 4, "page green, green from all 4 of our hosts" },
        { "both green, one host", true, STATUS_OPERATIONAL, false, "g", true, TRUTH_AGREE, 0, 1, "page green, green from our host" },
        { "page green, probes red", true, STATUS_OPERATIONAL, false, "rrrg", true, TRUTH_PAGE_GREEN, 3, 4,
          "page green, red from 3 of 4 of our hosts" },
        { "slow is red enough", true, STATUS_OPERATIONAL, false, "sg", true, TRUTH_PAGE_GREEN, 1, 2,
          "page green, red from 1 of 2 of our hosts" },
        { "from the only host", true, STATUS_OPERATIONAL, false, "r", true, TRUTH_PAGE_GREEN, 1, 1, "page green, red from our host" },
        { "page red, probes green", true, STATUS_PARTIAL_OUTAGE, false, "ggg", true, TRUTH_PAGE_RED, 0, 3,
          "page red, green from all 3 of our hosts" },
        { "both red", true, STATUS_DEGRADED, false, "rrg", true, TRUTH_BOTH_RED, 2, 3, "page red, red from 2 of 3 of our hosts" },
        { "page unreadable, probes red", true, STATUS_UNKNOWN, false, "rr", true, TRUTH_PAGE_UNREADABLE, 2, 2,
          "page unreadable, red from 2 of 2 of our hosts" },
        { "its reader is cut off, the others are not", true, STATUS_UNKNOWN, true, "ge", true, TRUTH_PAGE_UNREADABLE, 0, 1,
          "page unreadable (its reader is cut off), green from our host; 1 cut off" },
        { "probes cannot look, page red", true, STATUS_MAJOR_OUTAGE, false, "xx", true, TRUTH_PROBES_BLIND, 0, 0,
          "page red, none of our 2 hosts can tell; 2 could not look" },
        { "probes cannot look, page green", true, STATUS_OPERATIONAL, false, "x", true, TRUTH_PROBES_BLIND, 0, 0,
          "page green, our host cannot tell; 1 could not look" },
        { "nobody knows", true, STATUS_UNKNOWN, false, "xx", true, TRUTH_NOBODY, 0, 0,
          "page unreadable, none of our 2 hosts can tell; 2 could not look" },
        { "a neutral target is red from all of them", true, STATUS_OPERATIONAL, false, "RR", true, TRUTH_OURSELVES, 0, 0,
          "cannot tell: our own connection may be at fault, the control target Example is red from the same 2 hosts; page green" },
        { "and the page cannot be read either", true, STATUS_UNKNOWN, false, "R", true, TRUTH_OURSELVES, 0, 0,
          "cannot tell: our own connection may be at fault, the control target Example is red from the same 1 host; page unreadable" },
        { "from those that see red, green elsewhere", true, STATUS_OPERATIONAL, false, "Rgg", true, TRUTH_AGREE, 0, 2,
          "page green, green from all 2 of our hosts; 1 sees the control target Example red, too, and does not count" },
        { "from one of those that see red", true, STATUS_OPERATIONAL, false, "Rrg", true, TRUTH_PAGE_GREEN, 1, 2,
          "page green, red from 1 of 2 of our hosts; 1 sees the control target Example red, too, and does not count" },
        { "from one that sees green: no matter", true, STATUS_OPERATIONAL, false, "Gr", true, TRUTH_PAGE_GREEN, 1, 2,
          "page green, red from 1 of 2 of our hosts" },
        { "the neutral target could not be looked at", true, STATUS_OPERATIONAL, false, "E", true, TRUTH_PAGE_GREEN, 1, 1,
          "page green, red from our host" },
        { "the vendor says it itself", true, STATUS_MAJOR_OUTAGE, false, "RR", true, TRUTH_PROBES_BLIND, 0, 0,
          "page red, none of our 2 hosts can tell; 2 see the control target Example red, too, and do not count" },
        { "we are cut off", true, STATUS_UNKNOWN, true, "eee", true, TRUTH_OURSELVES, 0, 0,
          "cannot tell: our own connection is cut off on 3 of 3 of our hosts; page unreadable (its reader is cut off)" },
        { "the reader is, and the others cannot look", true, STATUS_UNKNOWN, true, "xx", true, TRUTH_OURSELVES, 0, 0,
          "cannot tell: our own connection is cut off where the page is read; page unreadable (its reader is cut off)" },
        { "cut off, and the page is red, as another host reads", true, STATUS_MAJOR_OUTAGE, false, "e", true, TRUTH_PROBES_BLIND, 0, 0,
          "page red, our host cannot tell; 1 cut off" },
        { "one cut off, the others see", true, STATUS_OPERATIONAL, false, "errx", true, TRUTH_PAGE_GREEN, 2, 2,
          "page green, red from 2 of 2 of our hosts; 1 cut off; 1 could not look" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct truth truth;
        struct truth_told told = {0};
        fill(&cases[i], &truth);
        if (truth_tell(&truth, &told) != cases[i].told)
            fail_msg("%s: %s", cases[i].says, told.says);
        if (strcmp(told.says, cases[i].words) != 0)
            fail_msg("%s: %s", cases[i].says, told.says);
        if (cases[i].told && (told.verdict != cases[i].verdict || told.bad != cases[i].bad || told.of != cases[i].of))
            fail_msg("%s: %s, %zu of %zu", cases[i].says, truth_verdict_name(told.verdict), told.bad, told.of);
    }
}

static void test_a_host_counts_once_by_its_worst_probe(void **state)
{
    struct truth truth = {.page = STATUS_OPERATIONAL, .probes = STATUS_MAJOR_OUTAGE};
    struct truth_told told;
    (void) state;

    truth_page(&truth, false);
    truth_probe(&truth, &(struct truth_look) {.host = "a", .level = STATUS_OPERATIONAL, .sees = true});
    assert_false(truth_needs_control(&truth));
    truth_probe(&truth, &(struct truth_look) {.host = "a", .level = STATUS_DEGRADED, .sees = true});
    truth_probe(&truth, &(struct truth_look) {.host = "a"});
    truth_probe(&truth, &(struct truth_look) {.host = "b", .level = STATUS_OPERATIONAL, .sees = true});
    assert_true(truth_needs_control(&truth));
    assert_true(truth_tell(&truth, &told));
    assert_int_equal(told.bad, 1);
    assert_int_equal(told.of, 2);
    assert_int_equal(told.page, STATUS_OPERATIONAL);
    assert_int_equal(told.probes, STATUS_MAJOR_OUTAGE);
}

static void test_more_hosts_and_longer_names_than_fit(void **state)
{
    static char names[TRUTH_HOSTS_MAX + 2][8];
    static struct truth truth = {.page = STATUS_OPERATIONAL};
    char long_name[300];
    struct truth_told told;
    (void) state;

    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    truth_page(&truth, false);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        (void) snprintf(names[i], sizeof names[i], "h%zu", i);
        truth_probe(&truth, &(struct truth_look) {.host = names[i], .level = STATUS_MAJOR_OUTAGE, .sees = true});
        truth_control(&truth, long_name, &(struct truth_look) {.host = names[i], .level = STATUS_MAJOR_OUTAGE, .sees = true});
    }
    assert_int_equal(truth.n_hosts, TRUTH_HOSTS_MAX);
    assert_true(truth_tell(&truth, &told));
    assert_int_equal(told.verdict, TRUTH_OURSELVES);
    assert_int_equal(told.doubtful, TRUTH_HOSTS_MAX);
    assert_int_equal(strlen(told.control), TRUTH_NAME_BYTES - 1);
    assert_true(strlen(told.says) < TRUTH_SAYS_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_sees_red),
        cmocka_unit_test(test_a_host_counts_once_by_its_worst_probe),
        cmocka_unit_test(test_more_hosts_and_longer_names_than_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
