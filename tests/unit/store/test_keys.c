/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "aggregator/store/keys.h"
#include "common/mem.h"
#include "common/rng.h"

static bool equal(struct store_key a, struct store_key b)
{
    return key_compare(&a, &b) == 0;
}

static bool has_prefix(struct store_key key, struct store_key prefix)
{
    return key.len >= prefix.len && memcmp(key.bytes, prefix.bytes, prefix.len) == 0;
}

static void test_order_is_meaning(void **state)
{
    static const int64_t times[] = {INT64_MIN, -1, 0, 1, 255, 256, 1795000000000, INT64_MAX - 1, INT64_MAX};
    static const uint64_t numbers[] = {0, 1, 255, 256, 65535, 65536, UINT64_C(1) << 63, UINT64_MAX};
    (void) state;

    for (size_t i = 1; i < ARRAY_SIZE(times); i++) {
        struct store_key before = key_time(times[i - 1], UINT32_MAX), at = key_time(times[i], 0);
        assert_true(key_compare(&before, &at) < 0);
        before = key_sample("h", "c", "m", times[i - 1]);
        at = key_sample("h", "c", "m", times[i]);
        assert_true(key_compare(&before, &at) < 0);
    }
    for (size_t i = 1; i < ARRAY_SIZE(numbers); i++) {
        struct store_key before = key_number(numbers[i - 1]), at = key_number(numbers[i]);
        assert_true(key_compare(&before, &at) < 0);
    }
    struct store_key first = key_time(7, 255), second = key_time(7, 256);
    assert_true(key_compare(&first, &second) < 0);
}

static void test_numbers_and_times_come_back(void **state)
{
    (void) state;
    struct rng rng;
    rng_seed(&rng, 11);
    for (int i = 0; i < 1000; i++) {
        uint64_t number = rng_next(&rng), number_back;
        int64_t at_ms = (int64_t) rng_next(&rng), at_back, bucket_back;
        uint32_t sequence = (uint32_t) rng_next(&rng), sequence_back;
        struct store_key key = key_number(number);
        assert_true(key_to_number(&key, &number_back) && number_back == number);
        assert_false(key_to_time(&key, &at_back, &sequence_back));
        key = key_time(at_ms, sequence);
        assert_true(key_to_time(&key, &at_back, &sequence_back) && at_back == at_ms && sequence_back == sequence);
        assert_false(key_to_number(&key, &number_back));
        key = key_sample("web-1", "disk.root", "used", at_ms);
        assert_true(key_to_bucket(&key, &bucket_back) && bucket_back == at_ms);
        key = key_samples_of("web-1", "disk.root", "used");
        assert_false(key_to_bucket(&key, &bucket_back));
    }
}

static void test_prefixes_hold_their_own_only(void **state)
{
    (void) state;
    assert_true(has_prefix(key_source("github", "ops/github"), key_sources_of("github")));
    assert_false(has_prefix(key_source("github-eu", "ops/github"), key_sources_of("github")));
    assert_true(has_prefix(key_name("web-1:cpu"), key_services_of_host("web-1")));
    assert_false(has_prefix(key_name("web-10:cpu"), key_services_of_host("web-1")));
    assert_true(has_prefix(key_member(7, "github"), key_number(7)));
    assert_false(has_prefix(key_member(8, "github"), key_number(7)));
    assert_true(has_prefix(key_told("ops", "service:github"), key_told_of("ops")));
    assert_false(has_prefix(key_told("ops2", "service:github"), key_told_of("ops")));
    assert_true(has_prefix(key_sample("h", "c", "m", 5), key_samples_of("h", "c", "m")));
    assert_true(has_prefix(key_sample("h", "c", "m", 5), key_samples_of("h", "c", NULL)));
    assert_true(has_prefix(key_sample("h", "c", "m", 5), key_samples_of("h", NULL, NULL)));
    assert_false(has_prefix(key_sample("h", "c2", "m", 5), key_samples_of("h", "c", NULL)));
    assert_true(has_prefix(key_sample("h", "", "m", 5), key_samples_of("h", "", NULL)));
}

static void test_parts_come_back(void **state)
{
    (void) state;
    struct store_key key = key_told("ops", "service:github");
    struct text part;
    assert_true(key_to_part(&key, 0, &part) && text_is(part, "ops"));
    assert_true(key_to_part(&key, 1, &part) && text_is(part, "service:github"));
    assert_false(key_to_part(&key, 2, &part));
    key = key_sample("h", "", "m", -1);
    assert_true(key_to_part(&key, 1, &part) && part.len == 0);
    assert_true(key_to_part(&key, 2, &part) && text_is(part, "m"));
}

static void test_whatever_is_asked_for_fits(void **state)
{
    (void) state;
    char text[2001];
    memset(text, 'x', sizeof text);
    for (size_t len = 0; len < sizeof text; len++) {
        text[len] = '\0';
        struct store_key keys[] = {
            key_name(text), key_source(text, text), key_services_of_host(text), key_told(text, text),
            key_sample(text, text, text, 1), key_samples_of(text, text, text),
        };
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
            assert_true(keys[i].len <= STORE_KEY_BYTES_MAX);
        text[len] = 'x';
    }
}

static void test_long_names_stay_apart(void **state)
{
    (void) state;
    char one[301], two[301];
    memset(one, 'x', 300);
    memset(two, 'x', 300);
    one[300] = two[300] = '\0';
    assert_true(equal(key_name(one), key_name(two)));
    two[299] = 'y';
    assert_false(equal(key_name(one), key_name(two)));
    two[255] = '\0';
    assert_int_equal(key_name(two).len, 255);   /* the longest alert key stands as it is */

    /* nobody can name a hash: text that begins like one is hashed itself */
    struct store_key hashed = key_name(one);
    char posing[STORE_KEY_BYTES_MAX + 1] = "";
    memcpy(posing, hashed.bytes, hashed.len);
    assert_false(equal(key_name(posing), hashed));
}

static void test_none(void **state)
{
    (void) state;
    assert_int_equal(key_name("").len, 0);
    assert_int_equal(key_name(NULL).len, 0);
}

static void test_hex_and_back(void **state)
{
    (void) state;
    char hex[2 * STORE_KEY_BYTES_MAX + 1];
    struct store_key key = key_time(-5, 77), back;
    key_to_hex(&key, hex);
    assert_true(key_from_hex(text_of(hex), &back));
    assert_true(equal(key, back));

    char longest[2 * STORE_KEY_BYTES_MAX + 3];
    memset(longest, 'a', sizeof longest);
    assert_true(key_from_hex((struct text) {longest, 2 * STORE_KEY_BYTES_MAX}, &back));
    static const struct { const char *says; const char *in; } wrong[] = {
        { "nothing", "" }, { "half a byte", "abc" }, { "no hex", "zz" }, { "a blank", " a" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        if (key_from_hex(text_of(wrong[i].in), &back))
            fail_msg("%s", wrong[i].says);
    }
    assert_false(key_from_hex((struct text) {longest, 2 * STORE_KEY_BYTES_MAX + 2}, &back));
    assert_int_equal(back.len, STORE_KEY_BYTES_MAX);   /* a failure leaves it as it was */
}

static void test_evidence_is_found_by_area(void **state)
{
    struct store_key key = key_evidence("backup", "shop: live");
    struct text part;
    (void) state;

    assert_true(has_prefix(key, key_evidence_of("backup")));
    assert_false(has_prefix(key, key_evidence_of("back")));
    assert_false(equal(key, key_evidence("backup", "shop")));
    assert_true(key_to_part(&key, 0, &part) && text_is(part, "backup"));
    assert_true(key_to_part(&key, 1, &part) && text_is(part, "shop: live"));
    assert_true(has_prefix(key_evidence("backup", ""), key_evidence_of("backup")));
}

static void test_vendors_items_by_service_kind_and_version(void **state)
{
    struct store_key incident = key_vendor_item("acme", VENDOR_ITEM_INCIDENT, "x1");
    struct store_key second = key_vendor_version("acme", VENDOR_ITEM_INCIDENT, "x1", 2);
    struct store_key large = key_vendor_version("acme", VENDOR_ITEM_INCIDENT, "x1", 256);
    (void) state;

    assert_true(has_prefix(incident, key_vendor_items_of("acme", VENDOR_ITEM_INCIDENT)));
    assert_false(has_prefix(incident, key_vendor_items_of("acme", VENDOR_ITEM_MAINTENANCE)));
    assert_false(has_prefix(incident, key_vendor_items_of("acm", VENDOR_ITEM_INCIDENT)));
    assert_false(equal(incident, key_vendor_item("acme", VENDOR_ITEM_MAINTENANCE, "x1")));
    assert_true(has_prefix(second, key_vendor_versions_of("acme", VENDOR_ITEM_INCIDENT, "x1")));
    assert_false(has_prefix(second, key_vendor_versions_of("acme", VENDOR_ITEM_INCIDENT, "x")));
    assert_true(key_compare(&second, &large) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_meaning),
        cmocka_unit_test(test_numbers_and_times_come_back),
        cmocka_unit_test(test_prefixes_hold_their_own_only),
        cmocka_unit_test(test_parts_come_back),
        cmocka_unit_test(test_whatever_is_asked_for_fits),
        cmocka_unit_test(test_long_names_stay_apart),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_hex_and_back),
        cmocka_unit_test(test_evidence_is_found_by_area),
        cmocka_unit_test(test_vendors_items_by_service_kind_and_version),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
