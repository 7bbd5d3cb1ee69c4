/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the outbox keeps in memory: entries (rows), lanes (a receiver's rows in order) and topics (what one receiver
 * knows of one alert). Included by outbox.c and outbox_topic.c alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "common/limits.h"
#include "proto/rows.pb.h"

struct entry {
    OutboxRow row;
    struct lane *lane;             /* NULL: finished, only to be stored */
    struct topic *topic;
    bool is_changed;
    struct entry *lane_prev, *lane_next;
    struct entry *changed_prev, *changed_next;
    UT_hash_handle hh;             /* by sequence */
};

struct lane {
    char receiver[CHANNEL_BYTES_MAX + 1];
    struct entry *rows;            /* unfinished, by sequence; one retried by hand stands behind */
    uint32_t n_claimed;
    struct lane *next;
};

struct topic {
    char id[CHANNEL_BYTES_MAX + 1 + KEY_BYTES_MAX + 1];   /* RECEIVER newline KEY */
    bool told;                     /* the receiver has heard of it, and not yet that it is over */
    char level[21];                /* what it heard last */
    uint32_t n_rows;               /* unfinished */
    uint32_t n_claimed;
    struct entry *waiting;         /* the one row that is pending or ambiguous; NULL: none */
    UT_hash_handle hh;
};

struct telling {
    ToldRow row;
    struct telling *prev, *next;
};

/* The lane of a receiver, made when there is none. */
struct lane *lanes_get(struct lane **lanes, const char *receiver);
void lanes_free(struct lane **lanes);

/* The topic of a receiver and a key, made when there is none. */
struct topic *topics_get(struct topic **topics, const char *receiver, const char *key);

/* That, or NULL. */
const struct topic *topics_find(const struct topic *topics, const char *receiver, const char *key);

/* Frees a topic that nobody was told of and that has no rows. */
void topic_drop_when_idle(struct topic **topics, struct topic *);
void topics_free(struct topic **topics);
