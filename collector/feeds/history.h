/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history: RSS and Atom as status pages write them, read as what is open now (stage.h says how). Pure.
 *
 * An item counts while its stage word says open and it was last changed in the HISTORY_OPEN_HOURS before now; an older one
 * that looks open is a notice. Such documents tell neither grade nor component: what is open is degraded. Of the items that
 * tell no stage only the newest counts, for HISTORY_UNSTAGED_HOURS; one without any text leaves the state open as long as it
 * could be an open one.
 */
#pragma once

#include "collector/feeds/feed.h"

enum { HISTORY_OPEN_HOURS = 72, HISTORY_UNSTAGED_HOURS = 24 };

enum history_use {
    HISTORY_PRESENT,                   /* the document is all there is: a state is made of it */
    HISTORY_ITEMS,                     /* a neighbour of a better one: open incidents and windows, no state (no_state). With a
                                        * watch filter none of them: no item says which components it touches */
};

/* Reads the first document; as feed_parse_fn otherwise. */
int history_parse(const struct feed_input *, enum history_use, struct feed_result *, struct error *);
