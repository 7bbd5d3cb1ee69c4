/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_body: the bodies of the writes, read strictly. Pure.
 *
 * Bytes that are no JSON object are malformed (400); JSON that means nothing here is 422 with a pointer for each fault. A
 * member nobody knows is a fault: a misspelt ttl_seconds must not set a status for ever.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/problem.h"
#include "common/keys.h"
#include "common/limits.h"
#include "common/status.h"
#include "common/text.h"
#include "proto/rows.pb.h"

enum { REASON_BYTES_MAX = 256, DETAIL_TEXT_BYTES_MAX = 256, NOTES_BYTES_MAX = 512,
       TTL_SECONDS_MAX = 365 * 24 * 3600 };

/* POST /api/admin/status */
struct status_body {
    char service[SERVICE_BYTES_MAX + 1];
    bool end;                          /* new_status is null */
    enum status status;
    char reason[REASON_BYTES_MAX + 1];
    char detail[DETAIL_TEXT_BYTES_MAX + 1];    /* "" for none */
    bool has_ttl;
    uint32_t ttl_s;                    /* 0: no end */
    bool has_until;                    /* never with has_ttl */
    int64_t until_ms;
};

/* POST /api/admin/alerts/{id}/acknowledge */
struct ack_body {
    char notes[NOTES_BYTES_MAX + 1];   /* "" for none */
    bool has_ttl;
    uint32_t ttl_s;                    /* 0: as long as the alert */
    bool has_until;                    /* never with has_ttl */
    int64_t until_ms;
    bool sticky;
};

/* POST /api/admin/tokens */
struct token_body {
    char name[ID_BYTES_MAX + 1];
    Role role;
};

/* POST /api/admin/collectors */
struct collector_body {
    struct authorized_key key;
    bool replace;
};

/* 0, or -EPROTO and a problem. */
int status_body_parse(struct text, struct status_body *out, struct problem *);
int ack_body_parse(struct text, struct ack_body *out, struct problem *);    /* may be empty */
int token_body_parse(struct text, struct token_body *out, struct problem *);
int collector_body_parse(struct text, struct collector_body *out, struct problem *);

/* An empty body or an empty object, for writes that take nothing. */
int empty_body_parse(struct text, struct problem *);
