/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rig: a core with a real store, engine and socket in a temporary directory, and one collector that speaks to it in
 * plain text. The configuration is made by hand: two services (acme, shop) and one channel (chat).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "aggregator/config/config.h"
#include "aggregator/core.h"
#include "aggregator/engine/config.h"
#include "aggregator/inbox/health.h"
#include "aggregator/inbox/inbox.h"
#include "aggregator/ingest.h"
#include "temporary.h"

struct rig {
    struct temporary temporary;
    uv_loop_t loop;
    struct inbox *inbox;
    struct health *health;
    struct ingest *ingest;
    struct core *core;
    struct aggregator_config *config;
    char endpoint[320];
    char commit_file[320];               /* holds the errno with which commits fail */
    int reload_error;                    /* what the next reload answers; 0: a configuration with one more service */
    bool failed;                         /* the core has given up */
    struct commit_note note;             /* the last */
    uint32_t n_commits;

    void *context;                       /* the collector's ZeroMQ */
    void *dealer;
    uint8_t boot_id[16];
    bool welcomed;
    Welcome welcome;
    uint64_t acked;
    uint32_t n_rejects;
    Reject reject;
    uint32_t n_polls;                    /* PollNow heard */
    PollNow poll_now;                    /* the last */
};

/* A configuration with these service ids, "chat" being a channel where has_chat. Held once. */
struct aggregator_config *rig_config(const char *const *ids, size_t n, const char *digest, bool has_chat);

void rig_init(struct rig *);
void rig_done(struct rig *);

/* Starts and kills the core; killed, nothing is committed that was not. */
void rig_start(struct rig *);
void rig_kill(struct rig *);

/* Turns the loop until the condition holds; fails the test after ten seconds. */
void rig_until(struct rig *, bool (*condition)(struct rig *), const char *what);

/* Turns the loop for that long. */
void rig_turn_ms(struct rig *, int64_t ms);

/* The collector: connects, says Hello, sends. */
void rig_connect(struct rig *, uint8_t boot);
void rig_hello(struct rig *);
void rig_send(struct rig *, uint64_t first, const Item *items, size_t n);
void rig_send_frame(struct rig *, const void *frame, size_t len);
void rig_close(struct rig *);
Item rig_report(const char *service, const char *check, Level level, const char *detail);

bool rig_is_welcomed(struct rig *);

/* Puts and waits for the completion. */
struct rig_answer {
    struct inbox_result result;
    uint32_t status;
    char body[512];
    bool came;
};
void rig_ask(struct rig *, struct inbox_item *, struct rig_answer *);

/* Makes commits fail with this errno (0: not any more). */
void rig_break_commits(struct rig *, int error);

/* Every input of the engine stands in the journal or in an open run exactly once. Returns how many observations there
 * are. */
size_t rig_check_journal(struct rig *);
