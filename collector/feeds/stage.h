/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage: where an item of a history feed stands, by the stage word its newest update begins with. Pure.
 *
 * Statuspage and those who imitate it write one paragraph an update, the newest first: a time in <small>, a break, the
 * stage in bold, a dash and the text. incident.io puts "Status: Monitoring" in bold at the start. Only such a word counts,
 * bold and at the start of a line: "we are monitoring" and "now <b>resolved</b> for some" say nothing. Where no update
 * tells a stage, a title may: "[RESOLVED] Slow logins", "Resolved: slow logins".
 */
#pragma once

#include "collector/feeds/feed.h"
#include "collector/feeds/result.h"

struct stage {
    bool told;
    enum feed_phase phase;             /* FEED_PHASE_UNSEEN: a word we have never met stands where a stage is due */
    const char *word;                  /* in lower case: "in progress"; "" when none was told */
    struct text newest;                /* markup of the newest update without its stage; all of it when none was told */
};

/* "Update" repeats the stage below it, and means open whatever that is but planned or running maintenance. */
struct stage stage_read(struct text html, struct text title, struct arena *);
