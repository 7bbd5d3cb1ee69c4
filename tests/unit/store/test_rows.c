/* SPDX-License-Identifier: Apache-2.0 */
/* Every row type with random content: put, committed, the store reopened, read back, compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pb_common.h>
#include <pb_encode.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/store/store_private.h"
#include "common/mem.h"
#include "common/rng.h"
#include "temporary.h"

static const struct { enum table table; const char *key; const pb_msgdesc_t *fields; size_t bytes; } rows[] = {
    { TABLE_META,          STORE_META_WORLD,  WorldRow_fields,       sizeof(WorldRow) },
    { TABLE_META,          STORE_META_SCHEMA, SchemaRow_fields,      sizeof(SchemaRow) },
    { TABLE_COLLECTORS,    "web-1",           CollectorRow_fields,   sizeof(CollectorRow) },
    { TABLE_HOSTS,         "web-1",           HostRow_fields,        sizeof(HostRow) },
    { TABLE_SOURCES,       "web-1:cpu",       SourceRow_fields,      sizeof(SourceRow) },
    { TABLE_SERVICES,      "web-1:cpu",       ServiceState_fields,   sizeof(ServiceState) },
    { TABLE_ALERTS,        "service:github",  AlertState_fields,     sizeof(AlertState) },
    { TABLE_ALERTS_CLOSED, "x",               ClosedAlertRow_fields, sizeof(ClosedAlertRow) },
    { TABLE_JOURNAL,       "x",               JournalRow_fields,     sizeof(JournalRow) },
    { TABLE_TIMELINE,      "x",               TimelineRow_fields,    sizeof(TimelineRow) },
    { TABLE_SAMPLES,       "x",               SampleRow_fields,      sizeof(SampleRow) },
    { TABLE_OUTBOX,        "x",               OutboxRow_fields,      sizeof(OutboxRow) },
    { TABLE_TOLD,          "x",               ToldRow_fields,        sizeof(ToldRow) },
    { TABLE_IDEMPOTENCY,   "x",               IdempotencyRow_fields, sizeof(IdempotencyRow) },
    { TABLE_AUDIT,         "x",               AuditRow_fields,       sizeof(AuditRow) },
    { TABLE_SECURITY,      "x",               SecurityRow_fields,    sizeof(SecurityRow) },
    { TABLE_TOKENS,        "x",               TokenRow_fields,       sizeof(TokenRow) },
};

/* How full a message is made. */
enum filling { EMPTY, RANDOM, FULLEST };

static size_t length(struct rng *rng, enum filling filling, size_t max)
{
    switch (filling) {
    case EMPTY:   return 0;
    case RANDOM:  return (size_t) rng_below(rng, max + 1);
    case FULLEST: return max;
    }
    abort();
}

static void fill_number(struct rng *rng, enum filling filling, void *to, size_t bytes)
{
    uint64_t number = filling == EMPTY ? 0 : filling == FULLEST ? UINT64_MAX : rng_next(rng) >> rng_below(rng, 64);
    if (bytes < 8)
        number = filling == FULLEST ? 4 : number & 0x7f;   /* an enum, or a number that could be one */
    memcpy(to, &number, bytes);
}

static void fill_double(struct rng *rng, enum filling filling, void *to)
{
    double number = filling == EMPTY ? 0 : (double) rng_below(rng, 1 << 30) / 1024;
    memcpy(to, &number, sizeof number);
}

static void fill(struct rng *, enum filling, const pb_msgdesc_t *, void *message);

static void fill_value(struct rng *rng, enum filling filling, const pb_field_iter_t *field, char *to)
{
    switch (PB_LTYPE(field->type)) {
    case PB_LTYPE_BOOL:
        *(bool *) to = length(rng, filling, 1) == 1;
        break;
    case PB_LTYPE_VARINT:
    case PB_LTYPE_UVARINT:
    case PB_LTYPE_SVARINT:
        fill_number(rng, filling, to, field->data_size);
        break;
    case PB_LTYPE_FIXED64:
        fill_double(rng, filling, to);
        break;
    case PB_LTYPE_STRING:
        memset(to, 'a' + (int) rng_below(rng, 26), length(rng, filling, field->data_size - 1u));
        break;
    case PB_LTYPE_BYTES: {
        pb_bytes_array_t *bytes = (pb_bytes_array_t *) (void *) to;
        bytes->size = (pb_size_t) length(rng, filling, field->data_size - offsetof(pb_bytes_array_t, bytes));
        if (field->data_size % 2 != 0 || filling == FULLEST)
            bytes->size = (pb_size_t) (bytes->size / 16 * 16);   /* the struct is padded; the schema's sizes are not */
        memset(bytes->bytes, (int) rng_below(rng, 256), bytes->size);
        break;
    }
    case PB_LTYPE_FIXED_LENGTH_BYTES:
        memset(to, (int) rng_below(rng, 256), field->data_size);
        break;
    case PB_LTYPE_SUBMESSAGE:
        fill(rng, filling, field->submsg_desc, to);
        break;
    default:
        fail_msg("a field type this test does not know: %u", (unsigned) field->type);
    }
}

static void fill_field(struct rng *rng, enum filling filling, pb_field_iter_t *field)
{
    size_t n = 1;
    if (PB_HTYPE(field->type) == PB_HTYPE_REPEATED) {
        n = field->array_size;
        if (field->pSize != &field->array_size) {
            n = length(rng, filling, n);
            *(pb_size_t *) field->pSize = (pb_size_t) n;
        }
    } else if (PB_HTYPE(field->type) == PB_HTYPE_ONEOF) {
        pb_size_t *which = field->pSize;
        if (*which != 0 || length(rng, filling, 1) == 0)
            return;
        *which = field->tag;
    } else if (field->pSize != NULL) {
        bool has = length(rng, filling, 1) == 1;
        *(bool *) field->pSize = has;
        n = has ? 1 : 0;
    }
    for (size_t i = 0; i < n; i++)
        fill_value(rng, filling, field, (char *) field->pData + i * field->data_size);
}

static void fill(struct rng *rng, enum filling filling, const pb_msgdesc_t *fields, void *message)
{
    pb_field_iter_t field;
    if (!pb_field_iter_begin(&field, fields, message))
        return;   /* a message without fields */
    do {
        fill_field(rng, filling, &field);
    } while (pb_field_iter_next(&field));
}

static size_t encode(const pb_msgdesc_t *fields, const void *message, uint8_t *out)
{
    pb_ostream_t stream = pb_ostream_from_buffer(out, store_row_bytes_max());
    if (!pb_encode(&stream, fields, message))
        fail_msg("%s", PB_GET_ERROR(&stream));
    return stream.bytes_written;
}

static void put_row(struct temporary *t, size_t i, const void *message)
{
    struct store_txn *txn = store_write(t->store);
    store_put(txn, rows[i].table, key_name(rows[i].key), message);
    assert_int_equal(store_commit(txn), 0);
}

static void assert_row(struct temporary *t, size_t i, const void *message)
{
    CLEANUP(mem_freep) void *back = mem_new(rows[i].bytes);
    CLEANUP(mem_freep) uint8_t *put = mem_new(store_row_bytes_max());
    CLEANUP(mem_freep) uint8_t *got = mem_new(store_row_bytes_max());
    memset(back, 0x5a, rows[i].bytes);   /* whatever the caller's message held is gone */
    struct store_txn *txn;
    assert_int_equal(store_read(t->store, &txn), 0);
    assert_int_equal(store_get(txn, rows[i].table, key_name(rows[i].key), back), 0);
    store_end(txn);

    size_t n = encode(rows[i].fields, message, put);
    assert_int_equal(encode(rows[i].fields, back, got), n);
    assert_memory_equal(put, got, n);
}

static void test_every_row_comes_back(void **state)
{
    (void) state;
    struct temporary t;
    struct rng rng;
    rng_seed(&rng, 4711);
    temporary_init(&t);
    temporary_open(&t, 0);
    for (int round = 0; round < 12; round++) {
        enum filling filling = round == 0 ? EMPTY : round == 1 ? FULLEST : RANDOM;
        void *messages[ARRAY_SIZE(rows)];
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            messages[i] = mem_new(rows[i].bytes);
            fill(&rng, filling, rows[i].fields, messages[i]);
            if (rows[i].fields == SchemaRow_fields)
                *(SchemaRow *) messages[i] = (SchemaRow) {.version = STORE_SCHEMA_VERSION, .created_at_ms = round};
            put_row(&t, i, messages[i]);
        }
        temporary_close(&t);
        temporary_open(&t, 0);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            assert_row(&t, i, messages[i]);
            free(messages[i]);
        }
    }
    temporary_done(&t);
}

static void test_every_table_counts_and_forgets(void **state)
{
    (void) state;
    struct temporary t;
    temporary_init(&t);
    temporary_open(&t, 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].table == TABLE_META)
            continue;
        CLEANUP(mem_freep) void *message = mem_new(rows[i].bytes);
        put_row(&t, i, message);
        struct store_txn *txn = store_write(t.store);
        assert_int_equal(store_rows(txn, rows[i].table), 1);
        store_delete(txn, rows[i].table, key_name("absent"));
        store_delete(txn, rows[i].table, key_name(rows[i].key));
        assert_int_equal(store_rows(txn, rows[i].table), 0);
        assert_int_equal(store_get(txn, rows[i].table, key_name(rows[i].key), message), STORE_ABSENT);
        assert_int_equal(store_commit(txn), 0);
    }
    temporary_done(&t);
}

static void test_configurations_are_text(void **state)
{
    (void) state;
    struct temporary t;
    temporary_init(&t);
    temporary_open(&t, 0);
    size_t len = 1000000;   /* many overflow pages */
    CLEANUP(mem_freep) char *text = mem_new(len);
    memset(text, '{', len);
    struct store_txn *txn = store_write(t.store);
    store_put_bytes(txn, TABLE_CONFIGS, key_name("d1"), (struct text) {text, len});
    store_put_bytes(txn, TABLE_CONFIGS, key_name("d2"), (struct text) {"", 0});
    assert_int_equal(store_commit(txn), 0);

    struct text back;
    assert_int_equal(store_read(t.store, &txn), 0);
    assert_int_equal(store_get_bytes(txn, TABLE_CONFIGS, key_name("d1"), &back), 0);
    assert_true(text_equal(back, (struct text) {text, len}));
    assert_int_equal(store_get_bytes(txn, TABLE_CONFIGS, key_name("d2"), &back), 0);
    assert_int_equal(back.len, 0);
    assert_int_equal(store_get_bytes(txn, TABLE_CONFIGS, key_name("d3"), &back), STORE_ABSENT);
    store_end(txn);
    temporary_done(&t);
}

static void test_a_row_that_cannot_be_read_says_so(void **state)
{
    (void) state;
    struct temporary t;
    static TokenRow row;
    temporary_init(&t);
    temporary_open(&t, 0);
    struct store_key key = key_name("x");
    struct store_txn *txn = store_write(t.store);
    store_put_encoded(txn, TABLE_TOKENS, &key, text_of("\xff\xff\xff no message"));
    assert_int_equal(store_commit(txn), 0);
    assert_int_equal(store_read(t.store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_TOKENS, key, &row), -EBADMSG);
    store_end(txn);
    temporary_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_comes_back),
        cmocka_unit_test(test_every_table_counts_and_forgets),
        cmocka_unit_test(test_configurations_are_text),
        cmocka_unit_test(test_a_row_that_cannot_be_read_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
