/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of an object: the rows that filled it know what it owns.
 */
#include "common/settings.h"

#include <stdlib.h>
#include <string.h>

static void words_done(const struct setting *row, void *object)
{
    char **items;
    size_t *n = (size_t *) (void *) ((char *) object + row->count_offset);
    memcpy(&items, (char *) object + row->offset, sizeof items);
    for (size_t i = 0; i < *n; i++)
        free(items[i]);
    free(items);
    *n = 0;
    memset((char *) object + row->offset, 0, sizeof(void *));
}

static void list_done(const struct setting *row, void *object)
{
    char *elements;
    size_t *n = (size_t *) (void *) ((char *) object + row->count_offset);
    memcpy(&elements, (char *) object + row->offset, sizeof elements);
    for (size_t i = 0; i < *n; i++)
        settings_done(row->table, elements + i * row->element_size);
    free(elements);
    *n = 0;
    memset((char *) object + row->offset, 0, sizeof(void *));
}

static void text_done(const struct setting *row, void *object)
{
    char *text;
    memcpy(&text, (char *) object + row->offset, sizeof text);
    if (text != NULL && row->type == SETTING_SECRET)
        explicit_bzero(text, strlen(text));
    free(text);
    memset((char *) object + row->offset, 0, sizeof(void *));
}

static void group_done(const struct setting *row, void *object)
{
    void *at = (char *) object + row->offset;
    if (row->element_size == 0) {
        settings_done(row->table, at);
        return;
    }
    void *made;
    memcpy(&made, at, sizeof made);
    if (made != NULL)
        settings_done(row->table, made);
    free(made);
    memset(at, 0, sizeof made);
}

void settings_done(const struct setting *table, void *object)
{
    for (const struct setting *row = table; row->key != NULL; row++) {
        switch (row->type) {
        case SETTING_TEXT:
        case SETTING_PATH:
        case SETTING_SECRET:
            text_done(row, object);
            break;
        case SETTING_WORDS:
            words_done(row, object);
            break;
        case SETTING_GROUP:
            group_done(row, object);
            break;
        case SETTING_LIST:
            list_done(row, object);
            break;
        case SETTING_NONE:
        case SETTING_BOOL:
        case SETTING_INTEGER:
        case SETTING_DURATION:
        case SETTING_BYTES:
        case SETTING_PERCENT:
        case SETTING_ENUM:
        case SETTING_EACH:
        case SETTING_PARAM:
            break;
        }
    }
}
