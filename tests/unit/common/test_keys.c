/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/file.h"
#include "common/keys.h"
#include "common/mem.h"

/* The pair of the CURVE specification's examples (ZeroMQ RFC 26, zmq_curve(7)). */
static const char secret[] = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";
static const char public[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";

struct place { char directory[64]; char path[128]; };

static int setup(void **state)
{
    struct place *place = mem_new(sizeof *place);
    (void) snprintf(place->directory, sizeof place->directory, "/tmp/tocsin-keys-XXXXXX");
    *state = place;
    return mkdtemp(place->directory) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    char command[128];
    (void) snprintf(command, sizeof command, "rm -rf '%s'", place->directory);
    int r = system(command);
    free(place);
    return r;
}

static const char *in(struct place *place, const char *name)
{
    (void) snprintf(place->path, sizeof place->path, "%s/%s", place->directory, name);
    return place->path;
}

static void put(struct place *place, const char *name, mode_t mode, const char *content)
{
    struct error err = {0};
    if (file_write(in(place, name), content, strlen(content), mode, &err) < 0)
        fail_msg("%s", err.text);
}

static void test_what_is_a_key(void **state)
{
    static const struct { const char *says; const char *key; bool good; } cases[] = {
        { "the specification's", secret, true },
        { "39 characters", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%c", false },
        { "41 characters", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%css", false },
        { "a blank inside", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%c ", false },
        { "a character Z85 has not", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%c~", false },
        { "five characters that pass 2^32", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%#####", false },
        { "nothing", "", false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (key_is_valid(cases[i].key) != cases[i].good)
            fail_msg("%s", cases[i].says);
    }
}

static void test_a_pair_is_saved_once_and_loads(void **state)
{
    struct place *place = *state;
    struct key_pair made;
    struct key_pair loaded;
    struct error err = {0};
    char base[128];
    (void) snprintf(base, sizeof base, "%s", in(place, "host"));

    assert_int_equal(key_pair_generate(&made, &err), 0);
    assert_true(key_is_valid(made.public_key) && key_is_valid(made.secret_key));
    assert_int_equal(key_pair_save(base, &made, &err), 0);
    assert_int_equal(key_pair_save(base, &made, &err), -EEXIST);

    struct stat st;
    assert_int_equal(stat(in(place, "host.key"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(key_pair_load(place->path, &loaded, &err), 0);
    assert_string_equal(loaded.public_key, made.public_key);
    assert_string_equal(loaded.secret_key, made.secret_key);
}

static void test_secret_files_that_are_refused(void **state)
{
    static const struct { const char *says; mode_t mode; const char *content; int r; const char *words; } cases[] = {
        { "others may read it", 0640, secret, -EPERM, "0600" },
        { "empty", 0600, "", -EINVAL, "no secret key" },
        { "too short", 0600, "abc", -EINVAL, "no secret key" },
        { "good, with a newline", 0600, "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs\n", 0, "" },
    };
    struct place *place = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = {0};
        struct key_pair pair = {.public_key = "untouched"};
        put(place, "a.key", cases[i].mode, cases[i].content);
        int r = key_pair_load(in(place, "a.key"), &pair, &err);
        if (r != cases[i].r || strstr(err.text, cases[i].words) == NULL)
            fail_msg("%s: %d \"%s\"", cases[i].says, r, err.text);
        assert_string_equal(pair.public_key, r == 0 ? public : "untouched");
        if (r < 0)
            assert_non_null(strstr(err.text, place->path));
        assert_int_equal(unlink(place->path), 0);
    }

    struct error err = {0};
    struct key_pair pair;
    put(place, "a.key", 0600, secret);
    put(place, "a.pub", 0644, secret);
    assert_int_equal(key_pair_load(in(place, "a.key"), &pair, &err), -EINVAL);
    assert_non_null(strstr(err.text, "not the public half"));
}

static void test_the_directory(void **state)
{
    struct place *place = *state;
    struct authorized_keys *keys = NULL;
    struct error err = {0};
    assert_int_equal(authorized_keys_load(in(place, "missing"), &keys, &err), -ENOENT);

    assert_int_equal(authorized_keys_load(place->directory, &keys, &err), 0);
    assert_int_equal(keys->n_keys, 0);
    assert_null(authorized_keys_find(keys, public));
    assert_null(authorized_keys_find_name(keys, "a"));
    authorized_keys_free(keys);

    struct authorized_key web = {.name = "web-1"};
    struct authorized_key ops = {.name = "ops", .services = true};
    struct key_pair pair;
    assert_int_equal(key_pair_generate(&pair, &err), 0);
    memcpy(web.public_key, public, sizeof web.public_key);
    memcpy(ops.public_key, pair.public_key, sizeof ops.public_key);
    assert_int_equal(authorized_keys_put(place->directory, &web, &err), 0);
    assert_int_equal(authorized_keys_put(place->directory, &ops, &err), 0);
    put(place, ".hidden", 0600, "no key at all");

    assert_int_equal(authorized_keys_load(place->directory, &keys, &err), 0);
    assert_int_equal(keys->n_keys, 2);
    assert_string_equal(authorized_keys_find(keys, public)->name, "web-1");
    assert_false(authorized_keys_find(keys, public)->services);
    assert_true(authorized_keys_find_name(keys, "ops")->services);
    assert_string_equal(authorized_keys_find_name(keys, "ops")->public_key, pair.public_key);
    assert_null(authorized_keys_find_name(keys, "op"));
    assert_null(authorized_keys_find(keys, secret));
    assert_null(authorized_keys_find(keys, "short"));
    authorized_keys_free(keys);
}

static void test_directories_that_are_refused(void **state)
{
    static const char key[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\n";
    static const struct { const char *says; const char *name; const char *content; const char *words; } cases[] = {
        { "a name that is no id", "Web 1", key, "the file's name" },
        { "no key", "web", "hello\n", "web:1: expected a public key" },
        { "empty file", "web", "", "web:1: expected a public key" },
        { "another word", "web", "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\nservice\n", "web:2: expected" },
        { "two names for one key", "web", key, "same key" },
    };
    struct place *place = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct authorized_keys *keys = NULL;
        struct error err = {0};
        put(place, "other", 0644, "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID");
        put(place, cases[i].name, 0644, cases[i].content);
        int r = authorized_keys_load(place->directory, &keys, &err);
        if (r != -EINVAL || keys != NULL || strstr(err.text, cases[i].words) == NULL)
            fail_msg("%s: %d \"%s\"", cases[i].says, r, err.text);
        assert_int_equal(unlink(in(place, cases[i].name)), 0);
    }

    struct error err = {0};
    assert_int_equal(authorized_keys_put(place->directory, &(struct authorized_key) {.name = "../x"}, &err), -EINVAL);
    assert_int_equal(authorized_keys_put(place->directory, &(struct authorized_key) {.name = "x"}, &err), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_a_key),
        cmocka_unit_test_setup_teardown(test_a_pair_is_saved_once_and_loads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_secret_files_that_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_directories_that_are_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
