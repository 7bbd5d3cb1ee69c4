/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/file.h"
#include "common/mem.h"
#include "common/rng.h"
#include "common/wire.h"

static const pb_byte_t boot_id[16] = "0123456789abcde";

static Item report_item(const char *check)
{
    Item item = {.at_boot_ms = 12345, .which_body = Item_observation_tag};
    Report *report = &item.body.observation;
    (void) snprintf(report->check, sizeof report->check, "%s", check);
    report->kind = SOURCE_PROBE;
    report->result = RESULT_OK;
    report->level = LEVEL_DEGRADED;
    report->every_s = 30;
    (void) snprintf(report->detail, sizeof report->detail, "91.0 %% busy over 5 min \xc3\xa4");
    return item;
}

/* A batch of n reports; the frame's length. */
static size_t make_batch(uint8_t *frame, size_t cap, size_t n)
{
    static uint8_t bytes[WIRE_ITEMS_MAX + 1][1024];
    struct wire_piece pieces[WIRE_ITEMS_MAX + 1];
    for (size_t i = 0; i < n; i++) {
        char check[32];
        (void) snprintf(check, sizeof check, "check%zu", i);
        Item item = report_item(check);
        int len = wire_encode_item(&item, bytes[i], sizeof bytes[i]);
        assert_true(len > 0);
        pieces[i] = (struct wire_piece) {bytes[i], (size_t) len};
    }
    Batch batch = {.first_sequence = 7, .sent_boot_ms = 20000, .has_vitals = true, .vitals = {.backlog_items = n}};
    memcpy(batch.boot_id, boot_id, sizeof boot_id);
    int len = wire_encode_batch(&batch, pieces, n, frame, cap);
    assert_true(len > 0);
    return (size_t) len;
}

static void test_messages_come_back_as_they_went(void **state)
{
    (void) state;
    uint8_t frame[8192];
    struct error err = {0};

    Hello hello = {.protocol = WIRE_PROTOCOL, .has_facts = true, .wall_clock_ms = 1};
    memcpy(hello.boot_id, boot_id, sizeof boot_id);
    (void) snprintf(hello.facts.os, sizeof hello.facts.os, "Debian GNU/Linux 12");
    hello.facts.labels_count = 1;
    (void) snprintf(hello.facts.labels[0], sizeof hello.facts.labels[0], "role=ci");
    int len = wire_encode_hello(&hello, frame, sizeof frame);
    assert_true(len > 0);
    assert_int_equal(wire_kind(frame, (size_t) len), WIRE_HELLO);
    Hello hello_back;
    assert_int_equal(wire_decode_hello(frame, (size_t) len, &hello_back, &err), 0);
    assert_memory_equal(hello_back.boot_id, boot_id, sizeof boot_id);
    assert_string_equal(hello_back.facts.os, hello.facts.os);
    assert_string_equal(hello_back.facts.labels[0], "role=ci");

    Welcome welcome = {.protocol = 1, .incarnation = 3, .through_sequence = UINT64_MAX, .send_catalogue = true};
    len = wire_encode_welcome(&welcome, frame, sizeof frame);
    Welcome welcome_back;
    assert_int_equal(wire_decode_welcome(frame, (size_t) len, &welcome_back, &err), 0);
    assert_true(welcome_back.send_catalogue && welcome_back.through_sequence == UINT64_MAX);

    Reject reject = {.reason = "no such name", .final = true};
    len = wire_encode_reject(&reject, frame, sizeof frame);
    Reject reject_back;
    assert_int_equal(wire_decode_reject(frame, (size_t) len, &reject_back, &err), 0);
    assert_string_equal(reject_back.reason, "no such name");

    Ack ack = {.through_sequence = 9};
    len = wire_encode_ack(&ack, frame, sizeof frame);
    Ack ack_back;
    assert_int_equal(wire_decode_ack(frame, (size_t) len, &ack_back, &err), 0);
    assert_int_equal(ack_back.through_sequence, 9);

    PollNow poll_now = {.sources_count = 2, .sources = {"cpu", "github/feed"}};
    len = wire_encode_poll_now(&poll_now, frame, sizeof frame);
    PollNow poll_now_back;
    assert_int_equal(wire_decode_poll_now(frame, (size_t) len, &poll_now_back, &err), 0);
    assert_string_equal(poll_now_back.sources[1], "github/feed");
}

static void test_batches_of_every_size(void **state)
{
    (void) state;
    static uint8_t frame[WIRE_BATCH_BYTES_MAX];
    static const size_t sizes[] = {0, 1, 2, WIRE_ITEMS_MAX};

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        size_t len = make_batch(frame, sizeof frame, sizes[i]);
        struct error err = {0};
        struct wire_batch batch;
        assert_int_equal(wire_batch_open(frame, len, &batch, &err), 0);
        assert_int_equal(batch.header.items, sizes[i]);
        assert_int_equal(batch.header.vitals.backlog_items, sizes[i]);
        Item item;
        for (size_t n = 0; n < sizes[i]; n++) {
            char check[32];
            (void) snprintf(check, sizeof check, "check%zu", n);
            assert_int_equal(wire_batch_next(&batch, &item, &err), 1);
            assert_string_equal(item.body.observation.check, check);
            assert_int_equal(item.at_boot_ms, 12345);
        }
        assert_int_equal(wire_batch_next(&batch, &item, &err), 0);
    }
}

static void test_the_largest_item_fits_its_named_room(void **state)
{
    (void) state;
    Item item = {.at_boot_ms = -1, .which_body = Item_vendor_list_tag};
    VendorList *list = &item.body.vendor_list;
    list->kind = VENDOR_ITEM_MAINTENANCE;
    memset(list->service, 'a', sizeof list->service - 1);
    list->ids_count = ARRAY_SIZE(list->ids);
    for (size_t i = 0; i < ARRAY_SIZE(list->ids); i++)
        memset(list->ids[i], 'b', sizeof list->ids[i] - 1);
    memset(list->after, 'c', sizeof list->after - 1);
    memset(list->through, 'd', sizeof list->through - 1);

    uint8_t bytes[WIRE_PIECE_BYTES_MAX];
    int len = wire_encode_item(&item, bytes, sizeof bytes);
    assert_true(len > WIRE_ITEM_BYTES_MAX - 16);
    assert_int_equal(wire_encode_item(&item, bytes, (size_t) len - 1), -EMSGSIZE);
}

static void test_encoding_refuses_what_does_not_fit(void **state)
{
    (void) state;
    uint8_t frame[64];
    Ack ack = {.through_sequence = 1};
    Batch batch = {.first_sequence = 1};
    struct wire_piece pieces[WIRE_ITEMS_MAX + 1] = {0};

    assert_int_equal(wire_encode_ack(&ack, frame, 0), -EMSGSIZE);
    assert_int_equal(wire_encode_ack(&ack, frame, 1), -EMSGSIZE);
    assert_int_equal(wire_encode_batch(&batch, pieces, WIRE_ITEMS_MAX + 1, frame, sizeof frame), -EMSGSIZE);
    assert_int_equal(wire_encode_batch(&batch, pieces, 0, frame, 4), -EMSGSIZE);
    struct wire_piece large = {frame, sizeof frame};
    assert_int_equal(wire_encode_batch(&batch, &large, 1, frame, sizeof frame), -EMSGSIZE);
}

/* Frames that are not what they say; the header of a batch is written out: 1a = length of what follows, 10 = first_sequence,
 * 18 = items. */
static void test_malformed_frames(void **state)
{
#define BYTES(...) (const uint8_t[]) {__VA_ARGS__}, sizeof((const uint8_t[]) {__VA_ARGS__})
    const struct { const char *says; const uint8_t *frame; size_t len; const char *words; } cases[] = {
        { "only the kind", BYTES(WIRE_BATCH), "ends within its header" },
        { "another kind", BYTES(WIRE_ACK, 0x00), "no batch" },
        { "a header longer than the frame", BYTES(WIRE_BATCH, 0x05, 0x10, 0x01), "ends within its header" },
        { "a length that never ends", BYTES(WIRE_BATCH, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
          "ends within its header" },
        { "a header that is longer than any", BYTES(WIRE_BATCH, 0x7f, 0x10, 0x01), "ends within its header" },
        { "tag zero", BYTES(WIRE_BATCH, 0x02, 0x00, 0x00), "that is none" },
        { "items announced, none there", BYTES(WIRE_BATCH, 0x04, 0x10, 0x01, 0x18, 0x02), "ends within item 1" },
        { "one item announced, two there", BYTES(WIRE_BATCH, 0x04, 0x10, 0x01, 0x18, 0x01, 0x00, 0x00), "1 bytes left over" },
        { "bytes behind a heartbeat", BYTES(WIRE_BATCH, 0x02, 0x10, 0x01, 0x00), "1 bytes left over" },
        { "an item longer than the rest", BYTES(WIRE_BATCH, 0x04, 0x10, 0x01, 0x18, 0x01, 0x02, 0x08), "ends within item 1" },
        { "65 items", BYTES(WIRE_BATCH, 0x04, 0x10, 0x01, 0x18, 0x41), "65 items, at most 64" },
        { "starts at sequence zero", BYTES(WIRE_BATCH, 0x02, 0x18, 0x01, 0x00), "sequence 0" },
        { "sequence wraps", BYTES(WIRE_BATCH, 0x0d, 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x18, 0x01,
          0x00), "pass 2^64" },
        { "boot id of 15 bytes", BYTES(WIRE_BATCH, 0x11, 0x0a, 0x0f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
          "that is none" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = {0};
        struct wire_batch batch;
        int r = wire_batch_open(cases[i].frame, cases[i].len, &batch, &err);
        if (r != -EBADMSG || strstr(err.text, cases[i].words) == NULL)
            fail_msg("%s: %d \"%s\"", cases[i].says, r, err.text);
    }
}

static void test_a_frame_of_no_bytes_is_nothing(void **state)
{
    (void) state;
    Hello hello;
    struct error err = {0};
    assert_int_equal(wire_kind(NULL, 0), WIRE_UNSPECIFIED);
    assert_int_equal(wire_kind("\x63", 1), WIRE_UNSPECIFIED);
    assert_int_equal(wire_decode_hello(NULL, 0, &hello, &err), -EBADMSG);
}

/* One bad item does not take its neighbours with it. */
static void test_bad_items_are_told_and_passed(void **state)
{
    Item wrong_level = report_item("a");
    wrong_level.body.observation.level = (Level) 5;
    Item wrong_kind = report_item("a");
    wrong_kind.body.observation.kind = (SourceKind) 9;
    Item not_text = report_item("\xff");
    Item no_body = {.at_boot_ms = 1};
    Item not_finite = {.which_body = Item_metrics_tag, .body.metrics = {.metrics_count = 1, .metrics = {{.value = NAN}}}};
    Item deep_text = {.which_body = Item_metrics_tag,
                      .body.metrics = {.metrics_count = 2, .metrics = {{.name = "good"}, {.unit = "\xc3"}}}};
    const struct { const char *says; const Item *item; const char *words; } cases[] = {
        { "a level that is none", &wrong_level, "level 5" },
        { "a source kind that is none", &wrong_kind, "source kind 9" },
        { "a check that is not UTF-8", &not_text, "not UTF-8" },
        { "text two levels down", &deep_text, "not UTF-8" },
        { "nothing in it", &no_body, "without content" },
        { "a metric that is no number", &not_finite, "finite" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        Item good = report_item("good");
        uint8_t bytes[2][1024];
        struct wire_piece pieces[3];
        int bad_len = wire_encode_item(cases[i].item, bytes[0], sizeof bytes[0]);
        int good_len = wire_encode_item(&good, bytes[1], sizeof bytes[1]);
        assert_true(bad_len > 0 && good_len > 0);
        pieces[0] = (struct wire_piece) {bytes[1], (size_t) good_len};
        pieces[1] = (struct wire_piece) {bytes[0], (size_t) bad_len};
        pieces[2] = pieces[0];
        uint8_t frame[4096];
        int len = wire_encode_batch(&(Batch) {.first_sequence = 1}, pieces, 3, frame, sizeof frame);
        assert_true(len > 0);

        struct wire_batch batch;
        struct error err = {0};
        Item item;
        assert_int_equal(wire_batch_open(frame, (size_t) len, &batch, &err), 0);
        assert_int_equal(wire_batch_next(&batch, &item, &err), 1);
        int r = wire_batch_next(&batch, &item, &err);
        if (r != -EBADMSG || strstr(err.text, cases[i].words) == NULL)
            fail_msg("%s: %d \"%s\"", cases[i].says, r, err.text);
        assert_int_equal(wire_batch_next(&batch, &item, &err), 1);
        assert_string_equal(item.body.observation.check, "good");
        assert_int_equal(wire_batch_next(&batch, &item, &err), 0);
    }
}

static void test_an_oversized_batch_is_not_opened(void **state)
{
    (void) state;
    static uint8_t frame[WIRE_BATCH_BYTES_MAX + 1] = {WIRE_BATCH};
    struct wire_batch batch;
    struct error err = {0};
    assert_int_equal(wire_batch_open(frame, sizeof frame, &batch, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "at most 524288"));
}

/* Everything that reads a frame; what comes out does not matter, only that it comes out. */
static void read_all(const uint8_t *frame, size_t len)
{
    static union { Hello hello; Welcome welcome; Reject reject; Ack ack; PollNow poll_now; Item item; } out;
    struct error err;
    struct wire_batch batch;
    (void) wire_decode_hello(frame, len, &out.hello, &err);
    (void) wire_decode_welcome(frame, len, &out.welcome, &err);
    (void) wire_decode_reject(frame, len, &out.reject, &err);
    (void) wire_decode_ack(frame, len, &out.ack, &err);
    (void) wire_decode_poll_now(frame, len, &out.poll_now, &err);
    if (wire_batch_open(frame, len, &batch, &err) < 0)
        return;
    for (int i = 0; wire_batch_next(&batch, &out.item, &err) != 0; i++)
        assert_true(i < WIRE_ITEMS_MAX);
}

static void test_random_and_mutated_bytes_are_survived(void **state)
{
    (void) state;
    static uint8_t good[WIRE_BATCH_BYTES_MAX];
    size_t good_len = make_batch(good, sizeof good, 3);
    struct rng rng;
    uint64_t seed = 20240917;
    rng_seed(&rng, seed);
    print_message("seed %llu\n", (unsigned long long) seed);

    for (int round = 0; round < 20000; round++) {
        /* On the heap at its exact size, so that the sanitizer sees one byte too many. */
        size_t len = round % 2 == 0 ? (size_t) rng_below(&rng, 64) : (size_t) rng_below(&rng, good_len + 1);
        CLEANUP(mem_freep) uint8_t *frame = mem_new(len);
        if (round % 2 == 0) {
            for (size_t i = 0; i < len; i++)
                frame[i] = (uint8_t) rng_next(&rng);
            if (len > 0)
                frame[0] = (uint8_t) (rng_below(&rng, 2) == 0 ? WIRE_BATCH : WIRE_HELLO + rng_below(&rng, 20));
        } else if (len > 0) {
            memcpy(frame, good, len);
            for (int flips = 0; flips < 3; flips++)
                frame[rng_below(&rng, len)] ^= (uint8_t) (1u << rng_below(&rng, 8));
        }
        read_all(frame, len);
    }
}

/* Reads everything in a frame; 0, or the first refusal. */
static int read_whole(const uint8_t *frame, size_t len, struct error *err)
{
    union { Hello hello; Welcome welcome; Reject reject; Ack ack; PollNow poll_now; Item item; } out;
    struct wire_batch batch;
    int r;
    switch (wire_kind(frame, len)) {
    case WIRE_HELLO: return wire_decode_hello(frame, len, &out.hello, err);
    case WIRE_WELCOME: return wire_decode_welcome(frame, len, &out.welcome, err);
    case WIRE_REJECT: return wire_decode_reject(frame, len, &out.reject, err);
    case WIRE_ACK: return wire_decode_ack(frame, len, &out.ack, err);
    case WIRE_POLL_NOW: return wire_decode_poll_now(frame, len, &out.poll_now, err);
    case WIRE_BATCH:
        r = wire_batch_open(frame, len, &batch, err);
        while (r == 0 && (r = wire_batch_next(&batch, &out.item, err)) == 1)
            r = 0;
        return r;
    case WIRE_UNSPECIFIED: break;
    }
    return error_set(err, -EBADMSG, "no kind");
}

/* The stored frames say in their names what they are: what was good once stays good. */
static void test_stored_frames(void **state)
{
    (void) state;
    char directory[512];
    (void) snprintf(directory, sizeof directory, "%s/wire", getenv("FIXTURES"));
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    int n = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        char path[1024];
        (void) snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        CLEANUP(buffer_done) struct buffer frame;
        struct error err = {0};
        buffer_init(&frame, WIRE_BATCH_BYTES_MAX);
        assert_int_equal(file_read(path, &frame, &err), 0);
        int r = read_whole((const uint8_t *) frame.bytes, frame.len, &err);
        if (r != (strncmp(entry->d_name, "good-", 5) == 0 ? 0 : -EBADMSG))
            fail_msg("%s: %d \"%s\"", entry->d_name, r, err.text);
        n++;
    }
    (void) closedir(dir);
    assert_true(n >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_come_back_as_they_went),
        cmocka_unit_test(test_batches_of_every_size),
        cmocka_unit_test(test_the_largest_item_fits_its_named_room),
        cmocka_unit_test(test_encoding_refuses_what_does_not_fit),
        cmocka_unit_test(test_malformed_frames),
        cmocka_unit_test(test_a_frame_of_no_bytes_is_nothing),
        cmocka_unit_test(test_bad_items_are_told_and_passed),
        cmocka_unit_test(test_an_oversized_batch_is_not_opened),
        cmocka_unit_test(test_stored_frames),
        cmocka_unit_test(test_random_and_mutated_bytes_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
