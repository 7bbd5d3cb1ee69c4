/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/slack.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/notify/slack_limits.h"
#include "aggregator/notify/slack_text.h"
#include "aggregator/notify/wording.h"
#include "common/mem.h"

/* Characters of a part before "…"; HEADER_FRAME is demo label, sign, blank and colon. */
enum { NAME_CHARS_MAX = 112, DETAIL_CHARS_MAX = 512, WORD_CHARS_MAX = 64, TRUTH_CHARS_MAX = 240, AFFECTED_CHARS_MAX = 64,
       CONTEXT_BYTES_MAX = 1200, URL_BYTES_MAX = 512, HEADER_FRAME_CHARS = 16 };

static void json_freep(json_t **json)
{
    json_decref(*json);
}

static void put_name(struct buffer *out, const OutboxRow *row)
{
    slack_put_escaped(out, text_of(wording_name(row)), NAME_CHARS_MAX);
}

/* ---------------------------------------------------------------- the header: sign, name, level in words */

static void put_state(struct buffer *out, const OutboxRow *row)
{
    struct buffer words;
    buffer_init(&words, 2 * WORD_CHARS_MAX);
    wording_put_state(&words, row);
    slack_put_escaped(out, buffer_text(&words), 2 * WORD_CHARS_MAX);
    buffer_done(&words);
}

/* The state goes in first and the name takes what is left: a cut name is still found, a cut state is wrong. */
static void put_header(struct buffer *out, const OutboxRow *row)
{
    struct buffer state, name;
    buffer_init(&state, SLACK_HEADER_CHARS_MAX / 2);
    put_state(&state, row);
    buffer_init(&name, SLACK_HEADER_CHARS_MAX - HEADER_FRAME_CHARS - state.len);
    put_name(&name, row);

    (void) buffer_format(out, "%s%s %s: %s", row->demo ? "[DEMO] " : "", wording_symbol(row),
                         name.bytes == NULL ? "?" : name.bytes, state.bytes == NULL ? "?" : state.bytes);
    buffer_done(&state);
    buffer_done(&name);
}

/* ---------------------------------------------------------------- the sentence: what happened, who is hit, since when */

static void put_impact(struct buffer *out, const OutboxRow *row)
{
    (void) buffer_put_text(out, ": ");
    wording_put_impact(out, row);
    (void) buffer_put_text(out, ". ");
}

/* B2 */
static void put_affected(struct buffer *out, const OutboxRow *row)
{
    uint32_t more;
    size_t n = wording_n_named(row, &more);

    for (size_t i = 0; i < n; i++) {
        (void) buffer_put_text(out, i == 0 ? "Affected now: " : ", ");
        slack_put_escaped(out, text_of(row->affected[i]), AFFECTED_CHARS_MAX);
    }
    if (n > 0 && more > 0)
        (void) buffer_format(out, " +%u more", (unsigned) more);
    if (n > 0)
        (void) buffer_put_text(out, ". ");
}

static void put_since(struct buffer *out, const OutboxRow *row)
{
    if (row->since_ms <= 0)
        return;
    (void) buffer_put_text(out, "Since ");
    slack_put_date(out, row->since_ms);
    (void) buffer_put_text(out, ".");
}

static void put_lasted(struct buffer *out, const OutboxRow *row)
{
    if (row->since_ms <= 0 || row->decided_at_ms < row->since_ms)
        return;
    int64_t lasted_s = (row->decided_at_ms - row->since_ms) / 1000;
    (void) buffer_put_text(out, " It lasted from ");
    slack_put_date(out, row->since_ms);
    if (lasted_s >= 3600)
        (void) buffer_format(out, " for %lld h %lld min.", (long long) (lasted_s / 3600), (long long) (lasted_s % 3600 / 60));
    else if (lasted_s >= 60)
        (void) buffer_format(out, " for %lld min.", (long long) (lasted_s / 60));
    else
        (void) buffer_format(out, " for %lld s.", (long long) lasted_s);
}

static void put_previous(struct buffer *out, const OutboxRow *row)
{
    if (row->previous_level[0] == '\0')
        return;
    (void) buffer_put_text(out, " (was ");
    slack_put_escaped(out, text_of(wording_level_title(row->previous_level)), WORD_CHARS_MAX);
    (void) buffer_put_text(out, ")");
}

static void put_end(struct buffer *out, const OutboxRow *row)
{
    (void) buffer_put_text(out, "*");
    put_name(out, row);
    if (wording_is_unwatched(row)) {
        (void) buffer_put_text(out, "* is no longer watched: it left the configuration. Its alert");
        put_previous(out, row);
        (void) buffer_put_text(out, " ends with that; nothing is known about its state.");
        return;
    }
    switch (wording_subject(row)) {
    case SUBJECT_SERVICE:   (void) buffer_put_text(out, "* is operational again"); break;
    case SUBJECT_POLLER:    (void) buffer_put_text(out, "* can be observed again"); break;
    case SUBJECT_COLLECTOR: (void) buffer_put_text(out, "* is heard from and sees again"); break;
    case SUBJECT_SELF:
        (void) buffer_put_text(out, "*: no mass silence any more; each collector that stays away is told of by itself");
        break;
    case SUBJECT_SLO:
        (void) buffer_put_text(out, "* does not spend its error budget too fast any more");
        break;
    case SUBJECT_FLAP:
    case SUBJECT_OTHER:     (void) buffer_put_text(out, "*: the alert has ended"); break;
    }
    put_previous(out, row);
    (void) buffer_put_text(out, ".");
    put_lasted(out, row);
}

static const char *adverb(const OutboxRow *row)
{
    bool same = strcmp(row->kind, "aggregate") == 0 && strcmp(row->previous_level, row->level) == 0;
    if (same || strcmp(row->kind, "reminder") == 0)
        return "still ";
    return strcmp(row->kind, "raise") == 0 ? "" : "now ";
}

/* What cannot be seen is not down; and where the fault is likely to be. */
static void put_blindness(struct buffer *out, const OutboxRow *row)
{
    if (wording_subject(row) != SUBJECT_SELF) {
        (void) buffer_put_text(out, ". What it watched is not seen at the moment; that is no outage of it. ");
        return;
    }
    (void) buffer_format(out, ": %u of %u are silent or blind and not told of one by one. "
                         "The fault is likely to be near us, not with so many hosts. ",
                         (unsigned) row->silent, (unsigned) row->known);
}

static void put_source(struct buffer *out, const OutboxRow *row)
{
    if (wording_subject(row) != SUBJECT_POLLER || row->source[0] == '\0')
        return;
    (void) buffer_put_text(out, " (");
    slack_put_escaped(out, text_of(row->source), NAME_CHARS_MAX);
    (void) buffer_put_text(out, ")");
}

/* What the three of them mean, for whoever has not read the book. */
static void put_budget(struct buffer *out, const OutboxRow *row)
{
    static const struct { const char *level; const char *means; } words[] = {
        {"fast", ": it was bad for much of the last hour, and is now. Most of a month's budget is gone within days. "},
        {"slow", ": it was bad for much of the last six hours, and lately. A month's budget lasts a few days at this rate. "},
        {"ticket", ": over three days it was worse than its target allows, and goes on. The budget will not last the month. "},
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcmp(row->level, words[i].level) == 0)
            (void) buffer_put_text(out, words[i].means);
    }
}

static void put_problem(struct buffer *out, const OutboxRow *row)
{
    (void) buffer_put_text(out, wording_subject(row) == SUBJECT_POLLER ? "The poller of *" : "*");
    put_name(out, row);
    (void) buffer_put_text(out, "*");
    put_source(out, row);
    (void) buffer_format(out, " %s*", adverb(row));
    slack_put_escaped(out, text_of(wording_level_phrase(row->level)), WORD_CHARS_MAX);
    (void) buffer_put_text(out, "*");
    put_previous(out, row);
    switch (wording_subject(row)) {
    case SUBJECT_SERVICE:
        put_impact(out, row);
        put_affected(out, row);
        break;
    case SUBJECT_POLLER:
    case SUBJECT_COLLECTOR:
    case SUBJECT_SELF:
        put_blindness(out, row);
        break;
    case SUBJECT_SLO:
        put_budget(out, row);
        break;
    case SUBJECT_FLAP:
    case SUBJECT_OTHER:
        (void) buffer_put_text(out, ". ");
        break;
    }
    put_since(out, row);
}

/* Confirmation silences a service that changes all the time, so this is how anybody learns of it. */
static void put_flapping(struct buffer *out, const OutboxRow *row)
{
    (void) buffer_put_text(out, "*");
    put_name(out, row);
    if (wording_is_flap_stop(row)) {
        (void) buffer_put_text(out, "* *has stopped flapping*. What was held meanwhile is told now, where it is still true.");
        return;
    }
    (void) buffer_put_text(out, "* *keeps changing its state*, lately at worst ");
    slack_put_escaped(out, text_of(wording_level_title(row->level)), WORD_CHARS_MAX);
    (void) buffer_format(out, " (changes weigh %u %%). Trouble that lasts is still told of; improvements and the end wait "
                         "until it is steady.", (unsigned) row->pct);
}

static bool is_known(const char *said)
{
    return said[0] != '\0' && strcmp(said, "unknown") != 0;
}

static void put_word_of(struct buffer *out, const char *said)
{
    slack_put_escaped(out, text_of(is_known(said) ? wording_level_title(said) : "no word"), WORD_CHARS_MAX);
}

/* Which of page and probes sees red, and from how many of our hosts. */
static void put_truth(struct buffer *out, const OutboxRow *row, const char *before, const char *after)
{
    if (row->truth[0] == '\0')
        return;
    (void) buffer_put_text(out, before);
    slack_put_escaped(out, text_of(row->truth), TRUTH_CHARS_MAX);
    (void) buffer_put_text(out, after);
}

/* Who says so, above all where page and probes disagree: the first question of whoever is woken by it. */
static void put_said(struct buffer *out, const OutboxRow *row)
{
    if (wording_subject(row) != SUBJECT_SERVICE || wording_is_resolve(row))
        return;
    if (!is_known(row->said_vendor) && !is_known(row->said_probe)) {
        (void) buffer_put_text(out, "\nNeither vendor page nor own probes can tell at the moment: last known state.");
        put_truth(out, row, " Here: ", ".");
        return;
    }
    if (strcmp(row->said_vendor, row->said_probe) == 0) {
        put_truth(out, row, "\nWho sees it: ", ".");
        return;
    }
    (void) buffer_put_text(out, "\nVendor page: ");
    put_word_of(out, row->said_vendor);
    (void) buffer_put_text(out, "; own probes: ");
    put_word_of(out, row->said_probe);
    put_truth(out, row, " (", ")");
    (void) buffer_put_text(out, ".");
}

static void put_sentence(struct buffer *out, const OutboxRow *row)
{
    if (wording_is_test(row))
        (void) buffer_put_text(out, "Somebody asked for this message to see whether it arrives. *Nothing is wrong.*");
    else if (wording_is_resolve(row))
        put_end(out, row);
    else if (wording_subject(row) == SUBJECT_FLAP)
        put_flapping(out, row);
    else
        put_problem(out, row);
    put_said(out, row);
}

/* ---------------------------------------------------------------- context: tier, incident, where to look */

static void add_element(json_t *elements, struct buffer *text)
{
    if (text->len > 0)
        (void) json_array_append_new(elements, json_pack("{s:s, s:s, s:b}", "type", "mrkdwn", "text", text->bytes,
                                                         "verbatim", 1));
    buffer_reset(text);
}

static void add_links(json_t *elements, struct buffer *text, const OutboxRow *row, const char *public_url)
{
    char page[URL_BYTES_MAX];
    (void) snprintf(page, sizeof page, "%s/#%s", public_url, row->service);   /* cut: a longer one leads to the page */
    (void) slack_put_link(text, page, "Open in Tocsin");
    add_element(elements, text);
    (void) slack_put_link(text, row->runbook, "Runbook");
    add_element(elements, text);
    (void) slack_put_link(text, row->link, "Source");
    add_element(elements, text);
}

static json_t *render_context_elements(const OutboxRow *row, const char *public_url)
{
    json_t *elements = json_array();
    struct buffer text;
    buffer_init(&text, CONTEXT_BYTES_MAX);

    if (row->tier > 0)
        (void) buffer_format(&text, "Tier %u", (unsigned) row->tier);
    add_element(elements, &text);
    if (row->incident[0] != '\0') {
        (void) buffer_put_text(&text, "Incident ");
        slack_put_escaped(&text, text_of(row->incident), WORD_CHARS_MAX);
    }
    add_element(elements, &text);
    if (row->ambiguous > 0)
        (void) buffer_put_text(&text, "Sent again: whether an earlier attempt arrived is not known");
    add_element(elements, &text);
    add_links(elements, &text, row, public_url);
    if (row->demo)
        (void) buffer_put_text(&text, "*DEMO*: played, nothing is really wrong");
    add_element(elements, &text);

    buffer_done(&text);
    return elements;
}

/* ---------------------------------------------------------------- the message */

static json_t *section(const struct buffer *text)
{
    return json_pack("{s:s, s:{s:s, s:s, s:b}}", "type", "section", "text", "type", "mrkdwn", "text", text->bytes,
                     "verbatim", 1);
}

static json_t *render_detail(const OutboxRow *row)
{
    struct buffer detail;
    buffer_init(&detail, SLACK_SECTION_CHARS_MAX);
    (void) buffer_put_text(&detail, "> ");
    slack_put_escaped(&detail, text_of(row->detail), DETAIL_CHARS_MAX);

    json_t *block = section(&detail);
    buffer_done(&detail);
    return block;
}

static json_t *render_blocks(const OutboxRow *row, const char *public_url, const char *header, const struct buffer *sentence)
{
    json_t *blocks = json_array();
    (void) json_array_append_new(blocks, json_pack("{s:s, s:{s:s, s:s, s:b}}", "type", "header", "text", "type",
                                                   "plain_text", "text", header, "emoji", 1));
    (void) json_array_append_new(blocks, section(sentence));
    if (row->detail[0] != '\0')
        (void) json_array_append_new(blocks, render_detail(row));

    json_t *elements = render_context_elements(row, public_url);
    if (json_array_size(elements) > 0)   /* Slack refuses an empty one */
        (void) json_array_append_new(blocks, json_pack("{s:s, s:O}", "type", "context", "elements", elements));
    json_decref(elements);
    return blocks;
}

static json_t *render_message(const OutboxRow *row, const char *public_url)
{
    struct buffer header, sentence, text;
    buffer_init(&header, 4 * SLACK_HEADER_CHARS_MAX);
    buffer_init(&sentence, SLACK_SECTION_CHARS_MAX);
    buffer_init(&text, SLACK_TEXT_CHARS_MAX);
    put_header(&header, row);
    put_sentence(&sentence, row);
    (void) buffer_format(&text, "%s. %s", header.bytes, sentence.bytes);

    json_t *message = json_pack("{s:s, s:o, s:b, s:b}", "text", text.bytes, "blocks",
                                render_blocks(row, public_url, header.bytes, &sentence), "unfurl_links", 0,
                                "unfurl_media", 0);
    buffer_done(&header);
    buffer_done(&sentence);
    buffer_done(&text);
    return message;
}

int slack_render(const OutboxRow *row, const char *public_url, struct buffer *out, struct error *err)
{
    CLEANUP(json_freep) json_t *message = render_message(row, public_url);
    if (message == NULL)
        return error_set(err, -EINVAL, "notification %llu cannot be put into JSON", (unsigned long long) row->sequence);

    int r = slack_check(message, err);
    if (r < 0)
        return r;

    CLEANUP(mem_freep) char *body = json_dumps(message, JSON_COMPACT);
    if (body == NULL)
        return error_set(err, -EINVAL, "notification %llu cannot be put into JSON", (unsigned long long) row->sequence);
    return buffer_put_text(out, body) < 0
        ? error_set(err, -EMSGSIZE, "message of %zu bytes, at most %zu", strlen(body), out->max_bytes) : 0;
}
