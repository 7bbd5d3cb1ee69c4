/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed: what a vendor's page says, as a pure function of the documents fetched from it.
 *
 * One file a platform (NAME.c, which defines `const struct feed NAME_feed`), one row in common/feed_types.h. `next` names
 * the document still to be fetched, `parse` makes the best of those that are there. Neither knows a socket, a clock or a
 * log; memory comes from the arena of the input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/feed_types.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/status.h"
#include "common/text.h"

struct feed_entry;

enum { FEED_DOCUMENTS_MAX = 8, FEED_NAME_BYTES_MAX = 256, FEED_TEXT_BYTES_MAX = 4096 };

struct feed_document {
    const char *name;                  /* "summary.json": which one it is */
    struct text body;                  /* as received, decompressed */
    const char *content_type;          /* advisory; "" when unknown */
};

struct feed_input {
    const struct feed_entry *config;   /* url and watch filter */
    const struct feed_document *documents;   /* in the order in which `next` asked for them */
    size_t n_documents;
    int64_t now_ms;                    /* UTC */
    struct arena *arena;
    bool vanished;                     /* open items of the last reading are gone from the page: in this one round a history
                                        * may be asked how they ended (feed_result.ended) */
};

/* The document to fetch next. Strings are literals or in the input's arena. */
struct feed_request {
    const char *name;
    const char *url;
    const char *accept;
    const char *const *headers;        /* more of them, "Name: value", NULL-terminated; may be NULL. Only sent to url's host */
    struct text body;                  /* not empty: it is a POST of it */
    int64_t keep_ms;                   /* the answer may be used again for so long (a token, a list of products); 0: no */
    bool secret;                       /* the answer is never shown, kept as a sample or written anywhere */
    bool optional;                     /* no reading hangs on it: when it can't be fetched, a document of this name without
                                        * bytes stands for it and the poll goes on */
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
    const char *text;                  /* of its newest update, without markup; may be NULL */
    int64_t started_at_ms;             /* 0: not told */
    int64_t updated_at_ms;             /* of an ended one: when it ended */
};

struct feed_window {
    const char *id;
    const char *name;
    bool running;
    const char *text;                  /* likewise; may be NULL */
    const char *link;                  /* may be NULL */
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
    struct feed_incident *ended;       /* closed ones, told by a history: of the last days, the newest first */
    size_t n_ended;
    struct feed_window *ended_windows; /* likewise; never running */
    size_t n_ended_windows;
    int64_t source_updated_at_ms;      /* 0: not told */
    int64_t valid_until_ms;            /* INT64_MAX: until the bytes change */
    uint32_t unseen_words;             /* enum words we have never met; their items are unknown */
    const char *unseen_word;           /* the first of them, NULL when none */
    const char *caveat;                /* what such a page cannot tell, a clause for the detail; NULL: nothing worth saying */
    const char *reason;                /* NULL: read; else one word (parse, shape, filter_miss): the poll counts as failed */
    const char *reason_text;           /* and one sentence */
};

/* The next document to fetch, true; false: all that `parse` needs are there. A document that can't be fetched fails the
 * poll, but for an optional one. */
typedef bool (*feed_next_fn)(const struct feed_input *, struct feed_request *out);

/* 0 and *out, or a negative errno with words and out->reason set to "parse" or "shape"; state is then unknown. *out comes
 * zeroed but for valid_until_ms = INT64_MAX. */
typedef int (*feed_parse_fn)(const struct feed_input *, struct feed_result *out, struct error *);

/* Whether a document is this platform's, by members that no other's has. body: decoded (document_text); json: the same
 * parsed, NULL when it is no JSON. Stricter than `parse`, which takes what imitators leave out. */
typedef bool (*feed_recognises_fn)(struct text body, const json_t *json);

struct feed {
    const char *name;                  /* as configuration and `parse` write it */
    const char *title;                 /* for people */
    const char *const *documents;      /* names it knows, NULL-terminated; the first is the usual one */
    const char *const *hosts;          /* known to serve it ("slack-status.com"), NULL-terminated; may be NULL */
    const char *detect_path;           /* where `detect` looks for it, from the page's root; NULL: only by its hosts */
    bool fetches_by_filter;            /* `next` looks at the watch filter. Where it does not, services with different filters
                                          share what is fetched, and `next` is shown a config whose filters are empty */
    bool lists_components;             /* a healthy page always has them, all of them */
    feed_next_fn next;
    feed_parse_fn parse;
    feed_recognises_fn recognises;
};

#define FEED_DECLARED(name, title, understands, needs) extern const struct feed name##_feed;
FEED_TYPES(FEED_DECLARED)
#undef FEED_DECLARED

/* All feeds in the order of common/feed_types.h, ended by NULL. */
extern const struct feed *const feeds[];

/* The feed of this name; NULL when there is none. */
const struct feed *feed_find(const char *name);

/* One sentence for an observation's detail: what is bad, or what is going on; in the arena, at most 512 bytes. */
const char *feed_detail(const struct feed_result *, struct arena *);
