/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/poller_view.h"

#include "aggregator/api/body.h"

static bool is_failing(const struct source_view *source)
{
    return source->fail_streak > 0;
}

static bool is_heard(const struct source_view *source)
{
    return source->observed_at_ms != 0 && source->poller != POLLER_HEALTH_SILENT;
}

const char *poller_view_health(const struct service_view *view)
{
    bool heard = false, degraded = false, broken = false;

    for (size_t i = 0; i < view->n_sources; i++) {
        const struct source_view *source = &view->sources[i];
        broken = broken || source->poller == POLLER_HEALTH_BROKEN;
        heard = heard || is_heard(source);
        degraded = degraded || !is_heard(source) || is_failing(source);
    }
    if (broken)
        return "broken";
    if (!heard)
        return "unknown";
    return degraded ? "degraded" : "ok";
}

const char *poller_view_source_health(const struct source_view *source)
{
    if (source->poller == POLLER_HEALTH_BROKEN)
        return "broken";
    if (source->observed_at_ms == 0)
        return "unknown";
    if (source->poller == POLLER_HEALTH_SILENT)
        return "silent";
    return is_failing(source) ? "failing" : "ok";
}

const struct source_view *poller_view_failing(const struct service_view *view)
{
    const struct source_view *found = NULL;

    for (size_t i = 0; i < view->n_sources; i++) {
        const struct source_view *source = &view->sources[i];
        if (is_failing(source) && (found == NULL || source->poller > found->poller))
            found = source;
    }
    return found;
}

json_t *poller_view_json(const struct source_view *source)
{
    if (source == NULL || !is_failing(source))
        return NULL;
    json_t *object = json_object();
    body_text(object, "source", source->id);
    body_text(object, "reason", source->reason);
    body_text(object, "detail", source->detail);
    body_int(object, "polls", source->fail_streak);
    return object;
}

const char *poller_view_said(const struct source_view *source)
{
    return source == NULL || is_failing(source) ? NULL : source->detail;
}
