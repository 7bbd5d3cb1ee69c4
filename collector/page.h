/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page: one URL of a vendor with its schedule, and a round over it: fetched, read by each service that watches it through
 * its own filter, reported. Included by poll alone, which says which pages there are.
 *
 *     struct page *page = page_new(&context, host, feed, entry);
 *     page_watch(page, "github", entry, 60000);
 *     page_start(page, clock_mono_ms(), rng_next(&rng));    // on its schedule; page_due(page): at once
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "collector/feeds/feed.h"
#include "collector/page_host.h"
#include "collector/schedule.h"
#include "collector/shelf.h"
#include "common/mem.h"
#include "common/poll_reason.h"
#include "common/registry.h"
#include "common/rng.h"
#include "proto/wire.pb.h"

struct egress_check;
struct fetched;
struct http_client;
struct http_transfer;
struct samples;
struct watcher;

enum { PAGE_DIGEST_BYTES = 16 };

/* Since the start. A poll is one report: of one service, in one round. */
struct page_counts {
    uint64_t polls;
    uint64_t failures;                         /* of them */
    uint64_t failures_by[POLL_REASON_COUNT];
    uint64_t skipped;                          /* of them: the host was not asked */
    uint64_t unchanged;                        /* polls that said the last reading again */
    uint64_t parses;                           /* polls whose documents were parsed */
    uint64_t retries;                          /* requests made again within a round */
};

/* What the pages of a poller share; outlives them. */
struct page_context {
    uv_loop_t *loop;
    struct http_client *http;
    struct egress_check *egress;               /* NULL: our own way out is not looked after */
    void (*emit)(void *owner, const Item *);   /* borrowed for the call */
    void (*ended)(void *owner);                /* a round is over and has reported; not once stopping */
    void *owner;
    struct samples *samples;                   /* of what could not be read; NULL: none are kept */
    struct rng rng;                            /* of the waits between attempts */
    struct page_counts counts;
    bool stopping;                             /* nothing is reported any more */
};

struct page {
    struct page_context *context;
    struct page_host *host;
    struct page *next_waiting;
    const struct feed *feed;
    struct feed_entry entry;                   /* how to fetch; its strings are the first watcher's, its limits the widest of all */
    struct watcher *watchers;                  /* owned */
    size_t n_watchers;
    struct schedule schedule;
    int64_t due_mono_ms;                       /* the next slot; INT64_MAX: it has no schedule */
    int64_t retry_mono_ms;                     /* the request is made again then; INT64_MAX: it is not */
    uv_timer_t timer;                          /* for whichever comes first */
    struct http_transfer *transfer;            /* NULL: nothing on the wire */
    bool pending;                              /* waiting for the host, fetching, or about to do so again */
    bool again;                                /* asked for while fetching: once more after this round */

    /* the round in progress; what it allocates is the arena's */
    struct arena arena;
    struct feed_document documents[FEED_DOCUMENTS_MAX];
    size_t n_documents;
    size_t n_present;                          /* of them, those of the present, once a history is asked for; 0: none is */
    struct fetched *fetched;                   /* of each document, and of the one on the wire: where it came from */
    struct feed_request request;
    int retries;                               /* of all its requests together */
    long wish_status;                          /* 429 or 503 in place of an optional document; 0: none came */
    int64_t wish_s;                            /* and its Retry-After */
    int64_t spent_ms;                          /* of entry.timeout_ms, by requests and the waits between them */

    /* what is left of the rounds before */
    struct shelf shelf;
    uint8_t digest[PAGE_DIGEST_BYTES];         /* of what the last good reading was made of */
    int64_t valid_until_ms;                    /* of that reading, wall clock; 0: there is none */
};

/* Idle; the arguments are borrowed and outlive it. */
struct page *page_new(struct page_context *, struct page_host *, const struct feed *, const struct feed_entry *);

/* Whether what is fetched for the page is what this entry of the same feed asks for, too. */
bool page_serves(const struct page *, const struct feed *, const struct feed_entry *);

/* One more service reads it, every so often at the latest; service and entry are borrowed. */
void page_watch(struct page *, const char *service, const struct feed_entry *, int64_t every_ms);
bool page_is_read_by(const struct page *, const char *service);

/* Puts it on a schedule, at the shortest interval any of its watchers asks for; draw: random bits that spread pages. */
void page_start(struct page *, int64_t now_mono_ms, uint64_t draw);

/* It is due: asked now, or when its host is free; where the host is held, its polls fail with what holds it. Nothing when it
 * is being asked already. */
void page_due(struct page *);

/*
 * Somebody wants it asked now. False: it is not, because its host is held (host->words), and nothing is reported. What a round
 * in flight has fetched may be older than the wish: the page is asked once more when that round is over and the host's pages
 * that wait have had their turn, unless the round's end holds the host; once, however often it was wished for.
 */
bool page_ask(struct page *);

/* Ends what runs and closes its timer (whose handle is page->timer), then calls back; free it from there or later. */
void page_stop(struct page *, uv_close_cb closed);
void page_free(struct page *);

/* Says once more what the page lists: incidents and maintenance windows, as last read. */
void page_say_items_again(struct page *);
