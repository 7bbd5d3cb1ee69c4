/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_time: how services spent their time, read from the store: whom a request asks about, and the minutes of each.
 */
#pragma once

#include <stdint.h>

#include "aggregator/api/render.h"
#include "common/burn.h"
#include "common/minutes.h"

/* Whose time. Text lives in the configuration or in the arena of the rendering. */
struct time_subject {
    const char *id, *name;
    const struct params *params;
};

struct service_time {
    struct minutes minutes;            /* owned; of nobody known, all zero: unknown throughout */
    int64_t now_ms;                    /* the engine's clock at the commit that is shown */
};

/* Walks over whom a request asks about: those that its `service` parameters name (hosts' checks too), else the configured
 * services by id, a page of them; takes limit and cursor. */
struct time_walk {
    struct render *render;
    size_t next;                       /* place of the next one, in the configuration or in the query */
    size_t left;                       /* of the page */
    bool named;
};

/* 0, or -EPROTO and a problem; likewise time_walk_next, which gives STORE_ABSENT at the end. */
int time_walk_begin(struct time_walk *, struct render *);
int time_walk_next(struct time_walk *, struct time_subject *out);

/* The minutes of a service from this one on. A row that cannot be read is left out. */
void service_time_read(const struct render *, const char *id, int64_t from, struct service_time *out);
void service_time_done(struct service_time *);

/* The engine's clock at the commit that is shown; 0: nothing was ever committed. */
int64_t service_time_now(const struct render *);
