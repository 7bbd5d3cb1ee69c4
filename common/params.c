/* SPDX-License-Identifier: Apache-2.0 */
#include "common/params.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { EXPECTED_BYTES = 160, SHOWN_BYTES_MAX = 80, MAJOR_DWELL_TIER_1_S = 90 };

const struct param_row param_rows[PARAM_COUNT] = {
#define PARAM_ROW(id, type, unit, fallback, min, max, per_service, environment, sentence)                              \
    [PARAM_##id] = {#id, type, unit, fallback, min, max, per_service, environment, sentence},
    PARAMS(PARAM_ROW)
#undef PARAM_ROW
};

struct word {
    const char *word;
    int64_t value;
};

/* Lists of words end with a NULL. */
static const struct word bool_words[] = {
    {"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}, {"on", 1}, {"off", 0}, {0},
};

static const struct word combine_words[] = {
    {"worst", COMBINE_WORST}, {"agree", COMBINE_AGREE}, {"vendor", COMBINE_VENDOR}, {"probe", COMBINE_PROBE}, {0},
};

const struct param_row *param_find(struct text name)
{
    for (size_t i = 0; i < PARAM_COUNT; i++) {
        if (text_is(name, param_rows[i].name))
            return &param_rows[i];
    }
    return NULL;
}

static bool word_read(const struct word *words, struct text value, int64_t *out)
{
    for (; words->word != NULL; words++) {
        if (text_is(value, words->word)) {
            *out = words->value;
            return true;
        }
    }
    return false;
}

static bool inherit_read(const struct param_row *row, struct text value, int64_t *out)
{
    int64_t number;
    if (!text_to_int64(value, row->min, row->max, &number) || number == 0)
        return false;
    *out = number;
    return true;
}

/* "99.95" with four places is 999500. */
static bool decimal_read(const struct param_row *row, int places, struct text value, int64_t *out)
{
    char digits[24];
    size_t n = 0;
    size_t zeros = 0;
    int after = -1;    /* places after the point, -1 before it */

    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '.' && after < 0 && i > 0 && i + 1 < value.len) {
            after = 0;
            continue;
        }
        if (n + (size_t) places + 1 >= sizeof digits || (after >= 0 && after++ == places))
            return false;
        digits[n++] = value.at[i];
    }
    for (; after < places; after += after < 0 ? 2 : 1)
        digits[n++] = '0';
    bool octal_looks = value.len > 1 && value.at[0] == '0' && value.at[1] != '.';
    while (zeros + 1 < n && digits[zeros] == '0')
        zeros++;
    return !octal_looks && text_to_int64((struct text) {digits + zeros, n - zeros}, row->min, row->max, out);
}

static int places_of(enum param_type type)
{
    return type == PARAM_DECIMAL3 ? 3 : type == PARAM_DECIMAL4 ? 4 : 0;
}

/* A whole number of 1 / 10^places, without needless zeros. */
static void decimal_render(int64_t value, int places, char *out, size_t cap)
{
    int64_t one = 1;
    for (int i = 0; i < places; i++)
        one *= 10;
    int64_t rest = value % one;
    for (; places > 0 && rest % 10 == 0; places--)
        rest /= 10;
    if (places == 0)
        (void) snprintf(out, cap, "%lld", (long long) (value / one));
    else
        (void) snprintf(out, cap, "%lld.%0*lld", (long long) (value / one), places, (long long) rest);
}

static bool value_read(const struct param_row *row, struct text value, int64_t *out)
{
    switch (row->type) {
    case PARAM_INT:     return text_to_int64(value, row->min, row->max, out);
    case PARAM_INHERIT: return inherit_read(row, value, out);
    case PARAM_BOOL:    return word_read(bool_words, value, out);
    case PARAM_COMBINE: return word_read(combine_words, value, out);
    case PARAM_DECIMAL3:
    case PARAM_DECIMAL4: return decimal_read(row, places_of(row->type), value, out);
    }
    return false;
}

char *param_expected(const struct param_row *row, char *out, size_t cap)
{
    int64_t from = row->type == PARAM_INHERIT ? 1 : row->min;

    switch (row->type) {
    case PARAM_INT:
    case PARAM_INHERIT:
        (void) snprintf(out, cap, "a whole number%s%s from %lld to %lld%s", row->unit[0] == '\0' ? "" : " of ",
                        strcmp(row->unit, "s") == 0 ? "seconds" : row->unit, (long long) from, (long long) row->max,
                        row->type == PARAM_INHERIT ? ", or -1" : "");
        break;
    case PARAM_BOOL:
        (void) snprintf(out, cap, "true, false, yes, no, on or off");
        break;
    case PARAM_COMBINE:
        (void) snprintf(out, cap, "worst, agree, vendor or probe");
        break;
    case PARAM_DECIMAL3:
    case PARAM_DECIMAL4: {
        char lowest[SHOWN_BYTES_MAX];
        char highest[SHOWN_BYTES_MAX];
        decimal_render(row->min, places_of(row->type), lowest, sizeof lowest);
        decimal_render(row->max, places_of(row->type), highest, sizeof highest);
        (void) snprintf(out, cap, "a number of %s from %s to %s with at most %d decimal places", row->unit, lowest,
                        highest, places_of(row->type));
        break;
    }
    }
    return out;
}

char *param_render(const struct param_row *row, int64_t value, char *out, size_t cap)
{
    if (row->type == PARAM_BOOL)
        (void) snprintf(out, cap, "%s", value != 0 ? "true" : "false");
    else if (row->type == PARAM_COMBINE && value >= COMBINE_WORST && value <= COMBINE_PROBE)
        (void) snprintf(out, cap, "%s", combine_words[value].word);
    else
        decimal_render(value, places_of(row->type), out, cap);
    return out;
}

int param_parse(const struct param_row *row, struct text value, int64_t *out, struct error *err)
{
    if (value_read(row, value, out))
        return 0;

    char expected[EXPECTED_BYTES];
    char shown[SHOWN_BYTES_MAX];
    (void) text_copy(shown, sizeof shown, value);   /* a cut value still shows what it was */
    return error_set(err, -EINVAL, "%s: found \"%s\", expected %s", row->name, shown,
                     param_expected(row, expected, sizeof expected));
}

int64_t param_resolve(enum param param, const struct param_layers *layers, int lookup_tier,
                      const struct param_overrides *service, enum param_origin *origin)
{
    assert(param < PARAM_COUNT);
    assert(lookup_tier >= 0 && lookup_tier <= 3);

    const struct param_row *row = &param_rows[param];
    const struct param_overrides *tier = lookup_tier == 0 ? NULL : &layers->tiers[lookup_tier - 1];
    enum param_origin unused;
    enum param_origin *from = origin == NULL ? &unused : origin;

    if (row->per_service && service != NULL && service->set[param]) {
        *from = PARAM_SERVICE;
        return service->value[param];
    }
    if (row->per_service && tier != NULL && tier->set[param]) {
        *from = PARAM_TIER;
        return tier->value[param];
    }
    if (layers->file.set[param]) {
        *from = layers->environment[param] ? PARAM_ENVIRONMENT : PARAM_FILE;
        return layers->file.value[param];
    }
    if (param == PARAM_major_dwell_s && lookup_tier == 1) {
        *from = PARAM_SHIPPED_TIER;
        return MAJOR_DWELL_TIER_1_S;
    }
    *from = PARAM_SHIPPED;
    return row->fallback;
}

void params_resolve(struct params *out, const struct param_layers *layers, int lookup_tier,
                    const struct param_overrides *service)
{
    for (size_t i = 0; i < PARAM_COUNT; i++)
        out->value[i] = param_resolve((enum param) i, layers, lookup_tier, service, NULL);
}

const char *param_origin_name(enum param_origin origin)
{
    static const char *const words[] = {
        [PARAM_SHIPPED] = "shipped",         [PARAM_SHIPPED_TIER] = "shipped for the tier",
        [PARAM_FILE] = "file",               [PARAM_ENVIRONMENT] = "environment",
        [PARAM_TIER] = "tier",               [PARAM_SERVICE] = "service",
    };
    return words[origin];
}

void params_print_sample(FILE *out)
{
    for (const struct param_row *row = param_rows; row < param_rows + PARAM_COUNT; row++) {
        char value[SHOWN_BYTES_MAX];
        char expected[EXPECTED_BYTES];
        char key[SHOWN_BYTES_MAX];

        (void) snprintf(key, sizeof key, "%s: %s", row->name, param_render(row, row->fallback, value, sizeof value));
        (void) fprintf(out, "  # %-32s # %s%s%s%s\n", key, row->per_service ? "* " : "", row->environment,
                       row->environment[0] == '\0' ? "" : "; ", param_expected(row, expected, sizeof expected));
        (void) fprintf(out, "  #     %s\n", row->sentence);
    }
}
