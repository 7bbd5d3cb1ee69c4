/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/shape.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"

enum { PLACE_BYTES = 160 };

/* Where in the document we are, for the sentence. */
struct place {
    char words[PLACE_BYTES];
    size_t len;
};

static const struct { const char *expected; json_type type; } types[] = {
    [SHAPE_OBJECT] = {"an object", JSON_OBJECT},
    [SHAPE_LIST] = {"a list", JSON_ARRAY},
    [SHAPE_TEXT] = {"a text", JSON_STRING},
    [SHAPE_NUMBER] = {"a number", JSON_INTEGER},
    [SHAPE_FLAG] = {"true or false", JSON_TRUE},
    [SHAPE_ID] = {"a text or a whole number", JSON_STRING},
};

static bool fits(const json_t *value, const struct shape_row *row)
{
    if (value == NULL)
        return row->need == SHAPE_ABSENT || row->need == SHAPE_OMITTED;
    if (json_is_null(value))
        return row->need == SHAPE_ABSENT || row->need == SHAPE_NULL;
    if (row->type == SHAPE_FLAG)
        return json_is_boolean(value);
    if (row->type == SHAPE_ID && json_is_integer(value))
        return true;
    return row->type == SHAPE_NUMBER ? json_is_number(value) : json_typeof(value) == types[row->type].type;
}

static const char *name_of(const json_t *value)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list", [JSON_STRING] = "a text", [JSON_INTEGER] = "a number",
        [JSON_REAL] = "a number", [JSON_TRUE] = "true", [JSON_FALSE] = "false", [JSON_NULL] = "null",
    };

    return names[json_typeof(value)];
}

static int refuse(const struct place *place, const json_t *value, const struct shape_row *row, struct error *err)
{
    const char *where = place->len == 0 ? "the document" : place->words;

    if (value == NULL)
        return error_set(err, -EBADMSG, "%s is missing, expected %s", where, types[row->type].expected);
    return error_set(err, -EBADMSG, "%s is %s, expected %s", where, name_of(value), types[row->type].expected);
}

/* What does not fit is left out: the sentence is cut anyway. Returns the length before. */
static size_t enter(struct place *place, const char *part, size_t len)
{
    size_t before = place->len;
    int n = snprintf(place->words + before, sizeof place->words - before, "%.*s", (int) len, part);

    place->len = before + (size_t) n < sizeof place->words ? before + (size_t) n : sizeof place->words - 1;
    return before;
}

static void leave(struct place *place, size_t before)
{
    place->len = before;
    place->words[before] = '\0';
}

static int check(const json_t *value, const char *rest, const struct shape_row *row, struct place *place, struct error *err);

static int check_elements(const json_t *list, const char *rest, const struct shape_row *row, struct place *place,
                          struct error *err)
{
    size_t i = 0;
    const json_t *element = NULL;
    int r = 0;

    json_array_foreach(list, i, element) {
        char position[32];
        size_t before = enter(place, position, (size_t) snprintf(position, sizeof position, "[%zu]", i));
        r = check(element, rest, row, place, err);
        leave(place, before);
        if (r < 0)
            break;
    }
    return r;
}

static int check_member(const json_t *object, const char *rest, const struct shape_row *row, struct place *place,
                        struct error *err)
{
    size_t dot = rest[0] == '.' ? 1 : 0;
    size_t len = strcspn(rest + dot, ".[");
    size_t before = enter(place, place->len == 0 ? rest + dot : rest, place->len == 0 ? len : len + dot);
    int r = check(json_object_getn(object, rest + dot, len), rest + dot + len, row, place, err);

    leave(place, before);
    return r;
}

static int check(const json_t *value, const char *rest, const struct shape_row *row, struct place *place, struct error *err)
{
    if (rest[0] == '\0')
        return fits(value, row) ? 0 : refuse(place, value, row, err);
    if (strncmp(rest, "[]", 2) == 0)
        return json_is_array(value) ? check_elements(value, rest + 2, row, place, err) : 0;
    return json_is_object(value) ? check_member(value, rest, row, place, err) : 0;
}

int shape_check(const json_t *document, const struct shape_row *rows, struct error *err)
{
    static const struct shape_row object = {"", SHAPE_OBJECT, SHAPE_NEEDED};
    static const struct shape_row list = {"", SHAPE_LIST, SHAPE_NEEDED};

    for (; rows->path != NULL; rows++) {
        const struct shape_row *whole = rows->path[0] == '[' ? &list : rows->path[0] == '\0' ? rows : &object;
        struct place place = {0};
        int r = check(document, "", whole, &place, err);
        if (r == 0)
            r = check(document, rows->path, rows, &place, err);
        if (r < 0)
            return r;
    }
    return 0;
}
