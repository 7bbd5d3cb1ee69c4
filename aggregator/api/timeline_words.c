/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/timeline_words.h"

#include <stdio.h>
#include <string.h>

#include "common/status.h"
#include "common/text.h"

/* "partial_outage" as people read it; any other word as it is. */
static const char *state(const char *word)
{
    enum status status;

    if (word[0] == '\0')
        return "unset";
    return status_parse(text_of(word), &status) ? status_title(status) : word;
}

static void channels(const TimelineRow *row, char *out, size_t cap)
{
    size_t len = 0;

    out[0] = '\0';
    for (pb_size_t i = 0; i < row->channels_count && len < cap; i++)
        len += (size_t) snprintf(out + len, cap - len, "%s%s", i == 0 ? "" : ", ", row->channels[i]);
}

static void say_status(const TimelineRow *row, const char *who, char *out)
{
    (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: %s, was %s", who, state(row->to), state(row->from));
}

static void say_hard(const TimelineRow *row, const char *who, char *out)
{
    if (strcmp(row->via, "confirm") == 0)
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: %s confirmed after %u polls and %lld s", who, state(row->to),
                        (unsigned) row->polls, (long long) (row->dwell_ms / 1000));
    else
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: %s (%s)", who, state(row->to), row->via);
}

static void say_poller(const TimelineRow *row, const char *who, char *out)
{
    (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: the feed %s is %s, was %s", who, row->source, row->to, row->from);
}

static void say_collector(const TimelineRow *row, const char *who, char *out)
{
    (void) who;
    (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "Collector %s is %s, was %s", row->collector, row->to, row->from);
}

static void say_notify(const TimelineRow *row, const char *who, char *out)
{
    char to[160];

    channels(row, to, sizeof to);
    (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: %s of %s decided for %s", who, row->kind, state(row->level), to);
}

static void say_suppress(const TimelineRow *row, const char *who, char *out)
{
    (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: %s of %s held: %s%s%s", who, row->kind, state(row->level), row->reason,
                    row->by[0] == '\0' ? "" : " by ", row->by);
}

static void say_manual(const TimelineRow *row, const char *who, char *out)
{
    if (strcmp(row->op, "end") == 0)
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: manual status ended (%s)", who, row->reason);
    else
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: status set by hand by %s", who, row->by);
}

static void say_ack(const TimelineRow *row, const char *who, char *out)
{
    const char *by = row->by[0] == '\0' ? "somebody" : row->by;

    if (strcmp(row->op, "set") == 0)
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: alert acknowledged by %s", who, by);
    else if (strcmp(row->reason, "removed") == 0)
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: acknowledgement taken back by %s", who, by);
    else
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: acknowledgement by %s lapsed: %s", who, by, row->reason);
}

static void say_incident(const TimelineRow *row, const char *who, char *out)
{
    static const struct { const char *op, *words; } ops[] = {
        {"open", "opened with"}, {"join", "joined by"}, {"rejoin", "rejoined by"}, {"reopen", "reopened by"},
    };

    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (strcmp(row->op, ops[i].op) == 0) {
            (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "Incident %s %s %s", row->incident, ops[i].words, who);
            return;
        }
    }
    (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "Incident %s is over", row->incident);
}

static void say_flap(const TimelineRow *row, const char *who, char *out)
{
    if (strcmp(row->op, "stop") == 0)
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: no longer flapping", who);
    else if (strcmp(row->via, "slow") == 0)
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: flapping, in trouble again and again, too short to be confirmed",
                        who);
    else
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: flapping, changes weigh %u %%", who, (unsigned) row->pct);
}

static void say_gap(const TimelineRow *row, const char *who, char *out)
{
    (void) who;
    if (row->ms == 0)
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "Began to observe");
    else
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "Nothing was observed for %lld s: we were not running",
                        (long long) (row->ms / 1000));
}

static void say_config(const TimelineRow *row, const char *who, char *out)
{
    (void) who;
    (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "Configuration taken: %u services added, %u removed", (unsigned) row->added,
                    (unsigned) row->removed);
}

static void say_maint(const TimelineRow *row, const char *who, char *out)
{
    (void) who;
    (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "Maintenance %s %s", row->id, strcmp(row->op, "end") == 0 ? "ended" : "began");
}

static void say_note(const TimelineRow *row, const char *who, char *out)
{
    if (strcmp(row->reason, "unwatched") == 0)
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: nothing watches it any more", who);
    else
        (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: %s", who, row->reason);
}

static const struct {
    const char *decision;
    void (*say)(const TimelineRow *, const char *who, char *out);
} sayings[] = {
    {"status", say_status},       {"hard", say_hard},         {"poller", say_poller}, {"collector", say_collector},
    {"notify", say_notify},       {"suppress", say_suppress}, {"manual", say_manual}, {"gap", say_gap},
    {"config", say_config},       {"ack", say_ack},         {"flap", say_flap},   {"maint", say_maint},
    {"note", say_note},
    {"incident", say_incident},
};

enum { SUBJECT_BYTES = 320 };    /* two names of at most 112 and what stands between */

/* Whom a notification is about: a feed that cannot be read is not the service that it reads. */
static const char *subject(const TimelineRow *row, const char *who, char *out, size_t cap)
{
    struct text key = text_of(row->key);

    if (text_starts_with(key, "poller:"))
        (void) snprintf(out, cap, "The feed %.112s of %.112s", row->source, who);
    else if (text_starts_with(key, "collector:"))
        (void) snprintf(out, cap, "Collector %s", row->collector);
    else if (text_starts_with(key, "slo:"))
        (void) snprintf(out, cap, "The error budget of %.112s", who);
    else if (text_starts_with(key, "self:") && row->known > 0)
        (void) snprintf(out, cap, "%u of %u collectors", (unsigned) row->silent, (unsigned) row->known);
    else if (text_starts_with(key, "self:"))
        (void) snprintf(out, cap, "Our collectors");
    else
        return who;
    return out;
}

void timeline_sentence(const TimelineRow *row, const char *name, char out[static TIMELINE_SENTENCE_BYTES])
{
    char words[SUBJECT_BYTES];
    const char *who = name != NULL ? name : row->service[0] != '\0' ? row->service : row->key;
    who = subject(row, who, words, sizeof words);

    for (size_t i = 0; i < sizeof sayings / sizeof sayings[0]; i++) {
        if (strcmp(row->decision, sayings[i].decision) == 0) {
            sayings[i].say(row, who, out);
            return;
        }
    }
    (void) snprintf(out, TIMELINE_SENTENCE_BYTES, "%s: %s", who, row->decision);
}
