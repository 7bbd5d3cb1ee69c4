/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/cli/config_file.h"

#include <errno.h>

#include "common/mem.h"
#include "common/settings.h"

int cli_config_load(const char *given, struct aggregator_config **out, struct error *err)
{
    CLEANUP(mem_freep) char *path = given != NULL ? mem_copy_string(given) : config_default_path("aggregator");
    if (path[0] == '\0')
        return error_set(err, -ENOENT, "no configuration: expected aggregator.yaml in conf/ or /etc/tocsin/, or --config FILE");
    return aggregator_config_load(path, out, err);
}

void cli_config_dropp(struct aggregator_config **config)
{
    aggregator_config_drop(*config);
}
