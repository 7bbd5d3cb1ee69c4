/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/xml.h"

#include <errno.h>
#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"

enum {
    BYTES_MAX = 16 << 20,              /* of a document: the largest body that configuration can ask for */
    UTF8_GROWTH = 3,                   /* bytes of UTF-8 that one byte of another encoding may become, at most */
    ESCAPED_GROWTH = 5,                /* "&amp;" for one byte */
    NAMESPACES_MAX = 64,               /* declared by one element */
};

static const char *const no_attributes[] = {NULL};

/* An element that has not ended yet. */
struct open_element {
    struct xml_node *node;
    struct xml_node *last_child;
    struct buffer text;
};

struct reading {
    XML_Parser parser;
    struct arena *arena;
    struct error *err;
    struct xml_node *root;
    struct open_element open[XML_DEPTH_MAX];
    size_t depth;                      /* open elements */
    size_t markup_depth;               /* of these, inside the innermost of type="xhtml"; they are no nodes */
    size_t n_nodes;
    size_t text_bytes_max;
    bool refused;                      /* err has our own words */
};

__attribute__((format(printf, 2, 3)))
static void refuse(struct reading *reading, const char *format, ...)
{
    char words[256];
    va_list arguments;

    if (reading->refused)
        return;   /* expat may still call after it was stopped */
    va_start(arguments, format);
    (void) vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    (void) error_set(reading->err, -EBADMSG, "XML, line %lu: %s", XML_GetCurrentLineNumber(reading->parser), words);
    reading->refused = true;
    (void) XML_StopParser(reading->parser, XML_FALSE);
}

/* --- what is kept ------------------------------------------------------------------------------------------------- */

static const char *local_name(const char *name)
{
    const char *colon = strchr(name, ':');

    return colon == NULL || colon[1] == '\0' ? name : colon + 1;
}

static bool declares_namespace(const char *attribute)
{
    return strcmp(attribute, "xmlns") == 0 || strncmp(attribute, "xmlns:", 6) == 0;
}

/* name, value, …, NULL. */
static const char *const *keep_attributes(struct reading *reading, const char *const *told)
{
    size_t n = 0;
    size_t n_kept = 0;

    while (told[n] != NULL)
        n += 2;
    if (n == 0 || n / 2 > XML_ATTRIBUTES_MAX + NAMESPACES_MAX) {
        if (n > 0)
            refuse(reading, "an element of %zu attributes", n / 2);
        return no_attributes;
    }
    const char **kept = arena_new(reading->arena, (n + 1) * sizeof *kept);
    for (size_t i = 0; i < n; i += 2) {
        if (declares_namespace(told[i]))
            continue;
        kept[n_kept++] = arena_copy_string(reading->arena, local_name(told[i]));
        kept[n_kept++] = arena_copy_string(reading->arena, told[i + 1]);
    }
    if (n_kept / 2 > XML_ATTRIBUTES_MAX)
        refuse(reading, "an element of %zu attributes, at most %d", n_kept / 2, XML_ATTRIBUTES_MAX);
    return kept;
}

static void put_text(struct reading *reading, const char *at, size_t len)
{
    struct buffer *text = &reading->open[reading->depth - 1].text;

    if (!reading->refused && buffer_put(text, at, len) < 0)
        refuse(reading, "a text of more than %zu bytes", reading->text_bytes_max);
}

static void put_words(struct reading *reading, const char *words)
{
    put_text(reading, words, strlen(words));
}

static void put_escaped(struct reading *reading, const char *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (at[i]) {
        case '<': put_words(reading, "&lt;"); break;
        case '>': put_words(reading, "&gt;"); break;
        case '&': put_words(reading, "&amp;"); break;
        default: put_text(reading, at + i, 1); break;
        }
    }
}

/* --- what expat tells --------------------------------------------------------------------------------------------- */

static void on_doctype(void *context, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id,
                       int has_internal_subset)
{
    (void) name;
    (void) system_id;
    (void) public_id;
    (void) has_internal_subset;
    refuse(context, "a document type declaration, which no feed needs and which is refused unread");
}

/* The element is part of a text: only its name is of interest to those who read markup. */
static void markup_start(struct reading *reading, const char *name)
{
    reading->markup_depth++;
    put_words(reading, "<");
    put_words(reading, local_name(name));
    put_words(reading, ">");
}

static void node_start(struct reading *reading, const char *name, const char *const *attributes)
{
    struct xml_node *node = arena_new(reading->arena, sizeof *node);
    struct open_element *parent = reading->depth == 0 ? NULL : &reading->open[reading->depth - 1];
    const char *local = local_name(name);

    *node = (struct xml_node) {
        .name = arena_copy_string(reading->arena, local),
        .prefixed = local != name,
        .attributes = keep_attributes(reading, attributes),
    };
    if (parent == NULL)
        reading->root = node;
    else if (parent->last_child == NULL)
        parent->node->child = node;
    else
        parent->last_child->next = node;
    if (parent != NULL)
        parent->last_child = node;
    reading->open[reading->depth].node = node;
    reading->open[reading->depth].last_child = NULL;
    buffer_reset(&reading->open[reading->depth].text);
    reading->depth++;
}

static bool is_markup(const struct reading *reading)
{
    return reading->depth > 0 && text_is(xml_attribute(reading->open[reading->depth - 1].node, "type"), "xhtml");
}

static void on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *reading = context;
    if (reading->refused)
        return;
    if (reading->depth + reading->markup_depth == XML_DEPTH_MAX) {
        refuse(reading, "elements nested more than %d deep", XML_DEPTH_MAX);
        return;
    }
    if (reading->n_nodes++ == XML_NODES_MAX) {
        refuse(reading, "more than %d elements", XML_NODES_MAX);
        return;
    }
    if (is_markup(reading))
        markup_start(reading, name);
    else
        node_start(reading, name, attributes);
}

static void on_end(void *context, const XML_Char *name)
{
    struct reading *reading = context;
    if (reading->refused)
        return;
    if (reading->markup_depth > 0) {
        reading->markup_depth--;
        put_words(reading, "</");
        put_words(reading, local_name(name));
        put_words(reading, ">");
        return;
    }
    struct open_element *element = &reading->open[--reading->depth];
    struct text text = buffer_text(&element->text);
    element->node->text = (struct text) {arena_copy_text(reading->arena, text), text.len};
}

static void on_text(void *context, const XML_Char *at, int len)
{
    struct reading *reading = context;
    if (reading->refused || reading->depth == 0)
        return;
    if (is_markup(reading))
        put_escaped(reading, at, (size_t) len);
    else
        put_text(reading, at, (size_t) len);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static void free_parser(XML_Parser *parser)
{
    XML_ParserFree(*parser);
}

static void open_reading(struct reading *reading)
{
    XML_SetUserData(reading->parser, reading);
    XML_SetElementHandler(reading->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading->parser, on_doctype);
    for (size_t i = 0; i < XML_DEPTH_MAX; i++)
        buffer_init(&reading->open[i].text, reading->text_bytes_max);
}

static void reading_done(struct reading *reading)
{
    for (size_t i = 0; i < XML_DEPTH_MAX; i++)
        buffer_done(&reading->open[i].text);
}

const struct xml_node *xml_read(struct text bytes, struct arena *arena, struct error *err)
{
    if (bytes.len > BYTES_MAX) {
        (void) error_set(err, -EBADMSG, "XML of %zu bytes, at most %d", bytes.len, BYTES_MAX);
        return NULL;
    }
    while (bytes.len > 0 && strchr(" \t\r\n", bytes.at[0]) != NULL && bytes.at[0] != '\0')
        bytes = (struct text) {bytes.at + 1, bytes.len - 1};   /* some put blanks before the declaration */

    CLEANUP(free_parser) XML_Parser parser = XML_ParserCreate(NULL);
    if (parser == NULL)
        abort();   /* as any small allocation that fails */
    CLEANUP(reading_done) struct reading reading = {
        .parser = parser,
        .arena = arena,
        .err = err,
        .text_bytes_max = bytes.len * UTF8_GROWTH * ESCAPED_GROWTH,
    };
    open_reading(&reading);

    /* In one piece: expat 2.5 takes quadratic time for long tokens that come in many. */
    enum XML_Status done = XML_Parse(parser, bytes.len == 0 ? "" : bytes.at, (int) bytes.len, XML_TRUE);
    if (done == XML_STATUS_OK)
        return reading.root;
    if (!reading.refused)
        (void) error_set(err, -EBADMSG, "not well-formed XML, line %lu: %s", XML_GetCurrentLineNumber(parser),
                         XML_ErrorString(XML_GetErrorCode(parser)));
    return NULL;
}

/* --- looking into it ---------------------------------------------------------------------------------------------- */

const struct xml_node *xml_child(const struct xml_node *parent, const char *name)
{
    const struct xml_node *found = NULL;

    for (const struct xml_node *child = parent == NULL ? NULL : parent->child; child != NULL; child = child->next) {
        if (strcmp(child->name, name) != 0)
            continue;
        if (!child->prefixed)
            return child;
        if (found == NULL)
            found = child;
    }
    return found;
}

const struct xml_node *xml_next(const struct xml_node *node)
{
    const struct xml_node *next = node->next;

    while (next != NULL && strcmp(next->name, node->name) != 0)
        next = next->next;
    return next;
}

struct text xml_child_text(const struct xml_node *parent, const char *name)
{
    const struct xml_node *child = xml_child(parent, name);

    return child == NULL ? (struct text) {NULL, 0} : text_trim(child->text);
}

struct text xml_attribute(const struct xml_node *node, const char *name)
{
    for (const char *const *attribute = node->attributes; *attribute != NULL; attribute += 2) {
        if (strcmp(attribute[0], name) == 0)
            return text_of(attribute[1]);
    }
    return (struct text) {NULL, 0};
}
