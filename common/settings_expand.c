/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"

enum { EXPANDED_BYTES_MAX = 64 * 1024, VARIABLE_BYTES_MAX = 128 };

static bool is_name(struct text name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return name.len > 0 && name.len < VARIABLE_BYTES_MAX;
}

/* What stands between ${ and }: a name, or name:-text. */
static int put_variable(struct text inside, struct buffer *out, struct text *missing)
{
    const char *dash = memmem(inside.at, inside.len, ":-", 2);
    struct text name = {inside.at, dash == NULL ? inside.len : (size_t) (dash - inside.at)};
    if (!is_name(name))
        return -EINVAL;

    char named[VARIABLE_BYTES_MAX];
    (void) text_copy(named, sizeof named, name);    /* is_name: it fits */
    const char *value = getenv(named);
    if (value != NULL && value[0] != '\0')
        return buffer_put_text(out, value);
    if (dash != NULL)
        return buffer_put(out, dash + 2, inside.len - name.len - 2);
    *missing = name;
    return -ENOENT;
}

int settings_expand(const char *in, char **out, struct text *missing)
{
    struct buffer expanded;
    buffer_init(&expanded, EXPANDED_BYTES_MAX);
    int r = buffer_put_text(&expanded, "");

    while (r == 0 && *in != '\0') {
        if (strncmp(in, "$${", 3) == 0) {
            r = buffer_put_text(&expanded, "${");
            in += 3;
        } else if (strncmp(in, "${", 2) == 0) {
            const char *end = strchr(in, '}');
            r = end == NULL ? -EINVAL
                            : put_variable((struct text) {in + 2, (size_t) (end - in) - 2}, &expanded, missing);
            in = end == NULL ? in : end + 1;
        } else {
            r = buffer_put(&expanded, in++, 1);
        }
    }
    if (r == 0)
        *out = buffer_take(&expanded);
    buffer_done(&expanded);
    return r;
}
