/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_private.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/file.h"
#include "common/settings_value.h"

enum { SHOWN_BYTES = 96 };

static int read_table(struct reading *, const struct setting *table, const struct slot *slots,
                      const struct yaml_node *map, void *object);

/* --- Where we are ------------------------------------------------------------------------------------------------ */

__attribute__((format(printf, 2, 3)))
static size_t path_push(struct reading *reading, const char *format, ...)
{
    size_t before = reading->path_len;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(reading->path + before, sizeof reading->path - before, format, args);
    va_end(args);
    if (n > 0 && (size_t) n < sizeof reading->path - before)
        reading->path_len += (size_t) n;
    return before;
}

static void path_pop(struct reading *reading, size_t before)
{
    reading->path_len = before;
    reading->path[before] = '\0';
}

void reading_trace(struct reading *reading, const struct place *place, const char *format, ...)
{
    if (reading->trace == NULL)
        return;

    char origin[SETTING_PATH_BYTES];
    va_list args;
    va_start(args, format);
    (void) vsnprintf(origin, sizeof origin, format, args);
    va_end(args);
    settings_trace_add(reading->trace, reading->path, setting_render(place->row, place->object),
                       mem_copy_string(origin));
}

/* A value that is nowhere: shown where it has a default worth knowing. */
static void trace_absent(struct reading *reading, const struct place *place)
{
    if (reading->n_lists > 0 || (place->row->type == SETTING_PARAM && !setting_is_engine_wide(place->row)))
        return;
    reading_trace(reading, place, place->row->type == SETTING_PARAM ? "default" : "not set");
}

/* --- Values of the file ------------------------------------------------------------------------------------------ */

static int expand(const struct yaml_node *node, const char *text, char **out, struct error *err)
{
    struct text missing = {0};
    int r = settings_expand(text, out, &missing);
    if (r == -ENOENT)
        return yaml_fault(node, err, "the environment has no %.*s, expected it to be set (or ${%.*s:-default})",
                          (int) missing.len, missing.at, (int) missing.len, missing.at);
    if (r < 0)
        return yaml_fault(node, err, "found a ${ without a name and }, expected ${NAME} or ${NAME:-default}");
    return 0;
}

/* "/etc/tocsin/" + "keys/a.key" for a relative path in /etc/tocsin/collector.yaml. */
static char *path_from(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    if (path[0] == '/' || slash == NULL)
        return mem_copy_string(path);

    struct buffer joined;
    buffer_init(&joined, 2 * SETTING_PATH_BYTES + 2 * SETTING_TEXT_BYTES_DEFAULT);
    (void) buffer_put(&joined, file, (size_t) (slash - file) + 1);
    (void) buffer_put_text(&joined, path);    /* a path over the ceiling is none: opening it fails with its name */
    return buffer_take(&joined);
}

static int refuse_value(const struct place *place, const struct yaml_node *node, struct error *err)
{
    char expected[SETTING_EXPECTED_BYTES];
    char shown[SHOWN_BYTES];
    (void) text_copy(shown, sizeof shown, text_of(place->row->type == SETTING_SECRET ? "****" : node->value));
    return yaml_fault(node, err, "found \"%s\", expected %s", shown,
                      setting_item_expected(place->row, expected, sizeof expected));
}

static int read_text(const struct place *place, const struct yaml_node *node, const char *text, struct error *err)
{
    if (place->row->literal || place->as_it_stands)
        return setting_store(place->row, text_of(text), place->object) ? 0 : refuse_value(place, node, err);

    CLEANUP(mem_freep) char *value = NULL;
    int r = expand(node, text, &value, err);
    if (r < 0)
        return r;
    if (place->row->type == SETTING_PATH && value[0] != '\0') {
        char *absolute = path_from(node->document->name, value);
        free(value);
        value = absolute;
    }
    return setting_store(place->row, text_of(value), place->object) ? 0 : refuse_value(place, node, err);
}

static int read_secret_node(const struct place *place, const struct slot *slot, struct error *err)
{
    CLEANUP(mem_freep) char *value = NULL;
    if (place->node != NULL)
        return yaml_key_fault(place->file_node, err, "found both %s and %s_file, expected one of them", place->row->key,
                              place->row->key);
    int r = expand(place->file_node, slot->value, &value, err);
    if (r < 0)
        return r;

    CLEANUP(mem_freep) char *path = path_from(place->file_node->document->name, value);
    struct error why = {0};
    r = setting_read_secret(place, path, &why);
    return r < 0 ? yaml_fault(place->file_node, err, "%s", why.text) : 0;
}

/* --- One row ----------------------------------------------------------------------------------------------------- */

static int read_scalar(struct reading *reading, const struct place *place, const struct slot *slot,
                       const struct slot *file_slot)
{
    bool asks = place->row->environment != NULL && !reading->as_it_stands;
    int r = asks ? setting_read_environment(reading, place) : 0;
    if (r != 0)
        return r < 0 ? r : 0;

    const struct yaml_node *given = place->file_node != NULL ? place->file_node : place->node;
    if (given != NULL) {
        r = place->file_node != NULL ? read_secret_node(place, file_slot, reading->err)
                                     : read_text(place, place->node, slot->value, reading->err);
        if (r == 0)
            reading_trace(reading, place, "%s:%u", given->document->name, given->at.line);
        return r;
    }
    if (place->row->required && place->map_is_there)
        return yaml_fault(place->map, reading->err, "%s is missing, expected it here", place->row->key);
    if (place->row->fallback == NULL) {
        trace_absent(reading, place);
        return 0;
    }
    bool stored = setting_store(place->row, text_of(place->row->fallback), place->object);
    assert(stored);
    if (reading->n_lists == 0)
        reading_trace(reading, place, "default");
    return 0;
}

static int read_words(struct reading *reading, const struct place *place, const struct slot *slot)
{
    char *const *words = slot == NULL ? NULL : slot->value;
    const struct yaml_node *item = place->node == NULL ? NULL : place->node->first;
    for (uint32_t i = 0; words != NULL && i < slot->count; i++, item = item->next) {
        assert(item != NULL);    /* libcyaml and the walk saw the same list */
        int r = read_text(place, item, words[i], reading->err);
        if (r < 0)
            return r;
    }
    if (place->node != NULL)
        reading_trace(reading, place, "%s:%u", place->node->document->name, place->node->at.line);
    else
        trace_absent(reading, place);
    return 0;
}

static void trace_each(struct reading *reading, const struct yaml_node *node)
{
    struct buffer shown;
    buffer_init(&shown, YAML_FILE_BYTES_MAX);
    const struct yaml_node *item = node->kind == YAML_KIND_LIST ? node->first : node;
    const char *between = "[";
    for (; item != NULL; item = node->kind == YAML_KIND_LIST ? item->next : NULL) {
        (void) buffer_format(&shown, "%s%s", between, item->value);    /* shorter than the file they stand in */
        between = ", ";
    }
    (void) buffer_put_text(&shown, shown.len == 0 ? "[]" : "]");
    char origin[SETTING_PATH_BYTES];
    (void) snprintf(origin, sizeof origin, "%s:%u", node->document->name, node->at.line);
    settings_trace_add(reading->trace, reading->path, buffer_take(&shown), mem_copy_string(origin));
}

static int read_each(struct reading *reading, const struct place *place)
{
    const struct yaml_node *node = place->node;
    if (node == NULL)
        return 0;

    const struct yaml_node *item = node->kind == YAML_KIND_LIST ? node->first : node;
    while (item != NULL) {
        int r = read_text(place, item, item->value, reading->err);
        if (r < 0)
            return r;
        item = node->kind == YAML_KIND_LIST ? item->next : NULL;
    }
    if (reading->trace != NULL)
        trace_each(reading, node);
    return 0;
}

static int read_group(struct reading *reading, const struct place *place, const struct slot *slot)
{
    const struct setting *row = place->row;
    bool there = slot != NULL && slot->value != NULL;
    const struct yaml_node *map = there ? place->node : place->map;
    void *object = (char *) place->object + row->offset;

    if (row->element_size > 0) {
        if (!there && row->required)
            return yaml_fault(place->map, reading->err, "%s is missing, expected it here", row->key);
        if (!there)
            return 0;
        void *made = mem_new(row->element_size);
        memcpy(object, &made, sizeof made);
        object = made;
    }
    int r = read_table(reading, row->table, there ? slot->value : NULL, map, object);
    return r == 0 && row->check != NULL ? row->check(object, map, reading->err) : r;
}

static int read_list(struct reading *reading, const struct place *place, const struct slot *slot)
{
    const struct setting *row = place->row;
    if (slot == NULL || slot->value == NULL || slot->count == 0)
        return 0;

    char *elements = mem_new_array(slot->count, row->element_size);
    size_t *n = (size_t *) (void *) ((char *) place->object + row->count_offset);
    memcpy((char *) place->object + row->offset, &elements, sizeof elements);
    const struct slot *slots = slot->value;
    size_t n_slots = 2 * settings_count(row->table);
    const struct yaml_node *item = place->node->first;

    reading->n_lists++;
    for (uint32_t i = 0; i < slot->count; i++, item = item->next) {
        assert(item != NULL);    /* libcyaml and the walk saw the same list */
        void *element = elements + (size_t) i * row->element_size;
        size_t before = path_push(reading, "[%u]", (unsigned) i);
        *n = i + 1;
        int r = read_table(reading, row->table, slots + (size_t) i * n_slots, item, element);
        if (r == 0 && row->check != NULL)
            r = row->check(element, item, reading->err);
        if (r < 0)
            return r;
        path_pop(reading, before);
    }
    reading->n_lists--;
    return 0;
}

static int read_row(struct reading *reading, const struct place *place, const struct slot *slot,
                    const struct slot *file_slot)
{
    switch (place->row->type) {
    case SETTING_NONE:
        return 0;
    case SETTING_WORDS:
        return read_words(reading, place, slot);
    case SETTING_EACH:
        return read_each(reading, place);
    case SETTING_GROUP:
        return read_group(reading, place, slot);
    case SETTING_LIST:
        return read_list(reading, place, slot);
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
        return read_scalar(reading, place, slot, file_slot);
    }
    return 0;
}

static const struct yaml_node *file_node_of(const struct setting *row, const struct yaml_node *map)
{
    char key[YAML_KEY_BYTES_MAX + 1];
    if (row->type != SETTING_SECRET)
        return NULL;
    (void) snprintf(key, sizeof key, "%s_file", row->key);
    return yaml_node_child(map, key);
}

/* slots NULL: the mapping is not there; defaults and environment still are. */
static int read_table(struct reading *reading, const struct setting *table, const struct slot *slots,
                      const struct yaml_node *map, void *object)
{
    for (size_t i = 0; table[i].key != NULL; i++) {
        struct place place = {.row = &table[i], .map = map, .object = object, .map_is_there = slots != NULL,
                              .as_it_stands = reading->as_it_stands};
        if (slots != NULL) {
            place.node = yaml_node_child(map, table[i].key);
            place.file_node = file_node_of(&table[i], map);
        }
        size_t before = path_push(reading, "%s%s", reading->path_len == 0 ? "" : ".", table[i].key);
        int r = read_row(reading, &place, slots == NULL ? NULL : slot_of(slots, i),
                         slots == NULL ? NULL : slot_of_file(slots, i));
        if (r < 0)
            return r;
        path_pop(reading, before);
    }
    return 0;
}

int settings_load(const struct settings_source *source, void *object, struct settings_trace *trace_out,
                  struct error *err)
{
    CLEANUP(yaml_document_freep) struct yaml_document *document = NULL;
    CLEANUP(settings_loaded_freep) struct settings_loaded *loaded = NULL;

    int r = yaml_document_parse(source->name, source->bytes, &document, err);
    if (r < 0)
        return r;
    r = settings_match(source->table, document->root, err);
    if (r < 0)
        return r;
    r = settings_loaded_new(source->table, document, &loaded, err);
    if (r < 0)
        return r;

    struct reading reading = {.trace = trace_out, .as_it_stands = source->as_it_stands, .err = err};
    r = read_table(&reading, source->table, settings_loaded_root(loaded), document->root, object);
    if (r == 0 && source->check != NULL)
        r = source->check(object, document->root, err);
    if (r < 0)
        settings_done(source->table, object);
    return r;
}
