/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_document: the first look at a YAML file, before anything in it is believed.
 *
 * Walks the events once, refuses what YAML can do and a configuration must not (aliases, anchors, merge keys, tags, a second
 * document, keys that are no words, NUL, duplicate keys, endless nesting), and remembers where everything stands, so that
 * each later fault can be told as FILE:LINE:COLUMN: path.to.key: what was found, what was expected.
 *
 *     struct yaml_document *document;
 *     if (yaml_document_parse("services.yaml", bytes, &document, &err) < 0) ...
 *     const struct yaml_node *node = yaml_node_child(document->root, "services");
 *     return yaml_fault(node, &err, "found 3 services, expected at most 2");
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/text.h"

enum {
    YAML_FILE_BYTES_MAX = 1024 * 1024,
    YAML_DEPTH_MAX = 16,               /* mappings and lists within each other */
    YAML_KEYS_MAX = 256,               /* of one mapping */
    YAML_KEY_BYTES_MAX = 64,
    YAML_NODES_MAX = 200000,
};

enum yaml_kind {
    YAML_KIND_NOTHING,                 /* a key without a value, or a plain null or ~ */
    YAML_KIND_SCALAR,
    YAML_KIND_LIST,
    YAML_KIND_MAP,
};

struct yaml_place {
    uint32_t line;                     /* from 1 */
    uint32_t column;                   /* from 1, in characters */
};

/* One value of the document; lives as long as the document. */
struct yaml_node {
    const struct yaml_document *document;
    struct yaml_node *parent;          /* NULL: the root */
    struct yaml_node *first;           /* children in the order of the file */
    struct yaml_node *next;
    const char *key;                   /* its key in the parent; NULL in a list and for the root */
    const char *value;                 /* of a scalar; NULL otherwise */
    size_t index;                      /* its position among the parent's children, from 0 */
    size_t n_children;
    enum yaml_kind kind;
    struct yaml_place key_at;          /* where the key stands; without a key, as at */
    struct yaml_place at;              /* where the value stands */
};

struct yaml_document {
    char *name;                        /* of the file, as errors show it */
    struct yaml_node *root;            /* always a mapping; empty for an empty file */
    struct text bytes;                 /* borrowed from the caller of parse */
    struct arena arena;
    size_t n_nodes;
};

/* Walks the bytes, which must outlive the document. 0 and *out (yaml_document_free), or -EINVAL / -EFBIG with words. */
int yaml_document_parse(const char *name, struct text bytes, struct yaml_document **out, struct error *);
void yaml_document_free(struct yaml_document *);

/* CLEANUP() form of the above. */
void yaml_document_freep(struct yaml_document **);

/* The value of a key, or the item of a list; NULL when there is none. */
const struct yaml_node *yaml_node_child(const struct yaml_node *, const char *key);
const struct yaml_node *yaml_node_item(const struct yaml_node *, size_t index);

/* "nothing", "text", "a list", "a mapping". */
const char *yaml_kind_name(enum yaml_kind);

/* Sets "FILE:LINE:COLUMN: path.to.key: SENTENCE" for a value, or, the second, for its key; returns -EINVAL. */
int yaml_fault(const struct yaml_node *, struct error *, const char *format, ...) __attribute__((format(printf, 3, 4)));
int yaml_key_fault(const struct yaml_node *, struct error *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
