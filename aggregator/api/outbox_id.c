/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/outbox_id.h"

#include "common/text.h"

bool outbox_id_parse(const char *text, uint64_t *out)
{
    int64_t number;

    if (text[0] < '1' || text[0] > '9' || !text_to_int64(text_of(text), 1, INT64_MAX, &number))
        return false;
    *out = (uint64_t) number;
    return true;
}
