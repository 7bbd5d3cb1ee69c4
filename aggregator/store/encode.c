/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/store/encode.h"

#include <assert.h>
#include <string.h>

#include "aggregator/store/put.h"
#include "common/mem.h"
#include "proto/observation.pb.h"
#include "proto/rows.pb.h"

/* ---------------------------------------------------------------- values */

/* A message whose content was written behind one byte of room for its length: most are shorter than 128. */
static uint8_t *end_message(uint8_t *content, uint8_t *at)
{
    size_t len = (size_t) (at - content);
    uint8_t length[10];
    size_t width = (size_t) (put_varint(length, len) - length);
    if (width > 1)
        memmove(content - 1 + width, content, len);
    memcpy(content - 1, length, width);
    return content - 1 + width + len;
}

/* ---------------------------------------------------------------- fields: one macro a form, named after nanopb's words
 */

#define PUT_NUMBER(field, tag)                                                                   \
    if (message->field != 0)                                                                     \
        at = put_varint(put_tag(at, tag, PB_WT_VARINT), (uint64_t) message->field);
#define PUT_SINGULAR_UENUM(of, field, tag)  PUT_NUMBER(field, tag)
#define PUT_SINGULAR_UINT32(of, field, tag) PUT_NUMBER(field, tag)
#define PUT_SINGULAR_UINT64(of, field, tag) PUT_NUMBER(field, tag)
#define PUT_SINGULAR_INT64(of, field, tag)  PUT_NUMBER(field, tag)
#define PUT_SINGULAR_BOOL(of, field, tag)   PUT_NUMBER(field, tag)

#define PUT_TEXT(text, tag) at = put_bytes(at, tag, text, strnlen(text, sizeof text - 1));
#define PUT_SINGULAR_STRING(of, field, tag)                                                      \
    if (message->field[0] != '\0')                                                               \
        PUT_TEXT(message->field, tag)
#define PUT_REPEATED_STRING(of, field, tag)                                                      \
    for (pb_size_t i = 0; i < message->field##_count; i++)                                       \
        PUT_TEXT(message->field[i], tag)
#define PUT_SINGULAR_BYTES(of, field, tag)                                                       \
    if (message->field.size > 0)                                                                 \
        at = put_bytes(at, tag, message->field.bytes, message->field.size);

#define PUT_OPTIONAL_UINT64(of, field, tag)                                                      \
    if (message->has_##field)                                                                    \
        at = put_varint(put_tag(at, tag, PB_WT_VARINT), message->field);

/* A fixed array is written whole, packed, zeros too. */
#define PUT_FIXARRAY_UINT32(of, field, tag)                                                      \
    at = put_tag(at, tag, PB_WT_STRING) + 1;                                                     \
    {                                                                                            \
        uint8_t *content = at;                                                                   \
        for (size_t i = 0; i < ARRAY_SIZE(message->field); i++)                                  \
            at = put_varint(at, message->field[i]);                                              \
        at = end_message(content, at);                                                           \
    }

#define SUBMESSAGE(of, field, tag, value)                                                        \
    {                                                                                            \
        uint8_t *content = put_tag(at, tag, PB_WT_STRING) + 1;                                   \
        at = end_message(content, put_##of##_##field(content, &(value)));                        \
    }
#define PUT_OPTIONAL_MESSAGE(of, field, tag)                                                     \
    if (message->has_##field)                                                                    \
        SUBMESSAGE(of, field, tag, message->field)
#define PUT_FIXARRAY_MESSAGE(of, field, tag)                                                     \
    for (size_t i = 0; i < ARRAY_SIZE(message->field); i++)                                      \
        SUBMESSAGE(of, field, tag, message->field[i])

#define PUT_FIELD(of, allocation, form, type, field, tag) PUT_##form##_##type(of, field, tag)

/* put_MESSAGE(at, message): all fields in the order of their tags. The names of the messages within are given below. */
#define MESSAGE(of)                                                                              \
    static uint8_t *put_##of(uint8_t *at, const of *message)                                     \
    {                                                                                            \
        of##_FIELDLIST(PUT_FIELD, of)                                                            \
        return at;                                                                               \
    }

MESSAGE(LadderCount)
#define put_SourceState_counts put_LadderCount
MESSAGE(SourceState)
#define put_SourceRow_state put_SourceState
MESSAGE(SourceRow)
MESSAGE(Ladder)
MESSAGE(ManualState)
MESSAGE(FlapState)
MESSAGE(AggregateState)
#define put_ServiceState_worse put_Ladder
#define put_ServiceState_better put_Ladder
#define put_ServiceState_manual put_ManualState
#define put_ServiceState_flap put_FlapState
#define put_ServiceState_aggregate put_AggregateState
MESSAGE(ServiceState)
MESSAGE(TimelineRow)
MESSAGE(Observation)

/* ---------------------------------------------------------------- rows */

size_t encode_source_row(const void *message, uint8_t *out)
{
    return (size_t) (put_SourceRow(out, message) - out);
}

size_t encode_service_state(const void *message, uint8_t *out)
{
    return (size_t) (put_ServiceState(out, message) - out);
}

size_t encode_timeline_row(const void *message, uint8_t *out)
{
    return (size_t) (put_TimelineRow(out, message) - out);
}

size_t encode_observation(const Observation *observation, uint8_t *out)
{
    return (size_t) (put_Observation(out, observation) - out);
}
