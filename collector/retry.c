/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/retry.h"

#include <stddef.h>

#include "common/http_client.h"
#include "common/mem.h"

static const struct { int64_t from_ms, to_ms; } waits[RETRIES_MAX] = { { 300, 1000 }, { 1000, 3000 } };

static bool may_pass(const struct http_reply *reply)
{
    return http_fault_is_network(reply->fault)
           || (reply->fault == HTTP_FAULT_NONE && reply->status >= 500 && reply->retry_after_s == 0);
}

int64_t retry_wait_ms(const struct http_reply *reply, int retries, int64_t left_ms, struct rng *rng)
{
    if (retries >= RETRIES_MAX || !may_pass(reply))
        return -1;

    int64_t spread_ms = waits[retries].to_ms - waits[retries].from_ms + 1;
    int64_t wait_ms = waits[retries].from_ms + (int64_t) rng_below(rng, (uint64_t) spread_ms);
    return wait_ms < left_ms ? wait_ms : -1;
}

static int64_t told_ms(int64_t retry_after_s)
{
    return retry_after_s > BACKOFF_MS_MAX / 1000 ? BACKOFF_MS_MAX : retry_after_s * 1000;
}

/* 2, 4, 8, 15, 15, … minutes and a little more. */
static int64_t guessed_ms(unsigned steps, struct rng *rng)
{
    int64_t wait_ms = steps >= 4 ? BACKOFF_MS_MAX : INT64_C(60000) << steps;
    wait_ms += (int64_t) rng_below(rng, (uint64_t) wait_ms / 10);
    return wait_ms < BACKOFF_MS_MAX ? wait_ms : BACKOFF_MS_MAX;
}

bool backoff_take(struct backoff *backoff, const struct http_reply *reply, int64_t now_ms, struct rng *rng)
{
    if (reply->fault != HTTP_FAULT_NONE)
        return false;
    if ((reply->status == 429 || reply->status == 503) && reply->retry_after_s > 0) {
        backoff->until_ms = now_ms + told_ms(reply->retry_after_s);
        return true;
    }
    if (reply->status != 429)
        return false;
    backoff->steps += backoff->steps < 4;
    backoff->until_ms = now_ms + guessed_ms(backoff->steps, rng);
    return true;
}

bool backoff_holds(const struct backoff *backoff, int64_t now_ms)
{
    return now_ms < backoff->until_ms;
}
