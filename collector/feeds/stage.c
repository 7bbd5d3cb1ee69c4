/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/stage.h"

#include <ctype.h>
#include <string.h>

enum { TAG_BYTES_MAX = 10, STAGE_BYTES_MAX = 64 };

static const char update_word[] = "update";

static const struct feed_phase_word words[] = {
    { "investigating", FEED_PHASE_OPEN },
    { "identified", FEED_PHASE_OPEN },
    { update_word, FEED_PHASE_OPEN },
    { "monitoring", FEED_PHASE_WATCHED },
    { "resolved", FEED_PHASE_CLOSED },
    { "completed", FEED_PHASE_CLOSED },
    { "postmortem", FEED_PHASE_CLOSED },
    { "canceled", FEED_PHASE_CLOSED },
    { "cancelled", FEED_PHASE_CLOSED },
    { "scheduled", FEED_PHASE_PLANNED },
    { "in progress", FEED_PHASE_RUNNING },
    { "verifying", FEED_PHASE_RUNNING },
    { "maintenance scheduled", FEED_PHASE_PLANNED },
    { "maintenance in progress", FEED_PHASE_RUNNING },
    { "maintenance completed", FEED_PHASE_CLOSED },
    { NULL, FEED_PHASE_UNSEEN },
};

/* Tags behind which a new line starts, whether they begin or end. */
static const char *const breaks[] = {"br", "p", "div", "li", "ul", "ol", "hr", "td", "tr", "small", "h1", "h2", "h3", "h4"};

/* A walk through the markup of an item. */
struct walk {
    struct text html;
    size_t at;
    size_t tags_until;                 /* where the last '>' of all is */
    bool line_start;                   /* nothing but tags since the last break */
    bool began;                        /* there were words already */
    bool dated;                        /* a time in <small> and a break stand right before */
    bool small_ended;
    size_t block_at;                   /* where the update that is being read began */
};

/* A stage word where one is due. */
struct marker {
    struct text word;
    enum feed_phase phase;
    size_t at;                         /* where it stands */
    size_t block_at;                   /* where its update begins, when that is told apart */
    size_t end;                        /* where what it says begins */
};

static struct walk walk_from(struct text html, size_t at)
{
    const char *last_close = html.len == 0 ? NULL : memrchr(html.at, '>', html.len);

    return (struct walk) {.html = html, .at = at, .line_start = at == 0, .began = at > 0,
                          .tags_until = last_close == NULL ? 0 : (size_t) (last_close - html.at)};
}

static struct text rest_of(const struct walk *walk)
{
    return (struct text) {walk->html.at + walk->at, walk->html.len - walk->at};
}

/* --- words -------------------------------------------------------------------------------------------------------- */

static bool phrase_is(struct text phrase, const char *word)
{
    size_t i = 0;

    for (; i < phrase.len && word[i] != '\0'; i++) {
        char c = (char) (phrase.at[i] == '_' ? ' ' : tolower((unsigned char) phrase.at[i]));
        if (c != word[i])
            return false;
    }
    return i == phrase.len && word[i] == '\0';
}

static struct text without_end_marks(struct text phrase)
{
    phrase = text_trim(phrase);
    while (phrase.len > 0 && strchr(":.-", phrase.at[phrase.len - 1]) != NULL)
        phrase = text_trim((struct text) {phrase.at, phrase.len - 1});
    return phrase;
}

static bool phase_of(struct text phrase, enum feed_phase *out)
{
    for (const struct feed_phase_word *row = words; row->word != NULL; row++) {
        if (!phrase_is(phrase, row->word))
            continue;
        *out = row->phase;
        return true;
    }
    *out = FEED_PHASE_UNSEEN;
    return false;
}

/* "Status: Monitoring": the label goes, and what follows is a stage, met before or not. */
static bool take_label(struct text *phrase)
{
    static const char label[] = "status:";
    struct text start = {phrase->at, phrase->len < sizeof label - 1 ? phrase->len : sizeof label - 1};
    if (!text_equal_ignoring_case(start, text_of(label)))
        return false;

    *phrase = text_trim((struct text) {phrase->at + start.len, phrase->len - start.len});
    return phrase->len > 0;
}

/* --- markup ------------------------------------------------------------------------------------------------------- */

/* The tag that begins here: its name in lower case ("" for a comment), and its length (0: it is none). Only what begins like
 * a tag is looked through for its end, and nothing behind the last '>': else a million '<' would take minutes. */
static size_t read_tag(const struct walk *walk, char name[static TAG_BYTES_MAX + 1], bool *ends)
{
    struct text in = rest_of(walk);
    size_t at = 1;
    size_t n = 0;
    if (walk->at >= walk->tags_until)
        return 0;
    *ends = in.at[at] == '/';
    at += *ends;
    while (n < TAG_BYTES_MAX && isalnum((unsigned char) in.at[at]))
        name[n++] = (char) tolower((unsigned char) in.at[at++]);
    name[n] = '\0';
    if (n == 0 && in.at[1] != '!')
        return 0;
    return (size_t) ((const char *) memchr(in.at, '>', in.len) - in.at) + 1;
}

static void pass_tag(struct walk *walk, const char *name, bool ends)
{
    bool small = strcmp(name, "small") == 0;

    if ((small && !ends) || (!ends && (strcmp(name, "p") == 0 || strcmp(name, "div") == 0 || strcmp(name, "li") == 0)))
        walk->block_at = walk->at;
    walk->dated = walk->small_ended && strcmp(name, "br") == 0;
    walk->small_ended = small && ends;
    for (size_t i = 0; i < ARRAY_SIZE(breaks); i++)
        walk->line_start = walk->line_start || strcmp(name, breaks[i]) == 0;
}

/* Up to the next tag. */
static struct text text_run(struct text in)
{
    const char *end = memchr(in.at, '<', in.len);

    return (struct text) {in.at, end == NULL ? in.len : (size_t) (end - in.at)};
}

/* Passes the end tag that may stand here, and the dash that may follow. Whether there was one. */
static bool pass_dash(struct text *in)
{
    static const char *const dashes[] = {"-", "\xe2\x80\x93", "\xe2\x80\x94", "&ndash;", "&mdash;"};
    const char *close = in->len == 0 || in->at[0] != '<' ? NULL : memchr(in->at, '>', in->len);
    if (close != NULL)
        *in = (struct text) {close + 1, in->len - (size_t) (close - in->at) - 1};
    *in = text_trim(*in);
    for (size_t i = 0; i < ARRAY_SIZE(dashes); i++) {
        size_t len = strlen(dashes[i]);
        if (!text_starts_with(*in, dashes[i]))
            continue;
        *in = text_trim((struct text) {in->at + len, in->len - len});
        return true;
    }
    return false;
}

/* Whether the bold words that begin at `from` are a stage. */
static bool is_marker(const struct walk *walk, size_t from, struct marker *out)
{
    struct text in = {walk->html.at + from, walk->html.len - from};
    struct text run = text_run(in);
    struct text phrase = text_trim(run);
    bool labelled = take_label(&phrase);
    phrase = without_end_marks(phrase);
    if (phrase.len == 0 || phrase.len > STAGE_BYTES_MAX)
        return false;

    *out = (struct marker) {.word = phrase, .at = walk->at, .block_at = walk->block_at, .end = from + run.len};
    bool known = phase_of(phrase, &out->phase);
    struct text behind = {in.at + run.len, in.len - run.len};
    return known || labelled || (walk->dated && pass_dash(&behind));
}

/* "Status: X" may also stand there without being bold, on the first line. */
static bool is_plain_marker(const struct walk *walk, struct text run, struct marker *out)
{
    struct text line = text_trim(run);
    const char *end = line.len == 0 ? NULL : memchr(line.at, '\n', line.len);
    struct text phrase = {line.at, end == NULL ? line.len : (size_t) (end - line.at)};
    size_t end_at = (size_t) (phrase.at - walk->html.at) + phrase.len;
    if (!take_label(&phrase) || phrase.len > STAGE_BYTES_MAX)
        return false;

    *out = (struct marker) {.word = without_end_marks(phrase), .end = end_at};
    (void) phase_of(out->word, &out->phase);
    return true;
}

/* True: they begin with a stage. */
static bool pass_words(struct walk *walk, struct text run, struct marker *out)
{
    bool blank = text_trim(run).len == 0;
    bool found = !blank && !walk->began && is_plain_marker(walk, run, out);

    if (!blank) {
        walk->line_start = walk->dated = walk->small_ended = false;
        walk->began = true;
    }
    walk->at = found ? out->end : walk->at + run.len;
    return found;
}

/* The next stage word from where the walk stands. */
static bool next_marker(struct walk *walk, struct marker *out)
{
    while (walk->at < walk->html.len) {
        struct text in = rest_of(walk);
        char name[TAG_BYTES_MAX + 1];
        bool ends = false;
        size_t len = in.at[0] == '<' ? read_tag(walk, name, &ends) : 0;
        if (len > 0) {
            bool bold = !ends && (strcmp(name, "strong") == 0 || strcmp(name, "b") == 0);
            bool found = bold && walk->line_start && is_marker(walk, walk->at + len, out);
            if (!bold)
                pass_tag(walk, name, ends);
            walk->at = found ? out->end : walk->at + len;
            if (found)
                return true;
            continue;
        }
        struct text run = text_run((struct text) {in.at + 1, in.len - 1});
        run = (struct text) {in.at, run.len + 1};
        if (pass_words(walk, run, out))
            return true;
    }
    return false;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static bool read_title(struct text title, struct marker *out)
{
    bool bracket = text_starts_with(title, "[");
    const char *end = title.len == 0 ? NULL : memchr(title.at, bracket ? ']' : ':', title.len);
    if (end == NULL)
        return false;

    struct text phrase = {title.at + bracket, (size_t) (end - title.at) - bracket};
    *out = (struct marker) {.word = text_trim(phrase)};
    return phase_of(out->word, &out->phase);
}

/* What "Update" repeats. */
static void look_below(struct walk *walk, struct marker *marker)
{
    struct marker below;

    while (next_marker(walk, &below)) {
        if (phrase_is(below.word, update_word))
            continue;
        if (below.phase != FEED_PHASE_CLOSED && below.phase != FEED_PHASE_UNSEEN) {
            marker->phase = below.phase;
            marker->word = below.word;
        }
        return;
    }
}

/* From the end of the stage to where the next update begins; the dash between goes too. */
static struct text newest_update(struct text html, const struct marker *marker)
{
    struct walk walk = walk_from(html, marker->end);
    struct marker next;
    size_t end = html.len;
    if (next_marker(&walk, &next))
        end = next.block_at > marker->end ? next.block_at : next.at;

    struct text update = {html.at + marker->end, end - marker->end};
    (void) pass_dash(&update);
    return update;
}

static const char *word_of(struct text phrase, struct arena *arena)
{
    char *word = arena_copy_string(arena, feed_word(arena, phrase));

    for (char *c = word; *c != '\0'; c++)
        *c = (char) (*c == '_' ? ' ' : *c);
    return word;
}

struct stage stage_read(struct text html, struct text title, struct arena *arena)
{
    struct walk walk = walk_from(html, 0);
    struct marker marker;
    bool in_text = next_marker(&walk, &marker);
    if (!in_text && !read_title(title, &marker))
        return (struct stage) {.word = "", .newest = html};

    struct stage stage = {.told = true, .newest = in_text ? newest_update(html, &marker) : html};
    if (in_text && phrase_is(marker.word, update_word))
        look_below(&walk, &marker);
    stage.phase = marker.phase;
    stage.word = word_of(marker.word, arena);
    return stage;
}
