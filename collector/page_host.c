/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/page_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/http_client.h"
#include "common/log.h"
#include "common/mem.h"

enum { WORDS_BYTES = 480, SECOND_BYTES = 24 };

/* ---------------------------------------------------------------- which host */

/* "https://me@Status.Example:8443/x" gives "status.example:8443". */
static char *host_name(const char *url)
{
    const char *start = strstr(url, "://");
    start = start == NULL ? url : start + 3;
    size_t len = strcspn(start, "/?#");
    const char *user_end = memchr(start, '@', len);
    if (user_end != NULL) {
        len -= (size_t) (user_end + 1 - start);
        start = user_end + 1;
    }
    const char *bracket = memchr(start, ']', len);   /* of an IPv6 address, whose colons are no port's */
    const char *rest = bracket == NULL ? start : bracket;
    bool has_port = memchr(rest, ':', len - (size_t) (rest - start)) != NULL;
    const char *port = has_port ? "" : strncmp(url, "http://", 7) == 0 ? ":80" : ":443";

    char *name = mem_new(len + strlen(port) + 1);
    memcpy(name, start, len);
    memcpy(name + len, port, strlen(port));
    for (char *c = name; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char) (*c - 'A' + 'a');
    }
    return name;
}

struct page_host *page_host_new(const char *url, const struct breaker_policy *policy)
{
    struct page_host *host = mem_new(sizeof *host);
    host->name = host_name(url);
    host->policy = policy;
    return host;
}

void page_host_free(struct page_host *host)
{
    if (host == NULL)
        return;
    free(host->name);
    free(host->words);
    free(host);
}

bool page_host_is(const struct page_host *host, const char *url)
{
    CLEANUP(mem_freep) char *name = host_name(url);
    return strcmp(host->name, name) == 0;
}

/* ---------------------------------------------------------------- whether it is asked */

bool page_host_holds(const struct page_host *host, int64_t now_ms)
{
    return host->policy != NULL
           && (backoff_holds(&host->backoff, now_ms) || breaker_holds(&host->breaker, host->policy, now_ms));
}

void page_host_begin(struct page_host *host)
{
    breaker_begin(&host->breaker);
}

/* ---------------------------------------------------------------- how a poll ended */

/* "2026-11-21 19:20:11Z": what stays the same from one skipped poll to the next. */
static const char *second_of(int64_t wall_ms, char out[static SECOND_BYTES])
{
    char text[RFC3339_BYTES];
    (void) snprintf(out, SECOND_BYTES, "%.19sZ", clock_to_rfc3339(wall_ms, text));
    return out;
}

static void hold(struct page_host *host, const char *reason)
{
    free(host->words);
    host->words = mem_new(WORDS_BYTES);
    host->reason = reason;
}

static void hold_by_breaker(struct page_host *host, const struct page_host_answer *answer)
{
    char since[SECOND_BYTES];
    char until[SECOND_BYTES];
    hold(host, "breaker");
    (void) snprintf(host->words, WORDS_BYTES,
                    "%.100s is not asked since %s, after %lld failed polls in a row, and not before %s; the last one (%s): %s",
                    host->name, second_of(host->opened_wall_ms, since), (long long) host->breaker.failures,
                    second_of(clock_wall_ms() + host->policy->open_ms, until), answer->reason, answer->words);
}

static void hold_by_wish(struct page_host *host, const struct page_host_answer *answer, int64_t now_ms)
{
    char since[SECOND_BYTES];
    char until[SECOND_BYTES];
    int64_t wall_ms = clock_wall_ms();
    bool told = answer->reply->retry_after_s > 0;
    hold(host, answer->reply->status == 429 ? "http_429" : "http_5xx");
    (void) snprintf(host->words, WORDS_BYTES, "%.100s answered with HTTP %ld at %s and is not asked before %s%s", host->name,
                    answer->reply->status, second_of(wall_ms, since),
                    second_of(wall_ms + host->backoff.until_ms - now_ms, until), told ? ", as it wishes" : "");
}

/* Whether it is the host that failed. What came before any request (an address that a page gave and nobody can use) is not. */
static bool failed(const struct page_host_answer *answer)
{
    if (answer->reason == NULL || answer->reply == NULL)
        return false;
    return http_fault_is_network(answer->reply->fault)
           || (answer->reply->fault == HTTP_FAULT_NONE && answer->reply->status >= 500);
}

static void take_change(struct page_host *host, enum breaker_change change, const struct page_host_answer *answer)
{
    switch (change) {
    case BREAKER_SAME:
        return;
    case BREAKER_OPENED:
        host->opened_wall_ms = clock_wall_ms();
        hold_by_breaker(host, answer);
        log_warning("breaker.opened", host->words, LOG_TEXT("host", host->name), LOG_TEXT("reason", answer->reason));
        return;
    case BREAKER_REOPENED:
        hold_by_breaker(host, answer);
        return;
    case BREAKER_SHUT:
        log_info("breaker.closed", "the host answers again", LOG_TEXT("host", host->name));
        return;
    }
}

void page_host_pardon(struct page_host *host)
{
    if (host->breaker.state != BREAKER_CLOSED)
        log_info("breaker.closed", "we were cut off ourselves: the host is asked again", LOG_TEXT("host", host->name));
    host->breaker = (struct breaker) {0};
}

void page_host_heard(struct page_host *host, const struct page_host_answer *answer, int64_t now_ms, struct rng *rng)
{
    if (host->policy == NULL)
        return;
    if (answer->cut_off)
        breaker_learned_nothing(&host->breaker);
    else if (answer->reply != NULL && backoff_take(&host->backoff, answer->reply, now_ms, rng)) {
        take_change(host, breaker_passed(&host->breaker), answer);
        hold_by_wish(host, answer, now_ms);
        log_info("poll.left_alone", host->words, LOG_TEXT("host", host->name), LOG_TEXT("reason", host->reason));
    } else if (failed(answer)) {
        take_change(host, breaker_failed(&host->breaker, host->policy, now_ms), answer);
    } else {
        take_change(host, breaker_passed(&host->breaker), answer);
        host->backoff = (struct backoff) {0};
    }
}
