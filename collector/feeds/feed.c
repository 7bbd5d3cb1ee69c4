/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/feed.h"

#include <string.h>

#include "common/buffer.h"
#include "common/limits.h"

#define FEED_ROW(name, title, understands, needs) &name##_feed,
const struct feed *const feeds[] = {FEED_TYPES(FEED_ROW) NULL};
#undef FEED_ROW

const struct feed *feed_find(const char *name)
{
    for (const struct feed *const *feed = feeds; *feed != NULL; feed++) {
        if (strcmp((*feed)->name, name) == 0)
            return *feed;
    }
    return NULL;
}

/* --- the sentence ------------------------------------------------------------------------------------------------- */

enum { DETAIL_PARTS_BYTES = 4096, SHOWN_MAX = 8 };

/* Parts are joined by "; ". What passes the ceiling is left out, and the end is cut to size anyway. */
static void add_part(struct buffer *words, const char *what, const char *name, const char *state)
{
    (void) buffer_format(words, "%s%s%s%s%s", words->len == 0 ? "" : "; ", what, name, state[0] == '\0' ? "" : ": ", state);
}

/* Bad components, the worst first. */
static void add_components(struct buffer *words, const struct feed_result *result)
{
    static const enum status order[] = {STATUS_MAJOR_OUTAGE, STATUS_PARTIAL_OUTAGE, STATUS_DEGRADED, STATUS_UNKNOWN};
    size_t n = 0;

    for (size_t level = 0; level < ARRAY_SIZE(order); level++) {
        for (size_t i = 0; i < result->n_components; i++) {
            const struct feed_component *component = &result->components[i];
            if (component->state == order[level] && n++ < SHOWN_MAX)
                add_part(words, "", component->name, status_title(component->state));
        }
    }
    if (n > SHOWN_MAX)
        (void) buffer_format(words, "; %zu more", n - SHOWN_MAX);
}

static void add_items(struct buffer *words, const struct feed_result *result)
{
    for (size_t i = 0; i < result->n_incidents && i < SHOWN_MAX; i++)
        add_part(words, "incident ", result->incidents[i].name, result->incidents[i].state);
    for (size_t i = 0, n = 0; i < result->n_windows && n < SHOWN_MAX; i++) {
        if (!result->windows[i].running)
            continue;
        add_part(words, "maintenance under way: ", result->windows[i].name, "");
        n++;
    }
    for (size_t i = 0; i < result->n_notices && i < SHOWN_MAX; i++)
        add_part(words, "notice: ", result->notices[i], "");
}

/* When there is nothing bad to tell. */
static void add_rest(struct buffer *words, const struct feed_result *result)
{
    if (result->unseen_word != NULL)
        add_part(words, "a word never met before: ", result->unseen_word, "");
    if (words->len > 0)
        return;
    if (result->maintenance)
        add_part(words, "maintenance under way", "", "");
    else if (result->no_state)
        add_part(words, "no open incidents", "", "");
    else if (result->state == STATUS_UNKNOWN)
        add_part(words, "the page does not tell a state", "", "");
    else if (result->state == STATUS_OPERATIONAL && result->n_components > 1)
        (void) buffer_format(words, "all %zu components operational", result->n_components);
    else
        add_part(words, status_title(result->state), "", "");
}

const char *feed_detail(const struct feed_result *result, struct arena *arena)
{
    char detail[DETAIL_BYTES_MAX + 1];
    CLEANUP(buffer_done) struct buffer words = {0};

    if (result->reason != NULL) {
        (void) text_copy(detail, sizeof detail, text_of(result->reason_text));
        return arena_copy_string(arena, detail);
    }
    buffer_init(&words, DETAIL_PARTS_BYTES);
    add_components(&words, result);
    add_items(&words, result);
    add_rest(&words, result);
    if (result->caveat != NULL)
        (void) buffer_format(&words, " (%s)", result->caveat);
    (void) text_copy(detail, sizeof detail, buffer_text(&words));   /* cut at a character */
    return arena_copy_string(arena, detail);
}
