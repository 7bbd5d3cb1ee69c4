/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of /metrics that collectors tell of their own work, with each batch: whether they reach anything outside, how many
 * polls there were, what of them failed and why, and which hosts are left alone. A collector that watches nothing outside has
 * no lines: they are a few, whatever the number of hosts.
 */
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/poll_reason.h"

enum { POLLERS_MAX = 256 };        /* told */

struct poller {
    char name[ID_BYTES_MAX + 1];
    Vitals vitals;
};

/* A number of the vitals, one line a poller. */
static const struct poller_row {
    const char *name;
    const char *type;
    const char *help;
    size_t offset;
    bool wide;                     /* uint64_t, otherwise uint32_t */
} rows[] = {
#define TOTAL(name, member, help) {"tocsin_collector_" name, "counter", help, offsetof(Vitals, member), true}
#define NOW(name, member, help) {"tocsin_collector_" name, "gauge", help, offsetof(Vitals, member), false}
    TOTAL("polls_total", polls_total, "Polls of vendors' pages since the collector read its configuration, by service and round."),
    TOTAL("polls_skipped_total", polls_skipped_total, "Of them, those whose host was not asked: its breaker was open, or it wished so."),
    TOTAL("polls_unchanged_total", polls_unchanged_total, "Of them, those that found the page unchanged and did not parse it again."),
    TOTAL("polls_parsed_total", polls_parsed_total, "Of them, those that parsed the page."),
    TOTAL("poll_retries_total", poll_retries_total, "Requests made again within a poll."),
    NOW("breakers_open", breakers_open, "Hosts that are not asked because their polls kept failing."),
    NOW("hosts_backing_off", hosts_backing_off, "Hosts that are not asked because they wish so (429, Retry-After)."),
#undef TOTAL
#undef NOW
};

static unsigned long long number_of(const Vitals *vitals, const struct poller_row *row)
{
    const char *at = (const char *) vitals + row->offset;
    return row->wide ? *(const uint64_t *) (const void *) at : *(const uint32_t *) (const void *) at;
}

static void failures(const struct poller *pollers, size_t n, struct buffer *out)
{
    (void) buffer_format(out, "# HELP tocsin_collector_poll_failures_total Polls that could not find out, by reason.\n"
                              "# TYPE tocsin_collector_poll_failures_total counter\n");
    for (size_t i = 0; i < n; i++) {
        const Vitals *vitals = &pollers[i].vitals;
        for (pb_size_t j = 0; j < vitals->poll_failures_count && j < POLL_REASON_COUNT; j++)
            (void) buffer_format(out, "tocsin_collector_poll_failures_total{collector=\"%s\",reason=\"%s\"} %llu\n", pollers[i].name,
                                 poll_reason_word((enum poll_reason) j), (unsigned long long) vitals->poll_failures[j]);
    }
}

static void egress(const struct poller *pollers, size_t n, struct buffer *out)
{
    (void) buffer_format(out, "# HELP tocsin_collector_egress_up 1 when a collector that watches something outside reaches anything "
                              "there, 0 when it is cut off.\n# TYPE tocsin_collector_egress_up gauge\n");
    for (size_t i = 0; i < n; i++) {
        if (pollers[i].vitals.egress != EGRESS_UNSPECIFIED)
            (void) buffer_format(out, "tocsin_collector_egress_up{collector=\"%s\"} %d\n", pollers[i].name,
                                 pollers[i].vitals.egress == EGRESS_UP);
    }
}

static size_t read_pollers(struct render *render, struct poller *pollers)
{
    CLEANUP(mem_freep) CollectorRow *row = mem_new(sizeof *row);
    struct store_cursor cursor;
    size_t n = 0;

    store_walk(render->txn, TABLE_COLLECTORS, (struct store_range) {0}, &cursor);
    while (n < POLLERS_MAX && walk_next(&cursor, NULL, row)) {
        if (row->vitals.polls_total == 0 && row->vitals.egress == EGRESS_UNSPECIFIED)
            continue;
        (void) text_copy(pollers[n].name, sizeof pollers[n].name, text_of(row->state.name));   /* an id: the same bound */
        pollers[n++].vitals = row->vitals;
    }
    store_walk_end(&cursor);
    return n;
}

void views_collector_metrics(struct render *render, struct buffer *out)
{
    CLEANUP(mem_freep) struct poller *pollers = mem_new_array(POLLERS_MAX, sizeof *pollers);
    size_t n = read_pollers(render, pollers);
    if (n == 0)
        return;

    for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
        (void) buffer_format(out, "# HELP %s %s\n# TYPE %s %s\n", rows[r].name, rows[r].help, rows[r].name, rows[r].type);
        for (size_t i = 0; i < n; i++)
            (void) buffer_format(out, "%s{collector=\"%s\"} %llu\n", rows[r].name, pollers[i].name,
                                 number_of(&pollers[i].vitals, &rows[r]));
    }
    failures(pollers, n, out);
    egress(pollers, n, out);
}
