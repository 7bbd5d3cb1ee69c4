/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feeds/mutation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { PATH_BYTES = 512 };

struct walk {
    json_t *page;                      /* a copy, changed and put right again */
    char path[PATH_BYTES];
    void (*take)(void *context, const struct mutation *);
    void *context;
};

static void tell(struct walk *walk, const char *does, const char *key)
{
    CLEANUP(mem_freep) char *body = json_dumps(walk->page, JSON_COMPACT);

    walk->take(walk->context, &(struct mutation) {.does = does, .key = key, .path = walk->path, .body = text_of(body)});
}

static bool is_id(const char *key)
{
    size_t len = strlen(key);

    return strcmp(key, "id") == 0 || strcmp(key, "_id") == 0
           || (len > 3 && strcmp(key + len - 3, "_id") == 0) || (len > 2 && strcmp(key + len - 2, "Id") == 0);
}

/* Tries each change of one member and puts it right again. */
static void change_member(struct walk *walk, json_t *object, const char *key)
{
    json_t *value = json_incref(json_object_get(object, key));

    (void) json_object_del(object, key);
    tell(walk, "drops", key);
    if (json_is_array(value) || json_is_object(value)) {
        (void) json_object_set_new(object, key, json_null());
        tell(walk, "nulls", key);
    }
    if (json_is_string(value) && is_id(key)) {
        (void) json_object_set_new(object, key, json_string("another-id"));
        tell(walk, "renames", key);
    }
    (void) json_object_set_new(object, key, value);
}

static void walk_value(struct walk *walk, json_t *value);

static void walk_object(struct walk *walk, json_t *object)
{
    size_t len = strlen(walk->path);
    const char *keys[256];
    size_t n = 0;
    const char *key = NULL;
    json_t *member = NULL;

    json_object_foreach(object, key, member) {
        if (n < ARRAY_SIZE(keys))
            keys[n++] = strdup(key);    /* the object changes on the way */
    }
    for (size_t i = 0; i < n; i++) {
        (void) snprintf(walk->path + len, PATH_BYTES - len, "%s%s", len == 0 ? "" : ".", keys[i]);
        change_member(walk, object, keys[i]);
        walk_value(walk, json_object_get(object, keys[i]));
        free((char *) keys[i]);
    }
    walk->path[len] = '\0';
}

static void walk_value(struct walk *walk, json_t *value)
{
    size_t len = strlen(walk->path);

    if (json_is_object(value))
        walk_object(walk, value);
    for (size_t i = 0; i < json_array_size(value); i++) {
        (void) snprintf(walk->path + len, PATH_BYTES - len, "[]");
        walk_value(walk, json_array_get(value, i));
    }
    walk->path[len] = '\0';
}

void mutation_each(const json_t *page, void (*take)(void *context, const struct mutation *), void *context)
{
    struct walk walk = {.page = json_deep_copy(page), .take = take, .context = context};

    walk_value(&walk, walk.page);
    json_decref(walk.page);
}
