/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
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

static void put(const char *collector, SourceKind kind, Level level, const char *failed)
{
    CLEANUP(mem_freep) SourceRow *row = mem_new(sizeof *row);
    row->has_state = true;
    row->state.kind = kind;
    row->state.level = level;
    row->state.last_ok_ms = row->state.last_any_ms = 1763700000000;
    row->state.fail_streak = failed == NULL ? 0 : 3;
    row->state.poller = failed == NULL ? POLLER_OK : POLLER_BROKEN;
    (void) snprintf(row->state.service, sizeof row->state.service, "acme");
    (void) snprintf(row->state.collector, sizeof row->state.collector, "%s", collector);
    (void) snprintf(row->state.source, sizeof row->state.source, "%s/%s", collector, kind == SOURCE_PROBE ? "api" : "feed");
    (void) snprintf(row->reason, sizeof row->reason, "%s", failed == NULL ? "" : failed);
    rig_put_source(&rig, row);
}

static void expect_everywhere(const char *part, const char *says)
{
    rig_expect(rig_get(&rig, "/api/services/acme", ""), 200, part, says);
    rig_expect(rig_get(&rig, "/api/services", ""), 200, part, says);
}

static void test_which_of_page_and_probes_sees_red(void **state)
{
    (void) state;
    expect_everywhere("\"truth\":null", "nobody has said anything");
    put("web1", SOURCE_VENDOR, LEVEL_OPERATIONAL, NULL);
    expect_everywhere("\"truth\":null", "a page alone");

    put("web1", SOURCE_PROBE, LEVEL_MAJOR_OUTAGE, NULL);
    put("web2", SOURCE_PROBE, LEVEL_MAJOR_OUTAGE, NULL);
    put("web3", SOURCE_PROBE, LEVEL_OPERATIONAL, NULL);
    expect_everywhere("\"truth\":{\"verdict\":\"page_green\",\"page\":\"operational\",\"probes\":{\"level\":\"major_outage\",\"bad\":2,\"of\":3,"
                      "\"doubtful\":0,\"cut_off\":0,\"blind\":0},\"control\":null,\"says\":\"page green, red from 2 of 3 of our hosts\"}",
                      "from two of three");
    rig_expect(rig_get(&rig, "/", ""), 200, "page green, red from 2 of 3 of our hosts", "the page");

    put("web1", SOURCE_VENDOR, LEVEL_OPERATIONAL, "egress");
    put("web1", SOURCE_PROBE, LEVEL_MAJOR_OUTAGE, "egress");
    put("web2", SOURCE_PROBE, LEVEL_MAJOR_OUTAGE, "egress");
    put("web3", SOURCE_PROBE, LEVEL_OPERATIONAL, "timeout");
    expect_everywhere("\"verdict\":\"ourselves\",\"page\":\"unknown\",\"probes\":{\"level\":\"unknown\",\"bad\":0,\"of\":0,\"doubtful\":0,"
                      "\"cut_off\":2,\"blind\":1},\"control\":null,\"says\":\"cannot tell: our own connection is cut off on 2 of 3",
                      "it is us");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_which_of_page_and_probes_sees_red, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
