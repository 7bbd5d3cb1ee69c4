/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that stand outside the YAML: in variables of the environment, and secrets in files of their own.
 */
#include "common/settings_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/file.h"

enum { SHOWN_BYTES = 96, SECRET_FILE_BYTES_MAX = 4096 };

/* A variable of one of the row's names; with suffix "_FILE" that of a secret's file. 1 and *name, *value when it is set. */
static int environment_find(struct reading *reading, const struct setting *row, const char *suffix,
                            char name[static SETTING_PATH_BYTES], const char **value)
{
    struct text names = text_of(row->environment);
    struct text one;
    int found = 0;
    while (text_take_word(&names, SETTING_PATH_BYTES / 2, &one)) {
        char candidate[SETTING_PATH_BYTES];
        (void) snprintf(candidate, sizeof candidate, "%.*s%s", (int) one.len, one.at, suffix);
        const char *set = getenv(candidate);
        if (set == NULL || set[0] == '\0')
            continue;
        if (found != 0 && strcmp(set, *value) != 0)
            return error_set(reading->err, -EINVAL,
                             "environment: %s and %s are aliases and differ, expected one of them or the same value",
                             name, candidate);
        if (found == 0)
            (void) snprintf(name, SETTING_PATH_BYTES, "%s", candidate);
        *value = set;
        found = 1;
    }
    return found;
}

static int refuse_environment(struct reading *reading, const struct setting *row, const char *name, const char *value)
{
    char expected[SETTING_EXPECTED_BYTES];
    char shown[SHOWN_BYTES];
    (void) text_copy(shown, sizeof shown, text_of(row->type == SETTING_SECRET ? "****" : value));
    return error_set(reading->err, -EINVAL, "environment: %s: found \"%s\", expected %s%s", name, shown,
                     setting_expected(row, expected, sizeof expected),
                     row->type == SETTING_DURATION ? " (bare numbers are seconds)" : "");
}

/* Seed names that say seconds take a bare number of them; words of bools and enums may come in capitals. */
static bool store_from_environment(const struct place *place, const char *name, const char *value)
{
    const struct setting *row = place->row;
    size_t name_len = strlen(name);
    bool in_seconds = row->type == SETTING_DURATION && name_len > 8 && strcmp(name + name_len - 8, "_SECONDS") == 0;
    char text[SETTING_TEXT_BYTES_DEFAULT];
    if (in_seconds && value[strspn(value, "0123456789")] == '\0') {
        (void) snprintf(text, sizeof text, "%ss", value);
        return setting_store(row, text_of(text), place->object);
    }
    bool is_bool = row->type == SETTING_BOOL
                   || (row->type == SETTING_PARAM && param_rows[row->param].type == PARAM_BOOL);
    if (is_bool || row->type == SETTING_ENUM) {
        (void) snprintf(text, sizeof text, "%s", value);
        for (char *c = text; *c != '\0'; c++)
            *c = *c >= 'A' && *c <= 'Z' ? (char) (*c - 'A' + 'a') : *c;
        return setting_store(row, text_of(text), place->object);
    }
    return setting_store(row, text_of(value), place->object);
}

static void note_environment(const struct place *place)
{
    if (setting_is_engine_wide(place->row))
        ((bool *) ((char *) place->object + place->row->count_offset))[place->row->param] = true;
}

int setting_read_secret(const struct place *place, const char *path, struct error *err)
{
    struct buffer secret;
    buffer_init(&secret, SECRET_FILE_BYTES_MAX);
    int r = file_read_secret(path, &secret, err);
    if (r == 0 && !setting_store(place->row, buffer_text(&secret), place->object)) {
        char expected[SETTING_EXPECTED_BYTES];
        r = error_set(err, -EINVAL, "what stands in %s is not right, expected %s", path,
                      setting_expected(place->row, expected, sizeof expected));
    }
    if (secret.bytes != NULL)
        explicit_bzero(secret.bytes, secret.cap);
    buffer_done(&secret);
    return r;
}

int setting_read_environment(struct reading *reading, const struct place *place)
{
    char name[SETTING_PATH_BYTES];
    const char *value = NULL;
    int r = environment_find(reading, place->row, "", name, &value);
    if (r < 0)
        return r;
    if (r == 1 && !store_from_environment(place, name, value))
        return refuse_environment(reading, place->row, name, value);
    if (r == 0 && place->row->type == SETTING_SECRET) {
        r = environment_find(reading, place->row, "_FILE", name, &value);
        if (r == 1 && setting_read_secret(place, value, reading->err) < 0)
            return error_context(reading->err, "environment: %s", name);
    }
    if (r == 1) {
        note_environment(place);
        reading_trace(reading, place, "environment %s", name);
    }
    return r;
}
