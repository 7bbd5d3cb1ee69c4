/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result: how feeds fill a feed_result: text made safe, words looked up, failures told. Pure, memory from the arena.
 */
#pragma once

#include "collector/feeds/feed.h"

enum { FEED_COMPONENTS_MAX = 5000, FEED_ITEMS_MAX = 256, FEED_WORD_BYTES_MAX = 32, FEED_ID_BYTES_MAX = 80 };

/* A copy that is safe to show: valid UTF-8, no control characters, no blanks around, at most max_bytes (to 4096). */
const char *feed_text(struct arena *, struct text, size_t max_bytes);

/* The same in lower case, at most FEED_WORD_BYTES_MAX. */
const char *feed_word(struct arena *, struct text);

/* The text when it looks like a web address of bearable length, else "". */
const char *feed_link(struct arena *, struct text);

/* RFC 3339 in a JSON text; 0 when absent or impossible. */
int64_t feed_time_ms(struct text);

/* A vendor's word and what it means here. */
struct feed_vocabulary {
    const char *word;              /* NULL ends the table; compared without case */
    enum status state;
    bool maintenance;
};

/* The row of a word. One we have never met is counted in the result and gives a row that says unknown. */
const struct feed_vocabulary *feed_meaning(const struct feed_vocabulary *, struct text word, struct feed_result *,
                                           struct arena *);

/* Counts a word we have never met. */
void feed_unseen(struct feed_result *, struct text word, struct arena *);

/* Makes it the result of a failed poll: unknown, nothing listed, a reason and a sentence (which is copied). Returns code. */
int feed_fail(struct feed_result *, const char *reason, const char *sentence, struct arena *);
