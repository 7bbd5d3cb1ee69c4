/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/services/graph: who stands on whom, and where trouble can spread. A service is at risk when something it stands
 * on, near or far, is in confirmed trouble while it is not itself.
 */
#include <stdlib.h>
#include <string.h>

#include "aggregator/api/body.h"
#include "aggregator/api/views.h"
#include "aggregator/engine/config.h"
#include "aggregator/engine/graph.h"

/* What the answer is made from; arrays by node, in the arena. */
struct picture {
    struct graph graph;
    const struct engine_config *config;
    const struct service_view **views;
    bool *at_risk;
};

static int by_id(const void *id, const void *service)
{
    return strcmp(id, ((const struct engine_service *) service)->id);
}

static uint32_t node_of(const struct engine_config *config, const char *id)
{
    const struct engine_service *at = bsearch(id, config->services, config->n_services, sizeof *config->services, by_id);

    return (uint32_t) (at - config->services);
}

static bool is_bad(const struct service_view *view)
{
    return status_rank(view->hard) > 0;
}

/* Each is met once in all walks together, so that the cost is that of the graph. */
static bool is_unreached(const void *context, uint32_t node)
{
    const bool *reached = context;

    return !reached[node];
}

static void find_risk(struct picture *picture)
{
    for (uint32_t node = 0; node < picture->config->n_services; node++) {
        if (!is_bad(picture->views[node]))
            continue;
        uint32_t n = graph_walk(&picture->graph, &(struct graph_walk) {
            .from = node, .way = GRAPH_DEPENDENTS, .passes = is_unreached, .context = picture->at_risk,
        });
        for (uint32_t i = 0; i < n; i++)
            picture->at_risk[picture->graph.found[i]] = true;
    }
}

static json_t *node_json(struct picture *picture, uint32_t node)
{
    const struct service_view *view = picture->views[node];
    json_t *object = json_object();
    json_t *by_tier = json_array();
    uint32_t n;
    uint32_t tiers[3];

    graph_impact(&picture->graph, picture->config, node, &n, tiers);
    for (int i = 0; i < 3; i++)
        json_array_append_new(by_tier, json_integer(tiers[i]));
    body_text(object, "id", view->id);
    body_text(object, "name", view->name);
    body_int(object, "tier", view->tier);
    body_status(object, "state", view->status);
    body_status(object, "hard", view->hard);
    body_time(object, "changed_at", view->changed_at_ms);
    body_bool(object, "at_risk", picture->at_risk[node] && !is_bad(view));
    body_int(object, "dependents", n);
    body_put(object, "dependents_by_tier", by_tier);
    return object;
}

/* From a service to what it stands on; trouble travels the other way. */
static json_t *link_json(const struct picture *picture, uint32_t from, uint32_t to)
{
    json_t *object = json_object();
    bool trouble = is_bad(picture->views[to]) || picture->at_risk[to];

    body_text(object, "from", picture->views[from]->id);
    body_text(object, "to", picture->views[to]->id);
    body_bool(object, "trouble", trouble);
    body_bool(object, "cycle", from == to || graph_same_cycle(&picture->graph, from, to));
    return object;
}

static json_t *picture_json(struct picture *picture)
{
    json_t *object = json_object();
    json_t *nodes = json_array();
    json_t *links = json_array();

    for (uint32_t node = 0; node < picture->config->n_services; node++) {
        const struct engine_service *service = &picture->config->services[node];
        json_array_append_new(nodes, node_json(picture, node));
        for (size_t i = 0; i < service->n_depends_on; i++)
            json_array_append_new(links, link_json(picture, node, (uint32_t) service->depends_on[i]));
    }
    body_put(object, "nodes", nodes);
    body_put(object, "links", links);
    return object;
}

int views_graph(struct render *render)
{
    struct service_reader reader = views_reader(render);
    struct picture picture = {.config = render->config->engine};
    struct service_view *views;
    size_t n;

    int r = service_view_read_all(&reader, &views, &n);
    if (r < 0)
        return problem_set(render->problem, PROBLEM_INTERNAL, "the services cannot be read");
    render_read_done(render);
    picture.views = arena_new(&render->arena, (n + 1) * sizeof *picture.views);
    picture.at_risk = arena_new(&render->arena, n + 1);
    for (size_t i = 0; i < n; i++)
        picture.views[node_of(picture.config, views[i].id)] = &views[i];
    graph_build(&picture.graph, picture.config);
    find_risk(&picture);
    json_t *object = picture_json(&picture);
    graph_done(&picture.graph);
    views_put_world(render, object);
    return body_write(object, render->out);
}
