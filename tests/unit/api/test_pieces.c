/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/api/auth.h"
#include "aggregator/api/confirm_view.h"
#include "aggregator/api/html.h"
#include "aggregator/api/problem.h"
#include "aggregator/api/service_cursor.h"
#include "aggregator/api/stream.h"
#include "aggregator/api/summary.h"
#include "aggregator/api/throttle.h"
#include "aggregator/api/timeline_words.h"
#include "common/mem.h"

static void test_problems_have_one_shape(void **state)
{
    struct problem problem = {0};
    struct buffer out;
    (void) state;

    problem_point(&problem, "/reason", "is \"required\"");
    assert_true(problem_set(&problem, PROBLEM_INVALID, "not so") < 0);
    buffer_init(&out, 10000);
    problem_render(&problem, "id-1", &out);
    json_t *json = json_loadb(out.bytes, out.len, JSON_REJECT_DUPLICATES, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "type")), "urn:tocsin:problem:invalid-body");
    assert_int_equal(json_integer_value(json_object_get(json, "status")), 422);
    assert_string_equal(json_string_value(json_object_get(json, "instance")), "id-1");
    const json_t *point = json_array_get(json_object_get(json, "errors"), 0);
    assert_string_equal(json_string_value(json_object_get(point, "detail")), "is \"required\"");
    json_decref(json);
    buffer_done(&out);
}

static void test_html_escapes_everything(void **state)
{
    static const struct { const char *in, *out; } cases[] = {
        {"plain", "plain"},
        {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"a\" onload=\"b", "a&quot; onload=&quot;b"},
        {"&amp;", "&amp;amp;"},
        {"bad \xff byte", "bad \xef\xbf\xbd byte"},
        {"a\nb", "a b"},
        {"", ""},
        {NULL, ""},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buffer out;
        buffer_init(&out, 1000);
        struct html html = {.out = &out};
        html_text(&html, cases[i].in);
        assert_string_equal(out.bytes == NULL ? "" : out.bytes, cases[i].out);
        buffer_done(&out);
    }
}

static void test_html_says_when_it_is_cut(void **state)
{
    struct buffer out;
    (void) state;

    buffer_init(&out, 4);
    struct html html = {.out = &out};
    html_text(&html, "<");
    assert_false(html.full);
    html_text(&html, "x");
    assert_true(html.full);
    buffer_done(&out);
}

static void test_service_cursors_go_round(void **state)
{
    struct service_view view = {.id = "web-1:disk.root", .tier = 2, .changed_at_ms = 1700000000123, .status = STATUS_PARTIAL_OUTAGE};
    char cursor[SERVICE_CURSOR_BYTES];
    struct service_place place;
    (void) state;

    service_place_render(&view, cursor);
    assert_true(service_place_parse(text_of(cursor), &place));
    assert_int_equal(service_place_compare(&view, &place), 0);
    view.tier = 1;
    assert_true(service_place_compare(&view, &place) < 0);
    view.tier = 2;
    view.status = STATUS_DEGRADED;
    assert_true(service_place_compare(&view, &place) > 0);

    static const char *const wrong[] = {"", "zz", "3", "61626364", "312032203320", "31203220332061206220"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        if (service_place_parse(text_of(wrong[i]), &place))
            fail_msg("%s", wrong[i]);
    }
}

static void test_stream_ids_go_round(void **state)
{
    static const uint8_t lineage[16] = {0xde, 0xad, 0xbe, 0xef, 1, 2, 3};
    struct store_key key = key_time(1700000000123, 7), back;
    char id[STREAM_ID_BYTES];
    uint8_t prefix[4];
    (void) state;

    stream_id_render(lineage, &key, id);
    assert_true(strncmp(id, "deadbeef-", 9) == 0);
    assert_true(stream_id_parse(text_of(id), prefix, &back));
    assert_memory_equal(prefix, lineage, 4);
    assert_int_equal(key_compare(&key, &back), 0);

    static const char *const wrong[] = {"", "-", "deadbeef", "deadbeef-", "deadbee-00", "xxxxxxxx-800001", "deadbeef-00", "deadbeef-zz"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        if (stream_id_parse(text_of(wrong[i]), prefix, &back))
            fail_msg("%s", wrong[i]);
    }
}

static void test_eleven_failures_a_minute(void **state)
{
    struct throttle *throttle = mem_new(sizeof *throttle);
    (void) state;

    for (int i = 0; i < 10; i++)
        throttle_fail(throttle, "192.0.2.1", 1000 + i);
    assert_int_equal(throttle_wait_s(throttle, "192.0.2.1", 2000), 0);
    throttle_fail(throttle, "192.0.2.1", 2000);
    assert_int_equal(throttle_wait_s(throttle, "192.0.2.1", 2000), 59);
    assert_int_equal(throttle_wait_s(throttle, "192.0.2.2", 2000), 0);
    assert_int_equal(throttle_wait_s(throttle, "192.0.2.1", 60999), 1);
    assert_int_equal(throttle_wait_s(throttle, "192.0.2.1", 61000), 0);
    throttle_fail(throttle, "192.0.2.1", 61000);
    assert_int_equal(throttle_wait_s(throttle, "192.0.2.1", 61000), 0);
    free(throttle);
}

static void test_tokens_look_as_scanners_expect(void **state)
{
    char text[TOKEN_TEXT_BYTES], other[TOKEN_TEXT_BYTES];
    uint8_t hash[32];
    (void) state;

    auth_make_token(text, hash);
    auth_make_token(other, hash);
    assert_int_equal(strlen(text), 47);
    assert_memory_equal(text, "toc_", 4);
    assert_int_equal(strspn(text + 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
    assert_string_not_equal(text, other);
}

static struct params params(void)
{
    struct params params = {0};

    params.value[PARAM_confirm_polls] = 3;
    params.value[PARAM_min_dwell_s] = 600;
    params.value[PARAM_escalate_polls] = -1;
    params.value[PARAM_escalate_dwell_s] = -1;
    params.value[PARAM_major_dwell_s] = -1;
    params.value[PARAM_recovery_polls] = 2;
    params.value[PARAM_recovery_dwell_s] = 0;
    params.value[PARAM_improve_dwell_s] = 600;
    return params;
}

static void test_C4_a_worsening_on_its_way(void **state)
{
    struct params p = params();
    ServiceState service = {.effective = LEVEL_MAJOR_OUTAGE, .hard = LEVEL_OPERATIONAL};
    uint32_t counts[CONFIRM_LADDERS] = {7, 2, 2};
    struct confirm_view next;
    (void) state;

    for (int i = 0; i < 3; i++)
        service.worse[i] = (Ladder) {.running = true, .since_ms = i == 0 ? 1000 : 400000};
    assert_true(confirm_next(&service, counts, &p, 60, &next));
    assert_int_equal(next.to, STATUS_DEGRADED);          /* its ladder has run longest */
    assert_int_equal(next.polls, 7);
    assert_int_equal(next.need, 3);
    assert_int_equal(next.at_ms, 601000);

    p.value[PARAM_major_dwell_s] = 90;                   /* of tier 1 */
    assert_true(confirm_next(&service, counts, &p, 60, &next));
    assert_int_equal(next.to, STATUS_MAJOR_OUTAGE);
    assert_int_equal(next.at_ms, 400000 + 2 * 60000);    /* the third poll comes later than the dwell ends */
    p.value[PARAM_major_dwell_s] = -1;

    service.hard = LEVEL_DEGRADED;
    assert_true(confirm_next(&service, counts, &p, 60, &next));
    assert_int_equal(next.to, STATUS_MAJOR_OUTAGE);
    service.effective = LEVEL_UNKNOWN;
    assert_false(confirm_next(&service, counts, &p, 60, &next));
}

static void test_C5_a_recovery_on_its_way(void **state)
{
    struct params p = params();
    ServiceState service = {.effective = LEVEL_OPERATIONAL, .hard = LEVEL_MAJOR_OUTAGE};
    uint32_t counts[CONFIRM_LADDERS] = {0, 0, 0, 1, 1, 1};
    struct confirm_view next;
    (void) state;

    for (int i = 0; i < 3; i++)
        service.better[i] = (Ladder) {.running = true, .since_ms = 1000};
    assert_true(confirm_next(&service, counts, &p, 60, &next));
    assert_int_equal(next.to, STATUS_OPERATIONAL);
    assert_int_equal(next.need, 2);
    assert_int_equal(next.at_ms, 61000);
    service.hard = LEVEL_OPERATIONAL;
    assert_false(confirm_next(&service, counts, &p, 60, &next));
}

static void test_counts_of_an_old_ladder_are_nothing(void **state)
{
    ServiceState service = {0};
    SourceState source = {0};
    uint32_t counts[CONFIRM_LADDERS] = {0};
    (void) state;

    service.worse[0].epoch = 2;
    source.counts[0] = (LadderCount) {.epoch = 1, .count = 9};
    source.counts[1] = (LadderCount) {.epoch = 0, .count = 4};
    confirm_count(&service, &source, counts);
    assert_int_equal(counts[0], 0);
    assert_int_equal(counts[1], 4);
}

static void test_the_verdict_is_a_sentence(void **state)
{
    struct service_view services[2] = {
        {.name = "GitHub", .status = STATUS_MAJOR_OUTAGE, .changed_at_ms = 1700000000000}, {.name = "Okta", .status = STATUS_DEGRADED}};
    char words[SUMMARY_VERDICT_BYTES];
    struct summary summary = {.services = services, .n_services = 2};
    (void) state;

    status_count(&summary.counts, STATUS_MAJOR_OUTAGE);
    status_count(&summary.counts, STATUS_DEGRADED);
    summary_verdict(&summary, words);
    assert_string_equal(words, "2 services are in trouble; GitHub has had a major outage since 14 Nov, 22:13 UTC.");
    summary.counts = (struct status_counts) {0};
    status_count(&summary.counts, STATUS_UNKNOWN);
    summary_verdict(&summary, words);
    assert_non_null(strstr(words, "cannot tell"));       /* unknown is not health */
    summary.n_services = 0;
    summary_verdict(&summary, words);
    assert_string_equal(words, "No services are configured.");
}

static void test_decisions_are_sentences(void **state)
{
    TimelineRow row = {.decision = "status", .service = "acme", .from = "operational", .to = "partial_outage"};
    char words[TIMELINE_SENTENCE_BYTES];
    (void) state;

    timeline_sentence(&row, "Acme", words);
    assert_string_equal(words, "Acme: Partial outage, was Operational");
    row = (TimelineRow) {.decision = "notify", .service = "acme", .kind = "raise", .level = "major_outage", .channels_count = 2, .channels = {"chat", "page"}};
    timeline_sentence(&row, NULL, words);
    assert_string_equal(words, "acme: raise of Major outage decided for chat, page");
    row = (TimelineRow) {.decision = "flap", .service = "acme", .op = "start", .via = "ring", .pct = 35};
    timeline_sentence(&row, "Acme", words);
    assert_string_equal(words, "Acme: flapping, changes weigh 35 %");
    row = (TimelineRow) {.decision = "flap", .service = "acme", .op = "start", .via = "slow", .pct = 18};
    timeline_sentence(&row, "Acme", words);
    assert_string_equal(words, "Acme: flapping, in trouble again and again, too short to be confirmed");
    row = (TimelineRow) {.decision = "flap", .service = "acme", .op = "stop", .via = "slow"};
    timeline_sentence(&row, "Acme", words);
    assert_string_equal(words, "Acme: no longer flapping");
    row = (TimelineRow) {.decision = "new_word", .key = "k"};
    timeline_sentence(&row, NULL, words);
    assert_string_equal(words, "k: new_word");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_problems_have_one_shape),
        cmocka_unit_test(test_html_escapes_everything),
        cmocka_unit_test(test_html_says_when_it_is_cut),
        cmocka_unit_test(test_service_cursors_go_round),
        cmocka_unit_test(test_stream_ids_go_round),
        cmocka_unit_test(test_eleven_failures_a_minute),
        cmocka_unit_test(test_tokens_look_as_scanners_expect),
        cmocka_unit_test(test_C4_a_worsening_on_its_way),
        cmocka_unit_test(test_C5_a_recovery_on_its_way),
        cmocka_unit_test(test_counts_of_an_old_ladder_are_nothing),
        cmocka_unit_test(test_the_verdict_is_a_sentence),
        cmocka_unit_test(test_decisions_are_sentences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
