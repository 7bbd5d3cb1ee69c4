/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one file that knows libcyaml. Its schemas are made from our rows: every scalar is a string (its own readers take 10s
 * for 10 and "fals" for true), aliases are off and unknown keys are errors.
 */
#include "common/settings_private.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"

enum { DETAIL_BYTES = 400, GROWING_BYTES_MIN = 4096 };

struct settings_loaded {
    cyaml_schema_value_t schema;
    cyaml_data_t *data;
    struct arena arena;                /* of the schemas */
    struct buffer detail;              /* what libcyaml says when it fails */
};

__attribute__((format(printf, 3, 0)))
static void collect(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct settings_loaded *loaded = context;
    char piece[DETAIL_BYTES];
    (void) level;
    (void) vsnprintf(piece, sizeof piece, format, args);
    (void) buffer_put_text(&loaded->detail, piece);    /* the first words are enough */
}

/* In front of each piece of memory of libcyaml's. */
struct piece {
    _Alignas(max_align_t) size_t room;
};

/* libcyaml asks for a longer list entry by entry: large ones grow by half, or 10,000 services would be copied as often. */
static void *resize(void *context, void *at, size_t size)
{
    struct piece *piece = at == NULL ? NULL : (struct piece *) at - 1;
    (void) context;
    if (size == 0) {
        free(piece);
        return NULL;
    }
    if (piece != NULL && size <= piece->room)
        return at;

    size_t room = piece != NULL && size > GROWING_BYTES_MIN ? size + size / 2 : size;
    piece = mem_resize(piece, sizeof *piece + room, 1);    /* a file is at most 1 MiB, and so is what comes of it bounded */
    piece->room = room;
    return piece + 1;
}

static cyaml_config_t config_of(struct settings_loaded *loaded)
{
    return (cyaml_config_t) {.log_fn = collect, .log_ctx = loaded, .mem_fn = resize, .log_level = CYAML_LOG_ERROR,
                             .flags = CYAML_CFG_NO_ALIAS};
}

static cyaml_schema_value_t string_schema(int flags)
{
    return (cyaml_schema_value_t) {CYAML_VALUE_STRING(flags, char *, 0, CYAML_UNLIMITED)};
}

static cyaml_schema_value_t table_schema(struct arena *, const struct setting *table, int flags);

/* A list: null stands for an empty one. */
static cyaml_schema_value_t list_schema(struct arena *arena, const struct setting *row)
{
    cyaml_schema_value_t *entry = arena_new(arena, sizeof *entry);
    *entry = row->type == SETTING_LIST ? table_schema(arena, row->table, CYAML_FLAG_DEFAULT)
                                       : string_schema(CYAML_FLAG_POINTER);
    return (cyaml_schema_value_t) {
        .type = CYAML_SEQUENCE,
        .flags = (enum cyaml_flag) (CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL),
        .data_size = row->type == SETTING_LIST ? entry->data_size : (uint32_t) sizeof(char *),
        .sequence = {.entry = entry, .min = 0, .max = CYAML_UNLIMITED},
    };
}

static cyaml_schema_value_t row_schema(struct arena *arena, const struct setting *row)
{
    switch (row->type) {
    case SETTING_GROUP:
        return table_schema(arena, row->table, CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL);
    case SETTING_LIST:
    case SETTING_WORDS:
        return list_schema(arena, row);
    case SETTING_EACH:    /* one or a list: libcyaml has no type for that, the document is read instead */
        return (cyaml_schema_value_t) {.type = CYAML_IGNORE, .flags = CYAML_FLAG_OPTIONAL};
    case SETTING_NONE:
    case SETTING_TEXT:
    case SETTING_PATH:
    case SETTING_SECRET:
    case SETTING_BOOL:
    case SETTING_INTEGER:
    case SETTING_DURATION:
    case SETTING_BYTES:
    case SETTING_PERCENT:
    case SETTING_ENUM:
    case SETTING_PARAM:
        return string_schema(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL);
    }
    abort();
}

static cyaml_schema_field_t field_of(const char *key, size_t slot, cyaml_schema_value_t value)
{
    return (cyaml_schema_field_t) {
        .key = key,
        .data_offset = (uint32_t) (slot * sizeof(struct slot) + offsetof(struct slot, value)),
        .count_offset = (uint32_t) (slot * sizeof(struct slot) + offsetof(struct slot, count)),
        .count_size = sizeof(((struct slot *) 0)->count),
        .value = value,
    };
}

static cyaml_schema_value_t table_schema(struct arena *arena, const struct setting *table, int flags)
{
    size_t n_rows = settings_count(table);
    cyaml_schema_field_t *fields = arena_new(arena, (2 * n_rows + 1) * sizeof *fields);
    size_t n_fields = 0;

    for (size_t i = 0; i < n_rows; i++) {
        const struct setting *row = &table[i];
        if (row->type == SETTING_NONE)
            continue;
        fields[n_fields++] = field_of(row->key, 2 * i, row_schema(arena, row));
        if (row->type == SETTING_SECRET)
            fields[n_fields++] = field_of(arena_format(arena, "%s_file", row->key), 2 * i + 1,
                                          string_schema(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL));
    }
    return (cyaml_schema_value_t) {
        .type = CYAML_MAPPING,
        .flags = (enum cyaml_flag) flags,
        .data_size = (uint32_t) (2 * n_rows * sizeof(struct slot)),
        .mapping = {.fields = fields},
    };
}

int settings_loaded_new(const struct setting *table, const struct yaml_document *document,
                        struct settings_loaded **out, struct error *err)
{
    CLEANUP(settings_loaded_freep) struct settings_loaded *loaded = mem_new(sizeof *loaded);
    buffer_init(&loaded->detail, DETAIL_BYTES);
    loaded->schema = table_schema(&loaded->arena, table, CYAML_FLAG_POINTER);

    cyaml_config_t config = config_of(loaded);
    cyaml_err_t r = document->root->first == NULL    /* an empty file, or one of nothing but comments */
                        ? CYAML_OK
                        : cyaml_load_data((const uint8_t *) document->bytes.at, document->bytes.len, &config,
                                          &loaded->schema, &loaded->data, NULL);
    if (r != CYAML_OK) {
        char detail[DETAIL_BYTES];
        (void) text_copy(detail, sizeof detail, text_trim(buffer_text(&loaded->detail)));   /* one line of it will do */
        return error_set(err, -EINVAL, "%s: %s: %s", document->name, cyaml_strerror(r), detail);
    }
    *out = steal(&loaded);
    return 0;
}

void settings_loaded_freep(struct settings_loaded **loaded)
{
    if (*loaded == NULL)
        return;
    if ((*loaded)->data != NULL) {
        cyaml_config_t config = config_of(*loaded);
        (void) cyaml_free(&config, &(*loaded)->schema, (*loaded)->data, 0);   /* can only fail for a bad argument */
    }
    buffer_done(&(*loaded)->detail);
    arena_done(&(*loaded)->arena);
    free(*loaded);
    *loaded = NULL;
}

const struct slot *settings_loaded_root(const struct settings_loaded *loaded)
{
    return loaded->data;
}
