/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/cli/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "aggregator/cli/cli.h"
#include "common/mem.h"

/* Long options without a letter are told apart by their place in the table. */
enum { PLACE_BASE = 1000, HELP = 'h' };

int cli_usage(const char *subcommand, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void) fprintf(stderr, "tocsin-aggregator %s: ", subcommand);
    (void) vfprintf(stderr, format, args);
    (void) fprintf(stderr, "\nTry: tocsin-aggregator %s --help\n", subcommand);
    va_end(args);
    return CLI_USAGE;
}

static void take(const struct cli_option *option)
{
    if (option->value != NULL)
        *option->value = optarg;
    else
        *option->flag = true;
}

int cli_options_parse(int argc, char **argv, const struct cli_option *options, const char *help, struct cli_words *words)
{
    struct option longs[CLI_OPTIONS_MAX + 2] = {{"help", no_argument, NULL, HELP}};
    char letters[2 * CLI_OPTIONS_MAX + 3] = "h";
    size_t n = 0, n_letters = 1;
    for (; options[n].name != NULL && n < CLI_OPTIONS_MAX; n++) {
        bool has_value = options[n].value != NULL;
        longs[n + 1] = (struct option) {options[n].name, has_value ? required_argument : no_argument, NULL,
                                        PLACE_BASE + (int) n};
        if (options[n].letter != 0)
            letters[n_letters++] = options[n].letter;
        if (options[n].letter != 0 && has_value)
            letters[n_letters++] = ':';
    }

    optind = 0;   /* GNU: start anew, in case somebody parsed before us */
    for (int found; (found = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        if (found == HELP) {
            (void) fputs(help, stdout);
            return CLI_DONE;
        }
        if (found >= PLACE_BASE) {
            take(&options[found - PLACE_BASE]);
            continue;
        }
        size_t i = 0;
        while (i < n && options[i].letter != found)
            i++;
        if (found == '?' || i == n) {
            (void) fprintf(stderr, "Try: tocsin-aggregator %s --help\n", argv[0]);
            return CLI_USAGE;
        }
        take(&options[i]);
    }
    *words = (struct cli_words) {argv + optind, argc - optind};
    return CLI_GO_ON;
}
