/* SPDX-License-Identifier: Apache-2.0 */
/* The times of RSS, which result.h names with the others. */
#include "collector/feeds/result.h"

#include <stdio.h>
#include <string.h>

enum { YEAR_2000_BELOW = 50, YEAR_1900_BELOW = 100, ZONE_BYTES_MAX = 6, CLOCK_BYTES_MAX = 8 };   /* RFC 2822, 4.3 */

static const struct { const char *name; const char *offset; } zones[] = {
    { "Z", "Z" },         { "UT", "Z" },        { "UTC", "Z" },       { "GMT", "Z" },       { "EST", "-05:00" },
    { "EDT", "-04:00" },  { "CST", "-06:00" },  { "CDT", "-05:00" },  { "MST", "-07:00" },  { "MDT", "-06:00" },
    { "PST", "-08:00" },  { "PDT", "-07:00" },
};

static int month_of(struct text name)
{
    static const char months[][4] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

    for (int i = 0; i < (int) ARRAY_SIZE(months); i++) {
        if (text_equal_ignoring_case(name, text_of(months[i])))
            return i + 1;
    }
    return 0;
}

static bool read_number(struct text digits, int64_t max, int64_t *out)
{
    while (digits.len > 1 && digits.at[0] == '0')
        digits = (struct text) {digits.at + 1, digits.len - 1};
    return text_to_int64(digits, 0, max, out);
}

/* As RFC 3339 writes it: "-0700" becomes "-07:00". What is no zone stays, and is refused there. */
static void offset_of(struct text zone, char out[static ZONE_BYTES_MAX + 1])
{
    for (size_t i = 0; i < ARRAY_SIZE(zones); i++) {
        if (text_equal_ignoring_case(zone, text_of(zones[i].name)))
            zone = text_of(zones[i].offset);
    }
    if (zone.len == 5 && (zone.at[0] == '+' || zone.at[0] == '-'))
        (void) snprintf(out, ZONE_BYTES_MAX + 1, "%.3s:%.2s", zone.at, zone.at + 3);
    else
        (void) text_copy(out, ZONE_BYTES_MAX + 1, zone);
}

int64_t feed_time_rfc822_ms(struct text in)
{
    struct text rest = in;
    struct text weekday, day, month, year, clock, zone;
    int64_t day_number = 0;
    int64_t year_number = 0;

    if (in.len > 0 && memchr(in.at, ',', in.len) != NULL)
        (void) text_take_until(&rest, ',', &weekday);
    if (!text_take_word(&rest, 2, &day) || !text_take_word(&rest, 3, &month) || !text_take_word(&rest, 4, &year)
        || !text_take_word(&rest, CLOCK_BYTES_MAX, &clock) || !text_take_word(&rest, ZONE_BYTES_MAX, &zone)
        || !read_number(day, 31, &day_number) || !read_number(year, 9999, &year_number))
        return 0;
    if (year_number < YEAR_1900_BELOW)
        year_number += year_number < YEAR_2000_BELOW ? 2000 : 1900;

    char offset[ZONE_BYTES_MAX + 1];
    char rfc3339[64];
    offset_of(zone, offset);
    (void) snprintf(rfc3339, sizeof rfc3339, "%04d-%02d-%02dT%.*s%s%s", (int) year_number, month_of(month), (int) day_number,
                    (int) clock.len, clock.at, clock.len == 5 ? ":00" : "", offset);
    return feed_time_ms(text_of(rfc3339));
}

int64_t feed_time_any_ms(struct text in)
{
    int64_t at_ms = feed_time_ms(in);

    return at_ms != 0 ? at_ms : feed_time_rfc822_ms(in);
}
