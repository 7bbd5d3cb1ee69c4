/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/buffer.h"
#include "common/mem.h"
#include "common/yaml_document.h"

static int parse(struct text bytes, struct yaml_document **out, struct error *err)
{
    return yaml_document_parse("t.yaml", bytes, out, err);
}

static void test_what_a_configuration_must_not_do(void **state)
{
    static const struct { const char *says; struct text in; const char *out[2]; } cases[] = {
        { "an alias", {"a: *b", 5}, {"t.yaml:1:4: ", "alias"} },
        { "an anchor", {"a: &b 1", 7}, {"t.yaml:1:4: ", "anchor"} },
        { "a merge key", {"a:\n  <<: {b: 1}", 15}, {"t.yaml:2:3: ", "nothing is merged"} },
        { "a merge of an alias", {"<<: *base", 9}, {"t.yaml:1:1: ", "merge key"} },
        { "a tag", {"a: !!int 5", 10}, {"t.yaml:1:4: ", "tag"} },
        { "a second document", {"a: 1\n---\nb: 2", 13}, {"t.yaml:2:1: ", "second document"} },
        { "NUL in a text", {"a: \"b\\0c\"", 9}, {"t.yaml:1:4: ", "NUL"} },
        { "NUL in a key", {"\"b\\0c\": 1", 9}, {"t.yaml:1:1: ", "NUL"} },
        { "NUL in the bytes", {"a: b\0c", 6}, {"t.yaml:", "not YAML"} },
        { "a list as a key", {"? [a, b]\n: 1", 12}, {"t.yaml:1:3: ", "a list as a key"} },
        { "a mapping as a key", {"? {a: b}\n: 1", 12}, {"t.yaml:1:3: ", "a mapping as a key"} },
        { "a key of nothing", {": 1", 3}, {"t.yaml:1:1: ", "key"} },
        { "a key with a blank", {"a b: 1", 6}, {"t.yaml:1:1: ", "\"a b\""} },
        { "a key twice", {"a: 1\nb: 2\na: 3", 14}, {"t.yaml:3:1: ", "a second time, first in line 1"} },
        { "a key twice, once in quotes", {"a: 1\n\"a\": 3", 11}, {"t.yaml:2:1: ", "a second time"} },
        { "a list where the whole should be a mapping", {"- a", 3}, {"t.yaml:1:1: ", "a list"} },
        { "a text where the whole should be a mapping", {"hello", 5}, {"t.yaml:1:1: ", "text"} },
        { "bytes that are not UTF-8", {"a: \xff", 4}, {"t.yaml:", "not YAML"} },
        { "UTF-16", {"\xff\xfe" "a\0:\0", 6}, {"t.yaml:", "not YAML"} },
        { "a bracket that stays open", {"a: [1", 5}, {"t.yaml:", "not YAML"} },
        { "a tab for indentation", {"a:\n\tb: 1", 8}, {"t.yaml:2:", "not YAML"} },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct yaml_document *document = NULL;
        struct error err = {0};
        if (parse(cases[i].in, &document, &err) != -EINVAL || document != NULL)
            fail_msg("%s: was taken", cases[i].says);
        for (size_t j = 0; j < 2; j++) {
            if (strstr(err.text, cases[i].out[j]) == NULL)
                fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].says, err.text, cases[i].out[j]);
        }
    }
}

static int parse_nested(size_t depth, struct error *err)
{
    struct buffer bytes;
    struct yaml_document *document = NULL;
    buffer_init(&bytes, YAML_FILE_BYTES_MAX);
    assert_int_equal(buffer_put_text(&bytes, "a: "), 0);
    for (size_t i = 0; i < depth; i++)
        assert_int_equal(buffer_put_text(&bytes, "["), 0);
    for (size_t i = 0; i < depth; i++)
        assert_int_equal(buffer_put_text(&bytes, "]"), 0);
    int r = parse(buffer_text(&bytes), &document, err);
    yaml_document_free(document);
    buffer_done(&bytes);
    return r;
}

static void test_depth_is_bounded(void **state)
{
    struct error err = {0};
    (void) state;
    assert_int_equal(parse_nested(YAML_DEPTH_MAX - 1, &err), 0);    /* the root is one */
    assert_int_equal(parse_nested(YAML_DEPTH_MAX, &err), -EINVAL);
    assert_non_null(strstr(err.text, "t.yaml:1:19: found lists and mappings nested deeper than 16"));
    assert_int_equal(parse_nested(20000, &err), -EINVAL);
}

static int parse_keys(size_t n, struct error *err)
{
    struct buffer bytes;
    struct yaml_document *document = NULL;
    buffer_init(&bytes, YAML_FILE_BYTES_MAX);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(buffer_format(&bytes, "k%zu: 1\n", i), 0);
    int r = parse(buffer_text(&bytes), &document, err);
    yaml_document_free(document);
    buffer_done(&bytes);
    return r;
}

static int parse_comment(size_t n, struct error *err)
{
    struct yaml_document *document = NULL;
    char *bytes = mem_new(n);
    memset(bytes, '#', n);
    int r = parse((struct text) {bytes, n}, &document, err);
    yaml_document_free(document);
    free(bytes);
    return r;
}

static void test_sizes_are_bounded(void **state)
{
    struct error err = {0};
    (void) state;
    assert_int_equal(parse_keys(YAML_KEYS_MAX, &err), 0);
    assert_int_equal(parse_keys(YAML_KEYS_MAX + 1, &err), -EINVAL);
    assert_non_null(strstr(err.text, "t.yaml:257:1: found more than 256 keys"));
    assert_int_equal(parse_comment(YAML_FILE_BYTES_MAX, &err), 0);
    assert_int_equal(parse_comment(YAML_FILE_BYTES_MAX + 1, &err), -EFBIG);
    assert_non_null(strstr(err.text, "1048577 bytes, expected at most 1048576"));
}

static void test_empty_files_are_empty_mappings(void **state)
{
    static const char *const cases[] = {"", "\n", "# a comment\n", "---\n", "--- ~\n", "---\n...\n", "{}", "\xef\xbb\xbf", "null"};
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct yaml_document *document = NULL;
        struct error err = {0};
        if (parse(text_of(cases[i]), &document, &err) < 0)
            fail_msg("\"%s\": %s", cases[i], err.text);
        assert_int_equal(document->root->kind, YAML_KIND_MAP);
        assert_int_equal(document->root->n_children, 0);
        yaml_document_free(document);
    }
}

static void test_everything_knows_its_place(void **state)
{
    static const char in[] = "# comment\nservices:\n  - id: a\n    depends_on: [b, \"\xc3\xa4\", c]\n  - {id: d, feed: }\nlast: ~\n";
    struct yaml_document *document;
    struct error err = {0};
    (void) state;
    assert_int_equal(parse(text_of(in), &document, &err), 0);

    const struct yaml_node *services = yaml_node_child(document->root, "services");
    assert_int_equal(services->n_children, 2);
    const struct yaml_node *c = yaml_node_item(yaml_node_child(yaml_node_item(services, 0), "depends_on"), 2);
    assert_string_equal(c->value, "c");
    assert_int_equal(yaml_fault(c, &err, "found %d", 1), -EINVAL);
    assert_string_equal(err.text, "t.yaml:4:26: services[0].depends_on[2]: found 1");

    const struct yaml_node *feed = yaml_node_child(yaml_node_item(services, 1), "feed");
    assert_int_equal(feed->kind, YAML_KIND_NOTHING);
    assert_int_equal(yaml_fault(feed, &err, "x"), -EINVAL);
    assert_string_equal(err.text, "t.yaml:5:13: services[1].feed: x");
    assert_int_equal(yaml_node_child(document->root, "last")->kind, YAML_KIND_NOTHING);
    assert_null(yaml_node_child(document->root, "none"));
    assert_null(yaml_node_item(services, 2));
    assert_null(yaml_node_item(c, 0));
    yaml_document_free(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_configuration_must_not_do),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_sizes_are_bounded),
        cmocka_unit_test(test_empty_files_are_empty_mappings),
        cmocka_unit_test(test_everything_knows_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
