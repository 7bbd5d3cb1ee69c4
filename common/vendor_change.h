/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vendor_change: what can be new in a version of a vendor's incident or maintenance window. Bits: a version may carry several.
 */
#pragma once

#include <stdint.h>

/* X(name, word of the API, what it means) */
#define VENDOR_CHANGES(X)                                                                                             \
    X(OPENED,     "opened",     "first seen")                                                                        \
    X(REOPENED,   "reopened",   "on the page again after it was closed or gone")                                     \
    X(EDITED,     "edited",     "title, text or link is another; an update that the vendor adds is one too")         \
    X(STATE,      "state",      "the vendor's word for where it stands is another")                                  \
    X(UPGRADED,   "upgraded",   "the impact is worse than before")                                                   \
    X(DOWNGRADED, "downgraded", "the impact is milder than before; alone, without edited or state, it was quiet")    \
    X(BACK_DATED, "back_dated", "the incident is said to have begun earlier than was said before")                   \
    X(MOVED,      "moved",      "begins later than was said before; of a window: begins or ends at another time")    \
    X(RESOLVED,   "resolved",   "the vendor closed it")                                                              \
    X(DELETED,    "deleted",    "gone from the page, or not about what is watched any more, without a word that it is over")

enum vendor_change_position {
#define VENDOR_CHANGE_POSITION(name, word, meaning) VENDOR_CHANGE_POSITION_##name,
    VENDOR_CHANGES(VENDOR_CHANGE_POSITION)
#undef VENDOR_CHANGE_POSITION
    VENDOR_CHANGE_COUNT,
};

enum vendor_change {
#define VENDOR_CHANGE_BIT(name, word, meaning) VENDOR_##name = 1 << VENDOR_CHANGE_POSITION_##name,
    VENDOR_CHANGES(VENDOR_CHANGE_BIT)
#undef VENDOR_CHANGE_BIT
};

/* The word of the bit at this position, 0 to VENDOR_CHANGE_COUNT - 1. */
static inline const char *vendor_change_word(unsigned position)
{
    static const char *const words[] = {
#define VENDOR_CHANGE_WORD(name, word, meaning) word,
        VENDOR_CHANGES(VENDOR_CHANGE_WORD)
#undef VENDOR_CHANGE_WORD
    };

    return words[position];
}
