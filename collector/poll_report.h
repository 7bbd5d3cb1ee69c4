/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll_report: what one poll of one service is told as. Pure.
 */
#pragma once

#include <stdint.h>

#include "collector/feeds/feed.h"
#include "proto/wire.pb.h"

struct feed_entry;
struct http_reply;

/* The word for a transfer that brought no document: dns, connect, tls, timeout, http_404, …; NULL when it brought one (200 or
 * 304). */
const char *poll_fault(const struct http_reply *);

/* Whom a poll is about. */
struct poll_subject {
    const char *service;
    const struct feed_entry *entry;
    int64_t every_ms;        /* its interval, the collector's where it has none of its own */
};

/* A Report of kind vendor, check "feed": the level that was read, or a fail with the result's reason. The arena is for the
 * detail's making. */
void poll_report(const struct poll_subject *, const struct feed_result *, struct arena *, Report *out);

/* A fail: one word and one sentence. */
void poll_report_fault(const struct poll_subject *, const char *reason, const char *words, Report *out);
