/* SPDX-License-Identifier: Apache-2.0 */
/*
 * held_words: why something is not told of an alert, in a sentence. Pure. (explain_words says it at length, with what the
 * engine knows at the moment; this is from the alert's row alone, so it stands wherever the row does.)
 */
#pragma once

#include "aggregator/config/config.h"
#include "proto/rows.pb.h"

enum { HELD_SENTENCE_BYTES = 512 };

/* "Held: it depends on Acme, which is in trouble and answers for it." The configuration names the services. */
void held_sentence(const Held *, const struct aggregator_config *, char out[static HELD_SENTENCE_BYTES]);

/* "token:ann", "local:ann": ann; "": somebody. Borrowed, or static. */
const char *held_person(const char *who);
