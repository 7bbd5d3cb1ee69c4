/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact: what must not be kept of a text from outside. Pure.
 *
 * Left out are, each as "[redacted]": e-mail addresses; what follows Bearer and Basic; the value of a member,
 * parameter or header whose name speaks of a secret (password, token, cookie, signature …); the user and password of
 * a URL; keys known by how they begin (xoxb-, ghp_, AKIA …); and long runs of letters and digits that look like
 * chance. Ids of other kinds stay: numbers, words, UUIDs. Better too much than too little: what is left is for a
 * person who looks for what changed on a page.
 */
#pragma once

#include <stddef.h>

#include "common/buffer.h"
#include "common/text.h"

/* Appends to an initialised buffer what may be kept of at most max_bytes of the text: valid UTF-8, other control
 * characters than tab and newline as blanks. Stops where the buffer is full. */
void redact(struct text, size_t max_bytes, struct buffer *out);
