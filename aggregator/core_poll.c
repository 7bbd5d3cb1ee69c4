/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service's page is to be read now: the collectors that read it are told. Nothing of this is an input of the engine:
 * what the page says comes as any observation does, and a message that is lost costs no more than the wait for the next
 * poll.
 */
#include <stdio.h>
#include <string.h>

#include "aggregator/core_private.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/wire.h"

enum { FRAME_BYTES_MAX = PollNow_size + 1 };

/* The collector of COLLECTOR/CHECK when it was heard in this process, and its check; NULL: nobody to speak to. */
static const struct collector *reader_of(const struct core *core, const char *source, const char **check)
{
    char name[ID_BYTES_MAX + 1];
    const char *slash = strchr(source, '/');
    if (slash == NULL || (size_t) (slash - source) > ID_BYTES_MAX)
        return NULL;
    (void) text_copy(name, sizeof name, (struct text) {source, (size_t) (slash - source)});
    *check = slash + 1;

    const struct collector *collector = collectors_find(&core->collectors, name);
    return collector == NULL || collector->address == NULL ? NULL : collector;
}

static bool tell(struct core *core, const SourceState *source, const char *why)
{
    const char *check = NULL;
    const struct collector *collector = reader_of(core, source->source, &check);
    if (collector == NULL)
        return false;

    uint8_t frame[FRAME_BYTES_MAX];
    PollNow message = {.sources_count = 1};
    (void) snprintf(message.sources[0], sizeof message.sources[0], "%.64s/%.40s", source->service, check);
    (void) snprintf(message.why, sizeof message.why, "%s", why);
    int len = wire_encode_poll_now(&message, frame, sizeof frame);
    bool sent = len > 0 && ingest_send(core->options.ingest, collector->address, collector->address_len, frame,
                                       (size_t) len);
    log_info(sent ? "poll.asked" : "poll.away",
             sent ? "a collector was asked to poll" : "a collector that should poll is away",
             LOG_TEXT("service", source->service), LOG_TEXT("collector", collector->name), LOG_TEXT("why", why));
    return sent;
}

/* How many were told. Who reads the service's page stands in its rows: from its catalogue, or since it was heard. */
static uint32_t ask(struct core *core, const char *service, const char *why)
{
    struct store_txn *txn;
    uint32_t n = 0;
    if (store_read(core->options.store, &txn) < 0)
        return 0;
    struct store_cursor cursor;
    SourceRow *row = &core->scratch->source;
    store_walk(txn, TABLE_SOURCES, (struct store_range) {.prefix = key_sources_of(service)}, &cursor);
    while (store_next(&cursor, NULL, row) == 0) {
        if (row->state.kind == SOURCE_VENDOR)
            n += tell(core, &row->state, why);
    }
    store_walk_end(&cursor);
    store_end(txn);
    metric_add(n > 0 ? METRIC_POLLS_ASKED : METRIC_POLLS_NOBODY, 1);
    return n;
}

enum inbox_outcome core_poll(struct core *core, const char *service, const char *why, struct inbox_result *result)
{
    if (registry_find(&core->config->registry, service) == NULL)
        return INBOX_NO_SUCH_SERVICE;
    if (poll_asks_take(&core->poll_asks, service, why, clock_mono_ms()) == POLL_ASK_LATER) {
        metric_add(METRIC_POLLS_COALESCED, 1);
        result->put_off = true;
        return INBOX_DONE;
    }
    result->asked = ask(core, service, why);
    return result->asked == 0 ? INBOX_NO_POLLER : INBOX_DONE;
}

void core_poll_again(struct core *core)
{
    const struct poll_ask *due;
    while ((due = poll_asks_due(&core->poll_asks, clock_mono_ms())) != NULL)
        (void) ask(core, due->service, due->why);
}
