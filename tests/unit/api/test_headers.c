/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "aggregator/api/headers.h"
#include "common/mem.h"

struct pair { const char *name, *value; };

static const char *judge(const struct pair *pairs, const char *method, const char *version)
{
    struct headers headers = {0};

    for (size_t i = 0; pairs[i].name != NULL; i++)
        headers_add(&headers, text_of(pairs[i].name), text_of(pairs[i].value));
    return headers_check(&headers, method, version);
}

static void test_what_a_proxy_may_read_otherwise_is_refused(void **state)
{
    static const struct { const char *says; const char *method; const char *version; bool good; struct pair pairs[5]; } cases[] = {
        {"a plain GET", "GET", "HTTP/1.1", true, {{"Host", "a"}}},
        {"a POST with a length", "POST", "HTTP/1.1", true, {{"Host", "a"}, {"Content-Length", "4"}}},
        {"a chunked POST", "POST", "HTTP/1.1", true, {{"Host", "a"}, {"Transfer-Encoding", "Chunked"}}},
        {"an unknown header twice", "GET", "HTTP/1.1", true, {{"Host", "a"}, {"X-A", "1"}, {"X-A", "2"}}},
        {"Accept-Encoding on two lines", "GET", "HTTP/1.1", true, {{"Host", "a"}, {"Accept-Encoding", "br"}, {"accept-encoding", "gzip"}}},
        {"HTTP/1.0 needs no host", "GET", "HTTP/1.0", true, {{"X-A", "1"}}},
        {"a GET with a length of 0", "GET", "HTTP/1.1", true, {{"Host", "a"}, {"Content-Length", "0"}}},
        {"HTTP/1.1 without a host", "GET", "HTTP/1.1", false, {{"X-A", "1"}}},
        {"another version", "GET", "HTTP/1.2", false, {{"Host", "a"}}},
        {"length and chunked", "POST", "HTTP/1.1", false, {{"Host", "a"}, {"Content-Length", "4"}, {"Transfer-Encoding", "chunked"}}},
        {"two equal lengths", "POST", "HTTP/1.1", false, {{"Host", "a"}, {"Content-Length", "4"}, {"content-length", "4"}}},
        {"two codings", "POST", "HTTP/1.1", false, {{"Host", "a"}, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}},
        {"gzip, chunked", "POST", "HTTP/1.1", false, {{"Host", "a"}, {"Transfer-Encoding", "gzip, chunked"}}},
        {"identity", "POST", "HTTP/1.1", false, {{"Host", "a"}, {"Transfer-Encoding", "identity"}}},
        {"chunked by HTTP/1.0", "POST", "HTTP/1.0", false, {{"Transfer-Encoding", "chunked"}}},
        {"two hosts", "GET", "HTTP/1.1", false, {{"Host", "a"}, {"Host", "a"}}},
        {"two authorizations", "GET", "HTTP/1.1", false, {{"Host", "a"}, {"Authorization", "x"}, {"Authorization", "x"}}},
        {"two content types", "POST", "HTTP/1.1", false, {{"Host", "a"}, {"Content-Type", "x"}, {"Content-Type", "x"}}},
        {"a blank before the colon", "POST", "HTTP/1.1", false, {{"Host", "a"}, {"Content-Length ", "4"}}},
        {"an empty name", "GET", "HTTP/1.1", false, {{"Host", "a"}, {"", "4"}}},
        {"a bracket in a name", "GET", "HTTP/1.1", false, {{"Host", "a"}, {"X[y", "4"}}},
        {"a control character in a value", "GET", "HTTP/1.1", false, {{"Host", "a"}, {"X-A", "a\rb"}}},
        {"a signed length", "POST", "HTTP/1.1", false, {{"Host", "a"}, {"Content-Length", "+4"}}},
        {"a negative length", "POST", "HTTP/1.1", false, {{"Host", "a"}, {"Content-Length", "-4"}}},
        {"a list of lengths", "POST", "HTTP/1.1", false, {{"Host", "a"}, {"Content-Length", "4, 4"}}},
        {"a length beyond all numbers", "POST", "HTTP/1.1", false, {{"Host", "a"}, {"Content-Length", "99999999999999999999"}}},
        {"a GET with a body", "GET", "HTTP/1.1", false, {{"Host", "a"}, {"Content-Length", "4"}}},
        {"a chunked DELETE", "DELETE", "HTTP/1.1", false, {{"Host", "a"}, {"Transfer-Encoding", "chunked"}}},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *refused = judge(cases[i].pairs, cases[i].method, cases[i].version);
        if ((refused == NULL) != cases[i].good)
            fail_msg("%s: %s", cases[i].says, refused == NULL ? "taken" : refused);
    }
}

static void test_a_zero_byte_and_too_many_headers(void **state)
{
    struct headers headers = {0};
    (void) state;

    headers_add(&headers, text_of("Host"), (struct text) {"a\0b", 3});
    assert_non_null(headers_check(&headers, "GET", "HTTP/1.1"));
    headers = (struct headers) {0};
    headers_add(&headers, text_of("Host"), text_of("a"));
    for (int i = 0; i < 63; i++)
        headers_add(&headers, text_of("X-A"), text_of("1"));
    assert_null(headers_check(&headers, "GET", "HTTP/1.1"));
    headers_add(&headers, text_of("X-A"), text_of("1"));
    assert_non_null(headers_check(&headers, "GET", "HTTP/1.1"));
}

static void test_gzip_is_asked_for(void **state)
{
    static const struct { const char *value; bool takes; } cases[] = {
        {"gzip", true}, {"br, GZIP;q=0.5", true}, {"deflate,gzip ; q=1", true}, {"gzip;q=0", false}, {"gzip; q=0.000", false},
        {"", false}, {"br", false}, {"gzipped", false}, {"identity", false},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct headers headers = {.accept_encoding = text_of(cases[i].value)};
        if (headers_accept_gzip(&headers) != cases[i].takes)
            fail_msg("%s", cases[i].value);
    }
}

static void test_entity_tags(void **state)
{
    static const struct { const char *value; bool matches; } cases[] = {
        {"\"abc\"", true}, {"W/\"abc\"", true}, {"\"x\", \"abc\"", true}, {"*", true}, {"\"abcd\"", false}, {"abc", false},
        {"", false}, {"\"x\",,", false},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct headers headers = {.if_none_match = text_of(cases[i].value)};
        if (headers_match_tag(&headers, "\"abc\"") != cases[i].matches)
            fail_msg("%s", cases[i].value);
    }
}

static void test_request_ids(void **state)
{
    static const struct { const char *value; bool good; } cases[] = {
        {"abc-1.2_3:4", true}, {"", false}, {"a b", false}, {"<script>", false}, {"\xc3\xa4", false},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    char id[REQUEST_ID_BYTES_MAX + 1];
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct headers headers = {.request_id = text_of(cases[i].value)};
        if (headers_request_id(&headers, id) != cases[i].good)
            fail_msg("%s", cases[i].value);
    }
    assert_true(headers_are_json(&(struct headers) {.content_type = text_of("Application/JSON; charset=utf-8")}));
    assert_false(headers_are_json(&(struct headers) {.content_type = text_of("application/jsonp")}));
    assert_false(headers_are_json(&(struct headers) {0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_proxy_may_read_otherwise_is_refused),
        cmocka_unit_test(test_a_zero_byte_and_too_many_headers),
        cmocka_unit_test(test_gzip_is_asked_for),
        cmocka_unit_test(test_entity_tags),
        cmocka_unit_test(test_request_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
