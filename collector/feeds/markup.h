/* SPDX-License-Identifier: Apache-2.0 */
/*
 * markup: the HTML that vendors write into their texts, as plain words. Pure, memory from the arena.
 */
#pragma once

#include "common/mem.h"
#include "common/text.h"

/* What a person would read of it: tags left out (what stands between <script> or <style> and its end too), ends of blocks
 * and <br> as blanks, entities decoded once (the five of XML, nbsp, and numbers), blanks run together, none at the ends. A
 * '<' that begins no tag stays. At most max_bytes of it, cut at a character; safe to show as feed_text is. */
const char *markup_text(struct arena *, struct text html, size_t max_bytes);
