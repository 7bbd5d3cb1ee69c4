/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/names.h"

#include <uthash.h>

#include "collector/feeds/feed.h"

struct names_entry {
    const char *name;                  /* folded */
    size_t position;
    UT_hash_handle hh;
};

/* Into a buffer of FEED_NAME_BYTES_MAX. */
static struct text fold(struct text name, char *out)
{
    struct text in = text_trim(name);
    size_t len = in.len < FEED_NAME_BYTES_MAX ? in.len : FEED_NAME_BYTES_MAX;

    for (size_t i = 0; i < len; i++)
        out[i] = in.at[i] >= 'A' && in.at[i] <= 'Z' ? (char) (in.at[i] - 'A' + 'a') : in.at[i];
    return (struct text) {out, len};
}

static struct names_entry *find(const struct names *names, struct text folded)
{
    struct names_entry *found = NULL;

    if (folded.len > 0)
        HASH_FIND(hh, names->first, folded.at, folded.len, found);
    return found;
}

void names_put(struct names *names, struct text name, size_t position)
{
    char buffer[FEED_NAME_BYTES_MAX];
    struct text folded = fold(name, buffer);
    if (folded.len == 0 || find(names, folded) != NULL)
        return;

    struct names_entry *entry = arena_new(names->arena, sizeof *entry);
    entry->name = arena_copy_text(names->arena, folded);
    entry->position = position;
    HASH_ADD_KEYPTR(hh, names->first, entry->name, folded.len, entry);
}

size_t names_find(const struct names *names, struct text name)
{
    char buffer[FEED_NAME_BYTES_MAX];
    const struct names_entry *entry = find(names, fold(name, buffer));

    return entry == NULL ? NAMES_NONE : entry->position;
}

void names_done(struct names *names)
{
    HASH_CLEAR(hh, names->first);
}
