/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/google_place.h"

#include <ctype.h>

enum { PLACE_BYTES_MAX = 64 };

bool google_place_is(struct text in)
{
    if (in.len < 2 || in.len > PLACE_BYTES_MAX || !isalpha((unsigned char) in.at[0]))
        return false;
    for (size_t i = 0; i < in.len; i++) {
        if (!isalnum((unsigned char) in.at[i]) && in.at[i] != '-')
            return false;
    }
    return true;
}

/* "us-central1-a" is a zone of "us-central1". */
static bool is_zone_of(struct text zone, struct text region)
{
    return zone.len == region.len + 2 && zone.at[region.len] == '-' && isalpha((unsigned char) zone.at[zone.len - 1])
           && region.len > 0 && isdigit((unsigned char) region.at[region.len - 1])
           && text_equal_ignoring_case((struct text) {zone.at, region.len}, region);
}

bool google_place_touches(struct text place, struct text watched)
{
    return text_equal_ignoring_case(place, watched) || text_equal_ignoring_case(place, text_of("global"))
           || is_zone_of(place, watched) || is_zone_of(watched, place);
}
