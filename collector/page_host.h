/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_host: a host that serves pages, which is a name and a port: asked one page at a time, in the order in which they are due,
 * and not at all while its breaker or its own wish to be left alone holds.
 *
 *     if (page_host_holds(host, now_ms))
 *         ...                                  // host->reason, host->words: what its polls end with meanwhile
 *     page_host_begin(host);                   // a poll goes out …
 *     page_host_heard(host, &answer);          // … and this is how it ended
 *
 * No I/O but log lines when a host changes hands. Times are clock_boot_ms.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "collector/breaker.h"
#include "collector/retry.h"

struct http_reply;
struct page;

/* How a poll of one of its pages ended. */
struct page_host_answer {
    const struct http_reply *reply;            /* the exchange that failed; NULL: none did, or before there was one */
    const char *reason;                        /* why the poll failed, as its report says; NULL: it did not */
    const char *words;
    bool cut_off;                              /* it was us who reached nothing: it says nothing of the host */
};

struct page_host {
    struct page_host *next;
    char *name;                                /* name:port, from the URL; owned */
    const struct breaker_policy *policy;       /* borrowed; NULL: it is asked whatever happens */
    struct page *busy;                         /* the one that is fetching */
    struct page *waiting;                      /* those that are due, first come first served */
    struct breaker breaker;
    struct backoff backoff;
    int64_t opened_wall_ms;                    /* since when the breaker is open */
    const char *reason;                        /* of what holds it: breaker, http_429, http_5xx */
    char *words;                               /* owned; one sentence, since when and why */
};

/* Of the URL of a page: its host and port. */
struct page_host *page_host_new(const char *url, const struct breaker_policy *);
void page_host_free(struct page_host *);

/* Whether this URL's host is this one. */
bool page_host_is(const struct page_host *, const char *url);

/* Whether a poll must not go out now; then reason and words are set. */
bool page_host_holds(const struct page_host *, int64_t now_ms);

/* A poll goes out; it is not held. */
void page_host_begin(struct page_host *);

/* What failed so far is not held against it any more. */
void page_host_pardon(struct page_host *);

/*
 * A poll has ended. Failures to reach the host, and answers of 5xx, count for its breaker. What an answer says of itself (no
 * such page, no access, moved, another format, a filter that matches nothing) does not: the host was reached, and its other
 * pages may be well. 429, and 503 that says for how long, are its wish to be left alone, which is followed.
 */
void page_host_heard(struct page_host *, const struct page_host_answer *, int64_t now_ms, struct rng *);
