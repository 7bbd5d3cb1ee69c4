/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collector/feeds/render.h"
#include "collector/parse_webhook.h"
#include "tests/unit/feeds/fixture.h"

static void check_reading(void *context, const struct fixture *fixture)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_input in = {&fixture->entry, fixture->documents, fixture->n_documents, fixture->now_ms, &arena};
    struct feed_result result = {.valid_until_ms = INT64_MAX};
    struct error err = {0};
    (void) context;

    int r = fixture->feed->parse(&in, &result, &err);
    assert_int_equal(r < 0, result.reason != NULL && strcmp(result.reason, "filter_miss") != 0);
    assert_int_equal(r < 0, err.text[0] != '\0');
    CLEANUP(json_freep) json_t *rendered = feed_render(&result);
    if (json_equal(rendered, fixture->result))
        return;
    CLEANUP(mem_freep) char *was = json_dumps(rendered, JSON_INDENT(1));
    fail_msg("%s: %s: got %s", fixture->path, fixture->says, was);
}

static void test_a_posted_body_reads_as_the_page_would(void **state)
{
    (void) state;
    assert_in_range(fixture_each(&parse_webhook_feed, check_reading, NULL), 20, SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_posted_body_reads_as_the_page_would),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
