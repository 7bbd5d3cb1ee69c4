/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll_asks: how often the page of a service is asked for out of turn: at most once in ten seconds. Whoever asks in between
 * is not forgotten: one more ask follows when the ten seconds are over, for what he knows may be newer than what was read.
 * Pure: time comes in.
 *
 *     if (poll_asks_take(&asks, "github", "webhook", mono_ms) == POLL_ASK_NOW)
 *         …
 *     const struct poll_ask *ask;
 *     while ((ask = poll_asks_due(&asks, mono_ms)) != NULL)        // once a second or so
 *         …
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "aggregator/inbox/inbox.h"
#include "common/limits.h"

enum { POLL_ASK_EVERY_MS = 10 * 1000 };

struct poll_ask {
    char service[SERVICE_BYTES_MAX + 1];
    char why[POLL_WHY_BYTES_MAX + 1];    /* of the one that waits, the first that had to */
    int64_t asked_mono_ms;               /* the last time */
    bool waits;
    UT_hash_handle hh;
};

struct poll_asks {                       /* all zero is a valid, empty one */
    struct poll_ask *by_service;         /* owned; those of the last ten seconds */
};

enum poll_ask_verdict { POLL_ASK_NOW, POLL_ASK_LATER };

/* Somebody asks. The caller sees to it that there are only so many services. */
enum poll_ask_verdict poll_asks_take(struct poll_asks *, const char *service, const char *why, int64_t mono_ms);

/* One that waited and whose time has come: asked from now on. Borrowed until the next call; NULL: none. Forgets what is
 * older than ten seconds. */
const struct poll_ask *poll_asks_due(struct poll_asks *, int64_t mono_ms);

void poll_asks_done(struct poll_asks *);
