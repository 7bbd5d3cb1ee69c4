/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp: whether something accepts a connection. Resolves, connects to each address in turn until one accepts, hangs up.
 */
#pragma once

#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "collector/probes/probe.h"
#include "common/registry.h"

enum tcp_end {
    TCP_CONNECTED,
    TCP_NO_SUCH_NAME,      /* the resolver says that there is no such name, or no address */
    TCP_NO_RESOLVER,       /* the resolver did not say */
    TCP_REFUSED,           /* the last address refused, or cannot be reached */
    TCP_TIMEOUT,
    TCP_UNABLE,            /* our own side: no descriptor, no right */
};

struct tcp_outcome {
    enum tcp_end end;
    int code;              /* libuv's, of the last attempt; 0: none */
    int64_t total_us;
    struct sockaddr_storage address;   /* the one last tried; of family 0: it did not come to that */
};

struct tcp_run;

/* Starts one try (entry->host, port and timeout_ms; borrowed for the call); `done` runs once, on the loop. Never fails:
 * what cannot be started ends as TCP_UNABLE. */
struct tcp_run *tcp_start(uv_loop_t *, const struct probe_entry *, void (*done)(void *context, const struct tcp_outcome *),
                          void *context);

/* Ends it without `done`; it frees itself when its handles are closed. Not after `done`. */
void tcp_cancel(struct tcp_run *);

/* Pure. */
void tcp_judge(const struct probe_entry *, const struct tcp_outcome *, struct verdict *);
