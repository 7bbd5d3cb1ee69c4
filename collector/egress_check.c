/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/egress_check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/probes/tcp.h"
#include "common/address.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"

TAILQ_HEAD(egress_waits, egress_wait);

struct egress_check {
    struct egress_check_options options;
    struct egress egress;
    struct egress_waits waits;
    uv_timer_t timer;                  /* the next check, while none runs */
    struct tcp_run *run;               /* NULL: no check runs */
    bool wanted;                       /* somebody doubts: again, as soon as the one that runs has ended */
    bool has_begun;
    int64_t began_mono_ms;             /* the check that runs or ran last */
    size_t tried;                      /* targets, in the check that runs */
    size_t first;                      /* the target it begins with: the one that answered last */
    uint64_t checks;
    uint64_t failed;
    void (*stopped)(void *context);
    void *stopped_context;
};

static void try_next(struct egress_check *check);

/* ---------------------------------------------------------------- when */

static void check_on_timer(uv_timer_t *timer)
{
    struct egress_check *check = timer->data;

    check->wanted = false;
    check->has_begun = true;
    check->began_mono_ms = clock_mono_ms();
    check->tried = 0;
    try_next(check);
}

static void arm(struct egress_check *check, int64_t in_ms)
{
    uv_update_time(check->options.loop);   /* libuv's own time may be old after long work */
    (void) uv_timer_start(&check->timer, check_on_timer, (uint64_t) in_ms, 0);   /* fails only when closing */
}

/* As soon as may be, unless one runs: then after it. */
static void want(struct egress_check *check)
{
    check->wanted = true;
    if (check->run != NULL || check->stopped != NULL)
        return;
    int64_t since_ms = check->has_begun ? clock_mono_ms() - check->began_mono_ms : EGRESS_AGAIN_MS;
    arm(check, since_ms >= EGRESS_AGAIN_MS ? 0 : EGRESS_AGAIN_MS - since_ms);
}

/* ---------------------------------------------------------------- a check */

static void say_change(const struct egress_check *check, enum egress_change change)
{
    switch (change) {
    case EGRESS_SAME:
        return;
    case EGRESS_WENT_DOWN:
        log_warning("egress.down", "none of the targets of egress_check can be reached: what remote probes see is not believed",
                    LOG_INT("targets", check->options.config->n_targets),
                    LOG_TEXT("first", check->options.config->targets[0]));
        break;
    case EGRESS_CAME_UP:
        log_info("egress.up", "the way out is open again");
        break;
    }
    if (check->options.changed != NULL)
        check->options.changed(check->options.context, change);
}

/* The first of those who asked before the check began; who asks later stands further back. */
static struct egress_wait *longest_waiting(const struct egress_check *check)
{
    struct egress_wait *wait = TAILQ_FIRST(&check->waits);

    return wait != NULL && wait->asked_mono_ms <= check->began_mono_ms ? wait : NULL;
}

static void answer_waits(struct egress_check *check, bool reached)
{
    struct egress_wait *wait;
    while ((wait = longest_waiting(check)) != NULL) {   /* from the start each time: an answer may drop others, or all */
        TAILQ_REMOVE(&check->waits, wait, link);
        wait->answered(wait, reached);
    }
}

static void end_check(struct egress_check *check, bool reached)
{
    check->checks++;
    check->failed += !reached;
    enum egress_change change = egress_take(&check->egress, reached, clock_mono_ms());
    say_change(check, change);
    answer_waits(check, reached);
    if (check->wanted || !TAILQ_EMPTY(&check->waits))
        want(check);
    else
        arm(check, egress_next_ms(&check->egress, check->options.config->every_ms));
}

static void check_on_tcp(void *context, const struct tcp_outcome *outcome)
{
    struct egress_check *check = context;
    const struct egress_config *config = check->options.config;
    check->run = NULL;
    if (outcome->end == TCP_CONNECTED) {
        check->first = (check->first + check->tried - 1) % config->n_targets;
        end_check(check, true);
        return;
    }
    if (check->tried < config->n_targets)
        try_next(check);
    else
        end_check(check, false);
}

static void try_next(struct egress_check *check)
{
    const struct egress_config *config = check->options.config;
    char host[EGRESS_HOST_BYTES];
    struct probe_entry entry = {.kind = PROBE_TCP, .host = host, .timeout_ms = config->timeout_ms};
    const char *target = config->targets[(check->first + check->tried++) % config->n_targets];
    (void) egress_target_parse(text_of(target), host, &entry.port);   /* the configuration has seen to it */
    check->run = tcp_start(check->options.loop, &entry, check_on_tcp, check);
}

/* ---------------------------------------------------------------- where a target lies */

static bool same_address(const struct sockaddr *a, const struct sockaddr *b)
{
    if (a->sa_family != b->sa_family)
        return false;
    if (a->sa_family == AF_INET)
        return ((const struct sockaddr_in *) (const void *) a)->sin_addr.s_addr
               == ((const struct sockaddr_in *) (const void *) b)->sin_addr.s_addr;
    return memcmp(&((const struct sockaddr_in6 *) (const void *) a)->sin6_addr,
                  &((const struct sockaddr_in6 *) (const void *) b)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

static bool is_of_this_host(const struct sockaddr *address)
{
    uv_interface_address_t *interfaces;
    int n;
    if (uv_interface_addresses(&interfaces, &n) < 0)
        return false;
    bool found = false;
    for (int i = 0; i < n && !found; i++)
        found = same_address((const struct sockaddr *) &interfaces[i].address, address);
    uv_free_interface_addresses(interfaces, n);
    return found;
}

enum egress_place egress_check_place(const struct sockaddr *address, struct text host)
{
    char host_name[EGRESS_HOST_BYTES] = "";
    struct sockaddr_storage parsed;
    if (address == NULL && address_parse(host, &parsed))
        address = (const struct sockaddr *) &parsed;
    if (address != NULL && (address->sa_family == AF_INET || address->sa_family == AF_INET6))
        return egress_place_of_address(address, is_of_this_host(address));
    (void) gethostname(host_name, sizeof host_name - 1);   /* without one it is nobody's */
    return egress_place_of_host(host, host_name);
}

/* ---------------------------------------------------------------- the door */

struct egress_check *egress_check_start(const struct egress_check_options *options)
{
    struct egress_check *check = mem_new(sizeof *check);
    check->options = *options;
    check->egress.named = options->config->named;
    check->egress.ever_up = options->ever_up;
    TAILQ_INIT(&check->waits);
    (void) uv_timer_init(options->loop, &check->timer);   /* cannot fail */
    check->timer.data = check;
    want(check);
    return check;
}

const struct egress *egress_check_state(const struct egress_check *check)
{
    return &check->egress;
}

void egress_check_count(const struct egress_check *check, uint64_t *checks, uint64_t *failures)
{
    *checks = check->checks;
    *failures = check->failed;
}

void egress_check_ask(struct egress_check *check, struct egress_wait *wait)
{
    wait->asked_mono_ms = clock_mono_ms();
    TAILQ_INSERT_TAIL(&check->waits, wait, link);
    want(check);
}

void egress_check_drop(struct egress_check *check, struct egress_wait *wait)
{
    TAILQ_REMOVE(&check->waits, wait, link);
}

void egress_check_doubt(struct egress_check *check)
{
    want(check);
}

static void check_on_closed(uv_handle_t *handle)
{
    struct egress_check *check = handle->data;
    void (*stopped)(void *) = check->stopped;
    void *context = check->stopped_context;

    free(check);
    stopped(context);
}

void egress_check_stop(struct egress_check *check, void (*stopped)(void *context), void *context)
{
    check->stopped = stopped;
    check->stopped_context = context;
    if (check->run != NULL)
        tcp_cancel(steal(&check->run));
    uv_close((uv_handle_t *) &check->timer, check_on_closed);
}
