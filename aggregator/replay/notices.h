/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notices: what an engine told, what it held, and what was acknowledged, kept for a comparison.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/decision.h"
#include "common/mem.h"

enum { NOTICES_MAX = 1000000 };    /* in each list */

struct notice {
    int64_t at_ms;
    enum notify_kind kind;
    enum reason reason;                    /* why it was held; of a resolve that was told: config_removed or none */
    const char *key;                       /* these are the notices' own */
    const char *service;                   /* NULL: it concerns none */
    const char *level;
    const char *by;                        /* whom it waited for; NULL: nobody */
    const char *channels;                  /* "chat, page"; "" when held */
    bool loud;                             /* a channel that calls somebody */
};

/* By key, kind, time, and then in the order in which they came, once sorted. */
struct notice_list {
    struct notice *at;                     /* owned */
    size_t n, cap;
};

struct notices {                           /* all zero is a valid, empty one */
    struct notice_list told, held, acknowledged;   /* of the last, key and time alone count */
    struct arena strings;
};

/* Keeps a decision; those of other kinds are passed over. False: there are NOTICES_MAX already. */
bool notices_add(struct notices *, const struct decision *);

/* Before a comparison. */
void notices_sort(struct notices *);

/* Less than, equal to or greater than 0: by key, then kind. */
int notice_compare_subject(const struct notice *, const struct notice *);

/* Frees; leaves all zero. */
void notices_done(struct notices *);
