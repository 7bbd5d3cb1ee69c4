/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/result.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/limits.h"
#include "common/registry.h"
#include "common/timestamp.h"

bool feed_ends_with(const char *s, const char *end)
{
    size_t len = strlen(s);
    size_t end_len = strlen(end);

    return len >= end_len && strcmp(s + len - end_len, end) == 0;
}

const char *feed_url(const struct feed_input *in, const char *path)
{
    const char *url = in->config->url;

    return arena_format(in->arena, "%s%s", url, feed_ends_with(url, path) ? "" : path);
}

const char *feed_url_part(struct arena *arena, const char *name)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = arena_new(arena, 3 * strlen(name) + 1);
    size_t len = 0;

    for (const char *c = name; *c != '\0'; c++) {
        unsigned byte = (unsigned char) *c;
        if (isalnum((int) byte) || strchr("-._~", *c) != NULL) {
            out[len++] = *c;
            continue;
        }
        out[len++] = '%';
        out[len++] = hex[byte >> 4];
        out[len++] = hex[byte & 15];
    }
    return out;
}

/* --- text --------------------------------------------------------------------------------------------------------- */

const char *feed_text(struct arena *arena, struct text in, size_t max_bytes)
{
    char copy[FEED_TEXT_BYTES_MAX + 1];
    size_t cap = max_bytes < FEED_TEXT_BYTES_MAX ? max_bytes + 1 : sizeof copy;

    (void) text_copy(copy, cap, text_trim(in));   /* longer ones are cut */
    return arena_copy_text(arena, text_trim(text_of(copy)));
}

const char *feed_name(struct arena *arena, struct text in)
{
    const char *name = feed_text(arena, in, FEED_NAME_BYTES_MAX);

    return name[0] == '\0' ? "(no name)" : name;
}

const char *feed_id(struct arena *arena, struct text in)
{
    const char *id = feed_text(arena, in, FEED_ID_BYTES_MAX);

    return id[0] == '\0' ? NULL : id;
}

struct text feed_id_text(const json_t *value, struct arena *arena)
{
    if (json_is_integer(value))
        return text_of(arena_format(arena, "%lld", (long long) json_integer_value(value)));
    return json_string_text(value);
}

const char *feed_word(struct arena *arena, struct text in)
{
    char copy[FEED_WORD_BYTES_MAX + 1];

    (void) text_copy(copy, sizeof copy, text_trim(in));
    for (char *c = copy; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char) (*c - 'A' + 'a');
    }
    return arena_copy_string(arena, copy);
}

const char *feed_link(struct arena *arena, struct text in)
{
    bool good = in.len <= LINK_BYTES_MAX && (text_starts_with(in, "https://") || text_starts_with(in, "http://"));

    for (size_t i = 0; good && i < in.len; i++)
        good = in.at[i] > ' ' && in.at[i] < 0x7f;
    return good ? arena_copy_text(arena, in) : "";
}

int64_t feed_time_ms(struct text in)
{
    int64_t at_ms = 0;

    return timestamp_parse(text_trim(in), &at_ms) ? at_ms : 0;
}

struct text feed_first_text(const json_t *object, const char *const keys[])
{
    for (; *keys != NULL; keys++) {
        struct text found = text_trim(json_text(object, *keys));
        if (found.len > 0)
            return found;
    }
    return (struct text) {0};
}

int64_t feed_time_of(const json_t *object, const char *const keys[])
{
    for (; *keys != NULL; keys++) {
        int64_t at_ms = feed_time_ms(json_text(object, *keys));
        if (at_ms != 0)
            return at_ms;
    }
    return 0;
}

const json_t *feed_newest(const json_t *list, const char *const keys[])
{
    const json_t *newest = NULL;
    int64_t newest_at_ms = 0;
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(list, i, value) {
        int64_t at_ms = feed_time_of(value, keys);
        if (!json_is_object(value) || (newest != NULL && at_ms <= newest_at_ms))
            continue;
        newest = value;
        newest_at_ms = at_ms;
    }
    return newest;
}

/* --- words -------------------------------------------------------------------------------------------------------- */

void feed_unseen(struct feed_result *result, struct text word, struct arena *arena)
{
    result->unseen_words++;
    if (result->unseen_word == NULL)
        result->unseen_word = feed_text(arena, word, FEED_WORD_BYTES_MAX);
}

const struct feed_vocabulary *feed_meaning(const struct feed_vocabulary *rows, struct text word,
                                           struct feed_result *result, struct arena *arena)
{
    static const struct feed_vocabulary none = {"", STATUS_UNKNOWN, false};

    for (; rows->word != NULL; rows++) {
        if (text_equal_ignoring_case(word, text_of(rows->word)))
            return rows;
    }
    if (word.len > 0)
        feed_unseen(result, word, arena);
    return &none;
}

const struct feed_phase_word feed_phase_words[] = {
    { "investigating", FEED_PHASE_OPEN },
    { "identified", FEED_PHASE_OPEN },
    { "monitoring", FEED_PHASE_WATCHED },
    { "resolved", FEED_PHASE_CLOSED },
    { "postmortem", FEED_PHASE_CLOSED },
    { "scheduled", FEED_PHASE_PLANNED },
    { "in_progress", FEED_PHASE_RUNNING },
    { "verifying", FEED_PHASE_RUNNING },
    { "completed", FEED_PHASE_CLOSED },
    { NULL, FEED_PHASE_UNSEEN },
};

enum feed_phase feed_phase(const struct feed_phase_word *rows, struct text word, struct feed_result *result,
                           struct arena *arena)
{
    for (; rows->word != NULL; rows++) {
        if (text_equal_ignoring_case(word, text_of(rows->word)))
            return rows->phase;
    }
    if (word.len > 0)
        feed_unseen(result, word, arena);
    return FEED_PHASE_UNSEEN;
}

/* --- items -------------------------------------------------------------------------------------------------------- */

void feed_put_incident(struct feed_result *result, const struct feed_incident *incident, struct arena *arena)
{
    if (result->incidents == NULL)
        result->incidents = arena_new(arena, FEED_ITEMS_MAX * sizeof *result->incidents);
    if (result->n_incidents < FEED_ITEMS_MAX)
        result->incidents[result->n_incidents++] = *incident;
}

void feed_put_window(struct feed_result *result, const struct feed_window *window, struct arena *arena)
{
    if (result->windows == NULL)
        result->windows = arena_new(arena, FEED_ITEMS_MAX * sizeof *result->windows);
    if (result->n_windows < FEED_ITEMS_MAX)
        result->windows[result->n_windows++] = *window;
}

void feed_put_notice(struct feed_result *result, const char *notice, struct arena *arena)
{
    if (result->notices == NULL)
        result->notices = arena_new(arena, FEED_ITEMS_MAX * sizeof *result->notices);
    if (result->n_notices < FEED_ITEMS_MAX)
        result->notices[result->n_notices++] = notice;
}

static bool ended_lately(int64_t at_ms, int64_t now_ms)
{
    return at_ms > 0 && at_ms >= now_ms - FEED_ENDED_DAYS * INT64_C(86400000);
}

void feed_put_ended(struct feed_result *result, const struct feed_incident *incident, const struct feed_input *in)
{
    struct feed_incident *list = result->ended;
    size_t i = result->n_ended;
    if (!ended_lately(incident->updated_at_ms, in->now_ms))
        return;
    if (list == NULL)
        result->ended = list = arena_new(in->arena, (FEED_ENDED_MAX + 1) * sizeof *list);

    for (; i > 0 && list[i - 1].updated_at_ms < incident->updated_at_ms; i--)
        list[i] = list[i - 1];
    list[i] = *incident;
    result->n_ended += result->n_ended < FEED_ENDED_MAX;   /* else the last falls off */
}

void feed_put_ended_window(struct feed_result *result, const struct feed_window *window, const struct feed_input *in)
{
    struct feed_window *list = result->ended_windows;
    size_t i = result->n_ended_windows;
    if (!ended_lately(window->ends_at_ms, in->now_ms))
        return;
    if (list == NULL)
        result->ended_windows = list = arena_new(in->arena, (FEED_ENDED_MAX + 1) * sizeof *list);

    for (; i > 0 && list[i - 1].ends_at_ms < window->ends_at_ms; i--)
        list[i] = list[i - 1];
    list[i] = *window;
    result->n_ended_windows += result->n_ended_windows < FEED_ENDED_MAX;
}

void feed_hold_until(struct feed_result *result, int64_t at_ms, int64_t now_ms)
{
    if (at_ms > now_ms && at_ms < result->valid_until_ms)
        result->valid_until_ms = at_ms;
}

/* --- failures ----------------------------------------------------------------------------------------------------- */

int feed_fail(struct feed_result *result, const char *reason, const char *sentence, struct arena *arena)
{
    *result = (struct feed_result) {
        .valid_until_ms = INT64_MAX,
        .reason = reason,
        .reason_text = feed_text(arena, text_of(sentence), DETAIL_BYTES_MAX),
    };
    return -EBADMSG;
}

int feed_misshapen(struct feed_result *result, struct arena *arena, struct error *err, const char *format, ...)
{
    char words[DETAIL_BYTES_MAX + 1];
    va_list arguments;

    va_start(arguments, format);
    (void) vsnprintf(words, sizeof words, format, arguments);   /* cut when longer */
    va_end(arguments);
    (void) error_set(err, -EBADMSG, "%s", words);
    return feed_fail(result, "shape", words, arena);
}
