/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "common/mem.h"

static int refuse(const char *usage)
{
    (void) fputs(usage, stderr);
    return 2;
}

int options_parse(int argc, char **argv, const char *usage, struct options *out)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'},
        {"output", required_argument, NULL, 'o'},
        {"effective", no_argument, NULL, 'e'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct options found = {0};
    const char *path = NULL;
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "c:o:h", known, NULL)) != -1) {
        if (option == 'c')
            path = optarg;
        else if (option == 'o' && (strcmp(optarg, "json") == 0 || strcmp(optarg, "table") == 0))
            found.json = strcmp(optarg, "json") == 0;
        else if (option == 'e')
            found.effective = true;
        else if (option == 'h')
            return fputs(usage, stdout) < 0 ? 1 : 0;
        else
            return refuse(usage);
    }
    if (optind != argc)
        return refuse(usage);

    found.config = path != NULL ? mem_copy_string(path) : config_default_path("collector");
    *out = found;
    return -1;
}

int options_load(int argc, char **argv, const char *usage, struct options *out, struct collector_config **config)
{
    int code = options_parse(argc, argv, usage, out);
    if (code >= 0)
        return code;

    CLEANUP(mem_freep) char *path = steal(&out->config);
    struct error err = {0};
    if (collector_config_load(path, config, &err) == 0)
        return -1;
    (void) fprintf(stderr, "%s\n", err.text);
    return 1;
}
