/* SPDX-License-Identifier: Apache-2.0 */
#include "common/yaml_document.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { SENTENCE_BYTES = 512, PATH_BYTES = 512 };

/* The walk: the mappings and lists that are open, and the key whose value comes next. */
struct walk {
    struct yaml_document *document;
    struct yaml_node *open[YAML_DEPTH_MAX];
    struct yaml_node *last[YAML_DEPTH_MAX];    /* youngest child of each */
    size_t depth;
    const char *key;
    struct yaml_place key_at;
    size_t n_documents;
    struct error *err;
};

static struct yaml_place place_of(yaml_mark_t mark)
{
    return (struct yaml_place) {(uint32_t) mark.line + 1, (uint32_t) mark.column + 1};
}

__attribute__((format(printf, 3, 4)))
static int refuse(struct walk *walk, yaml_mark_t mark, const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list args;
    va_start(args, format);
    (void) vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);

    struct yaml_place at = place_of(mark);
    return error_set(walk->err, -EINVAL, "%s:%u:%u: %s", walk->document->name, at.line, at.column, sentence);
}

static bool expects_key(const struct walk *walk)
{
    return walk->depth > 0 && walk->open[walk->depth - 1]->kind == YAML_KIND_MAP && walk->key == NULL;
}

static bool is_key(struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!word)
            return false;
    }
    return t.len > 0 && t.len <= YAML_KEY_BYTES_MAX;
}

static int take_key(struct walk *walk, struct text key, yaml_mark_t mark)
{
    struct yaml_node *map = walk->open[walk->depth - 1];
    char shown[YAML_KEY_BYTES_MAX + 1];
    (void) text_copy(shown, sizeof shown, key);    /* a cut key still shows what it was */

    if (text_is(key, "<<"))
        return refuse(walk, mark, "found the merge key <<, expected the keys themselves: nothing is merged here");
    if (!is_key(key))
        return refuse(walk, mark, "found the key \"%s\", expected letters, digits, _ and -, at most %d of them", shown,
                      YAML_KEY_BYTES_MAX);
    if (map->n_children >= YAML_KEYS_MAX)
        return refuse(walk, mark, "found more than %d keys in one mapping", YAML_KEYS_MAX);
    for (const struct yaml_node *node = map->first; node != NULL; node = node->next) {
        if (text_is(key, node->key))
            return refuse(walk, mark, "found the key \"%s\" a second time, first in line %u", shown, node->key_at.line);
    }
    walk->key = arena_copy_text(&walk->document->arena, key);
    walk->key_at = place_of(mark);
    return 0;
}

static int add_node(struct walk *walk, enum yaml_kind kind, yaml_mark_t mark, struct yaml_node **out)
{
    struct yaml_document *document = walk->document;
    if (++document->n_nodes > YAML_NODES_MAX)
        return refuse(walk, mark, "found more than %d values in one file", YAML_NODES_MAX);

    struct yaml_node *node = arena_new(&document->arena, sizeof *node);
    struct yaml_place at = place_of(mark);
    *node = (struct yaml_node) {
        .document = document, .kind = kind, .key = walk->key, .at = at, .key_at = walk->key == NULL ? at : walk->key_at};
    walk->key = NULL;
    *out = node;
    if (walk->depth == 0) {
        document->root = node;
        return 0;
    }

    struct yaml_node *parent = walk->open[walk->depth - 1];
    struct yaml_node **link = parent->first == NULL ? &parent->first : &walk->last[walk->depth - 1]->next;
    *link = node;
    walk->last[walk->depth - 1] = node;
    node->parent = parent;
    node->index = parent->n_children++;
    return 0;
}

static int take_open(struct walk *walk, enum yaml_kind kind, yaml_mark_t mark)
{
    if (expects_key(walk))
        return refuse(walk, mark, "found %s as a key, expected a word", yaml_kind_name(kind));
    if (walk->depth >= YAML_DEPTH_MAX)
        return refuse(walk, mark, "found lists and mappings nested deeper than %d", YAML_DEPTH_MAX);

    struct yaml_node *node = NULL;
    int r = add_node(walk, kind, mark, &node);
    if (r < 0)
        return r;
    walk->open[walk->depth++] = node;
    return 0;
}

static bool is_null(struct text value, yaml_scalar_style_t style)
{
    return style == YAML_PLAIN_SCALAR_STYLE
           && (value.len == 0 || text_is(value, "~") || text_is(value, "null") || text_is(value, "Null")
               || text_is(value, "NULL"));
}

static int take_scalar(struct walk *walk, const yaml_event_t *event)
{
    struct text value = {(const char *) event->data.scalar.value, event->data.scalar.length};
    if (value.len > 0 && memchr(value.at, '\0', value.len) != NULL)
        return refuse(walk, event->start_mark, "found a NUL character in a text");
    if (expects_key(walk))
        return take_key(walk, value, event->start_mark);

    bool nothing = is_null(value, event->data.scalar.style);
    struct yaml_node *node = NULL;
    int r = add_node(walk, nothing ? YAML_KIND_NOTHING : YAML_KIND_SCALAR, event->start_mark, &node);
    if (r < 0)
        return r;
    if (nothing)
        node->at = node->key_at;    /* what is not there has no place of its own */
    else
        node->value = arena_copy_text(&walk->document->arena, value);
    return 0;
}

static int check_tag(struct walk *walk, yaml_mark_t mark, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL)
        return refuse(walk, mark, "found an anchor (&), expected the value itself: aliases are not read here");
    if (tag != NULL)
        return refuse(walk, mark, "found a tag (!), expected the plain value");
    return 0;
}

static int take_event(struct walk *walk, const yaml_event_t *event)
{
    yaml_mark_t mark = event->start_mark;
    int r;

    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return ++walk->n_documents > 1 ? refuse(walk, mark, "found a second document, expected one a file") : 0;
    case YAML_ALIAS_EVENT:
        return refuse(walk, mark, "found an alias (*), expected the value itself");
    case YAML_SCALAR_EVENT:
        r = check_tag(walk, mark, event->data.scalar.anchor, event->data.scalar.tag);
        return r < 0 ? r : take_scalar(walk, event);
    case YAML_SEQUENCE_START_EVENT:
        r = check_tag(walk, mark, event->data.sequence_start.anchor, event->data.sequence_start.tag);
        return r < 0 ? r : take_open(walk, YAML_KIND_LIST, mark);
    case YAML_MAPPING_START_EVENT:
        r = check_tag(walk, mark, event->data.mapping_start.anchor, event->data.mapping_start.tag);
        return r < 0 ? r : take_open(walk, YAML_KIND_MAP, mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        walk->depth--;
        return 0;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return 0;
    }
    return 0;
}

static int walk_events(struct walk *walk, yaml_parser_t *parser)
{
    for (bool more = true; more;) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) == 0) {
            /* A fault of the encoding has no mark, only an offset. */
            const char *problem = parser->problem == NULL ? "no reason given" : parser->problem;
            return refuse(walk, parser->error == YAML_READER_ERROR ? parser->mark : parser->problem_mark,
                          "this is not YAML: %s%s%s", problem, parser->context == NULL ? "" : ", ",
                          parser->context == NULL ? "" : parser->context);
        }
        int r = take_event(walk, &event);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (r < 0)
            return r;
    }
    return 0;
}

static int check_root(struct walk *walk)
{
    struct yaml_document *document = walk->document;
    if (document->root == NULL || document->root->kind == YAML_KIND_NOTHING) {
        struct yaml_node *root = arena_new(&document->arena, sizeof *root);
        *root = (struct yaml_node) {.document = document, .kind = YAML_KIND_MAP, .at = {1, 1}, .key_at = {1, 1}};
        document->root = root;
    }
    if (document->root->kind != YAML_KIND_MAP)
        return yaml_fault(document->root, walk->err, "found %s, expected a mapping (key: value)",
                          yaml_kind_name(document->root->kind));
    return 0;
}

int yaml_document_parse(const char *name, struct text bytes, struct yaml_document **out, struct error *err)
{
    if (bytes.len > YAML_FILE_BYTES_MAX)
        return error_set(err, -EFBIG, "%s: found %zu bytes, expected at most %d", name, bytes.len, YAML_FILE_BYTES_MAX);

    CLEANUP(yaml_document_freep) struct yaml_document *document = mem_new(sizeof *document);
    document->name = mem_copy_string(name);
    document->bytes = bytes;

    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0)
        return error_set(err, -ENOMEM, "%s: no memory for a YAML parser", name);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *) (bytes.len == 0 ? "" : bytes.at), bytes.len);

    struct walk walk = {.document = document, .err = err};
    int r = walk_events(&walk, &parser);
    yaml_parser_delete(&parser);
    if (r == 0)
        r = check_root(&walk);
    if (r < 0)
        return r;

    *out = steal(&document);
    return 0;
}

void yaml_document_free(struct yaml_document *document)
{
    if (document == NULL)
        return;
    arena_done(&document->arena);
    free(document->name);
    free(document);
}

void yaml_document_freep(struct yaml_document **document)
{
    yaml_document_free(*document);
}

const struct yaml_node *yaml_node_child(const struct yaml_node *node, const char *key)
{
    for (const struct yaml_node *child = node->first; child != NULL; child = child->next) {
        if (child->key != NULL && strcmp(child->key, key) == 0)
            return child;
    }
    return NULL;
}

const struct yaml_node *yaml_node_item(const struct yaml_node *node, size_t index)
{
    const struct yaml_node *child = node->kind == YAML_KIND_LIST ? node->first : NULL;
    while (child != NULL && child->index < index)
        child = child->next;
    return child;
}

const char *yaml_kind_name(enum yaml_kind kind)
{
    switch (kind) {
    case YAML_KIND_NOTHING: return "nothing";
    case YAML_KIND_SCALAR:  return "text";
    case YAML_KIND_LIST:    return "a list";
    case YAML_KIND_MAP:     return "a mapping";
    }
    return "nothing";
}

/* Writes "services[3].feed.url" so that its end stays when there is not room for all. */
static char *path_of(const struct yaml_node *node, char path[static PATH_BYTES])
{
    size_t at = PATH_BYTES - 1;
    path[at] = '\0';
    for (; node->parent != NULL; node = node->parent) {
        char part[YAML_KEY_BYTES_MAX + 32];
        int n = node->key == NULL ? snprintf(part, sizeof part, "[%zu]", node->index)
                                  : snprintf(part, sizeof part, "%s%s", node->parent->parent == NULL ? "" : ".", node->key);
        if (n < 0 || (size_t) n > at)
            break;
        at -= (size_t) n;
        memcpy(path + at, part, (size_t) n);
    }
    return path + at;
}

static int fault_at(const struct yaml_node *node, struct yaml_place at, struct error *err, const char *sentence)
{
    char path[PATH_BYTES];
    const char *shown = path_of(node, path);

    return error_set(err, -EINVAL, "%s:%u:%u: %s%s%s", node->document->name, at.line, at.column, shown,
                     shown[0] == '\0' ? "" : ": ", sentence);
}

int yaml_fault(const struct yaml_node *node, struct error *err, const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list args;
    va_start(args, format);
    (void) vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return fault_at(node, node->at, err, sentence);
}

int yaml_key_fault(const struct yaml_node *node, struct error *err, const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list args;
    va_start(args, format);
    (void) vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return fault_at(node, node->key_at, err, sentence);
}
