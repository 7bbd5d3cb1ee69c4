/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/feeds/markup.h"
#include "collector/feeds/stage.h"

#define DATED "<p> <small>Mar <var data-var='date'> 1</var>, 10:00 UTC</small><br> "

static void test_stages(void **state)
{
    static const struct {
        const char *says;
        const char *html;
        const char *title;
        const char *word;              /* NULL: none was told */
        enum feed_phase phase;
        const char *newest;
    } cases[] = {
        { "nothing", "", "", NULL, FEED_PHASE_UNSEEN, "" },
        { "plain words", "We are investigating.", "Slow", NULL, FEED_PHASE_UNSEEN, "We are investigating." },
        { "the usual form", DATED "<strong>Identified</strong> - Known. </p> " DATED "<strong>Investigating</strong> - ? </p>", "",
          "identified", FEED_PHASE_OPEN, "Known." },
        { "the first of them counts, not the worst", DATED "<strong>Resolved</strong> - Over. </p>" DATED
          "<strong>Investigating</strong> - ?</p>", "", "resolved", FEED_PHASE_CLOSED, "Over." },
        { "in any case", "<STRONG>MONITORING</STRONG> - x", "", "monitoring", FEED_PHASE_WATCHED, "x" },
        { "<b> is bold, too", "<b>Verifying</b> x", "", "verifying", FEED_PHASE_RUNNING, "x" },
        { "a colon behind the word", "<b>In progress:</b> x", "", "in progress", FEED_PHASE_RUNNING, "x" },
        { "attributes", "<strong class=\"a\">Completed</strong> - x", "", "completed", FEED_PHASE_CLOSED, "x" },
        { "blanks within", "<strong>\n Postmortem </strong>\n-\nx", "", "postmortem", FEED_PHASE_CLOSED, "x" },
        { "a long dash", "<strong>Scheduled</strong> \xe2\x80\x93 x", "", "scheduled", FEED_PHASE_PLANNED, "x" },
        { "no end", "<strong>Resolved", "", "resolved", FEED_PHASE_CLOSED, "" },
        { "a comment before it", "<!-- x --><b>Resolved</b> x", "", "resolved", FEED_PHASE_CLOSED, "x" },
        { "half a tag", "<strong", "", NULL, FEED_PHASE_UNSEEN, "<strong" },
        { "bold in the middle of a line says nothing", "It was <b>resolved</b> for some.", "", NULL, FEED_PHASE_UNSEEN,
          "It was resolved for some." },
        { "nor does a word that only begins like one", "<b>Resolved issues</b> x", "", NULL, FEED_PHASE_UNSEEN,
          "Resolved issues x" },
        { "nor what is not bold", "<p>Resolved - x</p>", "", NULL, FEED_PHASE_UNSEEN, "Resolved - x" },
        { "a line below other words", "<p>Hello.</p><p><b>Resolved</b> - x</p>", "", "resolved", FEED_PHASE_CLOSED, "x" },
        { "update takes the stage below", "<b>Update</b> - a<br><b>Update</b> - b<br><b>Monitoring</b> - c", "", "monitoring",
          FEED_PHASE_WATCHED, "a" },
        { "update of planned work", "<b>Update</b> - a<br><b>Scheduled</b> - c", "", "scheduled", FEED_PHASE_PLANNED, "a" },
        { "update of work under way", "<b>Update</b> - a<br><b>In progress</b> - c", "", "in progress", FEED_PHASE_RUNNING, "a" },
        { "update after the end: open again", "<b>Update</b> - a<br><b>Resolved</b> - c", "", "update", FEED_PHASE_OPEN, "a" },
        { "update of nothing", "<b>Update</b> - a", "", "update", FEED_PHASE_OPEN, "a" },
        { "update of what we never met", "<b>Update</b> - a<br><b>Status: Odd</b>", "", "update", FEED_PHASE_OPEN, "a" },
        { "a label", "<b>Status: Identified</b><br/><br/>x", "", "identified", FEED_PHASE_OPEN, "x" },
        { "a label that is not bold", "Status: Resolved\nx", "", "resolved", FEED_PHASE_CLOSED, "x" },
        { "a label with a word never met", "<b>Status: Confused</b><br/>x", "", "confused", FEED_PHASE_UNSEEN, "x" },
        { "a label in a later line, not bold, is text", "<p>x</p>Status: Resolved", "", NULL, FEED_PHASE_UNSEEN,
          "x Status: Resolved" },
        { "a label without a word", "<b>Status:</b> Resolved", "", NULL, FEED_PHASE_UNSEEN, "Status: Resolved" },
        { "underscores", "<b>Status: maintenance_in_progress</b> x", "", "maintenance in progress", FEED_PHASE_RUNNING, "x" },
        { "another word in the stage's place", DATED "<strong>Mitigated</strong> - x</p>" DATED "<strong>Resolved</strong> - y", "",
          "mitigated", FEED_PHASE_UNSEEN, "x" },
        { "another bold word elsewhere", "<p><strong>Impact</strong> - x</p><p><strong>Resolved</strong> - y</p>", "",
          "resolved", FEED_PHASE_CLOSED, "y" },
        { "a title in brackets", "x", "[RESOLVED] Slow", "resolved", FEED_PHASE_CLOSED, "x" },
        { "a title with a colon", "x", "Investigating: slow", "investigating", FEED_PHASE_OPEN, "x" },
        { "a title of other words", "x", "Incident: resolved slowness", NULL, FEED_PHASE_UNSEEN, "x" },
        { "a title that ends early", "x", "[Resolved", NULL, FEED_PHASE_UNSEEN, "x" },
        { "the text goes before the title", "<b>Investigating</b> - x", "[Resolved] slow", "investigating", FEED_PHASE_OPEN, "x" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct stage stage = stage_read(text_of(cases[i].html), text_of(cases[i].title), &arena);
        const char *newest = markup_text(&arena, stage.newest, FEED_TEXT_BYTES_MAX);
        bool told = cases[i].word != NULL;
        if (stage.told != told || strcmp(stage.word, told ? cases[i].word : "") != 0 || (told && stage.phase != cases[i].phase))
            fail_msg("%s: %d, \"%s\", %d", cases[i].says, stage.told, stage.word, (int) stage.phase);
        if (strcmp(newest, cases[i].newest) != 0)
            fail_msg("%s: the newest is \"%s\"", cases[i].says, newest);
    }
}

/* Megabytes of what looks like tags and is none take no longer than as much text. */
static void test_many_tags_that_do_not_end(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    enum { TAGS = 1 << 19 };
    static const char *const tags[] = {"<<", "<b", "<!", "</"};
    char *html = arena_new(&arena, 2 * TAGS + 1);
    (void) state;

    for (size_t t = 0; t < ARRAY_SIZE(tags); t++) {
        for (size_t i = 0; i < TAGS; i++)
            memcpy(html + 2 * i, tags[t], 2);
        assert_false(stage_read((struct text) {html, 2 * TAGS}, text_of(""), &arena).told);
        html[2 * TAGS - 1] = '>';
        assert_false(stage_read((struct text) {html, 2 * TAGS}, text_of(""), &arena).told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_many_tags_that_do_not_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
