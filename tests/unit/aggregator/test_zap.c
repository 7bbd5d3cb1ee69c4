/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <zmq.h>

#include "aggregator/zap.h"
#include "common/mem.h"

static uint8_t good_key[32] = {1, 2, 3};
static uint8_t other_key[32] = {9};

static struct text bytes_of(const uint8_t key[static 32])
{
    return (struct text) {(const char *) key, 32};
}

static void test_only_a_known_key_of_curve_gets_in(void **state)
{
    struct authorized_key key = {.name = "web01"};
    zmq_z85_encode(key.public_key, good_key, 32);
    const struct authorized_key *by_name = &key;
    struct authorized_keys keys = {.keys = &key, .n_keys = 1, .by_name = &by_name};
    struct text curve = text_of("CURVE");
    struct text tocsin = text_of(ZAP_DOMAIN);
    struct text version = text_of("1.0");
    const struct { const char *says; struct zap_request request; const char *status;
    } cases[] = {
        {"a known key", {7, version, text_of("1"), tocsin, text_of("127.0.0.1"), curve, bytes_of(good_key)}, "200"},
        {"an unknown key", {7, version, text_of("1"), tocsin, text_of("127.0.0.1"), curve, bytes_of(other_key)}, "400"},
        {"another domain",
         {7, version, text_of("1"), text_of("global"), text_of(""), curve, bytes_of(good_key)},
         "400"},
        {"no domain", {7, version, text_of("1"), text_of(""), text_of(""), curve, bytes_of(good_key)}, "400"},
        {"plain text", {8, version, text_of("1"), tocsin, text_of(""), text_of("PLAIN"), text_of("user")}, "400"},
        {"no security at all", {6, version, text_of("1"), tocsin, text_of(""), text_of("NULL"), text_of(NULL)}, "400"},
        {"a key cut short",
         {7, version, text_of("1"), tocsin, text_of(""), curve, {(const char *) good_key, 31}},
         "400"},
        {"two credentials", {8, version, text_of("1"), tocsin, text_of(""), curve, bytes_of(good_key)}, "400"},
        {"a version of the future",
         {7, text_of("2.0"), text_of("1"), tocsin, text_of(""), curve, bytes_of(good_key)},
         "500"},
        {"nearly nothing",
         {1, version, text_of(NULL), text_of(NULL), text_of(NULL), text_of(NULL), text_of(NULL)},
         "500"},
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct zap_reply reply;
        zap_judge(&cases[i].request, &keys, &reply);
        if (strcmp(reply.status, cases[i].status) != 0)
            fail_msg("%s: %s", cases[i].says, reply.status);
        bool in = strcmp(reply.status, "200") == 0;
        if (strcmp(reply.user_id, in ? "web01" : "") != 0 || (reply.metadata_len > 0) != in)
            fail_msg("%s: user id", cases[i].says);
    }
}

static void test_the_key_travels_with_the_name(void **state)
{
    struct authorized_key key = {.name = "web01"};
    zmq_z85_encode(key.public_key, good_key, 32);
    struct authorized_keys keys = {.keys = &key, .n_keys = 1};
    struct zap_request request = {7,           text_of("1.0"),   text_of("1"),      text_of(ZAP_DOMAIN),
                                  text_of(""), text_of("CURVE"), bytes_of(good_key)};
    struct zap_reply reply;
    (void) state;
    zap_judge(&request, &keys, &reply);
    size_t name_len = strlen(ZAP_KEY_PROPERTY);
    assert_int_equal(reply.metadata_len, 1 + name_len + 4 + 40);
    assert_int_equal(reply.metadata[0], name_len);
    assert_memory_equal(reply.metadata + 1, ZAP_KEY_PROPERTY, name_len);
    assert_memory_equal(reply.metadata + 1 + name_len, "\0\0\0\50", 4);
    assert_memory_equal(reply.metadata + 5 + name_len, key.public_key, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_a_known_key_of_curve_gets_in),
        cmocka_unit_test(test_the_key_travels_with_the_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
