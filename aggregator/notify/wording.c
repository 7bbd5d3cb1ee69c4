/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/wording.h"

#include <string.h>

#include "common/mem.h"

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
    if (wording_is_unwatched(row))
        return "⏹";
    if (wording_is_resolve(row))
        return "✅";
    if (wording_subject(row) == SUBJECT_FLAP)
        return wording_is_flap_stop(row) ? "➡️" : "🔀";

    const struct level_words *words = find_level(row->level);
    return words == NULL ? "❗" : words->symbol;
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
    return wording_is_resolve(row) && strcmp(row->reason, "config_removed") == 0;
}
