/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/wording.h"

#include <string.h>

#include "common/mem.h"

enum { PLAIN_BYTES_MAX = 1024 };

static const struct level_words { const char *level; const char *symbol; const char *title; const char *phrase; } levels[] = {
    { "operational",    "✅", "Operational",    "is operational" },
    { "degraded",       "⚠️", "Degraded",       "is degraded" },
    { "partial_outage", "🔶", "Partial outage", "has a partial outage" },
    { "major_outage",   "🛑", "Major outage",   "has a major outage" },
    { "unknown",        "❔", "Unknown",        "is in an unknown state" },
    { "broken",         "🔌", "Broken",         "is broken" },
    { "silent",         "🔌", "Silent",         "is silent" },
    { "blind",          "🔌", "Blind",          "is blind" },
    { "mass_silence",   "🔌", "Mass silence",   "hears too few of its collectors" },
    { "fast",           "🔥", "Error budget burns fast", "spends its error budget fast" },
    { "slow",           "🔥", "Error budget burns", "spends its error budget too fast" },
    { "ticket",         "🔥", "Error budget will not last", "spends its error budget faster than it lasts" },
};

static const struct { const char *prefix; enum subject subject; } subjects[] = {
    { "service:",   SUBJECT_SERVICE },
    { "poller:",    SUBJECT_POLLER },
    { "collector:", SUBJECT_COLLECTOR },
    { "self:",      SUBJECT_SELF },
    { "flap:",      SUBJECT_FLAP },
    { "slo:",       SUBJECT_SLO },
};

static const struct level_words *find_level(const char *level)
{
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        if (strcmp(levels[i].level, level) == 0)
            return &levels[i];
    }
    return NULL;
}

const char *wording_subject_name(enum subject subject)
{
    static const char *const names[] = {
        [SUBJECT_SERVICE] = "service", [SUBJECT_POLLER] = "poller", [SUBJECT_COLLECTOR] = "collector",
        [SUBJECT_SELF] = "self",       [SUBJECT_FLAP] = "flap",     [SUBJECT_SLO] = "slo",
        [SUBJECT_OTHER] = "other",
    };

    return names[subject];
}

enum subject wording_subject(const OutboxRow *row)
{
    for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
        if (text_starts_with(text_of(row->key), subjects[i].prefix))
            return subjects[i].subject;
    }
    return SUBJECT_OTHER;
}

const char *wording_name(const OutboxRow *row)
{
    if (wording_subject(row) == SUBJECT_SELF)
        return "Tocsin";
    if (row->service_name[0] != '\0')
        return row->service_name;
    if (row->service[0] != '\0')
        return row->service;

    const char *colon = strchr(row->key, ':');
    return colon == NULL || colon[1] == '\0' ? row->key : colon + 1;
}

const char *wording_level_title(const char *level)
{
    const struct level_words *words = find_level(level);

    return words == NULL ? level : words->title;
}

const char *wording_level_phrase(const char *level)
{
    const struct level_words *words = find_level(level);

    return words == NULL ? level : words->phrase;
}

const char *wording_symbol(const OutboxRow *row)
{
    if (wording_is_test(row))
        return "🔔";
    if (wording_is_unwatched(row))
        return "⏹";
    if (wording_is_resolve(row))
        return "✅";
    if (wording_subject(row) == SUBJECT_FLAP)
        return wording_is_flap_stop(row) ? "➡️" : "🔀";

    const struct level_words *words = find_level(row->level);
    return words == NULL ? "❗" : words->symbol;
}

void wording_put_plain(struct buffer *out, const char *text, size_t bytes_max)
{
    char clean[PLAIN_BYTES_MAX + 1];
    bool whole = text_copy(clean, bytes_max < PLAIN_BYTES_MAX ? bytes_max + 1 : sizeof clean, text_trim(text_of(text)));

    for (const char *s = clean; *s != '\0';) {
        size_t turns = text_turns_direction(s);
        if (turns == 0 && buffer_put(out, s, 1) < 0)
            return;
        s += turns == 0 ? 1 : turns;
    }
    if (!whole)
        (void) buffer_put_text(out, "…");   /* no room left even for that: the cut is visible anyway */
}

static const char *kind_word(const OutboxRow *row)
{
    static const struct { const char *kind; const char *word; } words[] = {
        { "escalate", " (worse)" }, { "improve", " (better)" }, { "reminder", " (still)" },
        { "aggregate", " (others affected)" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcmp(row->kind, words[i].kind) == 0)
            return words[i].word;
    }
    return "";
}

static const char *end_words(enum subject subject)
{
    switch (subject) {
    case SUBJECT_SERVICE: return "Operational (recovered)";
    case SUBJECT_POLLER:  return "poller works again";
    case SUBJECT_SELF:    return "mass silence is over";
    case SUBJECT_SLO:     return "error budget holds again";
    case SUBJECT_COLLECTOR:
    case SUBJECT_FLAP:
    case SUBJECT_OTHER:   break;
    }
    return "back again";
}

void wording_put_state(struct buffer *out, const OutboxRow *row)
{
    enum subject subject = wording_subject(row);

    if (wording_is_test(row))
        (void) buffer_put_text(out, "test message");
    else if (wording_is_unwatched(row))
        (void) buffer_put_text(out, "no longer watched");
    else if (wording_is_resolve(row))
        (void) buffer_put_text(out, end_words(subject));
    else if (subject == SUBJECT_FLAP)
        (void) buffer_put_text(out, wording_is_flap_stop(row) ? "no longer flapping" : "flapping");
    else
        (void) buffer_format(out, "%s%s%s", subject == SUBJECT_POLLER ? "poller " : "", wording_level_title(row->level),
                             kind_word(row));
}

void wording_put_impact(struct buffer *out, const OutboxRow *row)
{
    if (row->dependents == 0)
        (void) buffer_put_text(out, "no dependent services");
    else
        (void) buffer_format(out, "%u dependent service%s (%u tier-1)", (unsigned) row->dependents,
                             row->dependents == 1 ? "" : "s", (unsigned) row->tiers[0]);
}

bool wording_is_test(const OutboxRow *row)
{
    return text_starts_with(text_of(row->key), "test:");
}

bool wording_is_resolve(const OutboxRow *row)
{
    return strcmp(row->kind, "resolve") == 0;
}

bool wording_is_flap_stop(const OutboxRow *row)
{
    return strcmp(row->kind, "flap_stop") == 0;
}

size_t wording_n_named(const OutboxRow *row, uint32_t *more)
{
    enum { NAMED_MAX = 5 };
    size_t n = row->affected_count < NAMED_MAX ? row->affected_count : NAMED_MAX;

    *more = row->n_affected > n ? row->n_affected - (uint32_t) n : 0;
    return n;
}

bool wording_is_unwatched(const OutboxRow *row)
{
    return wording_is_resolve(row)
        && (strcmp(row->resolve_reason, "config_removed") == 0 || strcmp(row->reason, "config_removed") == 0);
}
