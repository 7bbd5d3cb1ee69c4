/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_private.h"

#include <errno.h>
#include <string.h>

/* Further away than this is no slip of the keyboard. */
enum { SLIP_DISTANCE_MAX = 3 };

static bool is_file_key(const struct setting *row, const char *key)
{
    size_t len = strlen(row->key);

    return row->type == SETTING_SECRET && strncmp(key, row->key, len) == 0 && strcmp(key + len, "_file") == 0;
}

static const struct setting *row_of(const struct setting *table, const char *key)
{
    for (const struct setting *row = table; row->key != NULL; row++) {
        if (row->type != SETTING_NONE && (strcmp(row->key, key) == 0 || is_file_key(row, key)))
            return row;
    }
    return NULL;
}

static const char *nearest_key(const struct setting *table, const char *key)
{
    const char *nearest = NULL;
    int distance = SLIP_DISTANCE_MAX + 1;
    for (const struct setting *row = table; row->key != NULL; row++) {
        int d = row->type == SETTING_NONE ? distance : text_distance(row->key, key);
        if (d < distance && (size_t) d < strlen(key)) {
            nearest = row->key;
            distance = d;
        }
    }
    return nearest;
}

static int refuse_key(const struct setting *table, const struct yaml_node *node, struct error *err)
{
    const char *nearest = nearest_key(table, node->key);
    if (nearest != NULL)
        return yaml_key_fault(node, err, "found an unknown key, did you mean %s?", nearest);

    char known[SETTING_EXPECTED_BYTES] = "";
    size_t len = 0;
    for (const struct setting *row = table; row->key != NULL && len + YAML_KEY_BYTES_MAX + 4 < sizeof known; row++) {
        if (row->type != SETTING_NONE)
            len += (size_t) snprintf(known + len, sizeof known - len, "%s%s", len == 0 ? "" : ", ", row->key);
    }
    return yaml_key_fault(node, err, "found an unknown key, expected one of %s", known);
}

static int refuse_kind(const struct setting *row, const struct yaml_node *node, struct error *err)
{
    char expected[SETTING_EXPECTED_BYTES];

    return yaml_fault(node, err, "found %s, expected %s", yaml_kind_name(node->kind),
                      setting_expected(row, expected, sizeof expected));
}

static int match_items(const struct setting *row, const struct yaml_node *list, struct error *err)
{
    enum yaml_kind kind = row->type == SETTING_LIST ? YAML_KIND_MAP : YAML_KIND_SCALAR;
    if (list->n_children > setting_items_max(row))
        return yaml_fault(list, err, "found %zu items, expected at most %zu", list->n_children, setting_items_max(row));

    for (const struct yaml_node *item = list->first; item != NULL; item = item->next) {
        if (item->kind != kind)
            return yaml_fault(item, err, "found %s, expected %s", yaml_kind_name(item->kind), yaml_kind_name(kind));
        int r = row->type == SETTING_LIST ? settings_match(row->table, item, err) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

static int match_value(const struct setting *row, const struct yaml_node *node, struct error *err)
{
    switch (row->type) {
    case SETTING_GROUP:
        if (node->kind == YAML_KIND_NOTHING)    /* all its keys are commented out */
            return 0;
        return node->kind == YAML_KIND_MAP ? settings_match(row->table, node, err) : refuse_kind(row, node, err);
    case SETTING_LIST:
    case SETTING_WORDS:
        if (node->kind == YAML_KIND_NOTHING)
            return 0;
        return node->kind == YAML_KIND_LIST ? match_items(row, node, err) : refuse_kind(row, node, err);
    case SETTING_EACH:
        if (node->kind == YAML_KIND_LIST)
            return match_items(row, node, err);
        return node->kind == YAML_KIND_SCALAR ? 0 : refuse_kind(row, node, err);
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
        return node->kind == YAML_KIND_SCALAR ? 0 : refuse_kind(row, node, err);
    }
    return 0;
}

int settings_match(const struct setting *table, const struct yaml_node *map, struct error *err)
{
    for (const struct yaml_node *node = map->first; node != NULL; node = node->next) {
        const struct setting *row = row_of(table, node->key);
        int r = row == NULL ? refuse_key(table, node, err) : match_value(row, node, err);
        if (r < 0)
            return r;
    }
    return 0;
}
