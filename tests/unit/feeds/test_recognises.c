/* SPDX-License-Identifier: Apache-2.0 */
/* A healthy page is known by its own feed and by no other, but for the one that takes any RSS or Atom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/feeds/document.h"
#include "tests/unit/feeds/fixture.h"

static void check_page(void *context, const struct fixture *fixture)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct text body;
    struct error err = {0};
    size_t *n = context;
    bool healthy = text_is(json_text(fixture->result, "state"), "operational");
    if (!healthy || !document_is(&fixture->documents[0], fixture->feed->documents[0]))
        return;

    assert_true(document_text(&fixture->documents[0], &arena, &body, &err));
    CLEANUP(json_freep) json_t *json = json_read(body, body.len + 1, NULL);
    for (const struct feed *const *feed = feeds; *feed != NULL; feed++) {
        bool any = strcmp((*feed)->name, "feed") == 0;
        if (*feed != fixture->feed && !any && (*feed)->recognises(body, json))
            fail_msg("%s takes %s of %s for its own", (*feed)->name, fixture->path, fixture->feed->name);
    }
    *n += fixture->feed->recognises(body, json);
}

static void test_healthy_pages_are_recognised(void **state)
{
    (void) state;

    for (const struct feed *const *feed = feeds; *feed != NULL; feed++) {
        size_t n = 0;
        (void) fixture_each(*feed, check_page, &n);
        if (n == 0)
            fail_msg("%s knows none of its own healthy pages", (*feed)->name);
    }
}

static void test_what_is_nobody_s(void **state)
{
    static const char *const bodies[] = {"", "{}", "[]", "{\"status\": \"ok\"}", "<html></html>", "{\"data\": []}", "{\"value\": []}"};
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
        struct text body = text_of(bodies[i]);
        CLEANUP(json_freep) json_t *json = json_read(body, body.len + 1, NULL);
        for (const struct feed *const *feed = feeds; *feed != NULL; feed++) {
            if ((*feed)->recognises(body, json))
                fail_msg("%s takes %s for its own", (*feed)->name, bodies[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy_pages_are_recognised),
        cmocka_unit_test(test_what_is_nobody_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
