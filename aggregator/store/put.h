/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put: the words of which rows written by hand consist, in the wire format of the schemas: varints, tags, bytes. Each writes
 * at the place given, which has room, and returns the place behind. Included by the store alone.
 */
#pragma once

#include <pb.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VARINT_BYTES_MAX = 10 };

static inline uint8_t *put_varint(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t) (value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t) value;
    return at;
}

/* A signed number, small in either direction when it is near zero. */
static inline uint8_t *put_svarint(uint8_t *at, int64_t value)
{
    return put_varint(at, (uint64_t) value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

static inline uint8_t *put_tag(uint8_t *at, uint32_t tag, uint32_t wire_type)
{
    return put_varint(at, tag << 3 | wire_type);
}

static inline uint8_t *put_bytes(uint8_t *at, uint32_t tag, const void *bytes, size_t len)
{
    at = put_varint(put_tag(at, tag, PB_WT_STRING), len);
    memcpy(at, bytes, len);
    return at + len;
}
