/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pb_common.h>
#include <pb_encode.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/store/encode.h"
#include "common/mem.h"
#include "common/rng.h"
#include "proto/rows.pb.h"

enum { TRIES = 2000 };

static void fill_message(struct rng *rng, const pb_msgdesc_t *fields, void *message);

static void fill_text(struct rng *rng, char *text, size_t cap)
{
    size_t len = rng_below(rng, 4) == 0 ? cap - 1 : rng_below(rng, cap);
    memset(text, 'a' + (int) rng_below(rng, 26), len);
    text[len] = '\0';
}

static uint64_t any_number(struct rng *rng)
{
    return rng_next(rng) >> rng_below(rng, 64);
}

static void fill_value(struct rng *rng, const pb_field_iter_t *field, void *value)
{
    uint64_t number = any_number(rng);
    switch (PB_LTYPE(field->type)) {
    case PB_LTYPE_BOOL:
        *(bool *) value = number % 2 == 1;
        break;
    case PB_LTYPE_BYTES: {
        pb_bytes_array_t *bytes = value;
        bytes->size = (pb_size_t) rng_below(rng, field->data_size - offsetof(pb_bytes_array_t, bytes));
        memset(bytes->bytes, (int) number, bytes->size);
        break;
    }
    case PB_LTYPE_STRING:
        fill_text(rng, value, field->data_size);
        break;
    case PB_LTYPE_SUBMESSAGE:
        fill_message(rng, field->submsg_desc, value);
        break;
    default:
        memcpy(value, &number, field->data_size);   /* little-endian */
        break;
    }
}

/* Anything a struct of this schema can hold, many fields left empty. */
static void fill_message(struct rng *rng, const pb_msgdesc_t *fields, void *message)
{
    pb_field_iter_t field;
    if (!pb_field_iter_begin(&field, fields, message))
        return;
    do {
        size_t n = PB_HTYPE(field.type) == PB_HTYPE_REPEATED ? field.array_size : 1;
        if (PB_HTYPE(field.type) == PB_HTYPE_REPEATED && field.pSize != &field.array_size)
            *(pb_size_t *) field.pSize = (pb_size_t) (n = rng_below(rng, field.array_size + 1U));
        else if (PB_HTYPE(field.type) == PB_HTYPE_OPTIONAL && field.pSize != NULL)
            *(bool *) field.pSize = rng_below(rng, 2) == 1;
        for (size_t i = 0; i < n && rng_below(rng, 3) > 0; i++)
            fill_value(rng, &field, (char *) field.pData + i * field.data_size);
    } while (pb_field_iter_next(&field));
}

static size_t encode_any_observation(const void *message, uint8_t *out)
{
    return encode_observation(message, out);
}

static void test_the_bytes_are_those_of_pb_encode(void **state)
{
    static const struct {
        const char *says;
        const pb_msgdesc_t *fields;
        size_t bytes, encoded_max;
        size_t (*encode)(const void *, uint8_t *);
    } cases[] = {
        {"a row of sources", SourceRow_fields, sizeof(SourceRow), SourceRow_size, encode_source_row},
        {"a row of services", ServiceState_fields, sizeof(ServiceState), ServiceState_size, encode_service_state},
        {"a row of timeline", TimelineRow_fields, sizeof(TimelineRow), TimelineRow_size, encode_timeline_row},
        {"an observation", Observation_fields, sizeof(Observation), Observation_size, encode_any_observation},
    };
    static union { SourceRow source; ServiceState service; TimelineRow timeline; } message;
    static uint8_t ours[8192], theirs[8192];
    struct rng rng;
    (void) state;
    rng_seed(&rng, 20261121);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        for (int try = 0; try <= TRIES; try++) {
            memset(&message, 0, sizeof message);
            if (try > 0)                     /* the first is the empty one */
                fill_message(&rng, cases[i].fields, &message);
            pb_ostream_t out = pb_ostream_from_buffer(theirs, sizeof theirs);
            assert_true(pb_encode(&out, cases[i].fields, &message));
            memset(ours, 0xee, sizeof ours);
            size_t len = cases[i].encode(&message, ours);
            if (len != out.bytes_written || memcmp(ours, theirs, len) != 0)
                fail_msg("%s, try %d: %zu bytes, not those %zu", cases[i].says, try, len, out.bytes_written);
            for (size_t after = cases[i].encoded_max; after < sizeof ours; after++) {
                if (ours[after] != 0xee)
                    fail_msg("%s, try %d: wrote behind its longest encoding", cases[i].says, try);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_bytes_are_those_of_pb_encode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
