/* SPDX-License-Identifier: Apache-2.0 */
/* What fixtures can't show of RSS and Atom: until when a reading holds, what the detail says, and limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/feeds/result.h"
#include "collector/feeds/xml.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "common/registry.h"

#define OPEN "<strong>Investigating</strong> - x"
#define OVER "<strong>Resolved</strong> - x"

enum { ITEMS_MAX = 2 };

static struct feed_result parse(const char *feed, struct text body, const char *now, struct arena *arena)
{
    struct feed_entry entry = {.url = (char *) "https://status.example.com"};
    struct feed_document document = {feed_find(feed)->documents[0], body, ""};
    struct feed_input in = {.config = &entry, .documents = &document, .n_documents = 1, .now_ms = feed_time_ms(text_of(now)),
                            .arena = arena};
    struct feed_result result = {.valid_until_ms = INT64_MAX};
    struct error err = {0};

    if (feed_find(feed)->parse(&in, &result, &err) < 0)
        fail_msg("%s", err.text);
    return result;
}

struct item { const char *title; const char *text; const char *at; };

static const char *rss_of(const struct item items[ITEMS_MAX], struct arena *arena)
{
    char *body = arena_format(arena, "<rss><channel><title>x</title><link>https://status.aws.amazon.com/</link>");

    for (size_t i = 0; i < ITEMS_MAX && items[i].text != NULL; i++)
        body = arena_format(arena, "%s<item><title>%s</title><pubDate>%s</pubDate><description><![CDATA[%s]]></description></item>",
                            body, items[i].title, items[i].at, items[i].text);
    return arena_format(arena, "%s</channel></rss>", body);
}

static void test_a_reading_holds_until_an_item_is_too_old(void **state)
{
    static const char now[] = "2026-03-01T12:00:00Z";
    static const struct { const char *says; const char *feed; struct item items[ITEMS_MAX]; const char *until; } cases[] = {
        { "nothing open: as long as the bytes are the same", "feed", {{ "x", OVER, "Sun, 1 Mar 2026 10:00:00 Z" }}, NULL },
        { "72 hours from its last change", "feed", {{ "x", OPEN, "Sun, 1 Mar 2026 10:00:00 Z" }}, "2026-03-04T10:00:00.001Z" },
        { "the first of two", "feed", {{ "x", OPEN, "Sun, 1 Mar 2026 10:00:00 Z" }, { "x", OPEN, "Sat, 28 Feb 2026 10:00:00 Z" }},
          "2026-03-03T10:00:00.001Z" },
        { "24 hours without a stage", "feed", {{ "x", "x", "Sun, 1 Mar 2026 10:00:00 Z" }}, "2026-03-02T10:00:00.001Z" },
        { "too old already", "feed", {{ "x", OPEN, "Sun, 1 Feb 2026 10:00:00 Z" }}, NULL },
        { "without a time", "feed", {{ "x", OPEN, "" }}, NULL },
        { "48 hours of AWS", "aws_rss", {{ "Service disruption: x", "x", "Sun, 1 Mar 2026 10:00:00 Z" }}, "2026-03-03T10:00:00.001Z" },
    };
    char shown[RFC3339_BYTES];
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        int64_t until_ms = parse(cases[i].feed, text_of(rss_of(cases[i].items, &arena)), now, &arena).valid_until_ms;
        int64_t expected_ms = cases[i].until == NULL ? INT64_MAX : feed_time_ms(text_of(cases[i].until));
        if (until_ms != expected_ms)
            fail_msg("%s: %s", cases[i].says, until_ms == INT64_MAX ? "for ever" : clock_to_rfc3339(until_ms, shown));
    }
}

static void test_the_detail_says_what_a_feed_cannot_tell(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    static const struct item open[ITEMS_MAX] = {{ "Slow", OPEN, "Sun, 1 Mar 2026 10:00:00 Z" }};
    static const struct item over[ITEMS_MAX] = {{ "Slow", OVER, "Sun, 1 Mar 2026 10:00:00 Z" }};
    (void) state;

    struct feed_result result = parse("feed", text_of(rss_of(open, &arena)), "2026-03-01T12:00:00Z", &arena);
    assert_string_equal(feed_detail(&result, &arena),
                        "incident Slow: investigating (a feed tells no grade: worse than degraded looks the same)");
    result = parse("feed", text_of(rss_of(over, &arena)), "2026-03-01T12:00:00Z", &arena);
    assert_string_equal(feed_detail(&result, &arena), "Operational");
}

static void test_what_passes_the_list_still_counts(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(buffer_done) struct buffer body;
    (void) state;

    buffer_init(&body, 1 << 20);
    assert_int_equal(buffer_put_text(&body, "<rss><channel><title>x</title>"), 0);
    for (int i = 0; i <= FEED_ITEMS_MAX; i++)
        assert_int_equal(buffer_format(&body, "<item><guid>%d</guid><pubDate>Sun, 1 Mar 2026 10:00:00 Z</pubDate><description>&lt;b>"
                                       "Status: %s&lt;/b></description></item>", i, i < FEED_ITEMS_MAX ? "Odd" : "Identified"), 0);
    assert_int_equal(buffer_put_text(&body, "</channel></rss>"), 0);
    struct feed_result result = parse("feed", buffer_text(&body), "2026-03-01T12:00:00Z", &arena);
    assert_int_equal(result.n_incidents, FEED_ITEMS_MAX);
    assert_int_equal(result.state, STATUS_DEGRADED);
    assert_int_equal(result.unseen_words, FEED_ITEMS_MAX);
    assert_string_equal(result.unseen_word, "odd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reading_holds_until_an_item_is_too_old),
        cmocka_unit_test(test_the_detail_says_what_a_feed_cannot_tell),
        cmocka_unit_test(test_what_passes_the_list_still_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
