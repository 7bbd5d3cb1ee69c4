/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/window.h"

void window_start(struct window *window, int64_t now_ms)
{
    window->n = window->next = 0;
    window->since_ms = window->last_ms = now_ms;
    window->started = true;
}

void window_add(struct window *window, int64_t now_ms, struct share share, const struct window_shape *shape)
{
    if (!window->started || now_ms < window->last_ms || now_ms - window->last_ms > 3 * shape->every_ms)
        window_start(window, now_ms);

    window->ring[window->next].at_ms = now_ms;
    window->ring[window->next].share = share;
    window->next = (window->next + 1) % WINDOW_SAMPLES_MAX;
    if (window->n < WINDOW_SAMPLES_MAX)
        window->n++;
    window->last_ms = now_ms;
}

bool window_is_ready(const struct window *window, const struct window_shape *shape, int64_t now_ms)
{
    return window->started && window->n > 0 && now_ms - window->since_ms >= shape->length_ms / 2;
}

struct share window_share(const struct window *window, const struct window_shape *shape, int64_t now_ms)
{
    struct share sum = {0};
    for (size_t i = 1; i <= window->n; i++) {
        size_t at = (window->next + WINDOW_SAMPLES_MAX - i) % WINDOW_SAMPLES_MAX;
        if (window->ring[at].at_ms <= now_ms - shape->length_ms)
            break;
        struct share more = sum;
        if (__builtin_add_overflow(sum.part, window->ring[at].share.part, &more.part)
            || __builtin_add_overflow(sum.whole, window->ring[at].share.whole, &more.whole))
            break;   /* impossible figures from below; the newest ones speak */
        sum = more;
    }
    return sum;
}

bool share_above(struct share share, int permille)
{
    return (unsigned __int128) share.part * 1000 > (unsigned __int128) share.whole * (unsigned) permille;
}

double share_ratio(struct share share)
{
    return share.whole == 0 ? 0 : (double) share.part / (double) share.whole;
}
