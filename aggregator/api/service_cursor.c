/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/service_cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PLAIN_BYTES = SERVICE_BYTES_MAX + 32 };

void service_place_render(const struct service_view *view, char out[static SERVICE_CURSOR_BYTES])
{
    char plain[PLAIN_BYTES];

    int len = snprintf(plain, sizeof plain, "%d %d %" PRId64 " %s", service_view_rank(view), view->tier,
                       view->changed_at_ms, view->id);
    text_to_hex((const uint8_t *) plain, (size_t) len < sizeof plain ? (size_t) len : sizeof plain - 1, out);
}

bool service_place_parse(struct text cursor, struct service_place *out)
{
    uint8_t plain[PLAIN_BYTES];
    struct service_place place;
    int64_t *numbers[] = {&place.rank, &place.tier, &place.changed_at_ms};
    struct text word;

    if (cursor.len / 2 >= sizeof plain || !text_from_hex(cursor, plain, cursor.len / 2))
        return false;
    struct text rest = {(const char *) plain, cursor.len / 2};
    for (size_t i = 0; i < 3; i++) {
        if (!text_take_word(&rest, 20, &word) || !text_to_int64(word, INT64_MIN, INT64_MAX, numbers[i]))
            return false;
    }
    if (!text_take_word(&rest, SERVICE_BYTES_MAX, &word) || text_trim(rest).len != 0)
        return false;
    memcpy(place.id, word.at, word.len);
    place.id[word.len] = '\0';
    *out = place;
    return true;
}

static int order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int service_place_compare(const struct service_view *view, const struct service_place *place)
{
    int r = order(service_view_rank(view), place->rank);

    if (r == 0)
        r = order(view->tier, place->tier);
    if (r == 0)
        r = order(view->changed_at_ms, place->changed_at_ms);
    return r != 0 ? r : strcmp(view->id, place->id);
}
