/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collector/feeds/xml.h"
#include "common/buffer.h"

#define BYTES(literal) {(literal), sizeof(literal) - 1}

/* UTF-16, "<?xml version='1.0'?><a>é</a>" and "<a>é</a>". */
static const char utf16_big[] =
    "\xfe\xff\0<\0a\0>\0\xe9\0<\0/\0a\0>";
static const char utf16_little[] =
    "\xff\xfe<\0a\0>\0\xe9\0<\0/\0a\0>";

static void test_texts(void **state)
{
    static const struct { const char *says; struct text in; const char *text; } cases[] = {
        { "none", BYTES("<a/>"), "" },
        { "plain", BYTES("<a>x y</a>"), "x y" },
        { "entities are decoded once", BYTES("<a>&lt;b&gt; &amp;lt;</a>"), "<b> &lt;" },
        { "CDATA as it stands", BYTES("<a><![CDATA[<b>&amp;]]></a>"), "<b>&amp;" },
        { "pieces are joined", BYTES("<a>x<![CDATA[y]]>&#122;\nx<b>no</b>w</a>"), "xyz\nxw" },
        { "no comments", BYTES("<a>x<!-- y --></a>"), "x" },
        { "UTF-8", BYTES("<a>\xc3\xa9</a>"), "\xc3\xa9" },
        { "a byte order mark", BYTES("\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><a>x</a>"), "x" },
        { "a declared encoding", BYTES("<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>"), "\xc3\xa9" },
        { "UTF-16, big-endian", {utf16_big, sizeof utf16_big - 1}, "\xc3\xa9" },
        { "UTF-16, little-endian", {utf16_little, sizeof utf16_little}, "\xc3\xa9" },
        { "blanks before the declaration", BYTES("\r\n <?xml version='1.0'?><a>x</a>"), "x" },
        { "markup of Atom", BYTES("<a type='xhtml'><div xmlns='x'>s &amp; t<br/><b class='y'>u</b></div></a>"),
          "<div>s &amp; t<br></br><b>u</b></div>" },
        { "markup of Atom keeps what was no tag", BYTES("<a type='xhtml'>&lt;b&gt;</a>"), "&lt;b&gt;" },
        { "other types are as they stand", BYTES("<a type='html'>&lt;b&gt;<c>d</c></a>"), "<b>" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct error err = {0};
        const struct xml_node *root = xml_read(cases[i].in, &arena, &err);
        if (root == NULL)
            fail_msg("%s: %s", cases[i].says, err.text);
        if (strcmp(root->name, "a") != 0 || !text_is(root->text, cases[i].text))
            fail_msg("%s: %s holds %.*s", cases[i].says, root->name, (int) root->text.len, root->text.at);
    }
}

static void test_what_is_refused(void **state)
{
    static const struct { const char *says; struct text in; const char *words; } cases[] = {
        { "nothing", BYTES(""), "no element found" },
        { "blanks", BYTES(" \n"), "no element found" },
        { "JSON", BYTES("{}"), "line 1" },
        { "an entity bomb", BYTES("<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b 'x'><!ENTITY c '&b;&b;'>]><a>&c;</a>"),
          "line 2: a document type declaration" },
        { "an external entity", BYTES("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><a>&x;</a>"),
          "a document type declaration" },
        { "a DOCTYPE that declares nothing", BYTES("<!DOCTYPE a><a/>"), "a document type declaration" },
        { "a web page", BYTES("<!DOCTYPE html>\n<html><br></html>"), "a document type declaration" },
        { "a web page, shouting", BYTES("<!doctype HTML>"), "not well-formed" },
        { "an entity nobody declared", BYTES("<a>&nbsp;</a>"), "undefined entity" },
        { "cut in the text", BYTES("<a>x"), "no element found" },
        { "cut in a tag", BYTES("<a><b"), "unclosed token" },
        { "cut in CDATA", BYTES("<a><![CDATA[x"), "unclosed CDATA" },
        { "tags that do not match", BYTES("<a><b></a></b>"), "mismatched tag" },
        { "two roots", BYTES("<a/><b/>"), "junk after document element" },
        { "bytes that are not UTF-8", BYTES("<a>\xe9</a>"), "not well-formed" },
        { "an encoding never met", BYTES("<?xml version='1.0' encoding='klingon'?><a/>"), "unknown encoding" },
        { "half of a UTF-16 unit", {utf16_big, sizeof utf16_big - 2}, "not well-formed" },
        { "a NUL", BYTES("<a>\0</a>"), "not well-formed" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct error err = {0};
        if (xml_read(cases[i].in, &arena, &err) != NULL)
            fail_msg("%s was read", cases[i].says);
        if (err.code == 0 || strstr(err.text, cases[i].words) == NULL)
            fail_msg("%s: %s", cases[i].says, err.text);
    }
}

static const char *put_times(struct buffer *out, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(buffer_put_text(out, what), 0);
    return what;
}

static void check_limit(const struct buffer *document, bool fits, const char *words)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct error err = {0};

    assert_int_equal(xml_read(buffer_text(document), &arena, &err) != NULL, fits);
    if (!fits && strstr(err.text, words) == NULL)
        fail_msg("%s", err.text);
}

static void test_limits(void **state)
{
    CLEANUP(buffer_done) struct buffer document;
    (void) state;

    buffer_init(&document, 1 << 20);
    for (size_t more = 0; more < 2; more++) {
        buffer_reset(&document);
        (void) put_times(&document, XML_DEPTH_MAX + more, "<a>");
        (void) put_times(&document, XML_DEPTH_MAX + more, "</a>");
        check_limit(&document, more == 0, "nested more than 32 deep");

        buffer_reset(&document);
        assert_int_equal(buffer_put_text(&document, "<c type='xhtml'>"), 0);
        (void) put_times(&document, XML_DEPTH_MAX - 1 + more, "<a>");
        (void) put_times(&document, XML_DEPTH_MAX - 1 + more, "</a>");
        assert_int_equal(buffer_put_text(&document, "</c>"), 0);
        check_limit(&document, more == 0, "nested more than 32 deep");

        buffer_reset(&document);
        assert_int_equal(buffer_put_text(&document, "<a>"), 0);
        (void) put_times(&document, XML_NODES_MAX - 1 + more, "<b/>");
        assert_int_equal(buffer_put_text(&document, "</a>"), 0);
        check_limit(&document, more == 0, "more than 20000 elements");

        buffer_reset(&document);
        assert_int_equal(buffer_put_text(&document, "<a xmlns='x' xmlns:y='z'"), 0);
        for (size_t i = 0; i < XML_ATTRIBUTES_MAX + more; i++)
            assert_int_equal(buffer_format(&document, " a%zu='x'", i), 0);
        assert_int_equal(buffer_put_text(&document, "/>"), 0);
        check_limit(&document, more == 0, "17 attributes");
    }
}

static void test_looking_into_it(void **state)
{
    static const char document[] =
        "<rss xmlns:atom='x' version='2.0'><channel><atom:link href='self'/><link> page </link>"
        "<item n='1'/><x:item n='2'/><other/><item n='3' x:m='4'/><dc:date>today</dc:date></channel></rss>";
    CLEANUP(arena_done) struct arena arena = {0};
    (void) state;

    const struct xml_node *root = xml_read(text_of(document), &arena, NULL);
    assert_non_null(root);
    assert_true(text_is(xml_attribute(root, "version"), "2.0"));
    assert_int_equal(xml_attribute(root, "atom").len, 0);
    assert_null(root->next);

    const struct xml_node *channel = xml_child(root, "channel");
    assert_true(text_is(xml_child_text(channel, "link"), "page"));
    assert_true(text_is(xml_child_text(channel, "date"), "today"));
    assert_int_equal(xml_child_text(channel, "nothing").len, 0);
    assert_null(xml_child(channel, "nothing"));
    assert_null(xml_child(NULL, "link"));
    assert_int_equal(xml_child_text(NULL, "link").len, 0);

    const struct xml_node *item = xml_child(channel, "item");
    assert_true(text_is(xml_attribute(item, "n"), "1"));
    item = xml_next(item);
    assert_true(text_is(xml_attribute(item, "n"), "2"));
    item = xml_next(item);
    assert_true(text_is(xml_attribute(item, "n"), "3"));
    assert_true(text_is(xml_attribute(item, "m"), "4"));
    assert_null(xml_next(item));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_looking_into_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
