/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include <cmocka.h>

#include "aggregator/notify/channel.h"
#include "aggregator/notify/slack.h"
#include "aggregator/notify/slack_limits.h"
#include "aggregator/notify/slack_text.h"
#include "common/mem.h"

#define SINCE "<!date^1763717642^{date_num} {time_secs}|2025-11-21 09:34:02 UTC>"

static const OutboxRow github = {
    .sequence = 12, .channel = "chat", .receiver = "chat", .state = OutboxState_OUTBOX_CLAIMED, .key = "service:github",
    .kind = "raise", .level = "major_outage", .service = "github", .service_name = "GitHub", .tier = 1, .incident = "inc-4",
    .decided_at_ms = 1763718242000, .since_ms = 1763717642000, .said_vendor = "major_outage", .said_probe = "major_outage",
    .dependents = 3, .tiers = {1, 2, 0}, .pct = 35,
};

static json_t *render(const OutboxRow *row)
{
    struct buffer out;
    struct error err = {0};
    buffer_init(&out, CHANNEL_BODY_BYTES_MAX);
    if (slack_render(row, "https://status.example", &out, &err) != 0)
        fail_msg("%s", err.text);
    json_t *message = json_loadb(out.bytes, out.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(message);
    buffer_done(&out);
    return message;
}

static const char *block_text(const json_t *message, const char *type, size_t which)
{
    const json_t *blocks = json_object_get(message, "blocks");
    for (size_t i = 0; i < json_array_size(blocks); i++) {
        const json_t *block = json_array_get(blocks, i);
        if (strcmp(json_string_value(json_object_get(block, "type")), type) == 0 && which-- == 0)
            return json_string_value(json_object_get(json_object_get(block, "text"), "text"));
    }
    return "(none)";
}

static bool context_has(const json_t *message, const char *words)
{
    const json_t *blocks = json_object_get(message, "blocks");
    const json_t *elements = json_object_get(json_array_get(blocks, json_array_size(blocks) - 1), "elements");
    for (size_t i = 0; i < json_array_size(elements); i++) {
        if (strstr(json_string_value(json_object_get(json_array_get(elements, i), "text")), words) != NULL)
            return true;
    }
    return false;
}

/* A row told by a line of changes to `github`. */
struct change {
    const char *key, *kind, *level, *was, *reason, *vendor, *probe;
    uint32_t dependents, tier1;
};

/* Rows of pollers, collectors and ourselves as the core makes them. */
static void tell_health(OutboxRow *row)
{
    bool of_service = strncmp(row->key, "collector:", 10) != 0 && strncmp(row->key, "self:", 5) != 0;

    if (strncmp(row->key, "poller:", 7) == 0)
        (void) text_copy(row->source, sizeof row->source, text_of("box/page"));
    if (of_service)
        return;
    row->service[0] = '\0';
    row->service_name[0] = '\0';
    row->silent = 5;
    row->known = 8;
}

static void apply(OutboxRow *row, const struct change *c)
{
    *row = github;
    if (c->key != NULL)
        (void) text_copy(row->key, sizeof row->key, text_of(c->key));
    (void) text_copy(row->kind, sizeof row->kind, text_of(c->kind));
    (void) text_copy(row->level, sizeof row->level, text_of(c->level));
    (void) text_copy(row->previous_level, sizeof row->previous_level, text_of(c->was));
    (void) text_copy(row->reason, sizeof row->reason, text_of(c->reason));
    (void) text_copy(row->said_vendor, sizeof row->said_vendor, text_of(c->vendor));
    (void) text_copy(row->said_probe, sizeof row->said_probe, text_of(c->probe));
    row->dependents = c->dependents;
    row->tiers[0] = c->tier1;
}

/* Which of the two sees red, beside what each of them says. */
static void test_B2_who_sees_it(void **state)
{
    static const struct { const char *says; const char *kind, *vendor, *probe, *truth; const char *sentence; } cases[] = {
        { "page and probes differ", "raise", "operational", "major_outage", "page green, red from 3 of 4 of our hosts",
          "\nVendor page: Operational; own probes: Major outage (page green, red from 3 of 4 of our hosts)." },
        { "they agree", "raise", "major_outage", "major_outage", "page red, red from our host",
          "\nWho sees it: page red, red from our host." },
        { "neither knows", "reminder", "unknown", "unknown", "cannot tell: our own connection is cut off",
          " last known state. Here: cannot tell: our own connection is cut off." },
        { "a name that would be a mention", "raise", "major_outage", "major_outage", "page red, see <!channel>",
          "\nWho sees it: page red, see &lt;!channel&gt;." },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct change change = {NULL, cases[i].kind, "major_outage", NULL, NULL, cases[i].vendor, cases[i].probe, 0, 0};
        CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
        apply(row, &change);
        (void) text_copy(row->truth, sizeof row->truth, text_of(cases[i].truth));
        json_t *message = render(row);
        const char *sentence = block_text(message, "section", 0);
        size_t len = strlen(cases[i].sentence);
        if (strlen(sentence) < len || strcmp(sentence + strlen(sentence) - len, cases[i].sentence) != 0)
            fail_msg("%s: %s", cases[i].says, sentence);
        json_decref(message);
    }
}

static void test_a_trial_says_that_nothing_is_wrong(void **state)
{
    (void) state;
    CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
    apply(row, &(struct change) {"test:chat", "test", "operational", NULL, NULL, NULL, NULL, 0, 0});
    (void) text_copy(row->service_name, sizeof row->service_name, text_of("Tocsin"));
    json_t *message = render(row);
    assert_string_equal(block_text(message, "header", 0), "🔔 Tocsin: test message");
    assert_non_null(strstr(block_text(message, "section", 0), "*Nothing is wrong.*"));
    json_decref(message);
}

/* The reason of a failed attempt takes the place of reason; that of the resolve stays. */
static void test_N7_no_longer_watched_after_a_failed_attempt(void **state)
{
    (void) state;
    CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
    apply(row, &(struct change) {NULL, "resolve", "unknown", "degraded", "answered 500: ", NULL, NULL, 0, 0});
    (void) text_copy(row->resolve_reason, sizeof row->resolve_reason, text_of("config_removed"));
    json_t *message = render(row);
    assert_string_equal(block_text(message, "header", 0), "⏹ GitHub: no longer watched");
    json_decref(message);
}

static void test_B2_the_sentence_of_each_kind(void **state)
{
    static const struct { const char *says; struct change change; const char *header; const char *sentence; } cases[] = {
        { "raise", { NULL, "raise", "major_outage", NULL, NULL, "major_outage", "major_outage", 3, 1 },
          "🛑 GitHub: Major outage",
          "*GitHub* *has a major outage*: 3 dependent services (1 tier-1). Since " SINCE "." },
        { "one dependent", { NULL, "raise", "degraded", NULL, NULL, "degraded", "degraded", 1, 0 },
          "⚠️ GitHub: Degraded",
          "*GitHub* *is degraded*: 1 dependent service (0 tier-1). Since " SINCE "." },
        { "page and probes differ", { NULL, "raise", "major_outage", NULL, NULL, "operational", "major_outage", 0, 0 },
          "🛑 GitHub: Major outage",
          "*GitHub* *has a major outage*: no dependent services. Since " SINCE
          ".\nVendor page: Operational; own probes: Major outage." },
        { "only the page says so", { NULL, "raise", "degraded", NULL, NULL, "degraded", "", 0, 0 },
          "⚠️ GitHub: Degraded",
          "*GitHub* *is degraded*: no dependent services. Since " SINCE ".\nVendor page: Degraded; own probes: no word." },
        { "nobody knows any more", { NULL, "reminder", "degraded", "degraded", NULL, "unknown", "unknown", 0, 0 },
          "⚠️ GitHub: Degraded (still)",
          "*GitHub* still *is degraded* (was Degraded): no dependent services. Since " SINCE
          ".\nNeither vendor page nor own probes can tell at the moment: last known state." },
        { "escalate", { NULL, "escalate", "major_outage", "degraded", NULL, "major_outage", "major_outage", 2, 2 },
          "🛑 GitHub: Major outage (worse)",
          "*GitHub* now *has a major outage* (was Degraded): 2 dependent services (2 tier-1). Since " SINCE "." },
        { "more of it", { NULL, "aggregate", "major_outage", "major_outage", NULL, "major_outage", "major_outage", 2, 2 },
          "🛑 GitHub: Major outage (others affected)",
          "*GitHub* still *has a major outage* (was Major outage): 2 dependent services (2 tier-1). Since " SINCE "." },
        { "more of it, and worse", { NULL, "aggregate", "major_outage", "degraded", NULL, "major_outage", "major_outage", 2, 2 },
          "🛑 GitHub: Major outage (others affected)",
          "*GitHub* now *has a major outage* (was Degraded): 2 dependent services (2 tier-1). Since " SINCE "." },
        { "improve", { NULL, "improve", "partial_outage", "major_outage", NULL, "partial_outage", "partial_outage", 0, 0 },
          "🔶 GitHub: Partial outage (better)",
          "*GitHub* now *has a partial outage* (was Major outage): no dependent services. Since " SINCE "." },
        { "resolve", { NULL, "resolve", "operational", "major_outage", NULL, "operational", "unknown", 3, 1 },
          "✅ GitHub: Operational (recovered)",
          "*GitHub* is operational again (was Major outage). It lasted from " SINCE " for 10 min." },
        { "left the configuration", { NULL, "resolve", "operational", "degraded", "config_removed", "", "", 0, 0 },
          "⏹ GitHub: no longer watched",
          "*GitHub* is no longer watched: it left the configuration. Its alert (was Degraded) ends with that; nothing is "
          "known about its state." },
        { "poller", { "poller:github/box/page", "raise", "broken", NULL, NULL, "", "", 0, 0 },
          "🔌 GitHub: poller Broken",
          "The poller of *GitHub* (box/page) *is broken*. What it watched is not seen at the moment; that is no outage of it. "
          "Since " SINCE "." },
        { "poller again", { "poller:github/box/page", "resolve", "ok", "broken", NULL, "", "", 0, 0 },
          "✅ GitHub: poller works again",
          "*GitHub* can be observed again (was Broken). It lasted from " SINCE " for 10 min." },
        { "collector", { "collector:box", "raise", "blind", NULL, NULL, "", "", 0, 0 },
          "🔌 box: Blind",
          "*box* *is blind*. What it watched is not seen at the moment; that is no outage of it. Since " SINCE "." },
        { "collector again", { "collector:box", "resolve", "ok", "silent", NULL, "", "", 0, 0 },
          "✅ box: back again",
          "*box* is heard from and sees again (was Silent). It lasted from " SINCE " for 10 min." },
        { "mass silence", { "self:mass_silence", "raise", "mass_silence", NULL, NULL, "", "", 0, 0 },
          "🔌 Tocsin: Mass silence",
          "*Tocsin* *hears too few of its collectors*: 5 of 8 are silent or blind and not told of one by one. The fault is "
          "likely to be near us, not with so many hosts. Since " SINCE "." },
        { "mass silence over", { "self:mass_silence", "resolve", "ok", "mass_silence", NULL, "", "", 0, 0 },
          "✅ Tocsin: mass silence is over",
          "*Tocsin*: no mass silence any more; each collector that stays away is told of by itself (was Mass silence). "
          "It lasted from " SINCE " for 10 min." },
        { "flapping", { "flap:github", "flap_start", "degraded", NULL, NULL, "degraded", "operational", 0, 0 },
          "🔀 GitHub: flapping",
          "*GitHub* *keeps changing its state*, lately at worst Degraded (changes weigh 35 %). Trouble that lasts is still "
          "told of; improvements and the end wait until it is steady." },
        { "steady again", { "flap:github", "flap_stop", "degraded", "degraded", NULL, "operational", "", 0, 0 },
          "➡️ GitHub: no longer flapping",
          "*GitHub* *has stopped flapping*. What was held meanwhile is told now, where it is still true." },
        { "a budget that burns", { "slo:github:fast", "raise", "fast", NULL, NULL, "unknown", "unknown", 0, 0 },
          "🔥 GitHub: Error budget burns fast",
          "*GitHub* *spends its error budget fast*: it was bad for much of the last hour, and is now. Most of a month's budget is "
          "gone within days. Since " SINCE "." },
        { "a budget that will not last", { "slo:github:ticket", "reminder", "ticket", "ticket", NULL, "unknown", "unknown", 0, 0 },
          "🔥 GitHub: Error budget will not last (still)",
          "*GitHub* still *spends its error budget faster than it lasts* (was Error budget will not last): over three days it was "
          "worse than its target allows, and goes on. The budget will not last the month. Since " SINCE "." },
        { "it holds again", { "slo:github:slow", "resolve", "ok", "slow", NULL, "unknown", "unknown", 0, 0 },
          "✅ GitHub: error budget holds again",
          "*GitHub* does not spend its error budget too fast any more (was Error budget burns). It lasted from " SINCE
          " for 10 min." },
        { "a level of a class we do not know", { "quota:github", "raise", "tight", NULL, NULL, "", "", 0, 0 },
          "❗ GitHub: tight",
          "*GitHub* *tight*. Since " SINCE "." },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
        apply(row, &cases[i].change);
        tell_health(row);
        json_t *message = render(row);
        if (strcmp(block_text(message, "header", 0), cases[i].header) != 0)
            fail_msg("%s: header '%s'", cases[i].says, block_text(message, "header", 0));
        if (strcmp(block_text(message, "section", 0), cases[i].sentence) != 0)
            fail_msg("%s: section '%s'", cases[i].says, block_text(message, "section", 0));
        json_decref(message);
    }
}

static void test_D4_text_and_flags_around_the_blocks(void **state)
{
    (void) state;
    json_t *message = render(&github);
    const char *text = json_string_value(json_object_get(message, "text"));

    assert_non_null(strstr(text, "GitHub: Major outage. "));
    assert_non_null(strstr(text, "3 dependent services"));
    assert_true(json_is_false(json_object_get(message, "unfurl_links")));
    assert_true(json_is_false(json_object_get(message, "unfurl_media")));
    assert_true(context_has(message, "Tier 1"));
    assert_true(context_has(message, "Incident inc-4"));
    assert_true(context_has(message, "<https://status.example/#github|Open in Tocsin>"));
    assert_false(context_has(message, "DEMO"));
    assert_null(strstr(text, "DEMO"));
    json_decref(message);
}

static void test_demo_is_labelled_wherever_it_is_read(void **state)
{
    (void) state;
    CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
    *row = github;
    row->demo = true;
    json_t *message = render(row);

    assert_memory_equal(block_text(message, "header", 0), "[DEMO] ", 7);
    assert_memory_equal(json_string_value(json_object_get(message, "text")), "[DEMO] ", 7);
    assert_true(context_has(message, "DEMO"));
    json_decref(message);
}

static void test_links_lead_only_to_web_pages(void **state)
{
    static const struct { const char *says; const char *link; const char *in_context; } cases[] = {
        { "https", "https://www.githubstatus.com/incidents/1?a=b&c=d", "<https://www.githubstatus.com/incidents/1?a=b&amp;c=d|Source>" },
        { "a script is no link", "javascript:alert(1)", NULL },
        { "a relative one neither", "/incidents/1", NULL },
        { "nothing breaks out", "https://x/<!channel>|y z\"", "<https://x/%3C!channel%3E%7Cy%20z%22|Source>" },
        { "beyond ASCII", "https://x/\xc3\xa4", "<https://x/%C3%A4|Source>" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
        *row = github;
        (void) text_copy(row->link, sizeof row->link, text_of(cases[i].link));
        json_t *message = render(row);
        if (context_has(message, "Source") != (cases[i].in_context != NULL)
            || (cases[i].in_context != NULL && !context_has(message, cases[i].in_context)))
            fail_msg("%s", cases[i].says);
        json_decref(message);
    }
}

static void test_text_from_outside_cannot_speak_our_markup(void **state)
{
    static const struct { const char *says; const char *in; size_t max; const char *out; } cases[] = {
        { "nothing", "", 10, "" },
        { "three signs", "a & b < c > d", 99, "a &amp; b &lt; c &gt; d" },
        { "already escaped is escaped again", "&amp;", 99, "&amp;amp;" },
        { "a mention", "<!channel> <@U1>", 99, "&lt;!channel&gt; &lt;@U1&gt;" },
        { "control characters", "a\x01\nb\x7f" "c", 99, "a  b c" },
        { "reading direction", "a\xe2\x80\xae" "b\xe2\x81\xa6" "c", 99, "abc" },
        { "invalid UTF-8", "a\xff" "b", 99, "a\xef\xbf\xbd" "b" },
        { "exactly as long", "\xc3\xa4\xc3\xa4\xc3\xa4", 3, "\xc3\xa4\xc3\xa4\xc3\xa4" },
        { "one character more", "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 3, "\xc3\xa4\xc3\xa4\xc3\xa4\xe2\x80\xa6" },
        { "an escape is one character", "&&&&", 2, "&amp;&amp;\xe2\x80\xa6" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buffer out;
        buffer_init(&out, 256);
        slack_put_escaped(&out, text_of(cases[i].in), cases[i].max);
        if (strcmp(out.bytes == NULL ? "" : out.bytes, cases[i].out) != 0)
            fail_msg("%s: '%s'", cases[i].says, out.bytes);
        buffer_done(&out);
    }
}

static void test_a_full_buffer_never_holds_half_an_escape(void **state)
{
    (void) state;
    for (size_t room = 1; room < 24; room++) {
        struct buffer out;
        buffer_init(&out, room);
        slack_put_escaped(&out, text_of("a&\xf0\x9f\x9b\x91<b>"), 99);
        const char *whole = "a&amp;\xf0\x9f\x9b\x91&lt;b&gt;";
        assert_true(out.len <= room);
        assert_memory_equal(out.bytes, whole, out.len);
        static const size_t ends[] = {1, 6, 10, 14, 15, 19};
        bool whole_characters = false;
        for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
            whole_characters |= out.len == ends[i];
        assert_true(whole_characters);
        buffer_done(&out);
    }
}

static void test_B2_the_first_affected_and_how_many_more(void **state)
{
    static const char *const names[] = {"a", "b<", "c", "d", "e", "f", "g", "h"};
    static const struct { const char *says; uint32_t n; const char *words; } cases[] = {
        { "none", 0, "(1 tier-1). Since " },
        { "one", 1, "(1 tier-1). Affected now: a. Since " },
        { "five", 5, "(1 tier-1). Affected now: a, b&lt;, c, d, e. Since " },
        { "six", 6, "(1 tier-1). Affected now: a, b&lt;, c, d, e +1 more. Since " },
        { "more than the row names", 5000, "(1 tier-1). Affected now: a, b&lt;, c, d, e +4995 more. Since " },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
        *row = github;
        row->n_affected = cases[i].n;
        row->affected_count = (pb_size_t) (cases[i].n < ARRAY_SIZE(names) ? cases[i].n : ARRAY_SIZE(names));
        for (pb_size_t a = 0; a < row->affected_count; a++)
            (void) text_copy(row->affected[a], sizeof row->affected[a], text_of(names[a]));
        json_t *message = render(row);
        if (strstr(block_text(message, "section", 0), cases[i].words) == NULL)
            fail_msg("%s: '%s'", cases[i].says, block_text(message, "section", 0));
        json_decref(message);
    }
}

static void fill(char *to, size_t cap, const char *with)
{
    size_t len = strlen(with), n = 0;
    while (n + len < cap) {
        memcpy(to + n, with, len);
        n += len;
    }
    to[n] = '\0';
}

/* The largest row the schema can hold, of the characters that grow most, stays within every limit. */
static void test_D4_no_row_can_pass_the_limits(void **state)
{
    static const char *const worst[] = {"&", "\xf0\x9f\x9b\x91", "\xe4\xb8\xad", "<!channel>", "\x01", "\xff"};
    static const char *const kinds[] = {"raise", "escalate", "improve", "aggregate", "reminder", "resolve", "no_such_kind"};
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(worst) * ARRAY_SIZE(kinds); i++) {
        CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
        const char *with = worst[i / ARRAY_SIZE(kinds)];
        *row = github;
        row->demo = true;
        row->ambiguous = UINT32_MAX;
        row->dependents = row->tiers[0] = row->tier = UINT32_MAX;
        (void) text_copy(row->kind, sizeof row->kind, text_of(kinds[i % ARRAY_SIZE(kinds)]));
        fill(row->service_name, sizeof row->service_name, with);
        fill(row->service, sizeof row->service, with);
        fill(row->level, sizeof row->level, with);
        fill(row->previous_level, sizeof row->previous_level, with);
        fill(row->said_vendor, sizeof row->said_vendor, with);
        fill(row->truth, sizeof row->truth, with);
        fill(row->incident, sizeof row->incident, with);
        fill(row->detail, sizeof row->detail, with);
        row->affected_count = ARRAY_SIZE(row->affected);
        row->n_affected = UINT32_MAX;
        for (size_t a = 0; a < ARRAY_SIZE(row->affected); a++)
            fill(row->affected[a], sizeof row->affected[a], with);
        memcpy(row->link, "https://", 8);
        fill(row->link + 8, sizeof row->link - 8, with);
        memcpy(row->runbook, "https://", 8);
        fill(row->runbook + 8, sizeof row->runbook - 8, with);
        json_decref(render(row));   /* fails the test when slack_check refuses */
    }
}

static json_t *message_of(const char *type, size_t chars, size_t blocks)
{
    CLEANUP(mem_freep) char *text = mem_new(chars + 1);
    memset(text, 'x', chars);
    json_t *message = json_pack("{s:s, s:[]}", "text", "x", "blocks");
    for (size_t i = 0; i < blocks; i++)
        (void) json_array_append_new(json_object_get(message, "blocks"),
                                     json_pack("{s:s, s:{s:s}}", "type", type, "text", "text", text));
    return message;
}

static void test_D4_limits(void **state)
{
    static const struct { const char *says; const char *type; size_t chars; size_t blocks; bool good; } cases[] = {
        { "no block", "section", 0, 0, true },
        { "as many blocks as there may be", "section", 1, 50, true },
        { "one block more", "section", 1, 51, false },
        { "longest section", "section", 3000, 1, true },
        { "one character more", "section", 3001, 1, false },
        { "longest header", "header", 150, 1, true },
        { "one character more in a header", "header", 151, 1, false },
        { "the whole sum", "section", 2500, 4, true },
        { "the sum passed, no block being too long", "section", 2501, 4, false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = {0};
        json_t *message = message_of(cases[i].type, cases[i].chars, cases[i].blocks);
        int r = slack_check(message, &err);
        if ((r == 0) != cases[i].good || (r != 0 && r != -EMSGSIZE))
            fail_msg("%s: %d %s", cases[i].says, r, err.text);
        json_decref(message);
    }
}

static void test_every_kind_of_channel_has_a_row(void **state)
{
    (void) state;
    for (size_t i = 0; i < CHANNEL_KIND_COUNT; i++) {
        assert_non_null(channel_types[i].name);
        assert_non_null(channel_types[i].render);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_trial_says_that_nothing_is_wrong),
        cmocka_unit_test(test_N7_no_longer_watched_after_a_failed_attempt),
        cmocka_unit_test(test_B2_the_sentence_of_each_kind),
        cmocka_unit_test(test_B2_who_sees_it),
        cmocka_unit_test(test_B2_the_first_affected_and_how_many_more),
        cmocka_unit_test(test_D4_text_and_flags_around_the_blocks),
        cmocka_unit_test(test_demo_is_labelled_wherever_it_is_read),
        cmocka_unit_test(test_links_lead_only_to_web_pages),
        cmocka_unit_test(test_text_from_outside_cannot_speak_our_markup),
        cmocka_unit_test(test_a_full_buffer_never_holds_half_an_escape),
        cmocka_unit_test(test_D4_no_row_can_pass_the_limits),
        cmocka_unit_test(test_D4_limits),
        cmocka_unit_test(test_every_kind_of_channel_has_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
