/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/names.h"

#include <stdio.h>
#include <string.h>

enum { KEPT_BYTES = 31 };

uint64_t name_hash(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (; *name != '\0'; name++)
        hash = (hash ^ (uint8_t) *name) * 0x100000001b3;
    return hash;
}

static char id_byte(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char) (c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-')
        return c;
    return c == '/' ? '-' : '_';
}

void check_id(char out[static CHECK_BYTES_MAX + 1], const char *kind, const char *instance, bool distinct)
{
    const char *name = instance[0] == '/' ? instance + 1 : instance;
    if (name[0] == '\0')
        name = "root";

    char id[CHECK_BYTES_MAX + 2];   /* one more than allowed, to see that it is too long */
    size_t len = (size_t) snprintf(id, sizeof id, "%s.", kind);
    for (; *name != '\0' && len < sizeof id - 1; name++)
        id[len++] = id_byte(*name);
    id[len] = '\0';

    if (len <= CHECK_BYTES_MAX && !distinct)
        memcpy(out, id, len + 1);
    else
        (void) snprintf(out, CHECK_BYTES_MAX + 1, "%.*s-%08x", KEPT_BYTES, id, (unsigned) (name_hash(instance) & 0xffffffff));
}
