/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aggregator/api/body.h"
#include "aggregator/api/truth_view.h"
#include "aggregator/api/poller_view.h"
#include "aggregator/api/views.h"

static json_t *manual_json(const struct service_view *view)
{
    if (!view->manual)
        return NULL;
    json_t *manual = json_object();
    body_text(manual, "by", view->manual_by);
    body_text(manual, "reason", view->manual_reason);
    body_time(manual, "set_at", view->manual_set_at_ms);
    body_time(manual, "until", view->manual_until_ms);
    return manual;
}

static json_t *next_json(const struct service_view *view)
{
    if (!view->has_next)
        return NULL;
    json_t *next = json_object();
    body_status(next, "to", view->next.to);
    body_int(next, "polls", view->next.polls);
    body_int(next, "need", view->next.need);
    body_time(next, "since", view->next.since_ms);
    body_time(next, "at", view->next.at_ms);
    return next;
}

json_t *views_service_json(const struct service_view *view)
{
    const struct source_view *speaker = view->speaker;
    json_t *object = json_object();

    body_text(object, "id", view->id);
    body_text(object, "name", view->name);
    body_text(object, "check", view->entry == NULL && strchr(view->id, ':') != NULL ? strchr(view->id, ':') + 1 : NULL);
    body_text(object, "category", view->category);
    body_int(object, "tier", view->tier);
    body_text(object, "owner", view->owner);
    body_status(object, "state", view->status);
    body_status(object, "hard_state", view->hard);
    body_bool(object, "confirmed", view->confirmed);
    body_time(object, "changed_at", view->changed_at_ms);
    body_time(object, "observed_at", view->observed_at_ms);
    body_text(object, "source", view->manual ? "manual" : speaker == NULL ? NULL : speaker->id);
    body_text(object, "freshness", freshness_name(view->freshness));
    body_time(object, "fresh_until", view->fresh_until_ms);
    body_text(object, "poller", poller_health_name(view->poller));
    body_text(object, "poller_health", poller_view_health(view));
    body_time(object, "poller_since", view->poller_since_ms);
    body_put(object, "poller_failure", poller_view_json(poller_view_failing(view)));
    body_put(object, "last_known_state",
             view->last_known == STATUS_UNKNOWN ? NULL : json_string(status_name(view->last_known)));
    body_text(object, "detail", view->manual ? view->manual_reason : poller_view_said(speaker));
    body_text(object, "link", speaker == NULL || speaker->link == NULL ? view->link : speaker->link);
    body_text(object, "runbook", view->runbook);
    body_bool(object, "maintenance", view->maintenance);
    body_text(object, "incident", view->incident);
    body_bool(object, "acknowledged", view->acknowledged);
    body_text(object, "acknowledged_by", view->acknowledged_by);
    body_time(object, "acknowledged_until", view->acknowledged_until_ms);
    body_bool(object, "flapping", view->flapping);
    body_put(object, "manual", manual_json(view));
    body_put(object, "next", next_json(view));
    body_put(object, "truth", truth_json(view->truth));
    return object;
}
