/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/poll_asks.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"

static bool is_recent(const struct poll_ask *ask, int64_t mono_ms)
{
    return mono_ms - ask->asked_mono_ms < POLL_ASK_EVERY_MS;
}

enum poll_ask_verdict poll_asks_take(struct poll_asks *asks, const char *service, const char *why, int64_t mono_ms)
{
    struct poll_ask *ask;
    HASH_FIND_STR(asks->by_service, service, ask);
    if (ask != NULL && is_recent(ask, mono_ms)) {
        if (!ask->waits)
            (void) snprintf(ask->why, sizeof ask->why, "%s", why);
        ask->waits = true;
        return POLL_ASK_LATER;
    }
    if (ask == NULL) {
        ask = mem_new(sizeof *ask);
        (void) snprintf(ask->service, sizeof ask->service, "%s", service);
        HASH_ADD_STR(asks->by_service, service, ask);
    }
    ask->asked_mono_ms = mono_ms;
    ask->waits = false;
    return POLL_ASK_NOW;
}

const struct poll_ask *poll_asks_due(struct poll_asks *asks, int64_t mono_ms)
{
    struct poll_ask *ask;
    struct poll_ask *next;
    HASH_ITER(hh, asks->by_service, ask, next) {
        if (is_recent(ask, mono_ms))
            continue;
        if (ask->waits) {
            ask->waits = false;
            ask->asked_mono_ms = mono_ms;
            return ask;
        }
        HASH_DEL(asks->by_service, ask);
        free(ask);
    }
    return NULL;
}

void poll_asks_done(struct poll_asks *asks)
{
    struct poll_ask *ask;
    struct poll_ask *next;
    HASH_ITER(hh, asks->by_service, ask, next) {
        HASH_DEL(asks->by_service, ask);
        free(ask);
    }
}
