/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream: GET /api/stream, server-sent events.
 *
 * A client is a position in the timeline, not a queue: whatever it has not got is read from the table when its socket
 * takes more. So nothing is lost, nothing grows, and Last-Event-ID (lineage and key) goes on from any row still kept.
 * Events: hello (once), timeline (a row), views (what changed and in which round), beat (each 15 s, with a comment),
 * reset (what was asked for is gone: fetch anew).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/problem.h"
#include "aggregator/api/reply.h"
#include "aggregator/api/request.h"
#include "aggregator/store/keys.h"

enum {
    STREAM_CLIENTS_MAX = 1000,
    STREAM_SLICE_ROWS = 100,
    STREAM_BEHIND_MAX = 10000,         /* rows; beyond that the client is ended and resumes when it can */
    STREAM_BEAT_MS = 15 * 1000,
    STREAM_ID_BYTES = 9 + 2 * STORE_KEY_BYTES_MAX + 1,
};

struct stream_hub;

struct stream_hub *stream_hub_new(struct api *);

/* Ends all streams; each is freed when its connection is. */
void stream_hub_stop(struct stream_hub *);

/* After the listeners stopped. */
void stream_hub_free(struct stream_hub *);

/* Rows were added to the timeline, or (0) views changed: everybody looks. */
void stream_wake(struct stream_hub *, uint32_t rows);

/* Those whose heartbeat is due. */
void stream_wake_due(struct stream_hub *, int64_t now_mono_ms);

/* GET /api/stream; queues its own response. See act_fn. */
int stream_act(struct request *, struct reply *, struct problem *);

/* The id of a row: 8 hex digits of the lineage, '-', hex of the key. Pure, both ways; the parse is false for anything that
 * is none of ours. */
void stream_id_render(const uint8_t *lineage, const struct store_key *, char out[static STREAM_ID_BYTES]);
bool stream_id_parse(struct text id, uint8_t lineage_prefix[static 4], struct store_key *out);
