/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/feeds/feed.h"
#include "collector/feeds/result.h"
#include "common/buffer.h"
#include "common/limits.h"
#include "common/registry.h"

static void test_feeds_are_found_by_name(void **state)
{
    (void) state;

    assert_non_null(feed_find("statuspage"));
    assert_null(feed_find("Statuspage"));
    assert_null(feed_find(""));
    for (const struct feed *const *feed = feeds; *feed != NULL; feed++)
        assert_ptr_equal(feed_find((*feed)->name), *feed);
}

static void test_nothing_fetched_is_a_failure(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_entry entry = {0};
    struct feed_input in = {.config = &entry, .arena = &arena};
    struct feed_result result = {0};
    (void) state;

    for (const struct feed *const *feed = feeds; *feed != NULL; feed++) {
        assert_true((*feed)->parse(&in, &result, NULL) < 0);
        assert_string_equal(result.reason, "shape");
        assert_int_equal(result.state, STATUS_UNKNOWN);
    }
}

static struct feed_component components[] = {
    { "1", "API", NULL, STATUS_DEGRADED, false },
    { "2", "Login", NULL, STATUS_OPERATIONAL, false },
    { "3", "Files", NULL, STATUS_MAJOR_OUTAGE, false },
};
static struct feed_component green[] = {
    { "1", "API", NULL, STATUS_OPERATIONAL, false },
    { "2", "Login", NULL, STATUS_OPERATIONAL, false },
};
static struct feed_incident incidents[] = {{ .name = "Slow logins", .state = "monitoring" }};
static struct feed_window windows[] = {{ .name = "Later" }, { .name = "Upgrade", .running = true }};

static void test_the_detail_is_one_sentence(void **state)
{
    static const struct { const char *says; struct feed_result result; const char *detail; } cases[] = {
        { "the worst first", { .state = STATUS_MAJOR_OUTAGE, .components = components, .n_components = 3 },
          "Files: Major outage; API: Degraded" },
        { "incidents follow", { .state = STATUS_OPERATIONAL, .components = green, .n_components = 2, .incidents = incidents,
                                .n_incidents = 1 }, "incident Slow logins: monitoring" },
        { "running maintenance is told, planned is not", { .state = STATUS_OPERATIONAL, .windows = windows, .n_windows = 2,
                                                           .maintenance = true }, "maintenance under way: Upgrade" },
        { "a flag without a window", { .state = STATUS_OPERATIONAL, .maintenance = true }, "maintenance under way" },
        { "all is well", { .state = STATUS_OPERATIONAL, .components = green, .n_components = 2 },
          "all 2 components operational" },
        { "all of one", { .state = STATUS_OPERATIONAL, .components = green, .n_components = 1 }, "Operational" },
        { "a page level alone", { .state = STATUS_PARTIAL_OUTAGE }, "Partial outage" },
        { "nothing known", { .state = STATUS_UNKNOWN }, "the page does not tell a state" },
        { "a history", { .no_state = true }, "no open incidents" },
        { "a word never met", { .state = STATUS_UNKNOWN, .unseen_words = 1, .unseen_word = "purple" },
          "a word never met before: purple" },
        { "what the page cannot tell", { .state = STATUS_DEGRADED, .caveat = "no grades here" }, "Degraded (no grades here)" },
        { "a failure", { .reason = "shape", .reason_text = "not that" }, "not that" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        const char *detail = feed_detail(&cases[i].result, &arena);
        if (strcmp(detail, cases[i].detail) != 0)
            fail_msg("%s: %s", cases[i].says, detail);
    }
}

static void test_a_long_detail_is_cut(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    char name[FEED_NAME_BYTES_MAX + 1] = {0};
    struct feed_component many[20];
    struct feed_result result = {.state = STATUS_DEGRADED, .components = many, .n_components = 20};
    (void) state;

    for (size_t i = 0; i + 1 < sizeof name; i += 2)
        memcpy(name + i, "\xc3\xa4", 2);
    for (size_t i = 0; i < 20; i++)
        many[i] = (struct feed_component) {.name = name, .state = STATUS_DEGRADED};
    const char *detail = feed_detail(&result, &arena);
    assert_in_range(strlen(detail), DETAIL_BYTES_MAX - 1, DETAIL_BYTES_MAX);
    assert_true(text_is_utf8(text_of(detail)));

    for (size_t i = 0; i < 20; i++)
        many[i].name = "x";
    assert_non_null(strstr(feed_detail(&result, &arena), "; 12 more"));
}

static void test_links_must_be_web_addresses(void **state)
{
    static const struct { const char *in; bool good; } cases[] = {
        { "https://stspg.io/a", true },
        { "http://stspg.io/a", true },
        { "javascript:alert(1)", false },
        { "//stspg.io/a", false },
        { "https://a b", false },
        { "https://a\n", false },
        { "", false },
    };
    CLEANUP(arena_done) struct arena arena = {0};
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_string_equal(feed_link(&arena, text_of(cases[i].in)), cases[i].good ? cases[i].in : "");
}

/* A page of so many components. */
static void page_of(struct buffer *out, int n)
{
    buffer_reset(out);
    assert_int_equal(buffer_put_text(out, "{\"status\": {\"indicator\": \"none\"}, \"components\": ["), 0);
    for (int i = 0; i < n; i++)
        assert_int_equal(buffer_format(out, "%s{\"id\": \"c%d\", \"name\": \"x\", \"status\": \"operational\"}",
                                       i == 0 ? "" : ",", i), 0);
    assert_int_equal(buffer_put_text(out, "]}"), 0);
}

static void test_a_page_has_a_limit_of_components(void **state)
{
    CLEANUP(buffer_done) struct buffer body;
    (void) state;

    buffer_init(&body, 4 << 20);
    for (int more = 0; more < 2; more++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct feed_entry entry = {0};
        struct feed_result result = {0};
        page_of(&body, FEED_COMPONENTS_MAX + more);
        struct feed_document document = {"summary.json", buffer_text(&body), ""};
        struct feed_input in = {&entry, &document, 1, 0, &arena};
        assert_int_equal(feed_find("statuspage")->parse(&in, &result, NULL) < 0, more);
        assert_int_equal(result.n_components, more ? 0 : FEED_COMPONENTS_MAX);
        assert_int_equal(result.state, more ? STATUS_UNKNOWN : STATUS_OPERATIONAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feeds_are_found_by_name),
        cmocka_unit_test(test_nothing_fetched_is_a_failure),
        cmocka_unit_test(test_the_detail_is_one_sentence),
        cmocka_unit_test(test_a_long_detail_is_cut),
        cmocka_unit_test(test_links_must_be_web_addresses),
        cmocka_unit_test(test_a_page_has_a_limit_of_components),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
