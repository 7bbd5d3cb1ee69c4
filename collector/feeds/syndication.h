/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syndication: an RSS 2.0 or Atom document as a list of items, the newest first. Pure, memory from the arena.
 *
 *     struct syndication feed;
 *     if (syndication_read(&in->documents[0], &feed, out, in->arena, err) < 0)
 *         return -EBADMSG;                                    // out says parse or shape
 */
#pragma once

#include "collector/feeds/feed.h"
#include "collector/feeds/xml.h"

struct syndication_item {
    struct text id;                    /* Atom's id, RSS's guid; without one its link, or else its title */
    struct text title;                 /* with its markup, as the rest */
    struct text link;
    struct text html;                  /* what it says */
    int64_t at_ms;                     /* when it was last changed (Atom), published (RSS); 0: not told */
    size_t position;                   /* in the document */
    const struct xml_node *node;
};

struct syndication {
    struct text title;
    struct text link;
    struct syndication_item *items;    /* the newest first, before them those that don't tell their time */
    size_t n_items;                    /* XML_NODES_MAX at most */
};

/* 0, or a negative errno with words and *result made that of a failed poll: "parse" (not XML, a web page, a document type
 * declaration) or "shape" (neither RSS nor Atom; a channel without a title). */
int syndication_read(const struct feed_document *, struct syndication *, struct feed_result *, struct arena *,
                     struct error *);

/* What it is called, as people read it; and whether it belongs to a page below this host ("example.com"), by its link. */
const char *syndication_title(const struct syndication *, struct arena *);
bool syndication_is_of(const struct syndication *, const char *host);

/* Reads bytes for those who only ask what they are. */
bool syndication_is(struct text body, struct syndication *, struct arena *);

/* Whether one of the item's categories is this one: exact but for blanks around it and ASCII case. */
bool syndication_has_category(const struct syndication_item *, const char *category);

/* Whether it has any. */
bool syndication_is_categorised(const struct syndication_item *);

/* Its id, of the end of it when it is longer than FEED_ID_BYTES_MAX; its title as people read it; what it says. */
const char *syndication_id(const struct syndication_item *, struct arena *);
const char *syndication_name(const struct syndication_item *, struct arena *);
const char *syndication_words(const struct syndication_item *, struct arena *);
