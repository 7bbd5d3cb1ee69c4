/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_yaml: any bytes as a services file. What is taken must be usable; what is refused must
 * be refused in words that name the file.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct registry_options options = {0};
    struct registry registry = {0};
    struct settings_trace trace = {0};
    struct error err = {0};

    int r = registry_parse("f.yaml", (struct text) {(const char *) bytes, len}, &options, &registry, &trace, &err);
    if (r < 0 && (registry.n_services != 0 || strncmp(err.text, "f.yaml:", 7) != 0))
        abort();
    for (size_t i = 0; r == 0 && i < registry.n_services; i++) {
        const struct service_entry *service = &registry.services[i];
        if (registry_find(&registry, service->id) != service || service->name == NULL || service->tier < 1)
            abort();
    }
    registry_done(&registry);
    settings_trace_done(&trace);
    return 0;
}
