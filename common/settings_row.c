/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row: what it takes, how a text becomes its value in the object, and back.
 */
#include "common/settings_private.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/settings_value.h"

size_t settings_count(const struct setting *table)
{
    size_t n = 0;
    while (table[n].key != NULL)
        n++;
    return n;
}

size_t setting_items_max(const struct setting *row)
{
    return row->items_max == 0 ? SETTING_ITEMS_DEFAULT : row->items_max;
}

static size_t text_bytes_max(const struct setting *row)
{
    return row->max <= 0 ? SETTING_TEXT_BYTES_DEFAULT : (size_t) row->max;
}

static void *member(const struct setting *row, void *object)
{
    return (char *) object + row->offset;
}

static void store_integer(const struct setting *row, void *object, int64_t value)
{
    switch (row->size) {
    case sizeof(uint16_t):
        *(uint16_t *) member(row, object) = (uint16_t) value;
        return;
    case sizeof(int32_t):
        *(int32_t *) member(row, object) = (int32_t) value;
        return;
    case sizeof(int64_t):
        *(int64_t *) member(row, object) = value;
        return;
    default:
        abort();    /* a table that names a member of another size */
    }
}

static int64_t load_integer(const struct setting *row, const void *object)
{
    const void *at = (const char *) object + row->offset;

    switch (row->size) {
    case sizeof(uint16_t): return *(const uint16_t *) at;
    case sizeof(int32_t):  return *(const int32_t *) at;
    case sizeof(int64_t):  return *(const int64_t *) at;
    default:               abort();
    }
}

static bool is_printable(struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        if ((unsigned char) value.at[i] < 0x20 || value.at[i] == 0x7f)
            return false;
    }
    return true;
}

static size_t choice_of(const struct setting *row, struct text value)
{
    size_t i = 0;
    while (row->choices[i] != NULL && !text_is(value, row->choices[i]))
        i++;
    return i;
}

static bool text_accepted(const struct setting *row, struct text value)
{
    if (value.len == 0 || value.len > text_bytes_max(row) || !is_printable(value))
        return false;
    if (row->choices != NULL && row->choices[choice_of(row, value)] == NULL)
        return false;
    return row->accepts == NULL || row->accepts(value);
}

static bool store_text(const struct setting *row, struct text value, void *object)
{
    if (!text_accepted(row, value))
        return false;
    char **at = member(row, object);
    free(*at);
    *at = mem_copy_text(value);
    return true;
}

static bool store_word(const struct setting *row, struct text value, void *object)
{
    if (!text_accepted(row, value))
        return false;

    /* The list may be declared with const in its items: its bytes are moved, not its type. */
    char **items;
    size_t *n = (size_t *) (void *) ((char *) object + row->count_offset);
    memcpy(&items, member(row, object), sizeof items);
    items = mem_resize(items, *n + 1, sizeof *items);
    items[(*n)++] = mem_copy_text(value);
    memcpy(member(row, object), &items, sizeof items);
    return true;
}

static bool store_number(const struct setting *row, struct text value, void *object)
{
    int64_t number = 0;
    bool read = row->type == SETTING_DURATION  ? value_read_duration(value, &number)
                : row->type == SETTING_BYTES   ? value_read_bytes(value, &number)
                : row->type == SETTING_PERCENT ? value_read_percent(value, &number)
                                               : text_to_int64(value, row->min, row->max, &number);
    if (!read || number < row->min || number > row->max)
        return false;
    store_integer(row, object, number);
    return true;
}

static bool store_enum(const struct setting *row, struct text value, void *object)
{
    size_t choice = choice_of(row, value);
    if (row->choices[choice] == NULL)
        return false;
    store_integer(row, object, (int64_t) choice);
    return true;
}

static bool store_param(const struct setting *row, struct text value, void *object)
{
    struct param_overrides *overrides = member(row, object);
    if (param_parse(&param_rows[row->param], value, &overrides->value[row->param], NULL) < 0)
        return false;
    overrides->set[row->param] = true;
    return true;
}

bool setting_store(const struct setting *row, struct text value, void *object)
{
    switch (row->type) {
    case SETTING_TEXT:
    case SETTING_PATH:
    case SETTING_SECRET:
        return store_text(row, value, object);
    case SETTING_BOOL:
        return value_read_bool(value, member(row, object));
    case SETTING_INTEGER:
    case SETTING_DURATION:
    case SETTING_BYTES:
    case SETTING_PERCENT:
        return store_number(row, value, object);
    case SETTING_ENUM:
        return store_enum(row, value, object);
    case SETTING_WORDS:
        return store_word(row, value, object);
    case SETTING_EACH:
        return is_printable(value) && row->put(object, value);
    case SETTING_PARAM:
        return store_param(row, value, object);
    case SETTING_NONE:
    case SETTING_GROUP:
    case SETTING_LIST:
        break;
    }
    abort();    /* these hold no text */
}

char *settings_quote(const char *text)
{
    struct buffer out;
    buffer_init(&out, 4 * SETTING_TEXT_BYTES_DEFAULT);
    (void) buffer_put_text(&out, "\"");
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            (void) buffer_put_text(&out, "\\");
        (void) buffer_put(&out, c, 1);
    }
    (void) buffer_put_text(&out, "\"");    /* texts are far shorter than the ceiling */
    return buffer_take(&out);
}

static char *render_words(const struct setting *row, const void *object)
{
    char *const *items;
    size_t n = *(const size_t *) (const void *) ((const char *) object + row->count_offset);
    memcpy(&items, (const char *) object + row->offset, sizeof items);

    struct buffer out;
    buffer_init(&out, YAML_FILE_BYTES_MAX);
    (void) buffer_put_text(&out, "[");
    for (size_t i = 0; i < n; i++) {
        CLEANUP(mem_freep) char *item = settings_quote(items[i]);
        (void) buffer_format(&out, "%s%s", i == 0 ? "" : ", ", item);
    }
    (void) buffer_put_text(&out, "]");
    return buffer_take(&out);
}

static char *render_number(const struct setting *row, int64_t value)
{
    char text[SETTINGS_VALUE_BYTES];

    if (row->type == SETTING_DURATION)
        return mem_copy_string(value_render_duration(value, text));
    if (row->type == SETTING_BYTES)
        return mem_copy_string(value_render_bytes(value, text));
    if (row->type == SETTING_PERCENT)
        return mem_copy_string(value_render_percent(value, text));
    (void) snprintf(text, sizeof text, "%lld", (long long) value);
    return mem_copy_string(text);
}

static char *render_text(const struct setting *row, const void *object)
{
    char *text;
    memcpy(&text, (const char *) object + row->offset, sizeof text);
    if (text == NULL)
        return mem_copy_string("");
    return row->type == SETTING_SECRET ? mem_copy_string("****") : settings_quote(text);
}

char *setting_render(const struct setting *row, const void *object)
{
    char text[SETTINGS_VALUE_BYTES];

    switch (row->type) {
    case SETTING_TEXT:
    case SETTING_PATH:
    case SETTING_SECRET:
        return render_text(row, object);
    case SETTING_BOOL:
        return mem_copy_string(*(const bool *) ((const char *) object + row->offset) ? "true" : "false");
    case SETTING_INTEGER:
    case SETTING_DURATION:
    case SETTING_BYTES:
    case SETTING_PERCENT:
        return render_number(row, load_integer(row, object));
    case SETTING_ENUM:
        return mem_copy_string(row->choices[load_integer(row, object)]);
    case SETTING_WORDS:
        return render_words(row, object);
    case SETTING_PARAM: {
        const struct param_overrides *overrides = (const void *) ((const char *) object + row->offset);
        const struct param_row *param = &param_rows[row->param];
        int64_t value = overrides->set[row->param] ? overrides->value[row->param] : param->fallback;
        return mem_copy_string(param_render(param, value, text, sizeof text));
    }
    case SETTING_NONE:
    case SETTING_EACH:
    case SETTING_GROUP:
    case SETTING_LIST:
        break;
    }
    return mem_copy_string("");
}

static char *expected_number(const struct setting *row, char *out, size_t cap)
{
    CLEANUP(mem_freep) char *min = render_number(row, row->min);
    CLEANUP(mem_freep) char *max = render_number(row, row->max);
    const char *what = row->type == SETTING_DURATION  ? "a duration such as 60s, 5m or 1h30m,"
                       : row->type == SETTING_BYTES   ? "a size such as 64KiB or 16MiB,"
                       : row->type == SETTING_PERCENT ? "percent, at most one decimal,"
                                                      : "a whole number";
    (void) snprintf(out, cap, "%s from %s to %s", what, min, max);
    return out;
}

static char *expected_choice(const struct setting *row, char *out, size_t cap)
{
    size_t len = 0;
    for (size_t i = 0; row->choices[i] != NULL && len < cap; i++) {
        const char *between = i == 0 ? "" : row->choices[i + 1] == NULL ? " or " : ", ";
        len += (size_t) snprintf(out + len, cap - len, "%s%s", between, row->choices[i]);
    }
    return out;
}

static char *expected_text(const struct setting *row, char *out, size_t cap)
{
    if (row->choices != NULL)
        return expected_choice(row, out, cap);
    if (row->expected != NULL)
        (void) snprintf(out, cap, "%s", row->expected);
    else
        (void) snprintf(out, cap, "%s of 1 to %zu bytes, none of them a control character",
                        row->type == SETTING_PATH ? "a path" : "text", text_bytes_max(row));
    return out;
}

char *setting_item_expected(const struct setting *row, char *out, size_t cap)
{
    bool of_list = row->type == SETTING_WORDS || row->type == SETTING_EACH;

    return of_list ? expected_text(row, out, cap) : setting_expected(row, out, cap);
}

char *setting_expected(const struct setting *row, char *out, size_t cap)
{
    switch (row->type) {
    case SETTING_TEXT:
    case SETTING_PATH:
    case SETTING_SECRET:
        return expected_text(row, out, cap);
    case SETTING_ENUM:
        return expected_choice(row, out, cap);
    case SETTING_INTEGER:
    case SETTING_DURATION:
    case SETTING_BYTES:
    case SETTING_PERCENT:
        return expected_number(row, out, cap);
    case SETTING_PARAM:
        return param_expected(&param_rows[row->param], out, cap);
    case SETTING_BOOL:
        (void) snprintf(out, cap, "true, false, yes, no, on or off");
        return out;
    case SETTING_WORDS:
        (void) snprintf(out, cap, "a list of at most %zu texts", setting_items_max(row));
        return out;
    case SETTING_EACH:
        (void) snprintf(out, cap, "%s, or a list of them", row->expected);
        return out;
    case SETTING_LIST:
        (void) snprintf(out, cap, "a list of at most %zu mappings", setting_items_max(row));
        return out;
    case SETTING_GROUP:
    case SETTING_NONE:
        (void) snprintf(out, cap, "a mapping");
        return out;
    }
    return out;
}
