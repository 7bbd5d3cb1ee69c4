/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server: the HTTP library's callbacks: a connection opens, a request comes in piece by piece, is answered, is over.
 */
#pragma once

#include <stdbool.h>

#include "common/error.h"

struct api;
struct MHD_Daemon;

struct server_limits {
    int fd;                            /* listening; taken, also on failure */
    unsigned workers;
    unsigned connections;
    unsigned per_address;              /* 0: no limit */
};

/* Starts a listener. NULL with words. */
struct MHD_Daemon *server_start(struct api *, const struct server_limits *, struct error *);

/* Stops it; every suspended connection must have been resumed, and none may be suspended any more. NULL is nothing. */
void server_stop(struct MHD_Daemon *);
