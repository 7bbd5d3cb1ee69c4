/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/config_file.h"
#include "aggregator/cli/options.h"

static const char help[] =
    "Usage: tocsin-aggregator check [--config FILE] [--effective]\n"
    "       tocsin-aggregator check --parameters | --reference\n"
    "\n"
    "Reads the configuration and what it includes, says what is wrong or doubtful, and touches no network.\n"
    "\n"
    CLI_CONFIG_HELP
    "  --effective     print every key with its value and where that came from; secrets are masked\n"
    "  --parameters    print every parameter of the alert engine with default and bounds, as lines for engine:\n"
    "  --reference     print the manual page of the configuration file, for man -l -\n"
    "\n"
    "Examples:\n"
    "  tocsin-aggregator check --config conf/aggregator.yaml\n"
    "  tocsin-aggregator check --effective | grep engine\n"
    "\n"
    "Exit: 0 it can be used, 1 it cannot, 2 wrong usage.\n";

int cli_check(int argc, char **argv)
{
    const char *path = NULL;
    bool effective = false;
    bool parameters = false;
    bool reference = false;
    const struct cli_option options[] = {
        {"config", .value = &path},         {"effective", .flag = &effective}, {"parameters", .flag = &parameters},
        {"reference", .flag = &reference}, {NULL},
    };
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    if (words.n > 0)
        return cli_usage("check", "unexpected '%s'", words.at[0]);
    if (effective + parameters + reference > 1)
        return cli_usage("check", "--effective, --parameters and --reference exclude each other");
    if (parameters || reference) {
        if (parameters)
            params_print_sample(stdout);
        else
            aggregator_config_reference(stdout);
        return CLI_DONE;
    }

    struct aggregator_config *config;
    struct error err = {0};
    if (cli_config_load(path, &config, &err) < 0) {
        (void) fprintf(stderr, "%s\n", err.text);
        return CLI_FAILED;
    }
    int warnings = aggregator_config_warn(config, stderr);
    if (effective)
        aggregator_config_print(config, stdout);
    else
        (void) printf("%s: can be used: %zu service%s, %zu channel%s, %d warning%s\n", config->path, config->registry.n_services,
                      config->registry.n_services == 1 ? "" : "s", config->n_channels, config->n_channels == 1 ? "" : "s",
                      warnings, warnings == 1 ? "" : "s");
    aggregator_config_drop(config);
    return CLI_DONE;
}
