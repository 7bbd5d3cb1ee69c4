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
#include "collector/schedule.h"
#include "common/mem.h"
#include "common/registry.h"
#include "proto/wire.pb.h"

struct http_client;
struct http_transfer;
struct watcher;

enum { PAGE_DIGEST_BYTES = 16, PAGE_TAG_BYTES_MAX = 256 };

/* What the pages of a poller share; outlives them. */
struct page_context {
    uv_loop_t *loop;
    struct http_client *http;
    void (*emit)(void *owner, const Item *);   /* borrowed for the call */
    void (*ended)(void *owner);                /* a round is over and has reported; not once stopping */
    void *owner;
    uint64_t polls;                            /* reports so far, one a watcher and round */
    uint64_t failures;                         /* of them */
    bool stopping;                             /* nothing is reported any more */
};

/* Asked one page at a time. */
struct page_host {
    struct page_host *next;
    char *name;                                /* name:port, from the URL */
    struct page *busy;                         /* the one that is fetching */
    struct page *waiting;                      /* those that are due, first come first served */
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
    uv_timer_t timer;
    struct http_transfer *transfer;            /* NULL: nothing on the wire */
    bool pending;                              /* waiting for the host, or fetching */
    bool conditional;                          /* what is on the wire asks whether the last reading still holds */

    /* the round in progress */
    struct arena arena;
    struct feed_document documents[FEED_DOCUMENTS_MAX];
    size_t n_documents;
    struct feed_request request;

    /* what the last good reading was made of */
    uint8_t digest[PAGE_DIGEST_BYTES];
    int64_t valid_until_ms;                    /* wall clock; 0: there is no reading */
    char etag[PAGE_TAG_BYTES_MAX + 1];
    char last_modified[PAGE_TAG_BYTES_MAX + 1];
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

/* It is to be asked now, or when its host is free; nothing when it is being asked already. */
void page_due(struct page *);

/* Ends what runs and closes its timer (whose handle is page->timer), then calls back; free it from there or later. */
void page_stop(struct page *, uv_close_cb closed);
void page_free(struct page *);
