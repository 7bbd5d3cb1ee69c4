/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/host_view.h"

#include <string.h>

#include "common/mem.h"

static void add_collector(const struct service_reader *reader, struct host_view *view)
{
    CLEANUP(mem_freep) CollectorRow *row = mem_new(sizeof *row);

    if (store_get(reader->txn, TABLE_COLLECTORS, key_name(view->name), row) != 0)
        return;
    view->collector = arena_new(reader->arena, sizeof *row);
    *view->collector = *row;
    view->heard = true;
    view->silent = row->state.silent;
    view->silent_since_ms = row->state.silent ? row->state.since_ms : 0;
    view->last_seen_ms = row->last_contact_ms > row->state.last_seen_ms ? row->last_contact_ms : row->state.last_seen_ms;
}

void host_view_fill(const struct service_reader *reader, const HostRow *row, struct host_view *out)
{
    *out = (struct host_view) {.name = arena_copy_string(reader->arena, row->name)};
    out->row = arena_new(reader->arena, sizeof *row);
    *out->row = *row;
    add_collector(reader, out);
    (void) service_view_read_host(reader, out->name, HOST_CHECKS_MAX, &out->checks, &out->n_checks);
    out->status = out->n_checks == 0 ? STATUS_UNKNOWN : STATUS_OPERATIONAL;
    for (size_t i = 0; i < out->n_checks; i++) {
        status_count(&out->counts, out->checks[i].status);
        out->status = status_worse(out->status, out->checks[i].status);
    }
    out->maintenance = planned_covers_host(reader->planned, out->name);
    if (out->silent)
        out->status = status_worse(out->status, STATUS_UNKNOWN);
}

int host_view_read(const struct service_reader *reader, const char *name, struct host_view *out)
{
    CLEANUP(mem_freep) HostRow *row = mem_new(sizeof *row);

    int r = store_get(reader->txn, TABLE_HOSTS, key_name(name), row);
    if (r != 0)
        return r;
    host_view_fill(reader, row, out);
    return 0;
}
