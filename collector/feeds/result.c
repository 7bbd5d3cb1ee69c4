/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/result.h"

#include <errno.h>
#include <string.h>

#include "common/limits.h"
#include "common/timestamp.h"

const char *feed_text(struct arena *arena, struct text in, size_t max_bytes)
{
    char copy[FEED_TEXT_BYTES_MAX + 1];
    size_t cap = max_bytes < FEED_TEXT_BYTES_MAX ? max_bytes + 1 : sizeof copy;

    (void) text_copy(copy, cap, text_trim(in));   /* longer ones are cut */
    return arena_copy_text(arena, text_trim(text_of(copy)));
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

int feed_fail(struct feed_result *result, const char *reason, const char *sentence, struct arena *arena)
{
    *result = (struct feed_result) {
        .valid_until_ms = INT64_MAX,
        .reason = reason,
        .reason_text = feed_text(arena, text_of(sentence), DETAIL_BYTES_MAX),
    };
    return -EBADMSG;
}
