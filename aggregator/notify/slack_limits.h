/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slack_limits: what Slack takes in one message (its Block Kit reference, and the sum over all blocks that it refuses as
 * msg_blocks_too_long without documenting it). Looked at before sending: a refusal would cost the alert.
 */
#pragma once

#include <jansson.h>

#include "common/error.h"

enum {
    SLACK_BLOCKS_MAX = 50,
    SLACK_HEADER_CHARS_MAX = 150,
    SLACK_SECTION_CHARS_MAX = 3000,
    SLACK_CONTEXT_ELEMENTS_MAX = 10,
    SLACK_TEXT_CHARS_MAX = 4000,        /* of the top-level text; Slack cuts at 40,000 and advises this */
    SLACK_SUM_CHARS_MAX = 10000,        /* over all blocks; refused somewhere above 13,000 */
};

/* 0, or -EMSGSIZE with words that name the block and both numbers. */
int slack_check(const json_t *message, struct error *);
