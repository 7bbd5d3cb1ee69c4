/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/admin_maintenance.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/admin_write.h"
#include "aggregator/api/api_private.h"
#include "aggregator/api/maintenance_body.h"
#include "aggregator/api/waiter.h"
#include "aggregator/api/walk.h"
#include "common/clock.h"
#include "common/mem.h"

enum { WINDOWS_MAX = 1000 };

static bool is_known_service(struct store_txn *txn, const struct registry *registry, const char *id)
{
    ServiceState row;

    return registry_find(registry, id) != NULL || store_get(txn, TABLE_SERVICES, key_name(id), &row) == 0;
}

/* Subjects are of a possible form; a service must also be there. */
static void check_subjects(const struct registry *registry, struct store_txn *txn, const Maintenance *window,
                           struct problem *problem)
{
    for (pb_size_t i = 0; i < window->subjects_count; i++) {
        const char *subject = window->subjects[i];
        char pointer[32];
        if (strcmp(subject, "*") == 0 || maintenance_is_alert_key(text_of(subject)) || is_known_service(txn, registry, subject))
            continue;
        (void) snprintf(pointer, sizeof pointer, "/subjects/%u", (unsigned) i);
        problem_point(problem, pointer, "no service has the id %.112s", subject);
    }
}

/* Vendors' windows have a bound of their own. */
static size_t count_windows(struct store_txn *txn)
{
    struct store_range vendors = {.prefix = key_name("vendor:")};
    struct store_cursor cursor;
    size_t n = store_rows(txn, TABLE_MAINTENANCE);

    store_walk(txn, TABLE_MAINTENANCE, vendors, &cursor);
    while (n > 0 && walk_next(&cursor, NULL, NULL))
        n--;
    store_walk_end(&cursor);
    return n;
}

/* Whether there is room for another window, and every service it names exists. */
static int check_window(struct request *request, const Maintenance *window, struct problem *problem)
{
    struct store_txn *txn;
    if (store_read(request->api->store, &txn) < 0)
        return problem_set(problem, PROBLEM_UNAVAILABLE, "the services cannot be read now");

    struct aggregator_config *config = api_config(request->api, NULL, NULL);
    check_subjects(&config->registry, txn, window, problem);
    aggregator_config_drop(config);
    bool full = count_windows(txn) >= WINDOWS_MAX;
    store_end(txn);
    if (full)
        return problem_set(problem, PROBLEM_CONFLICT, "there are %d maintenance windows, which is the most; end some first",
                           WINDOWS_MAX);
    return problem->n_points == 0 ? 0 : problem_set(problem, PROBLEM_INVALID, "the window names what is not there");
}

static void make_window_id(char *out, size_t cap)
{
    uint8_t bytes[8];
    char hex[2 * sizeof bytes + 1];

    randombytes_buf(bytes, sizeof bytes);
    text_to_hex(bytes, sizeof bytes, hex);
    (void) snprintf(out, cap, "m-%s", hex);
}

/* On the core's thread, before the commit. Ids of windows need no escaping. */
static size_t answer_window(void *context, const struct inbox_result *result, char *body, size_t cap)
{
    const struct waiter *waiter = context;
    char at[RFC3339_BYTES];

    int len = snprintf(body, cap, "{\"id\":\"%s\",\"round\":%llu,\"at\":\"%s\"}", waiter->subject,
                       (unsigned long long) result->round, clock_to_rfc3339(result->at_ms, at));
    return (size_t) len < cap ? (size_t) len : 0;
}

int admin_maintenance(struct request *request, struct reply *reply, struct problem *problem)
{
    CLEANUP(mem_freep) struct maintenance_body *body = mem_new(sizeof *body);
    CLEANUP(mem_freep) struct inbox_item *item = mem_new(sizeof *item);
    Maintenance *window = &body->window;

    (void) reply;
    int r = admin_write_want_json(request, problem);
    if (r == 0)
        r = maintenance_body_parse(buffer_text(&request->body), clock_wall_ms(), body, problem);
    if (r == 0)
        r = check_window(request, window, problem);
    if (r == 0)
        r = admin_write_take_key(request, item, problem);
    if (r < 0)
        return r;
    if (window->id[0] == '\0')
        make_window_id(window->id, sizeof window->id);
    (void) text_copy(window->by, sizeof window->by, text_of(request->caller.who));
    item->kind = INBOX_COMMAND;
    item->answer = answer_window;
    item->status = 200;
    item->starts_now = body->starts_now;
    item->command.which_input = Command_maintenance_tag;
    item->command.input.maintenance = *window;
    admin_write_sign(request, item, "maintenance.set", window->id);
    (void) text_copy(item->audit.reason, sizeof item->audit.reason, text_of(window->reason));
    (void) snprintf(item->audit.detail, sizeof item->audit.detail, "%.200s%s", window->subjects[0],
                    window->subjects_count > 1 ? ", …" : "");
    admin_write_wait(request, window->id, "");
    return admin_write_put(request, item, problem);
}

/* Ids of windows, a vendor's too, are of these; what is not cannot be one and must not come back in an answer. */
static bool can_be_window(const char *id)
{
    return id[strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-")] == '\0';
}

int admin_maintenance_end(struct request *request, struct reply *reply, struct problem *problem)
{
    CLEANUP(mem_freep) struct inbox_item *item = mem_new(sizeof *item);
    MaintenanceEnd *end = &item->command.input.maintenance_end;

    (void) reply;
    if (!can_be_window(request->item))
        return problem_set(problem, PROBLEM_NOT_FOUND, "no maintenance window has this id");
    int r = admin_write_take_key(request, item, problem);
    if (r < 0)
        return r;
    item->kind = INBOX_COMMAND;
    item->answer = answer_window;
    item->status = 200;
    item->command.which_input = Command_maintenance_end_tag;
    (void) text_copy(end->id, sizeof end->id, text_of(request->item));
    (void) text_copy(end->by, sizeof end->by, text_of(request->caller.who));
    admin_write_sign(request, item, "maintenance.end", request->item);
    admin_write_wait(request, request->item, "");
    return admin_write_put(request, item, problem);
}
