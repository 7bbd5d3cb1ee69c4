/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/sources.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { WORDS_BYTES_MAX = 1024 };   /* three of them with their NULs; the schema's bounds sum up to less */

struct source_entry *sources_at(struct sources *sources, uint32_t slot)
{
    if (slot >= sources->n) {
        uint32_t n = sources->n < 64 ? 64 : sources->n;
        while (n <= slot)
            n *= 2;
        sources->entries = mem_resize(sources->entries, n, sizeof *sources->entries);
        memset(sources->entries + sources->n, 0, (n - sources->n) * sizeof *sources->entries);
        sources->n = n;
    }
    return &sources->entries[slot];
}

static void entry_done(struct source_entry *entry)
{
    run_done(&entry->run);
    free(entry->said.at);
    free(entry->listed.at);
    *entry = (struct source_entry) {0};
}

void sources_forget(struct sources *sources, uint32_t slot)
{
    if (slot < sources->n)
        entry_done(&sources->entries[slot]);
}

void sources_done(struct sources *sources)
{
    for (uint32_t slot = 0; slot < sources->n; slot++)
        entry_done(&sources->entries[slot]);
    free(sources->entries);
    *sources = (struct sources) {0};
}

static void words_put(struct source_words *words, const char *first, const char *second, const char *third)
{
    char joined[WORDS_BYTES_MAX];
    size_t first_bytes = strlen(first) + 1;
    size_t second_bytes = strlen(second) + 1;
    size_t third_bytes = strlen(third) + 1;
    size_t len = first_bytes + second_bytes + third_bytes;
    assert(len <= sizeof joined);
    memcpy(joined, first, first_bytes);
    memcpy(joined + first_bytes, second, second_bytes);
    memcpy(joined + first_bytes + second_bytes, third, third_bytes);

    if (words->len == len && memcmp(words->at, joined, len) == 0)
        return;
    if (len > words->cap) {
        words->cap = (uint32_t) (len + 15) & ~15U;
        words->at = mem_resize(words->at, words->cap, 1);
    }
    memcpy(words->at, joined, len);
    words->len = (uint32_t) len;
}

/* Number 0, 1 or 2 of the three. */
static const char *words_get(const struct source_words *words, int number)
{
    const char *at = words->at;
    if (at == NULL)
        return "";
    while (number-- > 0)
        at += strlen(at) + 1;
    return at;
}

void source_say(struct source_entry *entry, const Report *report)
{
    words_put(&entry->said, report->reason, report->detail, report->link);
    entry->maintenance = report->maintenance;
}

void source_list(struct source_entry *entry, const Source *source)
{
    words_put(&entry->listed, source->title, source->unit, source->thresholds);
}

void source_list_row(struct source_entry *entry, const SourceRow *row)
{
    words_put(&entry->listed, row->title, row->unit, row->thresholds);
}

static void put(char *to, size_t cap, const char *from)
{
    size_t len = strnlen(from, cap - 1);
    memcpy(to, from, len);
    to[len] = '\0';
}

void source_fill(const struct source_entry *entry, SourceRow *out)
{
    int len = entry->run.count == 0 ? 0 : run_encode(&entry->run, NULL, out->run.bytes, sizeof out->run.bytes);
    assert(len >= 0);   /* run_extends says no before the bound of the row is reached */
    out->run.size = (pb_size_t) len;
    put(out->reason, sizeof out->reason, words_get(&entry->said, 0));
    put(out->detail, sizeof out->detail, words_get(&entry->said, 1));
    put(out->link, sizeof out->link, words_get(&entry->said, 2));
    out->maintenance = entry->maintenance;
    put(out->title, sizeof out->title, words_get(&entry->listed, 0));
    put(out->unit, sizeof out->unit, words_get(&entry->listed, 1));
    put(out->thresholds, sizeof out->thresholds, words_get(&entry->listed, 2));
}

int source_restore(struct source_entry *entry, const SourceRow *row)
{
    if (row->run.size > 0) {
        int r = run_decode((struct text) {(const char *) row->run.bytes, row->run.size}, &entry->run);
        if (r < 0)
            return r;
    }
    words_put(&entry->said, row->reason, row->detail, row->link);
    words_put(&entry->listed, row->title, row->unit, row->thresholds);
    entry->level = (uint8_t) row->state.level;
    entry->maintenance = row->maintenance;
    entry->known = true;
    return 0;
}

const char *source_reason(const struct source_entry *entry)
{
    return words_get(&entry->said, 0);
}

const char *source_detail(const struct source_entry *entry)
{
    return words_get(&entry->said, 1);
}

const char *source_link(const struct source_entry *entry)
{
    return words_get(&entry->said, 2);
}
