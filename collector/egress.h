/* SPDX-License-Identifier: Apache-2.0 */
/*
 * egress: whether this machine reaches anything outside at all, and what a probe's verdict is worth while it does not.
 * With its uplink cut, each probe would swear that its target is down; so a bad verdict about somebody else is believed only
 * when a neutral target was reached after it, and no check failed while it was made.
 *
 *     struct egress egress = {.named = config->named};
 *     egress_take(&egress, reached, began_ms, now_ms);
 *     switch (egress_judge(&egress, &look)) { ... }
 *
 * Pure: times are readings of one monotonic clock. The checks themselves are egress_check's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/settings.h"
#include "common/text.h"
#include "proto/wire.pb.h"

struct collector_config;
struct verdict;

enum {
    EGRESS_DOWN_CHECKS = 2,        /* failed ones in a row until it is called down */
    EGRESS_AGAIN_MS = 1000,        /* after the first of them; and the least distance of two checks */
    EGRESS_RETURN_MS = 5000,       /* how often it is looked for while it is down, at the longest */
    EGRESS_TARGETS_MAX = 8,
    EGRESS_HOST_BYTES = 254,
};

/* As configured (egress_check:). */
struct egress_config {
    bool enabled;
    bool named;                    /* the targets are the operator's, not ours */
    char **targets;                /* HOST:PORT, owned */
    size_t n_targets;
    int64_t every_ms;              /* 1 s .. 1 h, default 30 s */
    int64_t timeout_ms;            /* of one target, default 2 s */
};

/* Its rows, and what follows from them: our own targets where none are named. */
extern const struct setting egress_table[];
void egress_config_settle(struct egress_config *);

/* Takes "1.1.1.1:443", "[2620:fe::fe]:443" or "gate.example:22" apart. */
bool egress_target_parse(struct text, char host[static EGRESS_HOST_BYTES], uint16_t *port);

/* Whether anything this configuration polls or probes lies elsewhere: without that there is nothing to check for. */
bool egress_is_needed(const struct collector_config *);

/* ---------------------------------------------------------------- the state */

struct egress {                    /* all zero: nothing is known yet */
    Egress state;
    bool named;                    /* the targets are the operator's */
    bool ever_up;                  /* one was reached since the start */
    uint32_t failures;             /* checks in a row that reached nothing */
    bool has_failed;
    int64_t failed_mono_ms;        /* when the last of those ended, with has_failed */
};

enum egress_change { EGRESS_SAME, EGRESS_WENT_DOWN, EGRESS_CAME_UP };

/* Takes what a check came to that ended now. */
enum egress_change egress_take(struct egress *, bool reached, int64_t now_mono_ms);

/* How long until the next check: every_ms, but soon after a first failure and while it is down. */
int64_t egress_next_ms(const struct egress *, int64_t every_ms);

/* ---------------------------------------------------------------- what a verdict is worth */

/* Where a target lies. */
enum egress_place {
    EGRESS_OWN,                    /* this host: nothing of this concerns it */
    EGRESS_NEAR,                   /* a private network: may lie on this side of the cut */
    EGRESS_FAR,
};

/* By the address that was tried; own: whether it is one of this host's interfaces. */
enum egress_place egress_place_of_address(const struct sockaddr *, bool own);

/* By its name or numeric address, where it did not come to an address; host_name: this host's. */
enum egress_place egress_place_of_host(struct text host, const char *host_name);

/* The host of an http:// or https:// URL, without brackets. */
struct text egress_host_of_url(const char *url);

/* One look at a target. */
struct egress_look {
    enum egress_place place;
    const struct verdict *verdict;
    int64_t began_mono_ms;
};

enum egress_answer {
    EGRESS_TELL,                   /* as it is */
    EGRESS_ASK,                    /* after a check that begins now; then egress_judge_asked */
    EGRESS_BLIND,                  /* nothing can be said of the target */
};

enum egress_answer egress_judge(const struct egress *, const struct egress_look *);

/* The check that was asked for has ended, and egress_take has it. Never EGRESS_ASK. */
enum egress_answer egress_judge_asked(const struct egress *, const struct egress_look *, bool reached);

/* Whether a page in this place that could not be fetched says more of us than of the page. */
bool egress_explains(const struct egress *, enum egress_place);

/* The verdict becomes a fail, reason "egress", that still says what was seen. */
void egress_blind(struct verdict *);
