/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sentinel: notices that a page is no longer what its configuration says, and fails closed. One a service and page;
 * all zero is one that has seen nothing.
 *
 *     sentinel_read(&watcher->sentinel, &sight, &result);   // after each reading: may make it a failed poll
 *     words = sentinel_fault(&watcher->sentinel, &sight, reason, words); // when there was nothing to be read
 *
 * What it does: a healthy page that has lost its components, all or nearly all, is no reading (shape); where the
 * answer is that of another platform, the failure's sentence names it; after SENTINEL_PATIENCE failures in a row that
 * a moved page would cause, it says what to do; and what came is kept as a sample.
 */
#pragma once

#include <stdint.h>

#include "collector/feeds/feed.h"

struct samples;

enum {
    SENTINEL_PATIENCE = 3,                   /* as many failures are no accident */
    SENTINEL_SAMPLE_EVERY_MS = 10 * 60 * 1000, /* the same failure is not written down more often */
    SENTINEL_FEW = 10,                       /* pages with fewer components may shrink as they like, but not to none */
};

struct sentinel {
    uint32_t failures;             /* in a row, of those that a page causes that is no longer what it was */
    size_t n_components;           /* of the last good reading; 0: none yet, or it had none */
    const char *sampled_reason;    /* of the last sample, a literal; NULL: none */
    int64_t sampled_at_ms;
};

/* One document of a round, as far as a person may see it. */
struct sentinel_sight {
    const struct feed *feed;
    const char *service;
    const struct feed_entry *entry;
    const struct feed_document *documents;   /* of the round */
    const bool *secret;            /* of each: never to be kept */
    size_t n_documents;
    long status;                   /* of the last answer */
    int64_t now_ms;                /* UTC */
    struct samples *samples;       /* NULL: none are kept */
    struct arena *arena;
};

/* The reading of a round. It may become a failed poll of reason "shape"; the sentence of one that failed may grow. */
void sentinel_read(struct sentinel *, const struct sentinel_sight *, struct feed_result *);

/* The sentence of a poll that failed before anything could be read, in the arena. documents: what came in place of
 * the page, one or none. */
const char *sentinel_fault(struct sentinel *, const struct sentinel_sight *, const char *reason, const char *words);

/* The platform whose page this is, other than the feed's own: "Uptime Kuma". NULL: it is the feed's own, or nobody's
 * that we know. Names in a web page are a hint, in JSON nearly proof. */
const char *sentinel_platform(const struct feed *own, const struct feed_document *, struct arena *);

/* The platform that a web page names as where its parts come from; NULL: none that we know. */
const char *sentinel_web_page(struct text body);
