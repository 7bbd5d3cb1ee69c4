/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_private: what the files of settings share; for them alone.
 */
#pragma once

#include "common/settings.h"

enum { SETTING_ITEMS_DEFAULT = 64, SETTING_TEXT_BYTES_DEFAULT = 1024, SETTING_EXPECTED_BYTES = 512, SETTING_PATH_BYTES = 512 };

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

/* As setting_expected, but for one text of a list. */
char *setting_item_expected(const struct setting *, char *out, size_t cap);

/* What stands in the object now, as a file would write it; secrets masked. Owned by the caller. */
char *setting_render(const struct setting *, const void *object);

void settings_trace_add(struct settings_trace *, const char *path, char *value, char *origin);

/* ${NAME} and ${NAME:-text} replaced. 0 and *out (owned), or -ENOENT and *missing (in the text) is the name that is not set,
 * or -EINVAL: a ${ without its end. */
int settings_expand(const char *in, char **out, struct text *missing);

/* One reading: where we are in the tables, in words, for the trace. */
struct reading {
    struct settings_trace *trace;      /* NULL: nobody asks */
    char path[SETTING_PATH_BYTES];
    size_t path_len;
    bool as_it_stands;                 /* see struct settings_source */
    size_t n_lists;                    /* lists we are in: there only what is given is traced */
    struct error *err;
};

/* One row in one mapping of the file. */
struct place {
    const struct setting *row;
    const struct yaml_node *map;       /* the mapping, or the nearest one above that is there */
    const struct yaml_node *node;      /* the value; NULL: the key is not there */
    const struct yaml_node *file_node; /* KEY_file of a secret, likewise */
    void *object;
    bool map_is_there;
    bool as_it_stands;                 /* of the reading */
};

/* Notes where the value of a place came from, and what it is now. */
void reading_trace(struct reading *, const struct place *, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether a row is a parameter in engine: itself, not in a tier or a service. */
static inline bool setting_is_engine_wide(const struct setting *row)
{
    return row->type == SETTING_PARAM && row->count_offset != 0;
}

/* Looks for a value in the environment: 1 and it is stored and traced, 0: nothing there, negative with words. */
int setting_read_environment(struct reading *, const struct place *);

/* A secret from the file of this name; the words of a failure name the file, never its content. */
int setting_read_secret(const struct place *, const char *path, struct error *);
