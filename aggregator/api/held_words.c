/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/held_words.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/engine/explain.h"
#include "common/status.h"
#include "common/text.h"

enum by { BY_NOBODY, BY_SERVICE, BY_WINDOW, BY_PERSON };

/* Each reason once: with what is behind it, "before NAME after"; without. */
static const struct {
    enum by by;
    const char *before, *after;
    const char *alone;
} reasons[REASONS] = {
    [REASON_NO_ROUTE] = {.alone = "no route: nobody is to be told of it"},
    [REASON_MAINTENANCE] = {BY_WINDOW, "maintenance, window ", "", "maintenance"},
    [REASON_MAINTENANCE_GRACE] = {.alone = "maintenance is just over, it has time to recover"},
    [REASON_DEPENDENCY] = {BY_SERVICE, "it depends on ", ", which is in trouble and answers for it",
                           "what it depends on is in trouble and answers for it"},
    [REASON_UPSTREAM_GRACE] = {BY_SERVICE, "it depends on ", ", which has just recovered: it has time to follow",
                               "what it depends on has just recovered: it has time to follow"},
    [REASON_CORRELATION_HOLD] = {BY_SERVICE, "it depends on ", ", which failed first: it waits for others, to tell of all at once",
                                 "what it depends on failed first: it waits for others, to tell of all at once"},
    [REASON_COLLECTOR_SILENT] = {.alone = "its collector is silent, which is told instead"},
    [REASON_COLLECTOR_BLIND] = {.alone = "its collector sees nothing, which is told instead"},
    [REASON_POLLER_HOLD] = {.alone = "its collector sees again, the feed has time to follow"},
    [REASON_MASS_SILENCE] = {.alone = "many collectors are gone at once, which is told in one message"},
    [REASON_COLLECTOR_HOLD] = {.alone = "collectors are just coming back, it has time to follow"},
    [REASON_HIGHER_BURN_OPEN] = {.alone = "a faster burn of the same budget is told instead"},
    [REASON_HIGHER_BURN_RECENT] = {.alone = "a faster burn of the same budget was told just now"},
    [REASON_FLAPPING] = {.alone = "flapping, it waits until it is steady"},
    [REASON_ACKNOWLEDGED] = {BY_PERSON, "acknowledged, ", " has it", "acknowledged"},
    [REASON_IMPROVE_OFF] = {.alone = "improvements are not told of it"},
    [REASON_RECURRING] = {.alone = "it became worse again and again, so nobody is told that it eased"},
};

const char *held_person(const char *who)
{
    static const char *const kinds[] = {"token:", "local:"};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t len = strlen(kinds[i]);
        if (strncmp(who, kinds[i], len) == 0 && who[len] != '\0')
            return who + len;
    }
    return who[0] == '\0' ? "somebody" : who;
}

static const char *name_of(enum by by, const char *who, const struct aggregator_config *config)
{
    const struct service_entry *entry = by == BY_SERVICE ? registry_find(&config->registry, who) : NULL;

    if (entry != NULL)
        return entry->name;
    return by == BY_PERSON ? held_person(who) : who;
}

/* What it is that nobody is told of. */
static void say_what(const Held *held, char *out, size_t cap)
{
    enum notify_kind kind = NOTIFY_RAISE;
    enum status status;
    const char *level = status_parse(text_of(held->level), &status) ? status_title(status) : held->level;

    (void) notify_kind_parse(held->kind, &kind);
    if (kind == NOTIFY_ESCALATE)
        (void) snprintf(out, cap, "That it got worse (%s) is held", level);
    else if (kind == NOTIFY_IMPROVE)
        (void) snprintf(out, cap, "That it eased (%s) is held", level);
    else if (kind == NOTIFY_AGGREGATE)
        (void) snprintf(out, cap, "Which others fail with it is held");
    else if (kind == NOTIFY_RESOLVE)
        (void) snprintf(out, cap, "Its recovery is held");
    else
        (void) snprintf(out, cap, "Held");
}

void held_sentence(const Held *held, const struct aggregator_config *config, char out[static HELD_SENTENCE_BYTES])
{
    char what[64];
    enum reason reason = REASON_NONE;

    say_what(held, what, sizeof what);
    bool known = reason_parse(held->reason, &reason) && reasons[reason].alone != NULL;
    if (!known)
        (void) snprintf(out, HELD_SENTENCE_BYTES, "%s: %s.", what, held->reason);
    else if (reasons[reason].by == BY_NOBODY || held->by[0] == '\0')
        (void) snprintf(out, HELD_SENTENCE_BYTES, "%s: %s.", what, reasons[reason].alone);
    else
        (void) snprintf(out, HELD_SENTENCE_BYTES, "%s: %s%s%s.", what, reasons[reason].before,
                        name_of(reasons[reason].by, held->by, config), reasons[reason].after);
}
