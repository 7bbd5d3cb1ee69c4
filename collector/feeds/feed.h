/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed: what a vendor's page says, as a pure function of the documents fetched from it.
 *
 * One file a platform, one row in the table of feed.c. `next` names the document still to be fetched, `parse` makes the
 * best of those that are there. Neither knows a socket, a clock or a log; memory comes from the arena of the input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/status.h"
#include "common/text.h"

struct feed_entry;

enum { FEED_DOCUMENTS_MAX = 4, FEED_NAME_BYTES_MAX = 256, FEED_TEXT_BYTES_MAX = 4096 };

struct feed_document {
    const char *name;                  /* "summary.json": which one it is */
    struct text body;                  /* as received, decompressed */
    const char *content_type;          /* advisory; "" when unknown */
};

struct feed_input {
    const struct feed_entry *config;   /* url and watch filter */
    const struct feed_document *documents;
    size_t n_documents;
    int64_t now_ms;                    /* UTC */
    struct arena *arena;
};

/* The document to fetch next. */
struct feed_request {
    const char *name;
    const char *url;                   /* in the input's arena */
    const char *accept;
};

struct feed_component {
    const char *id;                    /* the vendor's, may be NULL */
    const char *name;
    const char *container;             /* NULL but where a platform has them */
    enum status state;
    bool maintenance;
};

struct feed_incident {
    const char *id;
    const char *name;
    const char *state;                 /* the vendor's word, lower case */
    const char *impact;                /* likewise; "" when not told */
    const char *link;                  /* "" when not told */
    int64_t started_at_ms;             /* 0: not told */
    int64_t updated_at_ms;
};

struct feed_window {
    const char *id;
    const char *name;
    bool running;
    int64_t starts_at_ms;              /* 0: not told */
    int64_t ends_at_ms;
};

/* The best reading of a page. Lists live in the input's arena. */
struct feed_result {
    enum status state;
    bool no_state;                     /* a history document: tells of incidents, not of the present */
    bool maintenance;
    struct feed_component *components;
    size_t n_components;
    struct feed_incident *incidents;   /* open ones */
    size_t n_incidents;
    struct feed_window *windows;
    size_t n_windows;
    const char **notices;              /* information only */
    size_t n_notices;
    int64_t source_updated_at_ms;      /* 0: not told */
    int64_t valid_until_ms;            /* INT64_MAX: until the bytes change */
    uint32_t unseen_words;             /* enum words we have never met; their items are unknown */
    const char *unseen_word;           /* the first of them, NULL when none */
    const char *reason;                /* NULL: read; else one word (parse, shape, filter_miss): the poll counts as failed */
    const char *reason_text;           /* and one sentence */
};

typedef bool (*feed_next_fn)(const struct feed_input *, struct feed_request *out);

/* 0 and *out, or a negative errno with words and out->reason set to "parse" or "shape"; state is then unknown. */
typedef int (*feed_parse_fn)(const struct feed_input *, struct feed_result *out, struct error *);

struct feed {
    const char *name;                  /* as configuration and `parse` write it */
    const char *document;              /* its usual document, for `parse` without --endpoint */
    feed_next_fn next;
    feed_parse_fn parse;
};

/* The feed of this name; NULL when there is none. */
const struct feed *feed_find(const char *name);

/* All feeds, ended by one whose name is NULL. */
extern const struct feed feeds[];

/* One sentence for an observation's detail: what is bad, or what is going on; in the arena, at most 512 bytes. */
const char *feed_detail(const struct feed_result *, struct arena *);
