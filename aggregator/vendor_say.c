/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/vendor_say.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"

enum { DIGEST_BYTES = sizeof((VendorVoice *) 0)->said, RANK_UNKNOWN = 0 };

/* ---------------------------------------------------------------- words */

/* How bad vendors say that it is, in the words of all platforms. */
static int impact_rank(const char *word)
{
    static const struct { const char *word; int rank; } ranks[] = {
        {"none", 1}, {"informational", 1}, {"information", 1}, {"info", 1}, {"notice", 1}, {"operational", 1},
        {"maintenance", 1}, {"low", 2}, {"minor", 2}, {"degraded", 2}, {"degraded_performance", 2}, {"warning", 2},
        {"medium", 3}, {"moderate", 3}, {"partial_outage", 3}, {"partialoutage", 3}, {"major", 3}, {"high", 4},
        {"critical", 4}, {"major_outage", 4}, {"majoroutage", 4}, {"full_outage", 4}, {"outage", 4},
    };

    for (size_t i = 0; i < ARRAY_SIZE(ranks); i++) {
        if (text_equal_ignoring_case(text_of(word), text_of(ranks[i].word)))
            return ranks[i].rank;
    }
    return RANK_UNKNOWN;
}

static uint32_t impact_change(const char *before, const char *now)
{
    int was = impact_rank(before);
    int is = impact_rank(now);

    if (strcmp(before, now) == 0)
        return 0;
    if (was == RANK_UNKNOWN || is == RANK_UNKNOWN || was == is)
        return VENDOR_EDITED;    /* another word, of which we cannot say whether it is worse */
    return is > was ? VENDOR_UPGRADED : VENDOR_DOWNGRADED;
}

static void add_string(crypto_generichash_state *state, const char *string)
{
    (void) crypto_generichash_update(state, (const unsigned char *) string, strlen(string) + 1);    /* cannot fail */
}

static void add_number(crypto_generichash_state *state, int64_t number)
{
    (void) crypto_generichash_update(state, (const unsigned char *) &number, sizeof number);
}

/* The same on every machine of one byte order, which is all that a store can be moved between. */
static void digest_words(const VendorItem *item, uint8_t out[static DIGEST_BYTES])
{
    crypto_generichash_state state;

    (void) crypto_generichash_init(&state, NULL, 0, DIGEST_BYTES);    /* these fail only for impossible lengths */
    add_string(&state, item->title);
    add_string(&state, item->text);
    add_string(&state, item->link);
    (void) crypto_generichash_final(&state, out, DIGEST_BYTES);
}

/* All but the time of the update, which ticks on some pages by itself. */
static void digest_item(const VendorItem *item, uint8_t out[static DIGEST_BYTES])
{
    crypto_generichash_state state;

    (void) crypto_generichash_init(&state, NULL, 0, DIGEST_BYTES);
    add_string(&state, item->title);
    add_string(&state, item->text);
    add_string(&state, item->link);
    add_string(&state, item->state);
    add_string(&state, item->impact);
    add_number(&state, item->starts_at_ms);
    add_number(&state, item->ends_at_ms);
    add_number(&state, item->ended + 2 * item->running);
    (void) crypto_generichash_final(&state, out, DIGEST_BYTES);
}

void vendor_say_key(const char *id, char out[static sizeof((VendorItemRow *) 0)->key])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    uint8_t digest[DIGEST_BYTES];
    char hex[2 * DIGEST_BYTES + 1];

    if (id[0] != '\0' && id[strspn(id, plain)] == '\0') {
        (void) snprintf(out, sizeof((VendorItemRow *) 0)->key, "%s", id);
        return;
    }
    (void) crypto_generichash(digest, sizeof digest, (const unsigned char *) id, strlen(id), NULL, 0);
    text_to_hex(digest, sizeof digest, hex);
    (void) snprintf(out, sizeof((VendorItemRow *) 0)->key, "h.%s", hex);
}

/* ---------------------------------------------------------------- who says it */

static VendorVoice *voice_find(VendorItemRow *row, const char *collector)
{
    for (pb_size_t i = 0; i < row->voices_count; i++) {
        if (strcmp(row->voices[i].collector, collector) == 0)
            return &row->voices[i];
    }
    return NULL;
}

/* A new one; with no room left the eldest makes room: it is a stranger again when it next speaks. */
static VendorVoice *voice_add(VendorItemRow *row, const char *collector)
{
    if (row->voices_count == ARRAY_SIZE(row->voices)) {
        memmove(row->voices, row->voices + 1, sizeof row->voices - sizeof row->voices[0]);
        row->voices_count--;
    }
    VendorVoice *voice = &row->voices[row->voices_count++];
    *voice = (VendorVoice) {0};
    (void) snprintf(voice->collector, sizeof voice->collector, "%s", collector);
    return voice;
}

/* What it read before another collector brought the newest version is old. */
static bool is_behind(const VendorItemRow *row, const struct vendor_speaker *speaker)
{
    return row->versions > 0 && strcmp(row->author, speaker->collector) != 0 && speaker->observed_at_ms < row->changed_at_ms;
}

/* And so is what the vendor itself dates before it. */
static bool is_older(const VendorItemRow *row, const struct vendor_speaker *speaker, const VendorItem *item)
{
    return strcmp(row->author, speaker->collector) != 0 && item->updated_at_ms != 0 && item->updated_at_ms < row->updated_at_ms;
}

static void advance(VendorItemRow *row, const struct vendor_speaker *speaker)
{
    row->versions++;
    row->changed_at_ms = speaker->now_ms;
    (void) snprintf(row->author, sizeof row->author, "%s", speaker->collector);
}

/* ---------------------------------------------------------------- an item */

static uint32_t time_change(const VendorItemRow *row, const VendorItem *item)
{
    bool window = row->kind == VENDOR_ITEM_MAINTENANCE;
    uint32_t changes = 0;

    if (item->starts_at_ms != row->starts_at_ms) {
        bool earlier = item->starts_at_ms != 0 && item->starts_at_ms < row->starts_at_ms;
        changes |= earlier && !window ? VENDOR_BACK_DATED : VENDOR_MOVED;
    }
    if (window && item->ends_at_ms != row->ends_at_ms)
        changes |= VENDOR_MOVED;
    return changes;
}

static uint32_t changes_of(const VendorItemRow *row, const VendorItem *item)
{
    uint8_t words[DIGEST_BYTES];
    uint32_t changes = row->versions == 0 ? VENDOR_OPENED : 0;

    if (row->versions > 0) {
        digest_words(item, words);
        changes |= memcmp(words, row->words, sizeof words) != 0 ? VENDOR_EDITED : 0;
        changes |= strcmp(item->state, row->state) != 0 ? VENDOR_STATE : 0;
        changes |= impact_change(row->impact, item->impact);
        changes |= time_change(row, item);
        changes |= row->gone && !item->ended ? VENDOR_REOPENED : 0;
    }
    changes |= item->ended && !row->ended ? VENDOR_RESOLVED : 0;
    return changes;
}

static void take(VendorItemRow *row, const VendorItem *item)
{
    (void) snprintf(row->state, sizeof row->state, "%s", item->state);
    (void) snprintf(row->impact, sizeof row->impact, "%s", item->impact);
    digest_words(item, row->words);
    row->starts_at_ms = item->starts_at_ms;
    row->ends_at_ms = item->ends_at_ms;
    row->updated_at_ms = item->updated_at_ms;
    row->ended = item->ended;
    row->gone = item->ended;
}

/* Whether the speaker tells something that it did not tell the last time. */
static bool speak(VendorItemRow *row, const struct vendor_speaker *speaker, const VendorItem *item)
{
    VendorVoice *voice = voice_find(row, speaker->collector);
    uint8_t said[DIGEST_BYTES];

    digest_item(item, said);
    bool news = voice == NULL || memcmp(voice->said, said, sizeof said) != 0 || voice->present == item->ended;
    if (voice == NULL)
        voice = voice_add(row, speaker->collector);
    memcpy(voice->said, said, sizeof said);
    voice->present = !item->ended;
    return news;
}

uint32_t vendor_say_item(VendorItemRow *row, const struct vendor_speaker *speaker, const VendorItem *item)
{
    if (is_behind(row, speaker))
        return 0;
    bool news = speak(row, speaker, item);
    if (!news || (row->versions > 0 && is_older(row, speaker, item)))
        return 0;

    uint32_t changes = changes_of(row, item);
    if (changes == 0)
        return 0;
    if (row->versions == 0)
        row->first_seen_ms = speaker->now_ms;
    take(row, item);
    advance(row, speaker);
    return changes;
}

/* ---------------------------------------------------------------- a list */

static bool somebody_sees_it(const VendorItemRow *row, const struct vendor_speaker *speaker)
{
    for (pb_size_t i = 0; i < row->voices_count; i++) {
        const VendorVoice *voice = &row->voices[i];
        if (voice->present && strcmp(voice->collector, speaker->collector) != 0
            && speaker->is_heard(speaker->context, voice->collector))
            return true;
    }
    return false;
}

uint32_t vendor_say_listed(VendorItemRow *row, const struct vendor_speaker *speaker, bool listed, bool *touched)
{
    VendorVoice *voice = voice_find(row, speaker->collector);

    *touched = false;
    if (is_behind(row, speaker))
        return 0;
    if (voice != NULL && voice->present != listed && !row->gone) {
        voice->present = listed;
        *touched = true;
    }
    if (listed || row->gone || somebody_sees_it(row, speaker))
        return 0;
    for (pb_size_t i = 0; i < row->voices_count; i++)
        row->voices[i].present = false;
    row->gone = true;
    advance(row, speaker);
    *touched = true;
    return VENDOR_DELETED;
}

bool vendor_say_covers(const VendorList *list, const char *id)
{
    return strcmp(id, list->after) > 0 && (list->through[0] == '\0' || strcmp(id, list->through) <= 0);
}
