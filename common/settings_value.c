/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_value.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"

struct unit {
    const char *name;
    int64_t size;
};

/* The larger first; a reader only goes forward in the list, so no unit comes twice. */
static const struct unit time_units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1},
};

static const struct unit byte_units[] = {
    {"TiB", INT64_C(1) << 40}, {"GiB", INT64_C(1) << 30}, {"MiB", INT64_C(1) << 20}, {"KiB", INT64_C(1) << 10}, {"B", 1},
};

bool value_read_bool(struct text value, bool *out)
{
    static const struct { const char *word; bool value; } words[] = {
        {"true", true}, {"false", false}, {"yes", true}, {"no", false}, {"on", true}, {"off", false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (text_is(value, words[i].word)) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}

/* Takes the longest prefix all of whose characters are digits, or none of them. */
static struct text take_run(struct text *in, bool digits)
{
    size_t len = 0;
    while (len < in->len && (in->at[len] >= '0' && in->at[len] <= '9') == digits)
        len++;
    struct text run = {in->at, len};
    *in = (struct text) {in->at + len, in->len - len};
    return run;
}

/* Takes "90m" off the front; *next is the first unit that may follow. */
static bool take_amount(struct text *in, const struct unit *units, size_t n_units, size_t *next, int64_t *sum)
{
    int64_t amount;
    if (!text_to_int64(take_run(in, true), 0, INT64_MAX, &amount))
        return false;

    struct text name = take_run(in, false);
    while (*next < n_units && !text_is(name, units[*next].name))
        (*next)++;
    if (*next == n_units)
        return false;
    int64_t size = units[(*next)++].size;
    return !__builtin_mul_overflow(amount, size, &amount) && !__builtin_add_overflow(*sum, amount, sum);
}

bool value_read_duration(struct text value, int64_t *out_ms)
{
    int64_t sum = 0;
    size_t next = 0;
    if (value.len == 0)
        return false;
    if (!text_is(value, "0")) {
        while (value.len > 0) {
            if (!take_amount(&value, time_units, ARRAY_SIZE(time_units), &next, &sum))
                return false;
        }
    }
    *out_ms = sum;
    return true;
}

bool value_read_bytes(struct text value, int64_t *out)
{
    int64_t sum = 0;
    size_t next = 0;
    if (!text_is(value, "0")
        && (!take_amount(&value, byte_units, ARRAY_SIZE(byte_units), &next, &sum) || value.len > 0))
        return false;
    *out = sum;
    return true;
}

bool value_read_percent(struct text value, int64_t *out_permille)
{
    struct text whole = take_run(&value, true);
    int64_t percent;
    int64_t tenth = 0;
    if (!text_to_int64(whole, 0, INT64_MAX / 20, &percent))
        return false;
    if (value.len > 0) {
        if (value.len != 2 || value.at[0] != '.' || value.at[1] < '0' || value.at[1] > '9')
            return false;
        tenth = value.at[1] - '0';
    }
    *out_permille = percent * 10 + tenth;
    return true;
}

char *value_render_duration(int64_t ms, char out[static SETTINGS_VALUE_BYTES])
{
    size_t len = 0;

    (void) snprintf(out, SETTINGS_VALUE_BYTES, "0");
    for (size_t i = 0; i < ARRAY_SIZE(time_units); i++) {
        int64_t amount = ms / time_units[i].size;
        ms %= time_units[i].size;
        if (amount > 0)
            len += (size_t) snprintf(out + len, SETTINGS_VALUE_BYTES - len, "%lld%s", (long long) amount,
                                     time_units[i].name);
    }
    return out;
}

char *value_render_bytes(int64_t bytes, char out[static SETTINGS_VALUE_BYTES])
{
    (void) snprintf(out, SETTINGS_VALUE_BYTES, "0");
    for (size_t i = 0; i < ARRAY_SIZE(byte_units) && bytes > 0; i++) {
        if (bytes % byte_units[i].size == 0) {
            (void) snprintf(out, SETTINGS_VALUE_BYTES, "%lld%s", (long long) (bytes / byte_units[i].size),
                            byte_units[i].name);
            break;
        }
    }
    return out;
}

char *value_render_percent(int64_t permille, char out[static SETTINGS_VALUE_BYTES])
{
    if (permille % 10 == 0)
        (void) snprintf(out, SETTINGS_VALUE_BYTES, "%lld", (long long) (permille / 10));
    else
        (void) snprintf(out, SETTINGS_VALUE_BYTES, "%lld.%lld", (long long) (permille / 10), (long long) (permille % 10));
    return out;
}
