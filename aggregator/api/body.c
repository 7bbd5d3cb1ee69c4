/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/body.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"

enum { TEXT_BYTES_MAX = 16 * 1024 };

void body_put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new_nocheck(object, name, value == NULL ? json_null() : value) != 0)
        abort();
}

/* Valid text passes as it is; otherwise a cleaned copy, each bad byte three bytes long. */
json_t *body_string(const char *value)
{
    json_t *string = json_string(value);
    if (string != NULL)
        return string;

    size_t len = strnlen(value, TEXT_BYTES_MAX);
    CLEANUP(mem_freep) char *clean = mem_new(3 * len + 1);
    (void) text_copy(clean, 3 * len + 1, (struct text) {value, len});
    string = json_string(clean);
    return string == NULL ? json_string("") : string;
}

void body_text(json_t *object, const char *name, const char *value)
{
    body_put(object, name, value == NULL || value[0] == '\0' ? json_null() : body_string(value));
}

void body_int(json_t *object, const char *name, int64_t value)
{
    body_put(object, name, json_integer(value));
}

void body_real(json_t *object, const char *name, double value)
{
    body_put(object, name, isfinite(value) ? json_real(value) : json_null());
}

void body_bool(json_t *object, const char *name, bool value)
{
    body_put(object, name, json_boolean(value));
}

void body_status(json_t *object, const char *name, enum status status)
{
    body_put(object, name, json_string(status_name(status)));
}

void body_time(json_t *object, const char *name, int64_t at_ms)
{
    char time[RFC3339_BYTES];

    body_put(object, name, at_ms == 0 ? json_null() : json_string(clock_to_rfc3339(at_ms, time)));
}

static int take(const char *bytes, size_t len, void *buffer)
{
    return buffer_put(buffer, bytes, len) < 0 ? -1 : 0;
}

int body_write(json_t *document, struct buffer *out)
{
    int r = json_dump_callback(document, take, out, JSON_COMPACT | JSON_REAL_PRECISION(15));

    json_decref(document);
    return r == 0 ? 0 : -EMSGSIZE;
}
