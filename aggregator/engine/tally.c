/* SPDX-License-Identifier: Apache-2.0 */
/* V3: how the services are, kept with each change, so that nobody who asks has to walk them. */
#include "aggregator/engine/engine_private.h"

enum { TALLY_KNOWN = 1, TALLY_TROUBLED = 2, TALLY_CRITICAL = 4 };

static uint8_t marks_of(const struct service *service)
{
    bool critical = service->tier == 1 && service->hard == STATUS_MAJOR_OUTAGE;

    return (uint8_t) ((service->effective != STATUS_UNKNOWN ? TALLY_KNOWN : 0) |
                      (status_rank((enum status) service->hard) > 0 ? TALLY_TROUBLED : 0) | (critical ? TALLY_CRITICAL : 0));
}

static void count(uint32_t *n, uint8_t before, uint8_t now, uint8_t mark)
{
    if ((now & mark) != 0 && (before & mark) == 0)
        (*n)++;
    else if ((now & mark) == 0 && (before & mark) != 0)
        (*n)--;
}

static void set(struct engine *engine, struct service *service, uint8_t marks)
{
    count(&engine->tally.known, service->tallied, marks, TALLY_KNOWN);
    count(&engine->tally.troubled, service->tallied, marks, TALLY_TROUBLED);
    count(&engine->tally.critical, service->tallied, marks, TALLY_CRITICAL);
    service->tallied = marks;
    engine->dirty = true;    /* readers find it in the engine's row */
}

void tally_update(struct engine *engine, struct service *service)
{
    uint8_t marks = marks_of(service);

    if (marks != service->tallied)
        set(engine, service, marks);
}

void tally_leave(struct engine *engine, struct service *service)
{
    set(engine, service, 0);
}

struct service_tally tally_get(const struct engine *engine)
{
    struct service_tally tally = engine->tally;

    tally.services = (uint32_t) engine->counts.services;
    return tally;
}
