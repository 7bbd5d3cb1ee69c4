/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_private: what the files of settings share; for them alone.
 */
#pragma once

#include "common/settings.h"

enum { SETTING_ITEMS_DEFAULT = 64, SETTING_TEXT_BYTES_DEFAULT = 1024, SETTING_EXPECTED_BYTES = 512 };

/* What libcyaml puts at a key: a char *, an array of struct slot (a group), an array of char * (words) or of groups. */
struct slot {
    void *value;                       /* NULL: the key is not there */
    uint32_t count;                    /* of words and lists */
};

/* Each row has two: itself and, for a secret, KEY_file. */
static inline const struct slot *slot_of(const struct slot *slots, size_t row_index)
{
    return &slots[2 * row_index];
}

static inline const struct slot *slot_of_file(const struct slot *slots, size_t row_index)
{
    return &slots[2 * row_index + 1];
}

/* Rows of a table, the end not counted. */
size_t settings_count(const struct setting *table);

/* Most items a row of WORDS, EACH or LIST takes. */
size_t setting_items_max(const struct setting *);

/* Whether every key of the mapping is a row and every value of the row's kind. -EINVAL with words. */
int settings_match(const struct setting *table, const struct yaml_node *map, struct error *);

/* The document as libcyaml loads it. */
struct settings_loaded;

/* 0 and *out (settings_loaded_free), or -EINVAL with words. The document has been matched before. */
int settings_loaded_new(const struct setting *table, const struct yaml_document *, struct settings_loaded **out,
                        struct error *);
void settings_loaded_freep(struct settings_loaded **);

/* The slots of the root; NULL for an empty file. */
const struct slot *settings_loaded_root(const struct settings_loaded *);

/* Takes one text of a row into the object; false: not what the row expects, and nothing changed. */
bool setting_store(const struct setting *, struct text, void *object);

/* What stands in the object now, as a file would write it; secrets masked. Owned by the caller. */
char *setting_render(const struct setting *, const void *object);

void settings_trace_add(struct settings_trace *, const char *path, char *value, char *origin);

/* ${NAME} and ${NAME:-text} replaced. 0 and *out (owned), or -ENOENT and *missing (in the text) is the name that is not set,
 * or -EINVAL: a ${ without its end. */
int settings_expand(const char *in, char **out, struct text *missing);
