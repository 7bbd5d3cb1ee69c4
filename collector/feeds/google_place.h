/* SPDX-License-Identifier: Apache-2.0 */
/*
 * google_place: the locations of Google Cloud, "europe-west1", "us-central1-a" (a zone), "us" (several regions), "global".
 */
#pragma once

#include <stdbool.h>

#include "common/text.h"

/* Whether it is written like one. Which there are no document tells. */
bool google_place_is(struct text);

/* Whether what happens at a place touches a watched one: the same, `global`, or one is a zone of the other. */
bool google_place_touches(struct text place, struct text watched);
