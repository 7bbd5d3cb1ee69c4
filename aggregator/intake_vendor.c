/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/intake_vendor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/core_private.h"
#include "aggregator/vendor_say.h"
#include "common/log.h"
#include "common/metrics.h"

static const int64_t last_time_ms = INT64_C(253402300799999);    /* the end of the year 9999 */

/* ---------------------------------------------------------------- who speaks */

static bool is_heard(const void *context, const char *name)
{
    const struct collectors *collectors = context;
    const struct collector *collector = collectors_find(collectors, name);

    return collector != NULL && collector_is_known(collector) && !collector->state.silent;
}

static struct vendor_speaker speaker_of(const struct intake_batch *batch, const Item *item)
{
    return (struct vendor_speaker) {
        .collector = batch->collector->name, .observed_at_ms = split_observed_at(&batch->frame, item->at_boot_ms),
        .now_ms = batch->core->round.now_ms, .is_heard = is_heard, .context = &batch->core->collectors,
    };
}

/* ---------------------------------------------------------------- what can be taken */

static bool is_kind(VendorItemKind kind)
{
    return kind == VENDOR_ITEM_INCIDENT || kind == VENDOR_ITEM_MAINTENANCE;
}

/* Ids stand in keys, logs and addresses. */
static bool is_item_id(const char *id)
{
    for (const char *at = id; *at != '\0'; at++) {
        if ((unsigned char) *at < 0x20 || *at == 0x7f)
            return false;
    }
    return id[0] != '\0';
}

static bool is_time(int64_t at_ms)
{
    return at_ms >= 0 && at_ms <= last_time_ms;
}

static int check_item(const VendorItem *item, struct error *err)
{
    if (!is_kind(item->kind) || !is_item_id(item->id))
        return error_set(err, -EBADMSG, "a vendor's item of service \"%s\": expected a kind, and an id without control characters",
                         item->service);
    if (!is_time(item->starts_at_ms) || !is_time(item->ends_at_ms) || !is_time(item->updated_at_ms))
        return error_set(err, -EBADMSG, "a vendor's item of service \"%s\": expected times of the years 1970 to 9999",
                         item->service);
    return 0;
}

static bool is_web_address(const char *link)
{
    return text_starts_with(text_of(link), "https://") || text_starts_with(text_of(link), "http://");
}

/* ---------------------------------------------------------------- rows */

static void put_row(struct core *core, const VendorItemRow *row)
{
    (void) round_put(&core->round, TABLE_VENDOR_ITEMS, key_vendor_item(row->service, row->kind, row->key), row, sizeof *row);
}

/* The first version and the newest stay. */
static void put_version(struct core *core, const VendorItemRow *row, uint32_t changes, const VendorItem *item)
{
    VendorVersionRow *version = &core->scratch->version;

    *version = (VendorVersionRow) {.version = row->versions, .seen_at_ms = row->changed_at_ms, .changes = changes,
                                   .has_item = item != NULL};
    (void) snprintf(version->collector, sizeof version->collector, "%s", row->author);
    if (item != NULL)
        version->item = *item;
    (void) round_put(&core->round, TABLE_VENDOR_VERSIONS, key_vendor_version(row->service, row->kind, row->key, row->versions),
                     version, sizeof *version);
    if (row->versions > VENDOR_VERSIONS_MAX)
        round_delete(&core->round, TABLE_VENDOR_VERSIONS,
                     key_vendor_version(row->service, row->kind, row->key, row->versions - VENDOR_VERSIONS_MAX + 1));
    round_touch(&core->round, VIEW_VENDOR);
    metric_add(METRIC_VENDOR_VERSIONS, 1);
}

static void delete_rows(struct core *core, const VendorItemRow *row)
{
    uint32_t kept = VENDOR_VERSIONS_MAX - 1;    /* besides the first */
    uint32_t from = row->versions > kept + 1 ? row->versions - kept + 1 : 2;

    round_delete(&core->round, TABLE_VENDOR_ITEMS, key_vendor_item(row->service, row->kind, row->key));
    round_delete(&core->round, TABLE_VENDOR_VERSIONS, key_vendor_version(row->service, row->kind, row->key, 1));
    for (uint32_t version = from; version <= row->versions; version++)
        round_delete(&core->round, TABLE_VENDOR_VERSIONS, key_vendor_version(row->service, row->kind, row->key, version));
    round_touch(&core->round, VIEW_VENDOR);
}

/* ---------------------------------------------------------------- planned work */

static void window_id(const VendorItemRow *row, char *out, size_t cap)
{
    (void) snprintf(out, cap, "vendor:%s:%s", row->service, row->key);
}

static void set_window(struct core *core, VendorItemRow *row, const VendorItem *item, int64_t start_ms, int64_t end_ms)
{
    Command command = {.which_input = Command_maintenance_tag};
    Maintenance *window = &command.input.maintenance;

    window_id(row, window->id, sizeof window->id);
    window->subjects_count = 1;
    (void) snprintf(window->subjects[0], sizeof window->subjects[0], "%s", row->service);
    window->start_ms = start_ms;
    window->end_ms = end_ms;
    window->origin = MAINTENANCE_VENDOR;
    (void) snprintf(window->by, sizeof window->by, "vendor:%s", row->service);
    (void) text_copy(window->reason, sizeof window->reason, text_of(item->title));    /* cut words still say it */
    input_command(core, &command);
    row->window = true;
    row->window_start_ms = start_ms;
    row->window_end_ms = end_ms;
}

/* Somebody may have ended it before the vendor did. */
static void end_window(struct core *core, VendorItemRow *row)
{
    Command command = {.which_input = Command_maintenance_end_tag};
    MaintenanceEnd *end = &command.input.maintenance_end;

    window_id(row, end->id, sizeof end->id);
    (void) snprintf(end->by, sizeof end->by, "vendor:%s", row->service);
    if (row->window && engine_has_window(core->engine, end->id))
        input_command(core, &command);
    row->window = false;
}

static bool has_room(struct vendor_service *service, const VendorItemRow *row, int64_t now_ms)
{
    if (row->window || vendor_service_windows(service, now_ms) < VENDOR_WINDOWS_MAX)
        return true;
    if (!service->refused)
        log_warning("vendor.too_many_windows", "a vendor plans more than is taken of one service; the rest mutes nothing",
                    LOG_TEXT("service", service->id), LOG_INT("at_most", VENDOR_WINDOWS_MAX));
    service->refused = true;
    return false;
}

static void plan(struct core *core, struct vendor_service *service, VendorItemRow *row, const VendorItem *item)
{
    int64_t now_ms = core->round.now_ms;
    int64_t start_ms;
    int64_t end_ms;

    if (!vendor_window_of(row, item, now_ms, &start_ms, &end_ms)) {
        end_window(core, row);
        return;
    }
    bool same = row->window && row->window_start_ms == start_ms && row->window_end_ms == end_ms;
    if (!same && has_room(service, row, now_ms))
        set_window(core, row, item, start_ms, end_ms);
}

/* ---------------------------------------------------------------- items */

/* Room for one more: the closed one that changed longest ago goes. */
static bool make_room(struct core *core, struct vendor_service *service)
{
    struct vendor_item *eldest;
    if (!vendor_service_is_full(service))
        return true;

    eldest = vendor_service_eldest(service);
    if (eldest != NULL) {
        delete_rows(core, &eldest->row);
        vendor_service_drop(service, eldest);
        return true;
    }
    if (!service->refused)
        log_warning("vendor.too_many_items", "a vendor's page lists more open items than are kept of one service",
                    LOG_TEXT("service", service->id), LOG_INT("at_most", VENDOR_ITEMS_MAX));
    service->refused = true;
    return false;
}

static struct vendor_item *find_item(struct core *core, const VendorItem *item)
{
    struct vendor_service *service = vendor_items_make(&core->vendor_items, item->service);
    char key[sizeof((VendorItemRow *) 0)->key];

    vendor_say_key(item->id, key);
    struct vendor_item *known = vendor_service_find(service, item->kind, key);
    if (known != NULL || !make_room(core, service))
        return known;
    return vendor_service_add(service, item->kind, key, item->id);
}

int intake_vendor_item(struct intake_batch *batch, const Item *wire, struct error *err)
{
    struct core *core = batch->core;
    VendorItem *item = &core->scratch->vendor_item;
    struct vendor_speaker speaker = speaker_of(batch, wire);
    metric_add(METRIC_ITEMS_VENDOR, 1);
    *item = wire->body.vendor_item;
    int r = check_item(item, err);
    if (r < 0 || !intake_may_speak_of(batch, item->service))
        return r;

    if (!is_web_address(item->link))
        item->link[0] = '\0';
    struct vendor_item *known = find_item(core, item);
    if (known == NULL)
        return 0;
    uint32_t changes = vendor_say_item(&known->row, &speaker, item);
    if (changes != 0) {
        put_version(core, &known->row, changes, item);
        plan(core, vendor_items_find(&core->vendor_items, item->service), &known->row, item);
    }
    put_row(core, &known->row);
    return 0;
}

/* ---------------------------------------------------------------- lists */

static bool lists(const VendorList *list, const char *id)
{
    for (pb_size_t i = 0; i < list->ids_count; i++) {
        if (strcmp(list->ids[i], id) == 0)
            return true;
    }
    return false;
}

static void hear_list(struct core *core, const struct vendor_speaker *speaker, VendorItemRow *row, bool listed)
{
    bool touched;
    uint32_t changes = vendor_say_listed(row, speaker, listed, &touched);

    if (changes != 0) {
        put_version(core, row, changes, NULL);
        end_window(core, row);
    }
    if (touched)
        put_row(core, row);
}

int intake_vendor_list(struct intake_batch *batch, const Item *wire, struct error *err)
{
    struct core *core = batch->core;
    const VendorList *list = &wire->body.vendor_list;
    struct vendor_speaker speaker = speaker_of(batch, wire);
    metric_add(METRIC_ITEMS_VENDOR, 1);
    if (!is_kind(list->kind))
        return error_set(err, -EBADMSG, "a vendor's list of service \"%s\": expected a kind", list->service);
    if (!intake_may_speak_of(batch, list->service))
        return 0;

    struct vendor_service *service = vendor_items_find(&core->vendor_items, list->service);
    for (struct vendor_item *item = service == NULL ? NULL : service->items; item != NULL; item = item->hh.next) {
        if (item->row.kind == list->kind && vendor_say_covers(list, item->row.id))
            hear_list(core, &speaker, &item->row, lists(list, item->row.id));
    }
    return 0;
}
