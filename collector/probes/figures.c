/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/figures.h"

#include <stdio.h>

bool figure_parse(struct text in, uint64_t *out)
{
    if (in.len == 0)
        return false;

    uint64_t value = 0;
    bool huge = false;
    for (size_t i = 0; i < in.len; i++) {
        if (in.at[i] < '0' || in.at[i] > '9')
            return false;
        huge = huge || __builtin_mul_overflow(value, 10, &value)
               || __builtin_add_overflow(value, (uint64_t) (in.at[i] - '0'), &value) || value > INT64_MAX;
    }
    *out = huge ? INT64_MAX : value;
    return true;
}

char *figure_percent(char out[static FIGURE_TEXT_BYTES], struct share share)
{
    /* Tenths, upwards: 90.01 % above a limit of 90 % must not read as "90.0 %". */
    unsigned __int128 tenths = share.whole == 0 ? 0 : ((unsigned __int128) share.part * 1000 + share.whole - 1) / share.whole;
    uint64_t shown = tenths > 99999 ? 99999 : (uint64_t) tenths;
    (void) snprintf(out, FIGURE_TEXT_BYTES, "%u.%u %%", (unsigned) (shown / 10), (unsigned) (shown % 10));
    return out;
}

char *figure_permille(char out[static FIGURE_TEXT_BYTES], int permille)
{
    if (permille % 10 == 0)
        (void) snprintf(out, FIGURE_TEXT_BYTES, "%d %%", permille / 10);
    else
        (void) snprintf(out, FIGURE_TEXT_BYTES, "%d.%d %%", permille / 10, permille % 10);
    return out;
}

char *figure_span(char out[static FIGURE_TEXT_BYTES], int64_t ms)
{
    long long s = ms / 1000;
    if (ms < 1000)
        (void) snprintf(out, FIGURE_TEXT_BYTES, "%lld ms", (long long) ms);
    else if (s >= 7200 && s % 3600 == 0)
        (void) snprintf(out, FIGURE_TEXT_BYTES, "%lld h", s / 3600);
    else if (s >= 120 && s % 60 == 0)
        (void) snprintf(out, FIGURE_TEXT_BYTES, "%lld min", s / 60);
    else
        (void) snprintf(out, FIGURE_TEXT_BYTES, "%lld s", s);
    return out;
}

char *figure_bytes(char out[static FIGURE_TEXT_BYTES], uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    uint64_t tenths = bytes;
    bool scaled = false;
    while (tenths >= (scaled ? 10240 : 1024) && unit < 6) {
        tenths = scaled ? tenths / 1024 : tenths / 1024 * 10 + tenths % 1024 * 10 / 1024;
        scaled = true;
        unit++;
    }
    if (scaled)
        (void) snprintf(out, FIGURE_TEXT_BYTES, "%llu.%llu %s", (unsigned long long) (tenths / 10),
                        (unsigned long long) (tenths % 10), units[unit]);
    else
        (void) snprintf(out, FIGURE_TEXT_BYTES, "%llu B", (unsigned long long) bytes);
    return out;
}
