/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/tcp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/probes/figures.h"
#include "common/clock.h"
#include "common/mem.h"

struct tcp_run {
    uv_loop_t *loop;
    uv_getaddrinfo_t resolve;
    uv_timer_t timeout;
    bool resolving;                    /* cannot be called off: what it holds stays until it returns */
    bool timeout_open;
    int attempts_open;
    struct addrinfo *addresses;        /* owned */
    const struct addrinfo *next;
    struct tcp_attempt *attempt;       /* the one under way; NULL: none */
    int64_t started_us;
    struct sockaddr_storage address;   /* the one last tried */
    void (*done)(void *context, const struct tcp_outcome *);   /* NULL: told or cancelled */
    void *context;
};

struct tcp_attempt {
    uv_tcp_t socket;
    uv_connect_t connect;
    struct tcp_run *run;
};

static void free_when_closed(struct tcp_run *run)
{
    if (run->resolving || run->timeout_open || run->attempts_open > 0)
        return;
    uv_freeaddrinfo(run->addresses);
    free(run);
}

static void tcp_on_timeout_closed(uv_handle_t *handle)
{
    struct tcp_run *run = handle->data;
    run->timeout_open = false;
    free_when_closed(run);
}

static void tcp_on_attempt_closed(uv_handle_t *handle)
{
    struct tcp_attempt *attempt = handle->data;
    struct tcp_run *run = attempt->run;
    run->attempts_open--;
    free(attempt);
    free_when_closed(run);
}

static void hang_up(struct tcp_run *run)
{
    if (run->attempt != NULL)
        uv_close((uv_handle_t *) &steal(&run->attempt)->socket, tcp_on_attempt_closed);
}

static void finish(struct tcp_run *run, enum tcp_end end, int code)
{
    struct tcp_outcome outcome = {.end = end, .code = code, .total_us = clock_mono_us() - run->started_us,
                                  .address = run->address};
    void (*done)(void *, const struct tcp_outcome *) = run->done;
    void *context = run->context;
    run->done = NULL;
    hang_up(run);
    uv_close((uv_handle_t *) &run->timeout, tcp_on_timeout_closed);
    if (done != NULL)
        done(context, &outcome);
}

static enum tcp_end end_of(int code)
{
    switch (code) {
    case UV_EMFILE: case UV_ENFILE: case UV_ENOBUFS: case UV_ENOMEM: case UV_EACCES: case UV_EPERM: case UV_EADDRNOTAVAIL:
        return TCP_UNABLE;
    case UV_ETIMEDOUT:
        return TCP_TIMEOUT;
    default:
        return TCP_REFUSED;
    }
}

static void try_next(struct tcp_run *run, int code);

static void tcp_on_connect(uv_connect_t *connect, int status)
{
    struct tcp_attempt *attempt = connect->data;
    struct tcp_run *run = attempt->run;
    if (run->attempt != attempt)
        return;   /* hung up meanwhile */
    if (status == 0) {
        finish(run, TCP_CONNECTED, 0);
        return;
    }
    hang_up(run);
    try_next(run, status);
}

/* The next address, or the end with the code of the last attempt. */
static void try_next(struct tcp_run *run, int code)
{
    while (run->next != NULL) {
        struct tcp_attempt *attempt = mem_new(sizeof *attempt);
        attempt->run = run;
        attempt->socket.data = attempt->connect.data = attempt;
        (void) uv_tcp_init(run->loop, &attempt->socket);   /* opens nothing yet: cannot fail */
        run->attempts_open++;
        run->attempt = attempt;
        memcpy(&run->address, run->next->ai_addr, run->next->ai_addrlen);   /* INET or INET6: both fit */
        code = uv_tcp_connect(&attempt->connect, &attempt->socket, run->next->ai_addr, tcp_on_connect);
        run->next = run->next->ai_next;
        if (code == 0)
            return;
        hang_up(run);
    }
    finish(run, end_of(code), code);
}

static void tcp_on_resolved(uv_getaddrinfo_t *resolve, int status, struct addrinfo *addresses)
{
    struct tcp_run *run = resolve->data;
    run->resolving = false;
    run->addresses = addresses;
    if (run->done == NULL) {
        free_when_closed(run);
        return;
    }

    run->next = addresses;
    if (status == 0 && addresses != NULL)
        try_next(run, UV_EAI_NODATA);
    else
        finish(run, status == 0 || status == UV_EAI_NONAME || status == UV_EAI_NODATA ? TCP_NO_SUCH_NAME : TCP_NO_RESOLVER,
               status);
}

static void tcp_on_timeout(uv_timer_t *timeout)
{
    struct tcp_run *run = timeout->data;

    finish(run, run->resolving ? TCP_NO_RESOLVER : TCP_TIMEOUT, UV_ETIMEDOUT);
}

static void tcp_on_not_started(uv_timer_t *timeout)
{
    struct tcp_run *run = timeout->data;

    finish(run, TCP_UNABLE, UV_EAGAIN);
}

struct tcp_run *tcp_start(uv_loop_t *loop, const struct probe_entry *entry,
                          void (*done)(void *context, const struct tcp_outcome *), void *context)
{
    struct tcp_run *run = mem_new(sizeof *run);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char port[8];
    run->loop = loop;
    run->done = done;
    run->context = context;
    run->started_us = clock_mono_us();
    run->resolve.data = run->timeout.data = run;
    (void) uv_timer_init(loop, &run->timeout);   /* cannot fail, like the starts below */
    run->timeout_open = true;

    (void) snprintf(port, sizeof port, "%u", entry->port);
    run->resolving = uv_getaddrinfo(loop, &run->resolve, tcp_on_resolved, entry->host, port, &hints) == 0;
    if (run->resolving)
        (void) uv_timer_start(&run->timeout, tcp_on_timeout, (uint64_t) entry->timeout_ms, 0);
    else
        (void) uv_timer_start(&run->timeout, tcp_on_not_started, 0, 0);
    return run;
}

void tcp_cancel(struct tcp_run *run)
{
    run->done = NULL;
    hang_up(run);
    if (run->resolving)
        (void) uv_cancel((uv_req_t *) &run->resolve);   /* EBUSY: it is being worked on, and returns when it does */
    uv_close((uv_handle_t *) &run->timeout, tcp_on_timeout_closed);
}

void tcp_judge(const struct probe_entry *entry, const struct tcp_outcome *outcome, struct verdict *out)
{
    char span[FIGURE_TEXT_BYTES];
    char limit[FIGURE_TEXT_BYTES];
    const char *why = outcome->code == 0 ? "" : uv_strerror(outcome->code);
    switch (outcome->end) {
    case TCP_CONNECTED: {
        bool slow = entry->warn_ms > 0 && outcome->total_us > entry->warn_ms * 1000;
        (void) verdict_metric(out, "probe_duration_seconds", (double) outcome->total_us / 1e6, "seconds");
        verdict_ok(out, slow ? STATUS_DEGRADED : STATUS_OPERATIONAL, "%s:%u accepts after %s%s%s", entry->host, entry->port,
                   figure_span(span, outcome->total_us / 1000), slow ? ", slower than " : "",
                   slow ? figure_span(limit, entry->warn_ms) : "");
        return;
    }
    case TCP_NO_SUCH_NAME:
        verdict_ok(out, STATUS_MAJOR_OUTAGE, "%s does not resolve: there is no such name", entry->host);
        return;
    case TCP_NO_RESOLVER:
        verdict_fail(out, "dns", "the resolver has no answer for %s: %s", entry->host, why);
        return;
    case TCP_REFUSED:
        verdict_ok(out, STATUS_MAJOR_OUTAGE, "%s:%u: %s", entry->host, entry->port, why);
        return;
    case TCP_TIMEOUT:
        verdict_ok(out, STATUS_MAJOR_OUTAGE, "%s:%u does not answer within %s", entry->host, entry->port,
                   figure_span(span, entry->timeout_ms));
        return;
    case TCP_UNABLE:
        verdict_fail(out, "local", "cannot connect from here: %s", why);
        return;
    }
}
