/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/config/param_json.h"

#include <stdlib.h>

enum { VALUE_BYTES = 32 };

json_t *param_json(enum param param, int64_t value)
{
    char text[VALUE_BYTES];
    const struct param_row *row = &param_rows[param];

    switch (row->type) {
    case PARAM_INT:
    case PARAM_INHERIT:
        return json_integer(value);
    case PARAM_BOOL:
        return json_boolean(value != 0);
    case PARAM_COMBINE:
    case PARAM_DECIMAL3:
    case PARAM_DECIMAL4:
        return json_string(param_render(row, value, text, sizeof text));
    }
    abort();
}
