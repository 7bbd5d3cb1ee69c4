/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/un.h>

#include "common/address.h"
#include "common/mem.h"

static void test_public_and_special(void **state)
{
    static const struct { const char *says; const char *address; bool public; } cases[] = {
        { "this network, first", "0.0.0.0", false },
        { "this network, last", "0.255.255.255", false },
        { "after this network", "1.0.0.0", true },
        { "before private 10", "9.255.255.255", true },
        { "private 10, first", "10.0.0.0", false },
        { "private 10, last", "10.255.255.255", false },
        { "after private 10", "11.0.0.0", true },
        { "before shared", "100.63.255.255", true },
        { "shared, first", "100.64.0.0", false },
        { "shared, last", "100.127.255.255", false },
        { "after shared", "100.128.0.0", true },
        { "before loopback", "126.255.255.255", true },
        { "loopback", "127.0.0.1", false },
        { "loopback, last", "127.255.255.255", false },
        { "after loopback", "128.0.0.0", true },
        { "before link-local", "169.253.255.255", true },
        { "the metadata service", "169.254.169.254", false },
        { "after link-local", "169.255.0.0", true },
        { "before private 172", "172.15.255.255", true },
        { "private 172, first", "172.16.0.0", false },
        { "private 172, last", "172.31.255.255", false },
        { "after private 172", "172.32.0.0", true },
        { "protocol assignments", "192.0.0.255", false },
        { "after protocol assignments", "192.0.1.0", true },
        { "before private 192", "192.167.255.255", true },
        { "private 192", "192.168.1.1", false },
        { "after private 192", "192.169.0.0", true },
        { "before benchmarking", "198.17.255.255", true },
        { "benchmarking, first", "198.18.0.0", false },
        { "benchmarking, last", "198.19.255.255", false },
        { "after benchmarking", "198.20.0.0", true },
        { "last before multicast", "223.255.255.255", true },
        { "multicast", "224.0.0.1", false },
        { "reserved", "240.0.0.1", false },
        { "broadcast", "255.255.255.255", false },
        { "an ordinary one", "93.184.216.34", true },
        { "unspecified", "::", false },
        { "v6 loopback", "::1", false },
        { "compatible form of loopback", "::127.0.0.1", false },
        { "mapped loopback", "::ffff:127.0.0.1", false },
        { "mapped private", "::ffff:10.1.2.3", false },
        { "mapped metadata service", "::ffff:a9fe:a9fe", false },
        { "mapped ordinary", "::ffff:93.184.216.34", true },
        { "6to4 of private", "2002:0a01:0203::1", false },
        { "6to4 of loopback", "2002:7f00:0001::", false },
        { "6to4 of an ordinary one", "2002:5db8:d822::1", true },
        { "NAT64 of private", "64:ff9b::10.0.0.1", false },
        { "NAT64 of link-local", "64:ff9b::a9fe:a9fe", false },
        { "NAT64 of an ordinary one", "64:ff9b::93.184.216.34", true },
        { "NAT64 of local use", "64:ff9b:1::93.184.216.34", false },
        { "unique local, first", "fc00::1", false },
        { "unique local, last", "fdff:ffff::1", false },
        { "before unique local", "fbff::1", true },
        { "link-local", "fe80::1", false },
        { "link-local, last", "febf::1", false },
        { "site-local", "fec0::1", false },
        { "multicast v6", "ff02::1", false },
        { "discard", "100::1", false },
        { "an ordinary v6", "2606:2800:220:1:248:1893:25c8:1946", true },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sockaddr_storage address = {0};
        assert_true(address_parse(text_of(cases[i].address), &address));
        if (address_is_public((const struct sockaddr *) &address) != cases[i].public)
            fail_msg("%s: %s", cases[i].says, cases[i].address);
    }
}

static void test_other_families_are_not_public(void **state)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/tmp/x"};
    struct address_block all = {{0}, 0};
    (void) state;

    assert_false(address_is_public((const struct sockaddr *) &local));
    assert_false(address_block_contains(&all, (const struct sockaddr *) &local));
}

static void test_blocks(void **state)
{
    static const struct { const char *says; const char *block; const char *address; bool contains; } cases[] = {
        { "first of a block", "10.0.0.0/8", "10.0.0.0", true },
        { "last of a block", "10.0.0.0/8", "10.255.255.255", true },
        { "one beyond", "10.0.0.0/8", "11.0.0.0", false },
        { "a prefix inside a byte, in", "172.16.0.0/12", "172.31.0.1", true },
        { "a prefix inside a byte, out", "172.16.0.0/12", "172.32.0.1", false },
        { "bits beyond the prefix do not count", "10.1.2.3/8", "10.9.9.9", true },
        { "a single address", "127.0.0.1", "127.0.0.1", true },
        { "not its neighbour", "127.0.0.1", "127.0.0.2", false },
        { "all of v4", "0.0.0.0/0", "203.0.113.1", true },
        { "all of v4 is not v6", "0.0.0.0/0", "2001:db8::1", false },
        { "v6", "fd00::/8", "fd12::1", true },
        { "v6, out", "fd00::/8", "fc00::1", false },
        { "mapped form of a v4 block", "127.0.0.0/8", "::ffff:127.0.0.1", true },
        { "what NAT64 carries", "10.0.0.0/8", "64:ff9b::10.0.0.1", true },
        { "blanks around", " 127.0.0.1/32 ", "127.0.0.1", true },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct address_block block = {0};
        struct sockaddr_storage address = {0};
        assert_int_equal(address_block_parse(text_of(cases[i].block), &block, NULL), 0);
        assert_true(address_parse(text_of(cases[i].address), &address));
        if (address_block_contains(&block, (const struct sockaddr *) &address) != cases[i].contains)
            fail_msg("%s", cases[i].says);
    }
}

static void test_bad_blocks_are_refused(void **state)
{
    static const struct { const char *says; const char *block; } cases[] = {
        { "nothing", "" },
        { "blanks", "  " },
        { "a name", "localhost" },
        { "prefix too long", "10.0.0.0/33" },
        { "v6 prefix too long", "fd00::/129" },
        { "negative prefix", "10.0.0.0/-1" },
        { "empty prefix", "10.0.0.0/" },
        { "prefix with a unit", "10.0.0.0/8x" },
        { "short form", "10/8" },
        { "octal looks", "010.0.0.1" },
        { "a decimal number", "2130706433" },
        { "far too long", "10.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct address_block block = {{7}, 7};
        struct error err = {0};
        if (address_block_parse(text_of(cases[i].block), &block, &err) >= 0 || block.bits != 7 || err.text[0] == '\0')
            fail_msg("%s", cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public_and_special),
        cmocka_unit_test(test_other_families_are_not_public),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_bad_blocks_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
