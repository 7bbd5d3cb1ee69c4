/* SPDX-License-Identifier: Apache-2.0 */
/* What is gone, until its row is deleted and nobody borrows its name. */
#include "aggregator/engine/engine_private.h"

#include <stdlib.h>

#include "common/mem.h"

static struct removed *add(struct engine *engine, enum engine_removed_kind kind)
{
    struct removed *removed = mem_new(sizeof *removed);

    removed->kind = kind;
    list_add(&engine->removed, &removed->link);
    return removed;
}

void removed_add_name(struct engine *engine, enum engine_removed_kind kind, const char *name, void *grave)
{
    struct removed *removed = add(engine, kind);

    removed->name = mem_copy_string(name);
    removed->grave = grave;
}

void removed_add_member(struct engine *engine, uint64_t incident, const char *service)
{
    struct removed *removed = add(engine, REMOVED_MEMBER);

    removed->name = mem_copy_string(service);
    removed->incident = incident;
}

void removed_add_source(struct engine *engine, struct source *source)
{
    struct removed *removed = add(engine, REMOVED_SOURCE);

    removed->service = source->service;
    removed->source = source;
}

void removed_add_service(struct engine *engine, struct service *service)
{
    add(engine, REMOVED_SERVICE)->service = service;
}

void removed_free(struct link *head)
{
    struct link *link;

    while ((link = list_take(head)) != NULL) {
        struct removed *removed = container_of(link, struct removed, link);
        if (removed->kind == REMOVED_SOURCE)
            source_free(removed->source);
        else if (removed->kind == REMOVED_SERVICE)
            service_free(removed->service);
        free(removed->record);
        free(removed->name);
        free(removed->grave);
        free(removed);
    }
}
