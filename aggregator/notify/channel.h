/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel: the kinds of receivers, one row each. To add one: its renderer in a file of its own, its row here, its word in
 * the configuration (config/receivers.c).
 *
 *     struct channel_message message;
 *     channel_message_init(&message);
 *     r = channel_types[channel->kind].render(&occasion, &message, &err);
 *     if (r == 0)
 *         r = channel_post(client, channel, &message, &whom, &err);
 *     channel_message_done(&message);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/config/config.h"
#include "aggregator/notify/verdict.h"
#include "common/buffer.h"
#include "common/error.h"
#include "common/http_client.h"
#include "proto/rows.pb.h"

enum {
    CHANNEL_KIND_COUNT = CHANNEL_PAGERDUTY + 1,
    CHANNEL_BODY_BYTES_MAX = 64 * 1024,
    CHANNEL_HEADERS_MAX = RECEIVER_HEADERS_MAX + 12,
    CHANNEL_HEADER_BYTES_MAX = 8 * 1024,
    CHANNEL_ORIGIN_BYTES = 33,         /* hex of a lineage, with the NUL */
};

/* What is to be told, to whom, by whom, and when. All borrowed. */
struct channel_occasion {
    const OutboxRow *row;
    const struct channel_entry *channel;
    const char *public_url;            /* without a trailing slash; leads the links to our own pages */
    const char *origin;                /* the store's lineage in hex: with the row's sequence unique for ever */
    int64_t now_ms;                    /* wall clock; only what must be new in each attempt is made of it */
};

/* A POST as a renderer makes it; it goes to the channel's own URL. */
struct channel_message {
    struct buffer body;
    char *headers[CHANNEL_HEADERS_MAX + 1];    /* "Name: value", owned; NULL-terminated */
    size_t n_headers;
};

/* The kind of receiver has no message for this row: it is not sent, and superseded with the words in the error. */
enum { CHANNEL_NEEDLESS = 1 };

struct channel_type {
    const char *name;                  /* as in the configuration */
    /* Makes the message. 0, CHANNEL_NEEDLESS with words, or negative with words: this row can never be sent. */
    int (*render)(const struct channel_occasion *, struct channel_message *, struct error *);
    verdict_answer_fn judge;
    int64_t least_gap_ms;              /* between two messages to one receiver */
    bool keeps_open;                   /* what it was told stays open there until it is resolved */
};

/* Indexed by enum channel_kind. */
extern const struct channel_type channel_types[CHANNEL_KIND_COUNT];

void channel_message_init(struct channel_message *);
void channel_message_done(struct channel_message *);

/* Adds a header line. -E2BIG, -EMSGSIZE with words: more than CHANNEL_HEADERS_MAX, or longer than a line may be. */
int channel_message_header(struct channel_message *, struct error *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct channel_caller {
    http_done_fn done;
    void *context;
};

/* Starts the POST; the message may go afterwards. As http_client_start. */
int channel_post(struct http_client *, const struct channel_entry *, const struct channel_message *,
                 const struct channel_caller *, struct error *);
