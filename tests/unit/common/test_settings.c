/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/mem.h"
#include "common/settings.h"
#include "common/settings_value.h"

/* A table with a row of each type, and what it fills. */
struct inner {
    char *text;
    int number;
};

struct object {
    char *text;
    char *path;
    char *secret;
    bool flag;
    int64_t number;
    uint16_t small;
    int64_t duration_ms;
    int64_t bytes;
    int permille;
    int choice;
    char **words;
    size_t n_words;
    int sum;
    struct param_overrides overrides;
    struct inner here;
    struct inner *there;
    struct inner *list;
    size_t n_list;
};

static bool put_sum(void *object, struct text word)
{
    int64_t number;
    if (!text_to_int64(word, 0, 9, &number))
        return false;
    ((struct object *) object)->sum += (int) number;
    return true;
}

static const char *const colours[] = {"red", "green", NULL};

static const struct setting inner_table[] = {
    {"text", SETTING_TEXT, SETTING_AT(struct inner, text), .required = true, .max = 4, .sentence = "Four bytes."},
    {"number", SETTING_INTEGER, SETTING_AT(struct inner, number), .min = -5, .max = 5, .fallback = "3", .sentence = "N."},
    {0},
};

static const struct setting table[] = {
    {"text", SETTING_TEXT, SETTING_AT(struct object, text), .environment = "TOCSIN_T_TEXT TOCSIN_T_ALIAS", .sentence = "T."},
    {"path", SETTING_PATH, SETTING_AT(struct object, path), .sentence = "P."},
    {"secret", SETTING_SECRET, SETTING_AT(struct object, secret), .max = 8, .environment = "TOCSIN_T_SECRET",
     .sentence = "S."},
    {"flag", SETTING_BOOL, SETTING_AT(struct object, flag), .sentence = "F."},
    {"number", SETTING_INTEGER, SETTING_AT(struct object, number), .min = 0, .max = 100, .fallback = "7", .sentence = "N."},
    {"small", SETTING_INTEGER, SETTING_AT(struct object, small), .min = 0, .max = 65535, .sentence = "N."},
    {"duration", SETTING_DURATION, SETTING_AT(struct object, duration_ms), .min = 1000, .max = 3600000, .sentence = "D.",
     .environment = "TOCSIN_T_SECONDS"},
    {"bytes", SETTING_BYTES, SETTING_AT(struct object, bytes), .min = 0, .max = 1 << 30, .sentence = "B."},
    {"percent", SETTING_PERCENT, SETTING_AT(struct object, permille), .min = 0, .max = 1000, .sentence = "P."},
    {"choice", SETTING_ENUM, SETTING_AT(struct object, choice), .choices = colours, .sentence = "C."},
    {"words", SETTING_WORDS, SETTING_AT_LIST(struct object, words, n_words), .items_max = 3, .max = 5, .sentence = "W."},
    {"sum", SETTING_EACH, .put = put_sum, .items_max = 3, .expected = "a digit", .sentence = "S."},
    {"confirm_polls", SETTING_PARAM, SETTING_AT(struct object, overrides), .param = PARAM_confirm_polls, .sentence = "C."},
    {"late_after_s", SETTING_NONE, .param = PARAM_late_after_s, .sentence = "Not here."},
    {"here", SETTING_GROUP, SETTING_AT(struct object, here), .table = inner_table, .sentence = "H."},
    {"there", SETTING_GROUP, SETTING_AT(struct object, there), .element_size = sizeof(struct inner),
     .table = inner_table, .sentence = "T."},
    {"list", SETTING_LIST, SETTING_AT_LIST(struct object, list, n_list), .items_max = 2,
     .element_size = sizeof(struct inner), .table = inner_table, .sentence = "L."},
    {0},
};

static int load(const char *text, struct object *object, struct settings_trace *trace, struct error *err)
{
    const struct settings_source source = {"/etc/x/t.yaml", text_of(text), table, NULL};
    *object = (struct object) {0};
    return settings_load(&source, object, trace, err);
}

static void test_every_type(void **state)
{
    struct object object;
    struct error err = {0};
    (void) state;
    int r = load("text: \"a: b\"\npath: sub/file\nsecret: abc\nflag: yes\nnumber: 100\nsmall: 65535\nduration: 1h\n"
                 "bytes: 1GiB\npercent: 99.9\nchoice: green\nwords: [one, two]\nsum: [1, 2, 3]\nconfirm_polls: 5\n"
                 "here: {text: in}\nthere: {text: out, number: -5}\nlist:\n  - text: a\n  - {text: b, number: 5}\n",
                 &object, NULL, &err);
    if (r < 0)
        fail_msg("%s", err.text);
    assert_string_equal(object.text, "a: b");
    assert_string_equal(object.path, "/etc/x/sub/file");
    assert_string_equal(object.secret, "abc");
    assert_true(object.flag);
    assert_int_equal(object.number, 100);
    assert_int_equal(object.small, 65535);
    assert_int_equal(object.duration_ms, 3600000);
    assert_int_equal(object.bytes, 1 << 30);
    assert_int_equal(object.permille, 999);
    assert_int_equal(object.choice, 1);
    assert_int_equal(object.n_words, 2);
    assert_string_equal(object.words[1], "two");
    assert_int_equal(object.sum, 6);
    assert_true(object.overrides.set[PARAM_confirm_polls]);
    assert_int_equal(object.overrides.value[PARAM_confirm_polls], 5);
    assert_string_equal(object.here.text, "in");
    assert_int_equal(object.here.number, 3);
    assert_int_equal(object.there->number, -5);
    assert_int_equal(object.n_list, 2);
    assert_int_equal(object.list[0].number, 3);
    assert_int_equal(object.list[1].number, 5);

    settings_done(table, &object);
    assert_null(object.text);
    assert_null(object.list);
    assert_int_equal(object.n_words, 0);
    settings_done(table, &object);    /* nothing left is fine too */
}

static void test_nothing_said_is_the_default(void **state)
{
    static const char *const cases[] = {"", "{}", "here:\nthere: ~\nwords: []\nlist: null\n", "sum: []\nlist: []\n"};
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct object object;
        struct error err = {0};
        if (load(cases[i], &object, NULL, &err) < 0)
            fail_msg("\"%s\": %s", cases[i], err.text);
        assert_null(object.text);
        assert_int_equal(object.number, 7);
        assert_int_equal(object.here.number, 3);
        assert_null(object.there);
        assert_int_equal(object.n_list, 0);
        settings_done(table, &object);
    }
}

/* The traps of YAML 1.1 and of readers that take what they can get. */
static void test_faults(void **state)
{
    static const struct { const char *says; const char *in; const char *out[2]; } cases[] = {
        { "a bool with a slip", "flag: fals", {":1:7: flag: found \"fals\"", "true, false, yes, no, on or off"} },
        { "a bool in capitals", "flag: Flase", {"flag: found \"Flase\""} },
        { "a bool as a number", "flag: 1", {"flag: found \"1\""} },
        { "an octal number", "number: 010", {":1:9: number: found \"010\"", "a whole number from 0 to 100"} },
        { "a hexadecimal number", "number: 0x1F", {"number: found \"0x1F\""} },
        { "a duration for an int", "number: 10s", {"number: found \"10s\""} },
        { "a fraction", "number: 1.9", {"number: found \"1.9\""} },
        { "not a number", "number: nan", {"number: found \"nan\""} },
        { "one with an exponent", "number: 1e2", {"number: found \"1e2\""} },
        { "a sexagesimal number", "number: 1:30", {"number: found \"1:30\""} },
        { "a number with a plus", "number: +5", {"number: found \"+5\""} },
        { "above the range", "number: 101", {"number: found \"101\"", "to 100"} },
        { "below the range", "number: -1", {"number: found \"-1\"", "from 0"} },
        { "wider than 64 bits", "number: 99999999999999999999", {"number: "} },
        { "a duration without a unit", "duration: 60", {"duration: found \"60\"", "60s"} },
        { "a duration in words", "duration: 5 minutes", {"duration: found \"5 minutes\""} },
        { "a duration in the wrong order", "duration: 5s1m", {"duration: "} },
        { "a duration with a unit twice", "duration: 5s5s", {"duration: "} },
        { "a duration too short", "duration: 999ms", {"duration: found \"999ms\"", "from 1s to 1h"} },
        { "a size without a unit", "bytes: 5000", {"bytes: ", "MiB"} },
        { "a size in the other thousand", "bytes: 5MB", {"bytes: found \"5MB\""} },
        { "percent with a sign", "percent: 90%", {"percent: found \"90%\""} },
        { "percent with two decimals", "percent: 90.55", {"percent: "} },
        { "a comma for a point", "percent: 1,5", {"percent: "} },
        { "an enum in capitals", "choice: Green", {"choice: found \"Green\"", "red or green"} },
        { "an enum as a number", "choice: 1", {"choice: found \"1\""} },
        { "a list where a text is due", "text: [a]", {":1:7: text: found a list"} },
        { "a mapping where a text is due", "text: {a: b}", {"text: found a mapping"} },
        { "nothing where a text is due", "text:\nflag: on", {":1:1: text: found nothing"} },
        { "null where a text is due", "text: null", {"text: found nothing"} },
        { "an empty text", "text: \"\"", {"text: found \"\""} },
        { "a control character", "text: \"a\\x01b\"", {"text: "} },
        { "a text where a list is due", "words: one", {"words: found text, expected a list"} },
        { "a text where a mapping is due", "here: one", {"here: found text, expected a mapping"} },
        { "a list within a list of texts", "words: [[a]]", {"words[0]: found a list"} },
        { "a text in a list of mappings", "list: [a]", {"list[0]: found text, expected a mapping"} },
        { "one item too many", "words: [a, b, c, d]", {"words: found 4 items, expected at most 3"} },
        { "one mapping too many", "list: [{text: a}, {text: a}, {text: a}]", {"list: found 3 items"} },
        { "one byte too many", "words: [abcdef]", {"words[0]: found \"abcdef\""} },
        { "a digit with two", "sum: [1, 22]", {"sum[1]: found \"22\"", "a digit"} },
        { "a key that must be there", "list: [{number: 1}]", {":1:8: list[0]: text is missing"} },
        { "a key of another place", "late_after_s: 1", {"late_after_s: found an unknown key"} },
        { "a slip in a key", "confirm_pols: 1", {":1:1: confirm_pols: ", "did you mean confirm_polls?"} },
        { "a key far from all others", "zzzzzzzzzz: 1", {"zzzzzzzzzz: found an unknown key", "expected one of text, path"} },
        { "a parameter out of range", "confirm_polls: 0", {"confirm_polls: found \"0\"", "from 1 to 100"} },
        { "a variable that is not set", "text: a${TOCSIN_T_NONE}b", {":1:7: text: ", "the environment has no TOCSIN_T_NONE"} },
        { "a variable without an end", "text: ${HOME", {"text: found a ${"} },
        { "a variable without a name", "text: \"${}\"", {"text: found a ${"} },
        { "a secret too long", "secret: 123456789", {"secret: found \"****\""} },
        { "a secret's file that is not there", "secret_file: none", {":1:14: secret_file: ", "/etc/x/none: No such file"} },
        { "a secret by both ways", "secret: a\nsecret_file: b", {":2:1: secret_file: found both"} },
        { "a file key for what is no secret", "text_file: a", {"text_file: found an unknown key"} },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct object object;
        struct error err = {0};
        if (load(cases[i].in, &object, NULL, &err) >= 0)
            fail_msg("%s: was taken", cases[i].says);
        if (strncmp(err.text, "/etc/x/t.yaml:", 14) != 0)
            fail_msg("%s: \"%s\" does not name the file", cases[i].says, err.text);
        for (size_t j = 0; j < 2 && cases[i].out[j] != NULL; j++) {
            if (strstr(err.text, cases[i].out[j]) == NULL)
                fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].says, err.text, cases[i].out[j]);
        }
    }
}

static void test_variables(void **state)
{
    static const struct { const char *says; const char *in; const char *out; } cases[] = {
        { "a variable", "text: \"<${TOCSIN_T_VALUE}>\"", "<value>" },
        { "twice", "text: ${TOCSIN_T_VALUE}${TOCSIN_T_VALUE}", "valuevalue" },
        { "with a default that is not needed", "text: ${TOCSIN_T_VALUE:-other}", "value" },
        { "with a default", "text: ${TOCSIN_T_NONE:-other:-x}", "other:-x" },
        { "empty takes the default", "text: ${TOCSIN_T_EMPTY:-other}", "other" },
        { "escaped", "text: \"$${TOCSIN_T_VALUE} $5\"", "${TOCSIN_T_VALUE} $5" },
        { "its value is not looked into again", "text: ${TOCSIN_T_NESTED}", "${TOCSIN_T_VALUE}" },
    };
    (void) state;
    assert_int_equal(setenv("TOCSIN_T_VALUE", "value", 1), 0);
    assert_int_equal(setenv("TOCSIN_T_EMPTY", "", 1), 0);
    assert_int_equal(setenv("TOCSIN_T_NESTED", "${TOCSIN_T_VALUE}", 1), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct object object;
        struct error err = {0};
        if (load(cases[i].in, &object, NULL, &err) < 0)
            fail_msg("%s: %s", cases[i].says, err.text);
        assert_string_equal(object.text, cases[i].out);
        settings_done(table, &object);
    }
}

static void test_environment_and_aliases(void **state)
{
    struct object object;
    struct error err = {0};
    (void) state;
    assert_int_equal(setenv("TOCSIN_T_ALIAS", "alias", 1), 0);
    assert_int_equal(load("text: file\n", &object, NULL, &err), 0);
    assert_string_equal(object.text, "alias");
    settings_done(table, &object);

    assert_int_equal(setenv("TOCSIN_T_TEXT", "alias", 1), 0);    /* both the same is no contradiction */
    assert_int_equal(load("", &object, NULL, &err), 0);
    settings_done(table, &object);
    assert_int_equal(setenv("TOCSIN_T_TEXT", "other", 1), 0);
    assert_true(load("", &object, NULL, &err) < 0);
    assert_non_null(strstr(err.text, "TOCSIN_T_TEXT and TOCSIN_T_ALIAS are aliases and differ"));
    assert_int_equal(unsetenv("TOCSIN_T_TEXT"), 0);
    assert_int_equal(unsetenv("TOCSIN_T_ALIAS"), 0);

    assert_int_equal(setenv("TOCSIN_T_SECONDS", "90", 1), 0);
    assert_int_equal(load("", &object, NULL, &err), 0);
    assert_int_equal(object.duration_ms, 90000);
    settings_done(table, &object);
    assert_int_equal(setenv("TOCSIN_T_SECONDS", "2m", 1), 0);
    assert_int_equal(load("", &object, NULL, &err), 0);
    assert_int_equal(object.duration_ms, 120000);
    settings_done(table, &object);
    assert_int_equal(unsetenv("TOCSIN_T_SECONDS"), 0);
}

static void test_a_secret_from_a_file_named_in_the_environment(void **state)
{
    char path[] = "/tmp/tocsin-secret-XXXXXX";
    int fd = mkstemp(path);
    struct object object;
    struct error err = {0};
    (void) state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "s3cret\n", 7), 7);
    assert_int_equal(close(fd), 0);

    assert_int_equal(setenv("TOCSIN_T_SECRET_FILE", path, 1), 0);
    assert_int_equal(load("", &object, NULL, &err), 0);
    assert_string_equal(object.secret, "s3cret");
    settings_done(table, &object);
    assert_int_equal(chmod(path, 0644), 0);
    assert_true(load("", &object, NULL, &err) < 0);
    assert_non_null(strstr(err.text, "TOCSIN_T_SECRET_FILE"));
    assert_non_null(strstr(err.text, "may be read by others"));
    assert_int_equal(unsetenv("TOCSIN_T_SECRET_FILE"), 0);
    assert_int_equal(unlink(path), 0);
}

static void test_trace_and_digest(void **state)
{
    struct settings_trace one = {0};
    struct settings_trace two = {0};
    struct object object;
    struct error err = {0};
    char digest[65];
    char other[65];
    (void) state;
    assert_int_equal(load("# x\ntext: a\nsecret: abc\nlist: [{text: b}]\n", &object, &one, &err), 0);
    settings_done(table, &object);
    assert_int_equal(load("secret: xyz\nlist:\n- text: b\ntext: a\n", &object, &two, &err), 0);
    settings_done(table, &object);

    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    settings_trace_print(&one, out);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "text: \"a\" "));
    assert_non_null(strstr(text, "# /etc/x/t.yaml:2\n"));
    assert_non_null(strstr(text, "secret: **** "));
    assert_null(strstr(text, "abc"));
    assert_non_null(strstr(text, "number: 7 "));
    assert_non_null(strstr(text, "list[0].text: \"b\" "));
    free(text);

    const struct settings_trace *const first[] = {&one};
    const struct settings_trace *const second[] = {&two};
    settings_digest(first, 1, digest);
    settings_digest(second, 1, other);
    assert_string_equal(digest, other);    /* order, form and secrets do not count */
    settings_trace_set(&two, "text", "\"c\"", "default");
    settings_digest(second, 1, other);
    assert_string_not_equal(digest, other);
    settings_trace_done(&one);
    settings_trace_done(&two);
}

static void test_values_come_back_as_they_were_written(void **state)
{
    static const struct { const char *in; int64_t ms; } durations[] = {
        {"0", 0}, {"1ms", 1}, {"1s500ms", 1500}, {"1m30s", 90000}, {"1h", 3600000}, {"2d1h", 176400000},
    };
    static const struct { const char *in; int64_t bytes; } sizes[] = {
        {"0", 0}, {"1B", 1}, {"1KiB", 1024}, {"1025B", 1025}, {"16MiB", 16 << 20}, {"3TiB", INT64_C(3) << 40},
    };
    char text[SETTINGS_VALUE_BYTES];
    int64_t value;
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
        assert_true(value_read_duration(text_of(durations[i].in), &value));
        assert_int_equal(value, durations[i].ms);
        assert_string_equal(value_render_duration(value, text), durations[i].in);
    }
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        assert_true(value_read_bytes(text_of(sizes[i].in), &value));
        assert_int_equal(value, sizes[i].bytes);
        assert_string_equal(value_render_bytes(value, text), sizes[i].in);
    }
    assert_false(value_read_duration(text_of("106751991168d"), &value));    /* beyond 64 bits of milliseconds */
    assert_false(value_read_bytes(text_of("8388608TiB"), &value));
    assert_true(value_read_percent(text_of("0.5"), &value));
    assert_string_equal(value_render_percent(value, text), "0.5");
}

static void test_shapes(void **state)
{
    static const struct { const char *says; const char *in; bool url; } urls[] = {
        { "https", "https://a.example/x?y#z", true }, { "http with a port", "http://10.0.0.1:80", true },
        { "IPv6", "http://[::1]:80/", true }, { "no scheme", "a.example", false }, { "another scheme", "ftp://a", false },
        { "no host", "https:///x", false }, { "a user", "https://user:pass@a/", false }, { "a blank", "https://a/b c", false },
        { "a backslash", "https://a\\b/", false }, { "only a port", "http://:80/", false },
    };
    static const struct { const char *in; bool endpoint; bool local; } endpoints[] = {
        {"tcp://127.0.0.1:8001", true, true}, {"tcp://[::1]:1", true, true}, {"ipc:///run/x", true, true},
        {"tcp://*:8001", true, false}, {"tcp://ops.example:8001", true, false}, {"tcp://127.0.0.1", false, false},
        {"tcp://a:0", false, false}, {"tcp://a:65536", false, false}, {"ipc://", false, true}, {"inproc://x", false, false},
        {"tcp://127.0.0.1.evil.example:1", true, false}, {"tcp://localhost:1", true, false},
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
        if (setting_is_url(text_of(urls[i].in)) != urls[i].url)
            fail_msg("%s", urls[i].says);
    }
    for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++) {
        if (setting_is_endpoint(text_of(endpoints[i].in)) != endpoints[i].endpoint
            || (endpoints[i].endpoint && setting_endpoint_is_local(endpoints[i].in) != endpoints[i].local))
            fail_msg("%s", endpoints[i].in);
    }
    assert_true(setting_is_label(text_of("role=ci=x")));
    assert_false(setting_is_label(text_of("role=")));
    assert_false(setting_is_label(text_of("=ci")));
    assert_false(setting_is_label(text_of("role")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_nothing_said_is_the_default),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_environment_and_aliases),
        cmocka_unit_test(test_a_secret_from_a_file_named_in_the_environment),
        cmocka_unit_test(test_trace_and_digest),
        cmocka_unit_test(test_values_come_back_as_they_were_written),
        cmocka_unit_test(test_shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
