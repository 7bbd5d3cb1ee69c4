/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/check.h"

#include <stdio.h>
#include <string.h>

#include "collector/config.h"
#include "collector/options.h"

static const char usage[] =
    "usage: tocsin-collector check [--config FILE] [--effective]\n"
    "       tocsin-collector check --reference\n"
    "\n"
    "Reads the configuration and what it includes, and says what is wrong as FILE:LINE:COLUMN: KEY: what was expected.\n"
    "Touches no network. --effective prints every key with its value and where that came from, secrets masked.\n"
    "--reference prints the manual page of the configuration file, for man -l -.\n"
    "\n"
    "examples:\n"
    "  tocsin-collector check --config conf/collector.yaml\n"
    "  tocsin-collector check --effective\n";

int check_main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--reference") == 0) {
        collector_config_reference(stdout);
        return 0;
    }

    struct options options;
    struct collector_config *config;
    int code = options_load(argc, argv, usage, &options, &config);
    if (code >= 0)
        return code;

    int warnings = collector_config_warn(config, stderr);
    if (options.effective)
        collector_config_print(config, stdout);
    else
        (void) printf("%s: good: %zu services, %zu probes, %d warnings\n", config->path, config->registry.n_services,
                      config->n_probes, warnings);
    collector_config_free(config);
    return 0;
}
