/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/redact.h"
#include "common/mem.h"

static const struct { const char *says; const char *in; const char *kept; } cases[] = {
    { "nothing", "", "" },
    { "words stay", "All systems operational.\n\tNow.", "All systems operational.\n\tNow." },
    { "an e-mail address", "ask jane.doe+x@example.com now", "ask [redacted] now" },
    { "an at sign that is none", "@channel a@b me @ home", "@channel a@b me @ home" },
    { "a bearer", "Authorization: Bearer abcdefghijkl.mn", "Authorization: [redacted]" },
    { "a bearer in the text", "send bearer abcdefghijkl/mn= or basic English", "send bearer [redacted] or basic English" },
    { "a member by its name", "{\"access_token\": \"abc\", \"id\": 1}", "{\"access_token\": \"[redacted]\", \"id\": 1}" },
    { "whose value is a number", "{\"apiKey\":12345,\"id\":1}", "{\"apiKey\":[redacted],\"id\":1}" },
    { "whose value has a quote in it", "{\"secret\": \"a\\\"b\", \"id\": 1}", "{\"secret\": \"[redacted]\", \"id\": 1}" },
    { "whose value is an object is looked into", "{\"session\": {\"id\": 1}}", "{\"session\": {\"id\": 1}}" },
    { "a member within a text", "\"{\\\"password\\\": \\\"abc\\\"}\"", "\"{\\\"password\\\": \\\"[redacted]\\\"}\"" },
    { "a parameter", "/x?id=7&X-Signature=abc&page=2", "/x?id=7&X-Signature=[redacted]&page=2" },
    { "a header", "Set-Cookie: sid=1; path=/\nDate: x", "Set-Cookie: [redacted]; path=/\nDate: x" },
    { "a user in a URL", "https://me:pass@status.example.com/x", "https://[redacted]/x" },
    { "a key by its beginning", "xoxb-123-abc-def ghp_0123456789ab AKIAABCDEFGHIJKL", "[redacted] [redacted] [redacted]" },
    { "a web token", "eyJhbGciOi.eyJzdWIi.SflKx", "[redacted]" },
    { "a long run of chance", "id AbCdEfGhIjKlMnOpQrStUvW1 x", "id [redacted] x" },
    { "one shorter is an id", "id AbCdEfGhIjKlMnOpQrStUv1 x", "id AbCdEfGhIjKlMnOpQrStUv1 x" },
    { "a digest", "0123456789abcdef0123456789abcdef", "[redacted]" },
    { "an id of twelve bytes", "533c6539221ae15e3f000031 kctbh9vrtdwd", "533c6539221ae15e3f000031 kctbh9vrtdwd" },
    { "a UUID", "38b0dea6-11f5-4c11-9705-1ded7fa68e33", "38b0dea6-11f5-4c11-9705-1ded7fa68e33" },
    { "a slug", "elevated-errors-in-region-eu-west-1-and-others-2026", "elevated-errors-in-region-eu-west-1-and-others-2026" },
    { "control characters", "a\x01\x7f" "b\r\n", "a  b \n" },
    { "other scripts stay", "Gr\xc3\xbc\xc3\x9f" "e", "Gr\xc3\xbc\xc3\x9f" "e" },
    { "another encoding does not", "Gr\xfc\xdf" "e", "Gr??e" },
    { "control characters between name and value", "token\r:\r\n\"abc\"", "token : \n\"[redacted]\"" },
    { "a name at the end", "token", "token" },
    { "a name without a value", "token:", "token:" },
};

static void check(size_t i, size_t max_bytes, const char *kept)
{
    CLEANUP(buffer_done) struct buffer out;

    buffer_init(&out, 4096);
    redact(text_of(cases[i].in), max_bytes, &out);
    if (!text_is(buffer_text(&out), kept))
        fail_msg("%s: %.*s", cases[i].says, (int) out.len, out.bytes);
}

static void test_what_is_left_out(void **state)
{
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check(i, 4096, cases[i].kept);
}

static void test_it_is_cut_at_a_character(void **state)
{
    CLEANUP(buffer_done) struct buffer out;
    (void) state;

    buffer_init(&out, 64);
    redact(text_of("a\xe2\x82\xac"), 3, &out);
    assert_true(text_is(buffer_text(&out), "a"));
}

static void test_a_full_buffer_ends_it(void **state)
{
    CLEANUP(buffer_done) struct buffer out;
    (void) state;

    buffer_init(&out, 4);
    redact(text_of("abcd e@f.example"), 4096, &out);
    assert_true(text_is(buffer_text(&out), "abcd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_left_out),
        cmocka_unit_test(test_it_is_cut_at_a_character),
        cmocka_unit_test(test_a_full_buffer_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
