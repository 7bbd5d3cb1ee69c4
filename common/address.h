/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address: which network addresses a request may reach. Pure.
 *
 * The text of a URL proves nothing (2130706433, [::ffff:127.0.0.1] and 0.0.0.0 are all loopback), so what is judged is
 * the address of the socket. An IPv6 address that carries an IPv4 one (mapped, 6to4, NAT64) is judged by what it carries.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/error.h"
#include "common/text.h"

/* A CIDR block. IPv4 is kept in its mapped form (::ffff:a.b.c.d), so there is one kind. */
struct address_block {
    uint8_t bytes[16];
    int bits;             /* of the 128 that count, 0..128 */
};

/* Reads "10.0.0.0/8", "fd00::/8" or a single address; bits beyond the prefix are ignored. -EINVAL with words. */
int address_block_parse(struct text, struct address_block *out, struct error *);

/* Whether the block contains the address (of any family but INET and INET6: false). */
bool address_block_contains(const struct address_block *, const struct sockaddr *);

/*
 * Whether this is an ordinary public address. Not: "this" network, private, shared (100.64/10), loopback, link-local,
 * protocol assignments, benchmarking, multicast, reserved, the IPv6 counterparts of those (unspecified, loopback, unique
 * local, link-local, site-local, multicast, discard), any form that carries one of them, and any other family.
 */
bool address_is_public(const struct sockaddr *);

/* Reads a numeric address ("192.0.2.1", "2001:db8::1") into out. False: not one. */
bool address_parse(struct text, struct sockaddr_storage *out);
