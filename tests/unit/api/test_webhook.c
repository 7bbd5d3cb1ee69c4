/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/api/webhook_access.h"
#include "common/mem.h"
#include "common/metrics.h"
#include "rig.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz-_012345"
#define SECRET "a-secret-of-the-sender-0123"
#define PATH "/api/webhooks/statuspage/acme." TOKEN
#define POSTED "{\"page\":{\"id\":\"p1\"},\"incident\":{\"id\":\"i1\",\"status\":\"investigating\"}}"

static struct rig rig;

/* The rest of the webhooks section, within the braces of the http section (see rig_start). */
static void start(const char *statuspage)
{
    char *more;

    if (asprintf(&more, "}\nwebhooks: {statuspage: {%s}", statuspage) < 0)
        abort();
    rig_start(&rig, more);
    free(more);
}

static void sign(const char *secret, const char *body, char out[static 65])
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;

    (void) crypto_auth_hmacsha256_init(&state, (const unsigned char *) secret, strlen(secret));
    (void) crypto_auth_hmacsha256_update(&state, (const unsigned char *) body, strlen(body));
    (void) crypto_auth_hmacsha256_final(&state, mac);
    text_to_hex(mac, sizeof mac, out);
}

static char *strip_instance(struct answer answer)
{
    char *body = mem_copy_string(answer.body);
    char *instance = strstr(body, "\"instance\"");

    if (instance != NULL)
        *instance = '\0';
    answer_done(&answer);
    return body;
}

/* V18: neither method nor headers nor what is posted tells it from a path that never was. */
static void test_V18_off_there_is_no_such_path(void **state)
{
    static const char *const paths[] = {PATH, "/api/webhooks/statuspage/x", "/api/webhooks/statuspage"};
    (void) state;

    start("services: [{service: acme, token: " TOKEN "}]");
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        CLEANUP(mem_freep) char *nowhere = strip_instance(rig_post(&rig, "/api/nowhere/at/all", "", POSTED));
        CLEANUP(mem_freep) char *there = strip_instance(rig_post(&rig, paths[i], "X-Signature: 00\r\n", POSTED));
        assert_string_equal(there, nowhere);
        rig_expect(rig_get(&rig, paths[i], ""), 404, "there is nothing at this path", "GET");
        rig_expect(rig_delete(&rig, paths[i], ""), 404, "there is nothing at this path", "DELETE");
        struct answer answer = rig_get(&rig, paths[i], "");
        assert_string_equal(answer_header(&answer, "Allow"), "");
        answer_done(&answer);
    }
    assert_int_equal(rig.polls, 0);
    assert_int_equal(rig.refusals, 0);
    rig_stop(&rig);
}

static void test_a_post_asks_for_a_poll(void **state)
{
    static const struct { const char *says, *body; int status; const char *part; int polls; } cases[] = {
        {"an incident", POSTED, 202, "{\"service_id\":\"acme\",\"event\":\"incident\",\"poll\":true}", 1},
        {"the same again", POSTED, 202, "\"poll\":true", 1},
        {"a component", "{\"page\":{\"id\":\"p1\"},\"component\":{\"status\":\"x\"},\"component_update\":{\"id\":\"u\"}}", 202,
         "\"event\":\"component\"", 1},
        {"planned work", "{\"page\":{\"id\":\"p1\"},\"incident\":{\"id\":\"i\",\"status\":\"scheduled\",\"scheduled_for\":\"x\"}}", 202,
         "\"event\":\"maintenance\"", 1},
        {"the past", "{\"page\":{\"id\":\"p1\"},\"incident\":{\"id\":\"i\",\"status\":\"resolved\",\"backfilled\":true}}", 202,
         "\"poll\":false", 0},
        {"no JSON", "{\"page\":", 400, "not JSON", 0},
        {"nothing", "", 400, "not JSON", 0},
        {"no webhook", "{\"page\":{\"id\":\"p1\"}}", 422, "neither an incident nor a component_update", 0},
        {"of another page", "{\"page\":{\"id\":\"p2\"},\"incident\":{\"id\":\"i1\",\"status\":\"x\"}}", 422, "/page/id", 0},
    };
    (void) state;

    start("enabled: true, services: [{service: acme, token: " TOKEN ", page_id: p1}]");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int before = rig.polls;
        rig_expect(rig_post(&rig, PATH, "", cases[i].body), cases[i].status, cases[i].part, cases[i].says);
        for (int wait = 0; rig.polls < before + cases[i].polls && wait < 5000; wait++)
            (void) usleep(1000);
        if (rig.polls != before + cases[i].polls)
            fail_msg("%s: %d polls", cases[i].says, rig.polls - before);
    }
    assert_string_equal(rig_word(&rig, rig.poll_why), "its page posted maintenance i");
    assert_int_equal(rig.audited, 0);
    rig_stop(&rig);
}

static void test_who_does_not_know_the_path(void **state)
{
    static const char *const ids[] = {
        "acme", "acme.", "." TOKEN, TOKEN, "acme." TOKEN "x", "acme.abcdefghijklmnopqrstuvwxyz-_012346", "shop." TOKEN,
        "acme." TOKEN ".", "ACME." TOKEN, "nobody." TOKEN,
    };
    int64_t before = metric_get(METRIC_WEBHOOKS_PATH);
    (void) state;

    start("enabled: true, services: [{service: acme, token: " TOKEN "}]");
    CLEANUP(mem_freep) char *nowhere = strip_instance(rig_post(&rig, "/api/nowhere/at/all", "", POSTED));
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        char path[200];
        (void) snprintf(path, sizeof path, "/api/webhooks/statuspage/%s", ids[i]);
        CLEANUP(mem_freep) char *there = strip_instance(rig_post(&rig, path, "", POSTED));
        assert_string_equal(there, nowhere);
    }
    assert_int_equal(metric_get(METRIC_WEBHOOKS_PATH), before + (int64_t) ARRAY_SIZE(ids));
    for (int i = 0; i < 20; i++)
        rig_expect(rig_post(&rig, "/api/webhooks/statuspage/acme.x", "", POSTED), 404, NULL, "who guesses");
    rig_expect(rig_post(&rig, PATH, "", POSTED), 202, NULL, "and whoever knows it is not locked out by him");
    for (int wait = 0; (rig.polls < 1 || rig.refusals < 10) && wait < 5000; wait++)
        (void) usleep(1000);
    assert_int_equal(rig.refusals, 10);     /* of one address in one minute */
    assert_int_equal(rig.polls, 1);
    rig_stop(&rig);
}

static void post_signed(const char *header, const char *signature, const char *body, int status, const char *says)
{
    char headers[200];

    (void) snprintf(headers, sizeof headers, "%s: %s\r\n", header, signature);
    rig_expect(rig_post(&rig, PATH, headers, body), status, NULL, says);
}

/* V17 */
static void test_V17_a_secret_wants_a_signature(void **state)
{
    char right[65], wrong[65], prefixed[80];
    (void) state;

    sign(SECRET, POSTED, right);
    sign("another-secret-of-the-sender", POSTED, wrong);
    (void) snprintf(prefixed, sizeof prefixed, "sha256=%s", right);
    start("enabled: true, services: [{service: acme, token: " TOKEN ", secret: " SECRET "}]");
    rig_expect(rig_post(&rig, PATH, "", POSTED), 401, "the signature is missing", "none");
    post_signed("X-Statuspage-Signature", wrong, POSTED, 401, "under another secret");
    post_signed("X-Statuspage-Signature", right, POSTED " ", 401, "of another body");
    post_signed("X-Statuspage-Signature", "zz", POSTED, 401, "no hex");
    post_signed("X-Statuspage-Signature", "sha256=", POSTED, 401, "nothing behind the prefix");
    post_signed("X-Unheard-Of", right, POSTED, 401, "in a header we do not look at");
    rig_expect(rig_post(&rig, PATH, "", "{"), 401, NULL, "what is not signed is not read");
    assert_int_equal(rig.polls, 0);
    assert_int_equal(rig.audited, 0);

    post_signed("X-Statuspage-Signature", right, POSTED, 202, "the first header");
    post_signed("x-hub-signature-256", prefixed, POSTED, 202, "the second");
    post_signed("X-Signature", right, POSTED, 202, "the third");
    rig_stop(&rig);
}

static void test_a_secret_alone_gives_a_path(void **state)
{
    char right[65], path[200], header[120];
    (void) state;

    sign(SECRET, POSTED, right);
    start("enabled: true, secret: " SECRET);
    assert_int_equal(rig.config->webhooks.n_services, 1);    /* of three, one has a feed */
    const struct webhook_service *one = &rig.config->webhooks.services[0];
    assert_int_equal(strlen(one->token), 43);
    (void) snprintf(path, sizeof path, "/api/webhooks/statuspage/acme.%s", one->token);
    (void) snprintf(header, sizeof header, "X-Signature: %s\r\n", right);
    rig_expect(rig_post(&rig, path, header, POSTED), 202, NULL, "with its signature");
    rig_expect(rig_post(&rig, path, "", POSTED), 401, NULL, "without");
    rig_stop(&rig);
}

static void test_bounds(void **state)
{
    CLEANUP(mem_freep) char *body = mem_new(256 * 1024 + 2);
    (void) state;

    start("enabled: true, services: [{service: acme, token: " TOKEN "}]");
    memset(body, ' ', 256 * 1024 + 1);
    memcpy(body, POSTED, strlen(POSTED));
    rig_expect(rig_post(&rig, PATH, "", body), 413, NULL, "a byte too much");
    body[256 * 1024] = '\0';
    rig_expect(rig_post(&rig, PATH, "", body), 202, NULL, "as much as is taken");
    rig.held = true;
    int status = 202;
    for (int i = 0; i < INBOX_ITEMS_MAX && status == 202; i++) {
        struct answer answer = rig_post(&rig, PATH, "", POSTED);
        status = answer.status;
        if (status != 202)
            assert_string_equal(answer_header(&answer, "Retry-After"), "1");
        answer_done(&answer);
    }
    assert_int_equal(status, 503);
    assert_true(inbox_depth(rig.inbox) <= INBOX_ITEMS_MAX / 2);    /* the rest is for those who write */
    rig_stop(&rig);
}

static void test_signatures_by_hand(void **state)
{
    static const struct { const char *says, *signature; bool good; } cases[] = {
        /* echo -n body | openssl dgst -sha256 -hmac key */
        {"as openssl makes it", "515aae133b435d4000956731f68ae5cf5eb85d4f0dc6a546d2bfcd3595ec1ae1", true},
        {"a digit too few", "515aae133b435d4000956731f68ae5cf5eb85d4f0dc6a546d2bfcd3595ec1ae", false},
        {"a digit too many", "515aae133b435d4000956731f68ae5cf5eb85d4f0dc6a546d2bfcd3595ec1ae10", false},
        {"the last digit wrong", "515aae133b435d4000956731f68ae5cf5eb85d4f0dc6a546d2bfcd3595ec1ae2", false},
        {"nothing", "", false},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (webhook_is_signed("key", text_of("body"), text_of(cases[i].signature)) != cases[i].good)
            fail_msg("%s", cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_V18_off_there_is_no_such_path),
        cmocka_unit_test(test_a_post_asks_for_a_poll),
        cmocka_unit_test(test_who_does_not_know_the_path),
        cmocka_unit_test(test_V17_a_secret_wants_a_signature),
        cmocka_unit_test(test_a_secret_alone_gives_a_path),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_signatures_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
