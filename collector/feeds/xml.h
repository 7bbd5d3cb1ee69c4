/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml: an RSS or Atom document as a small tree, read by expat without network or entities of its own. Pure, memory from
 * the arena.
 *
 * Refused with words: a DOCTYPE (external entities, entity bombs), depth over XML_DEPTH_MAX, more than XML_NODES_MAX
 * elements, more than XML_ATTRIBUTES_MAX attributes of one, what is not well-formed, what ends early, an encoding other
 * than UTF-8, UTF-16, ISO-8859-1 and US-ASCII. Names are those without their prefix; texts are joined, CDATA or not.
 * Declarations of namespaces are left out. What stands in an element of type="xhtml" is that element's text, as markup:
 * so are the texts of Atom read, in whichever of its ways they are written.
 */
#pragma once

#include <stdbool.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/text.h"

enum { XML_DEPTH_MAX = 32, XML_NODES_MAX = 20000, XML_ATTRIBUTES_MAX = 16 };

struct xml_node {
    const char *name;                  /* local: "item", "encoded" for content:encoded */
    bool prefixed;                     /* "atom:link", not "link" */
    struct text text;                  /* its own, of its children not */
    struct xml_node *child;            /* the first */
    struct xml_node *next;             /* brother */
    const char *const *attributes;     /* name, value, …, NULL */
};

/* The root, in the arena. NULL with words (-EBADMSG). bytes: as received; their mark or the XML declaration says what
 * they are. */
const struct xml_node *xml_read(struct text bytes, struct arena *, struct error *);

/* The first child of this name, or NULL (also of NULL). One without a prefix goes before one that has one: <link> before
 * <atom:link>, wherever they stand. */
const struct xml_node *xml_child(const struct xml_node *, const char *name);

/* The next brother of the same name; NULL: none. */
const struct xml_node *xml_next(const struct xml_node *);

/* The text of the first child of this name (as above), trimmed; empty when there is none. */
struct text xml_child_text(const struct xml_node *, const char *name);

/* The value of an attribute; empty when it has none of that name. */
struct text xml_attribute(const struct xml_node *, const char *name);
