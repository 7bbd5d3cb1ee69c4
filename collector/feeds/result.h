/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result: how feeds fill a feed_result: text made safe, words looked up, items listed, failures told. Pure, memory from
 * the arena. Components and the filter laid over them are rows.h.
 */
#pragma once

#include "collector/feeds/feed.h"

enum {
    FEED_COMPONENTS_MAX = 5000,
    FEED_ITEMS_MAX = 256,
    FEED_ENDED_MAX = 64,           /* closed incidents, closed windows */
    FEED_ENDED_DAYS = 7,           /* and how long ago they ended, at most */
    FEED_WORD_BYTES_MAX = 32,
    FEED_ID_BYTES_MAX = 80,
};

/* Whether a URL, or a document's name, ends with this. */
bool feed_ends_with(const char *s, const char *end);

/* The configured URL with this path ("/index.json") behind it, or as it is when it ends with the path already. */
const char *feed_url(const struct feed_input *, const char *path);

/* A name as a part of a path or a query has to write it: all but letters, digits, '-', '.', '_' and '~' as %XX. */
const char *feed_url_part(struct arena *, const char *name);

/* A copy that is safe to show: valid UTF-8, no control characters, no blanks around, at most max_bytes (to 4096). */
const char *feed_text(struct arena *, struct text, size_t max_bytes);

/* A name as people see it, at most FEED_NAME_BYTES_MAX; "(no name)" when it is empty. */
const char *feed_name(struct arena *, struct text);

/* An id, at most FEED_ID_BYTES_MAX; NULL when it is empty. */
const char *feed_id(struct arena *, struct text);

/* The same as a JSON string or whole number writes it. */
struct text feed_id_text(const json_t *value, struct arena *);

/* A text made safe, in lower case, at most FEED_WORD_BYTES_MAX. */
const char *feed_word(struct arena *, struct text);

/* The text when it looks like a web address of bearable length, else "". */
const char *feed_link(struct arena *, struct text);

/* RFC 3339 in a JSON text, without a zone UTC; 0 when absent or impossible. */
int64_t feed_time_ms(struct text);

/* The first of these members that is a text of more than blanks, trimmed; empty when none is. keys ends with NULL. */
struct text feed_first_text(const json_t *object, const char *const keys[]);

/* The first of these members (NULL-terminated) that is such a time; 0: none. */
int64_t feed_time_of(const json_t *object, const char *const keys[]);

/* The object of a list whose time (as feed_time_of finds it) is the latest, the first of equals; NULL: there is none. */
const json_t *feed_newest(const json_t *list, const char *const keys[]);

/* As RSS writes it (RFC 822, "Wed,  8 Feb 2017 09:46:27 PST"): weekday and seconds may be missing, the year may have two
 * digits; zones in numbers, Z, UT, UTC, GMT and those of North America. 0 when absent, impossible or of a zone never met. */
int64_t feed_time_rfc822_ms(struct text);

/* Either of the two. */
int64_t feed_time_any_ms(struct text);

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

/* Where an incident or a maintenance stands. */
enum feed_phase {
    FEED_PHASE_UNSEEN,             /* a word we have never met, or none */
    FEED_PHASE_OPEN,               /* investigating, identified */
    FEED_PHASE_WATCHED,            /* monitoring: open, but said to be over */
    FEED_PHASE_CLOSED,             /* resolved, completed, cancelled */
    FEED_PHASE_PLANNED,
    FEED_PHASE_RUNNING,            /* maintenance under way */
};

/* A platform's word and what it means; NULL ends a table; compared without case. */
struct feed_phase_word {
    const char *word;
    enum feed_phase phase;
};

/* Statuspage's words, which others use too. */
extern const struct feed_phase_word feed_phase_words[];

/* A word that isn't in the table is counted as unseen (unless it is empty). */
enum feed_phase feed_phase(const struct feed_phase_word *, struct text word, struct feed_result *, struct arena *);

/* Lists them; what passes FEED_ITEMS_MAX or FEED_ENDED_MAX is left out: let it have its say in the state before. */
void feed_put_incident(struct feed_result *, const struct feed_incident *, struct arena *);
void feed_put_window(struct feed_result *, const struct feed_window *, struct arena *);
void feed_put_notice(struct feed_result *, const char *notice, struct arena *);

/* Lists what a history says has ended, the newest first, when that was (updated_at_ms, ends_at_ms) in the FEED_ENDED_DAYS
 * before now. Of more than FEED_ENDED_MAX the oldest are left out. */
void feed_put_ended(struct feed_result *, const struct feed_incident *, const struct feed_input *);
void feed_put_ended_window(struct feed_result *, const struct feed_window *, const struct feed_input *);

/* The reading holds until then at most, when that is still to come (0: never). */
void feed_hold_until(struct feed_result *, int64_t at_ms, int64_t now_ms);

/* Makes it the result of a failed poll: unknown, nothing listed, a reason and a sentence (which is copied). Returns code. */
int feed_fail(struct feed_result *, const char *reason, const char *sentence, struct arena *);

/* The same with reason "shape" for what is not the platform's document; err gets the words too. */
int feed_misshapen(struct feed_result *, struct arena *, struct error *, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
