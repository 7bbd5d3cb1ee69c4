/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/http_trusted.h"

static char path[] = "/tmp/trusted-XXXXXX";

static void write_file(const char *words)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(words, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void) state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    write_file("one");
    return setenv("SSL_CERT_FILE", path, 1);
}

static int tear_down(void **state)
{
    (void) state;
    return unlink(path);
}

static void test_another_file_gets_another_name(void **state)
{
    (void) state;
    struct http_trusted trusted;
    http_trusted_init(&trusted, 1000);
    assert_string_equal(http_trusted_name(&trusted, 1000), path);
    assert_string_equal(http_trusted_name(&trusted, 61000), path);       /* looked at, and the same */

    write_file("another");
    assert_string_equal(http_trusted_name(&trusted, 120999), path);      /* not looked at again before a minute is over */
    const char *second = http_trusted_name(&trusted, 121000);
    assert_string_not_equal(second, path);
    struct stat a;
    struct stat b;
    assert_int_equal(stat(path, &a), 0);
    assert_int_equal(stat(second, &b), 0);
    assert_int_equal(a.st_ino, b.st_ino);                                /* which leads to the same file */
    assert_string_equal(http_trusted_name(&trusted, 200000), second);

    assert_int_equal(unlink(path), 0);
    assert_string_equal(http_trusted_name(&trusted, 300000), second);    /* gone is not another */
    write_file("a third, longer");
    assert_string_equal(http_trusted_name(&trusted, 400000), path);
    http_trusted_done(&trusted);
    assert_null(trusted.names[0]);
}

static void test_a_name_without_a_folder(void **state)
{
    (void) state;
    struct http_trusted trusted;
    assert_int_equal(setenv("SSL_CERT_FILE", "bundle.crt", 1), 0);
    http_trusted_init(&trusted, 0);
    assert_string_equal(trusted.names[1], "./bundle.crt");
    http_trusted_done(&trusted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_file_gets_another_name),
        cmocka_unit_test(test_a_name_without_a_folder),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
