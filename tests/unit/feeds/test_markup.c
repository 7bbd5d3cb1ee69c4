/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/feeds/markup.h"

static const struct { const char *says; const char *html; const char *plain; } cases[] = {
    { "nothing", "", "" },
    { "words stay", "all is well", "all is well" },
    { "tags go, blocks part words", "<p>One</p><p>two</p>", "One two" },
    { "a break is a blank", "one<br/>two<br>three", "one two three" },
    { "attributes go with their tag", "<a href=\"https://x.example/?a=1\">here</a>", "here" },
    { "a comment goes", "a<!-- b -->c", "a c" },
    { "nobody reads a script", "a<script>alert(1 < 2)</script>b", "a b" },
    { "nor a style that never ends", "a<STYLE>p {}", "a" },
    { "the five entities and nbsp", "&lt;b&gt; &amp; &quot;x&quot; &apos;y&apos;&nbsp;z", "<b> & \"x\" 'y' z" },
    { "entities are decoded once", "&amp;lt;", "&lt;" },
    { "numbers", "&#65;&#x42;&#xe9;&#8364;&#x1F600;", "AB\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
    { "what is no number stays", "&#; &#x; &#xg; &#0; &#x110000;", "&#; &#x; &#xg; &#0; &#x110000;" },
    { "an entity never heard of stays", "AT&T &eacute; & &;", "AT&T &eacute; & &;" },
    { "less than is not a tag", "1 < 2 and 3 <4", "1 < 2 and 3 <4" },
    { "a tag that never ends stays", "a <b", "a <b" },
    { "blanks run together", " a \r\n\t b ", "a b" },
    { "a control character by number", "a&#7;b", "a b" },
    { "half a surrogate is no text", "a&#xD800;b", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "b" },
};

static void test_markup(void **state)
{
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        assert_string_equal(markup_text(&arena, text_of(cases[i].html), 200), cases[i].plain);
    }
}

static void test_it_is_cut_at_a_character(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    (void) state;

    assert_string_equal(markup_text(&arena, text_of("abc\xc3\xa9"), 4), "abc");
    assert_string_equal(markup_text(&arena, text_of("abc\xc3\xa9"), 5), "abc\xc3\xa9");
}

/* Megabytes of what looks like tags and is none take no longer than as much text. */
static void test_many_tags_that_do_not_end(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    enum { TAGS = 2 << 20 };
    char *html = arena_new(&arena, 2 * TAGS + 1);
    (void) state;

    for (size_t i = 0; i < TAGS; i++)
        memcpy(html + 2 * i, "<a", 2);
    assert_string_equal(markup_text(&arena, (struct text) {html, 2 * TAGS}, 6), "<a<a<a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markup),
        cmocka_unit_test(test_it_is_cut_at_a_character),
        cmocka_unit_test(test_many_tags_that_do_not_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
