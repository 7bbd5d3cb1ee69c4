/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/options.h"
#include "common/mem.h"

static void test_command_lines(void **state)
{
    static const struct { const char *says; const char *argv[8]; int r; const char *value; bool flag; int words; } cases[] = {
        { "nothing", {"verb"}, CLI_GO_ON, NULL, false, 0 },
        { "a value", {"verb", "--output", "json"}, CLI_GO_ON, "json", false, 0 },
        { "a value behind a sign", {"verb", "--output=json"}, CLI_GO_ON, "json", false, 0 },
        { "a letter", {"verb", "-o", "json"}, CLI_GO_ON, "json", false, 0 },
        { "a flag", {"verb", "--replace"}, CLI_GO_ON, NULL, true, 0 },
        { "words before and behind", {"verb", "one", "--replace", "two"}, CLI_GO_ON, NULL, true, 2 },
        { "the last value counts", {"verb", "-o", "a", "-o", "b"}, CLI_GO_ON, "b", false, 0 },
        { "a value is missing", {"verb", "--output"}, CLI_USAGE, NULL, false, 0 },
        { "nobody knows it", {"verb", "--colour"}, CLI_USAGE, NULL, false, 0 },
        { "nobody knows the letter", {"verb", "-x"}, CLI_USAGE, NULL, false, 0 },
        { "help", {"verb", "--help", "--colour"}, CLI_DONE, NULL, false, 0 },
        { "short help", {"verb", "-h"}, CLI_DONE, NULL, false, 0 },
        { "behind -- all are words", {"verb", "--", "--help"}, CLI_GO_ON, NULL, false, 1 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *value = NULL;
        bool flag = false;
        const struct cli_option options[] = {{"output", .letter = 'o', .value = &value}, {"replace", .flag = &flag}, {NULL}};
        char *argv[8];
        int argc = 0;
        for (; argc < 8 && cases[i].argv[argc] != NULL; argc++)
            argv[argc] = mem_copy_string(cases[i].argv[argc]);
        char *owned[8];
        memcpy(owned, argv, sizeof argv);   /* getopt moves the words */
        struct cli_words words = {0};
        int r = cli_options_parse(argc, argv, options, "", &words);
        if (r != cases[i].r || words.n != cases[i].words)
            fail_msg("%s: %d, %d words", cases[i].says, r, words.n);
        if (r == CLI_GO_ON && (flag != cases[i].flag || strcmp(value == NULL ? "" : value, cases[i].value == NULL ? "" : cases[i].value) != 0))
            fail_msg("%s: '%s'", cases[i].says, value);
        for (int n = 0; n < argc; n++)
            free(owned[n]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_command_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
