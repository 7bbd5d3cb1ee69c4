/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "collector/probes/load.h"
#include "common/mem.h"

static const struct host_limits limits = {.load_permille = 2000};

static void test_parsing(void **state)
{
    static const struct { const char *says; const char *in; int r; uint64_t centi15; uint64_t threads; } cases[] = {
        { "a quiet machine", "0.30 0.19 0.09 1/95 1529\n", 0, 9, 95 },
        { "a busy one", "128.00 96.50 64.25 130/4000 99", 0, 6425, 4000 },
        { "two words", "0.30 0.19\n", -EBADMSG, 0, 0 },
        { "no fraction", "1 1 1 1/95 1529\n", -EBADMSG, 0, 0 },
        { "one digit of it", "0.3 0.1 0.0 1/95 1529\n", -EBADMSG, 0, 0 },
        { "no threads", "0.30 0.19 0.09 195 1529\n", -EBADMSG, 0, 0 },
        { "absurd", "99999999999.00 0.19 0.09 1/2 3\n", -EBADMSG, 0, 0 },
        { "empty", "", -EBADMSG, 0, 0 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct load_sample sample = {0};
        struct error err = {0};
        int r = load_parse(text_of(cases[i].in), &sample, &err);
        if (r != cases[i].r || sample.centi[2] != cases[i].centi15 || sample.threads != cases[i].threads)
            fail_msg("%s: %d %s", cases[i].says, r, err.text);
    }
}

static void test_judged_only_without_pressure_figures(void **state)
{
    static const struct { const char *says; uint64_t centi15; uint32_t cores; bool psi; bool silent; enum status level; } cases[] = {
        { "two a core", 400, 2, false, false, STATUS_OPERATIONAL },
        { "a hundredth more", 401, 2, false, false, STATUS_DEGRADED },
        { "far more, but the kernel tells pressure", 9900, 2, true, true, STATUS_UNKNOWN },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct load_sample sample = {.centi = {0, 0, cases[i].centi15}};
        struct verdict verdict = {0};
        load_judge(&sample, cases[i].cores, cases[i].psi, &limits, &verdict);
        if (verdict.silent != cases[i].silent || verdict.level != cases[i].level || verdict.n_metrics != 5)
            fail_msg("%s", cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parsing),
        cmocka_unit_test(test_judged_only_without_pressure_figures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
