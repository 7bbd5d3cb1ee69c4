/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/mem.h"
#include "rig.h"

static struct rig rig;

static int setup(void **state)
{
    (void) state;
    rig_start(&rig, "");
    return 0;
}

static int teardown(void **state)
{
    (void) state;
    rig_stop(&rig);
    return 0;
}

static void test_a_poll_is_asked_for(void **state)
{
    static const struct { const char *says, *path, *body; int status; const char *part; } cases[] = {
        {"read by one collector", "/api/admin/services/acme/poll", "", 202, "\"service_id\":\"acme\",\"asked\":1,\"put_off\":false"},
        {"an empty object is a body too", "/api/admin/services/acme/poll", "{}", 202, "\"asked\":1"},
        {"nobody reads it", "/api/admin/services/payroll/poll", "", 409, "no collector that reads a page for payroll"},
        {"no such service", "/api/admin/services/nobody/poll", "", 404, "no service has the id nobody"},
        {"no member is known", "/api/admin/services/acme/poll", "{\"now\":true}", 422, "/now"},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        rig_expect(rig_post(&rig, cases[i].path, RIG_ADMIN, cases[i].body), cases[i].status, cases[i].part, cases[i].says);
    assert_int_equal(rig.polls, 4);
    assert_int_equal(rig.audited, 4);
    assert_string_equal(rig_word(&rig, rig.poll_why), "asked by token:ADMIN_API_TOKEN");
}

static void test_not_by_anybody(void **state)
{
    (void) state;
    rig_expect(rig_post(&rig, "/api/admin/services/acme/poll", "", ""), 401, NULL, "nobody in particular");
    rig_expect(rig_get(&rig, "/api/admin/services/acme/poll", RIG_ADMIN), 405, NULL, "no question");
    assert_int_equal(rig.polls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_poll_is_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_by_anybody, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
