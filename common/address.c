/* SPDX-License-Identifier: Apache-2.0 */
#include "common/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "common/mem.h"

enum { ADDRESS_TEXT_MAX = 64, MAPPED_BITS = 96 };

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

/* Bytes of the block's prefix; the rest is zero. IPv4 rows are written mapped by BLOCK4. */
#define BLOCK4(a, b, c, d, n) {{[10] = 0xff, 0xff, (a), (b), (c), (d)}, MAPPED_BITS + (n)}

static const struct address_block special[] = {
    BLOCK4(0, 0, 0, 0, 8),         /* "this" network, RFC 1122 */
    BLOCK4(10, 0, 0, 0, 8),        /* private, RFC 1918 */
    BLOCK4(100, 64, 0, 0, 10),     /* shared by carriers, RFC 6598 */
    BLOCK4(127, 0, 0, 0, 8),       /* loopback */
    BLOCK4(169, 254, 0, 0, 16),    /* link-local, and every cloud's metadata service */
    BLOCK4(172, 16, 0, 0, 12),
    BLOCK4(192, 0, 0, 0, 24),      /* protocol assignments, RFC 6890 */
    BLOCK4(192, 168, 0, 0, 16),
    BLOCK4(198, 18, 0, 0, 15),     /* benchmarking, RFC 2544 */
    BLOCK4(224, 0, 0, 0, 4),       /* multicast */
    BLOCK4(240, 0, 0, 0, 4),       /* reserved and broadcast */
    {{0}, 96},                     /* ::, ::1 and the old IPv4-compatible form; the mapped form is not in it */
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48},   /* NAT64 of local use, RFC 8215 */
    {{0x01}, 64},                  /* discard, RFC 6666 */
    {{0xfc}, 7},                   /* unique local, RFC 4193 */
    {{0xfe, 0x80}, 10},            /* link-local */
    {{0xfe, 0xc0}, 10},            /* site-local, deprecated and still routed inside */
    {{0xff}, 8},                   /* multicast */
};

static bool prefix_equal(const uint8_t *a, const uint8_t *b, int bits)
{
    size_t whole = (size_t) bits / 8;
    int rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static void map_v4(const uint8_t v4[4], uint8_t out[16])
{
    memcpy(out, mapped_prefix, sizeof mapped_prefix);
    memcpy(out + sizeof mapped_prefix, v4, 4);
}

/* The 16 bytes that are judged: IPv4 mapped. False: a family that has none. */
static bool address_bytes(const struct sockaddr *address, uint8_t out[16])
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        uint8_t v4[4];
        memcpy(v4, &in.sin_addr, sizeof v4);
        map_v4(v4, out);
        return true;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        memcpy(out, &in6.sin6_addr, 16);
        return true;
    }
    return false;
}

/* The IPv4 address carried by 6to4 (2002::/16) or NAT64 (64:ff9b::/96), mapped. False: carries none. */
static bool address_carried(const uint8_t bytes[16], uint8_t out[16])
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

    if (bytes[0] == 0x20 && bytes[1] == 0x02) {
        map_v4(bytes + 2, out);
        return true;
    }
    if (memcmp(bytes, nat64, sizeof nat64) == 0) {
        map_v4(bytes + 12, out);
        return true;
    }
    return false;
}

static bool bytes_are_special(const uint8_t bytes[16])
{
    for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
        if (prefix_equal(bytes, special[i].bytes, special[i].bits))
            return true;
    }
    return false;
}

bool address_is_public(const struct sockaddr *address)
{
    uint8_t bytes[16];
    uint8_t carried[16];

    if (!address_bytes(address, bytes) || bytes_are_special(bytes))
        return false;
    return !address_carried(bytes, carried) || !bytes_are_special(carried);
}

bool address_block_contains(const struct address_block *block, const struct sockaddr *address)
{
    uint8_t bytes[16];
    uint8_t carried[16];

    if (!address_bytes(address, bytes))
        return false;
    if (prefix_equal(bytes, block->bytes, block->bits))
        return true;
    return address_carried(bytes, carried) && prefix_equal(carried, block->bytes, block->bits);
}

bool address_parse(struct text in, struct sockaddr_storage *out)
{
    char name[ADDRESS_TEXT_MAX];
    if (in.len >= sizeof name || memchr(in.at, '\0', in.len) != NULL)
        return false;
    if (in.len > 0)
        memcpy(name, in.at, in.len);
    name[in.len] = '\0';

    struct sockaddr_in in4 = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, name, &in4.sin_addr) == 1) {
        memcpy(out, &in4, sizeof in4);
        return true;
    }
    if (inet_pton(AF_INET6, name, &in6.sin6_addr) == 1) {
        memcpy(out, &in6, sizeof in6);
        return true;
    }
    return false;
}

int address_block_parse(struct text in, struct address_block *out, struct error *err)
{
    struct text rest = text_trim(in);
    struct text name = {0};
    int shown = in.len > ADDRESS_TEXT_MAX ? ADDRESS_TEXT_MAX : (int) in.len;
    struct sockaddr_storage address = {0};
    if (!text_take_until(&rest, '/', &name) || !address_parse(name, &address))
        return error_set(err, -EINVAL, "\"%.*s\" is not an address block: expected one like 10.0.0.0/8 or fd00::/8",
                         shown, in.at);

    bool v4 = address.ss_family == AF_INET;
    int64_t bits = v4 ? 32 : 128;
    bool has_prefix = name.len < text_trim(in).len;
    if (has_prefix && !text_to_int64(rest, 0, bits, &bits))
        return error_set(err, -EINVAL, "\"%.*s\" is not an address block: expected /0 to /%d", shown, in.at,
                         v4 ? 32 : 128);

    (void) address_bytes((const struct sockaddr *) &address, out->bytes);   /* one of the two families, see above */
    out->bits = (int) bits + (v4 ? MAPPED_BITS : 0);
    return 0;
}
