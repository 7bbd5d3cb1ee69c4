/* SPDX-License-Identifier: Apache-2.0 */
#include "common/poll_reason.h"

#include <string.h>

static const char *const words[] = {
#define POLL_REASON_WORD(id, word) word,
    POLL_REASONS(POLL_REASON_WORD)
#undef POLL_REASON_WORD
};

_Static_assert((int) POLL_REASON_COUNT <= (int) POLL_REASONS_MAX, "the counters on the wire have room for each");

const char *poll_reason_word(enum poll_reason reason)
{
    return words[reason];
}

enum poll_reason poll_reason_of(const char *word)
{
    for (int i = 0; i < POLL_REASON_COUNT; i++) {
        if (strcmp(words[i], word) == 0)
            return (enum poll_reason) i;
    }
    return POLL_REASON_OTHER;
}
