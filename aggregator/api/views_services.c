/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/services and /api/services/{id}. The list is sorted by severity, so its cursor is the place in that order: what
 * was shown before it stays before it whatever became of the service it names.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/body.h"
#include "aggregator/api/poller_view.h"
#include "aggregator/api/service_cursor.h"
#include "aggregator/api/views.h"
#include "aggregator/engine/config.h"

static bool admits(const struct query *query, const struct service_view *view)
{
    char tier[8];

    (void) snprintf(tier, sizeof tier, "%d", view->tier);
    return query_admits(query, "state", status_name(view->status)) && query_admits(query, "category", view->category)
           && query_admits(query, "tier", tier);
}

/* A filter that can match nothing is a mistake, not an empty list. */
static int check_filters(const struct render *render)
{
    const struct query *query = &render->request->query;
    enum status status;
    int64_t tier;

    for (size_t i = 0; i < query->n; i++) {
        struct text name = query->parameters[i].name;
        struct text value = query->parameters[i].value;
        bool known = false;
        for (const char *const *category = registry_categories; *category != NULL; category++)
            known = known || text_is(value, *category);
        if (text_is(name, "state") && (!status_parse(value, &status) || !text_is(value, status_name(status))))
            return problem_set(render->problem, PROBLEM_PARAMETER,
                               "state must be operational, degraded, partial_outage, major_outage or unknown");
        if (text_is(name, "tier") && !text_to_int64(value, 1, 3, &tier))
            return problem_set(render->problem, PROBLEM_PARAMETER, "tier must be 1, 2 or 3");
        if (text_is(name, "category") && !known)
            return problem_set(render->problem, PROBLEM_PARAMETER, "category is none of ours");
    }
    return 0;
}

struct page { struct service_place after; bool has_after; size_t limit; };

static int read_page(struct render *render, struct page *page)
{
    struct text cursor;

    *page = (struct page) {0};
    int r = check_filters(render);
    if (r == 0)
        r = query_limit(&render->request->query, &page->limit, render->problem);
    if (r < 0 || !query_get(&render->request->query, "cursor", &cursor))
        return r;
    page->has_after = true;
    if (!service_place_parse(cursor, &page->after))
        return problem_set(render->problem, PROBLEM_PARAMETER, "cursor is not one of ours");
    return 0;
}

int views_services(struct render *render)
{
    struct service_reader reader = views_reader(render);
    struct service_view *views;
    struct status_counts counts = {0};
    struct page page;
    size_t n = 0;

    int r = read_page(render, &page);
    if (r == 0)
        r = service_view_read_all(&reader, &views, &n);
    if (r < 0)
        return r;
    render_read_done(render);

    json_t *items = json_array();
    const struct service_view *last = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!admits(&render->request->query, &views[i]))
            continue;
        status_count(&counts, views[i].status);
        if (page.has_after && service_place_compare(&views[i], &page.after) <= 0)
            continue;
        if (json_array_size(items) == page.limit) {
            service_place_render(last, render->next_cursor);
            last = NULL;                     /* further ones are only counted */
            page.limit = 0;
        } else if (page.limit > 0) {
            json_array_append_new(items, views_service_json(&views[i]));
            last = &views[i];
        }
    }
    json_t *list = views_list(render, items);
    body_put(list, "counts", views_counts_json(&counts));
    views_put_world(render, list);
    return body_write(list, render->out);
}

static json_t *source_json(const struct source_view *source)
{
    json_t *object = json_object();

    body_text(object, "id", source->id);
    body_text(object, "collector", source->collector);
    body_text(object, "kind", source->is_probe ? "probe" : "vendor");
    body_text(object, "title", source->title);
    body_status(object, "state", source->last_ok_ms == 0 ? STATUS_UNKNOWN : source->level);
    body_text(object, "poller", poller_health_name(source->poller));
    body_text(object, "poller_health", poller_view_source_health(source));
    body_time(object, "poller_since", source->poller_since_ms);
    body_int(object, "fail_streak", source->fail_streak);
    body_text(object, "reason", source->fail_streak > 0 ? source->reason : NULL);
    body_time(object, "observed_at", source->observed_at_ms);
    body_time(object, "last_good_at", source->last_ok_ms);
    body_time(object, "fresh_until", source->fresh_until_ms);
    body_int(object, "every_seconds", source->every_s);
    body_text(object, "detail", source->detail);
    body_text(object, "link", source->link);
    body_text(object, "unit", source->unit);
    body_text(object, "thresholds", source->thresholds);
    body_bool(object, "maintenance", source->maintenance);
    return object;
}

static json_t *relation(const struct render *render, const char *id)
{
    ServiceState state;
    const struct service_entry *entry = registry_find(&render->config->registry, id);
    bool seen = store_get(render->txn, TABLE_SERVICES, key_name(id), &state) == 0;
    json_t *object = json_object();

    body_text(object, "id", id);
    body_text(object, "name", entry == NULL ? id : entry->name);
    body_status(object, "state", seen ? status_from_number((int) state.effective) : STATUS_UNKNOWN);
    body_time(object, "changed_at", seen ? state.effective_since_ms : 0);
    return object;
}

static bool depends_on(const struct service_entry *entry, const char *id)
{
    for (size_t i = 0; i < entry->depends_on.n; i++) {
        if (strcmp(entry->depends_on.items[i], id) == 0)
            return true;
    }
    return false;
}

static void put_dependencies(const struct render *render, const struct service_view *view, json_t *object)
{
    const struct registry *registry = &render->config->registry;
    json_t *upward = json_array();
    json_t *downward = json_array();

    for (size_t i = 0; view->entry != NULL && i < view->entry->depends_on.n; i++)
        json_array_append_new(upward, relation(render, view->entry->depends_on.items[i]));
    for (size_t i = 0; i < registry->n_services; i++) {
        if (depends_on(&registry->services[i], view->id))
            json_array_append_new(downward, relation(render, registry->services[i].id));
    }
    body_put(object, "depends_on", upward);
    body_put(object, "dependants", downward);
}

static void put_alert(const struct render *render, const struct service_view *view, json_t *object)
{
    AlertState alert;
    char key[KEY_BYTES_MAX + 1];

    (void) snprintf(key, sizeof key, "service:%s", view->id);
    bool open = store_get(render->txn, TABLE_ALERTS, key_name(key), &alert) == 0;
    body_put(object, "alert", open ? views_alert_json(&alert, status_name(view->hard)) : NULL);
}

int views_service(struct render *render)
{
    const char *id = render->request->item;
    struct service_reader reader = views_reader(render);
    struct service_view view;

    if (strchr(id, ':') != NULL)             /* a host's check is touched by its host's reports only */
        render->views |= 1u << VIEW_HOSTS;
    int r = service_view_read(&reader, id, &view);
    if (r == STORE_ABSENT)
        return problem_set(render->problem, PROBLEM_NOT_FOUND, "no service has the id %.64s", id);
    if (r < 0)
        return problem_set(render->problem, PROBLEM_INTERNAL, "the row of this service cannot be read");

    json_t *object = views_service_json(&view);
    json_t *sources = json_array();
    for (size_t i = 0; i < view.n_sources; i++)
        json_array_append_new(sources, source_json(&view.sources[i]));
    body_put(object, "sources", sources);
    put_dependencies(render, &view, object);
    put_alert(render, &view, object);
    render_read_done(render);
    views_put_world(render, object);
    return body_write(object, render->out);
}
