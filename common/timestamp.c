/* SPDX-License-Identifier: Apache-2.0 */
#include "common/timestamp.h"

#include <stddef.h>

/* Takes exactly n digits off the front. */
static bool take_digits(struct text *in, size_t n, int *out)
{
    int value = 0;
    if (in->len < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (in->at[i] < '0' || in->at[i] > '9')
            return false;
        value = value * 10 + (in->at[i] - '0');
    }
    in->at += n;
    in->len -= n;
    *out = value;
    return true;
}

/* Takes one of the characters off the front. */
static bool take_one(struct text *in, const char *of)
{
    for (; in->len > 0 && *of != '\0'; of++) {
        if (in->at[0] != *of)
            continue;
        in->at++;
        in->len--;
        return true;
    }
    return false;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days since 1970-01-01, for years from 1970. */
static int64_t days_since_epoch(int year, int month, int day)
{
    int64_t before = year - 1;
    int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;   /* the days before 1970 */

    for (int m = 1; m < month; m++)
        days += month_days(year, m);
    return days + day - 1;
}

static bool take_date(struct text *in, int64_t *days)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (!take_digits(in, 4, &year) || !take_one(in, "-") || !take_digits(in, 2, &month) || !take_one(in, "-")
        || !take_digits(in, 2, &day))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    *days = days_since_epoch(year, month, day);
    return true;
}

static bool take_fraction(struct text *in, int *ms)
{
    int digits = 0;
    if (!take_one(in, "."))
        return true;
    for (int digit = 0; take_digits(in, 1, &digit); digits++) {
        if (digits < 3)
            *ms = *ms * 10 + digit;
    }
    for (int i = digits; i < 3; i++)
        *ms *= 10;
    return digits > 0;
}

static bool take_time(struct text *in, int64_t *ms)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    int fraction_ms = 0;
    if (!take_digits(in, 2, &hour) || !take_one(in, ":") || !take_digits(in, 2, &minute) || !take_one(in, ":")
        || !take_digits(in, 2, &second) || !take_fraction(in, &fraction_ms))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    *ms = ((int64_t) hour * 60 + minute) * 60000 + (int64_t) second * 1000 + fraction_ms;
    return true;
}

/* What is to be subtracted for UTC. */
static bool take_zone(struct text *in, int64_t *ms)
{
    int hours = 0;
    int minutes = 0;
    *ms = 0;
    if (in->len == 0 || take_one(in, "Zz"))
        return true;

    bool west = in->at[0] == '-';
    if (!take_one(in, "+-") || !take_digits(in, 2, &hours) || !take_one(in, ":") || !take_digits(in, 2, &minutes))
        return false;
    *ms = ((int64_t) hours * 60 + minutes) * (west ? -60000 : 60000);
    return hours <= 23 && minutes <= 59;
}

bool timestamp_parse(struct text in, int64_t *out_ms)
{
    int64_t days = 0;
    int64_t time_ms = 0;
    int64_t zone_ms = 0;
    if (!take_date(&in, &days) || !take_one(&in, "Tt ") || !take_time(&in, &time_ms) || !take_zone(&in, &zone_ms))
        return false;

    int64_t at_ms = days * 86400000 + time_ms - zone_ms;
    if (in.len > 0 || at_ms < 0)
        return false;
    *out_ms = at_ms;
    return true;
}

bool timestamp_parse_ago(struct text value, int64_t *ago_ms)
{
    static const struct { char unit; int64_t ms; } units[] = {
        {'s', 1000}, {'m', 60 * 1000}, {'h', 3600 * 1000}, {'d', 24 * 3600 * 1000},
    };
    const int64_t ten_years_ms = INT64_C(3653) * 24 * 3600 * 1000;    /* so that no sum overflows */

    if (value.len < 3 || value.at[0] != '-')
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        int64_t n;
        struct text digits = {value.at + 1, value.len - 2};
        if (value.at[value.len - 1] != units[i].unit)
            continue;
        if (!text_to_int64(digits, 0, ten_years_ms / units[i].ms, &n))
            return false;
        *ago_ms = n * units[i].ms;
        return true;
    }
    return false;
}
