/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/dependency.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/engine_private.h"
#include "aggregator/engine/route.h"
#include "common/mem.h"

/* ---- who explains whom (D1) */

static int rank_of(const struct service *service)
{
    return status_rank((enum status) service->hard);
}

static bool node_is_bad(const void *context, uint32_t node)
{
    const struct engine *engine = context;

    return rank_of(engine->nodes[node]) > 0;
}

/* Through bad services only, those of its own cycle included. They stand in the graph's `found`. */
static uint32_t walk_bad(struct engine *engine, const struct service *from, enum graph_way way)
{
    return graph_walk(&engine->graph, &(struct graph_walk) {
        .from = from->node, .way = way, .passes = node_is_bad, .context = engine,
    });
}

/* Members of a cycle must not silence each other. */
uint32_t dependency_kin(struct engine *engine, const struct service *service, enum graph_way way)
{
    if (service->spec == NULL || rank_of(service) == 0)
        return 0;

    uint32_t met = walk_bad(engine, service, way);
    uint32_t n = 0;
    for (uint32_t i = 0; i < met; i++) {
        uint32_t node = engine->graph.found[i];
        if (!graph_same_cycle(&engine->graph, node, service->node))
            engine->kin[n++] = engine->nodes[node];
    }
    return n;
}

struct cycle { const struct graph *graph; uint32_t node; };

static bool node_is_mate(const void *context, uint32_t node)
{
    const struct cycle *cycle = context;

    return graph_same_cycle(cycle->graph, node, cycle->node);
}

/* Ways between members of a cycle never leave it. */
uint32_t dependency_mates(struct engine *engine, const struct service *service)
{
    if (service->spec == NULL)
        return 0;

    struct cycle cycle = {&engine->graph, service->node};
    uint32_t met = graph_walk(&engine->graph, &(struct graph_walk) {
        .from = service->node, .way = GRAPH_DEPENDENCIES, .passes = node_is_mate, .context = &cycle,
    });
    uint32_t n = 0;
    for (uint32_t i = 0; i < met; i++) {
        struct service *other = engine->nodes[engine->graph.found[i]];
        if (rank_of(other) > 0)
            engine->kin[n++] = other;
    }
    return n;
}

/* Bad, and nothing explains it. Leaves the kin alone. */
static bool is_root(struct engine *engine, const struct service *service)
{
    if (rank_of(service) == 0)
        return false;
    uint32_t met = walk_bad(engine, service, GRAPH_DEPENDENCIES);
    for (uint32_t i = 0; i < met; i++) {
        if (!graph_same_cycle(&engine->graph, engine->graph.found[i], service->node))
            return false;
    }
    return true;
}

/* ---- when they are looked at */

void dependency_configure(struct engine *engine)
{
    const struct engine_config *config = engine->config;

    dependency_done(engine);
    graph_build(&engine->graph, config);
    engine->nodes = mem_new_array(config->n_services, sizeof(struct service *));
    engine->kin = mem_new_array(config->n_services, sizeof(struct service *));
    for (size_t i = 0; i < config->n_services; i++) {
        struct service *service = service_find(engine, config->services[i].id);
        service->node = (uint32_t) i;
        engine->nodes[i] = service;
        service->stirred.all = true;
        list_add(&engine->reviews, &service->review);
    }
}

void dependency_done(struct engine *engine)
{
    graph_done(&engine->graph);
    free(steal(&engine->nodes));
    free(steal(&engine->kin));
}

static void touch(struct engine *engine, const struct service *service)
{
    if (service->alert != NULL)
        alert_touch(engine, service->alert);
}

/* ---- how loud it is: of some services the most critical tier and the worst level */

enum { TIER_OF_NONE = UINT8_MAX };

struct loudness {
    int tier;                  /* 1 is the loudest */
    int level;                 /* rank */
};

static struct loudness loudest(struct loudness a, struct loudness b)
{
    return (struct loudness) {.tier = b.tier < a.tier ? b.tier : a.tier, .level = b.level > a.level ? b.level : a.level};
}

static struct loudness own_loudness(const struct service *service)
{
    return (struct loudness) {.tier = service->tier, .level = rank_of(service)};
}

/* Of a root and those that it explains, until it is as loud as it can be. */
struct listening {
    const struct engine *engine;
    const struct service *root;
    struct loudness heard, most;
};

static bool has_heard_enough(const struct listening *listening)
{
    return listening->heard.tier <= listening->most.tier && listening->heard.level >= listening->most.level;
}

static bool hear(void *listener, uint32_t node)
{
    struct listening *listening = listener;
    const struct engine *engine = listening->engine;

    if (!graph_same_cycle(&engine->graph, node, listening->root->node))
        listening->heard = loudest(listening->heard, own_loudness(engine->nodes[node]));
    return has_heard_enough(listening);
}

/* Of a bad service and all it explains, which are known not to be louder than that. */
static struct loudness loudness_up_to(struct engine *engine, const struct service *root, struct loudness most)
{
    struct listening listening = {.engine = engine, .root = root, .heard = own_loudness(root), .most = most};

    if (root->spec != NULL && !has_heard_enough(&listening))
        (void) graph_walk(&engine->graph, &(struct graph_walk) {
            .from = root->node, .way = GRAPH_DEPENDENTS, .passes = node_is_bad, .context = engine,
            .ends = hear, .listener = &listening,
        });
    return listening.heard;
}

static struct loudness loudness_of(struct engine *engine, const struct service *root)
{
    return loudness_up_to(engine, root, (struct loudness) {.tier = 0, .level = INT32_MAX});
}

/* ---- when a change is looked at */

static void stir(struct engine *engine, struct service *other)
{
    list_add(&engine->reviews, &other->review);
    touch(engine, other);
}

/* A root need not ask all that it explains again when just one of them has changed: how loud that one is now, and those
 * that stand on it and thereby are, or are no more, among them. */
static void note_stirred(const struct engine *engine, struct service *root, const struct service *changed, struct loudness now)
{
    struct stirred *stirred = &root->stirred;

    assert(!stirred->one);    /* no input changes H of two */
    stirred->all = stirred->all || graph_same_cycle(&engine->graph, root->node, changed->node);
    stirred->one = true;
    stirred->tier = (uint8_t) now.tier;
    stirred->level = (uint8_t) now.level;
}

/* A path to or from what may be concerned leads through bad services up to the nearest one that changed, so that walking
 * from each that changed, whatever it has become, meets them all. */
void dependency_stir(struct engine *engine, struct service *service)
{
    if (service->spec == NULL)
        return;
    struct loudness now = {.tier = TIER_OF_NONE};
    bool is_bad = rank_of(service) > 0;
    if (is_bad)
        now = own_loudness(service);
    service->stirred.all = true;
    list_add(&engine->reviews, &service->review);

    uint32_t n = walk_bad(engine, service, GRAPH_DEPENDENTS);
    for (uint32_t i = 0; i < n; i++) {
        struct service *above = engine->nodes[engine->graph.found[i]];
        if (is_bad)
            now = loudest(now, own_loudness(above));
        above->stirred.all = true;
        stir(engine, above);
    }
    n = walk_bad(engine, service, GRAPH_DEPENDENCIES);
    for (uint32_t i = 0; i < n; i++) {
        struct service *below = engine->nodes[engine->graph.found[i]];
        note_stirred(engine, below, service, now);
        stir(engine, below);
    }
}

/* ---- aggregates (D2, D3) */

static void remember_loudness(struct engine *engine, struct service *root, struct loudness loud)
{
    struct aggregate *aggregate = &root->aggregate;

    if (aggregate->tier == loud.tier && aggregate->level == loud.level)
        return;
    aggregate->tier = (uint8_t) loud.tier;
    aggregate->level = (uint8_t) loud.level;
    service_mark(engine, root);
}

/* D2: of those that it explains, those that failed lately; time alone only makes them fewer. */
static void maybe_activate(struct engine *engine, struct service *root)
{
    const int64_t *value = engine->config->params.value;
    int64_t recent = 0;

    if (!is_root(engine, root))
        return;
    uint32_t n = dependency_kin(engine, root, GRAPH_DEPENDENTS);
    for (uint32_t i = 0; i < n; i++) {
        if (engine->now_ms - engine->kin[i]->bad_since_ms <= value[PARAM_correlation_window_s] * 1000)
            recent++;
    }
    if (recent < value[PARAM_correlation_threshold])
        return;

    root->aggregate = (struct aggregate) {.since_ms = engine->now_ms, .active = true, .owed = true};
    service_mark(engine, root);
    touch(engine, root);
    for (uint32_t i = 0; i < n; i++)
        touch(engine, engine->kin[i]);
}

/* After a change of one, the others are as loud as when last asked, or it has taken some of them away. */
static struct loudness loudness_now(struct engine *engine, const struct service *root)
{
    const struct stirred *stirred = &root->stirred;
    struct loudness before = {.tier = root->aggregate.tier, .level = root->aggregate.level};

    assert(stirred->all || stirred->one);
    if (stirred->all)
        return loudness_of(engine, root);
    if (stirred->tier < before.tier || stirred->level > before.level)
        return loudest(before, (struct loudness) {.tier = stirred->tier, .level = stirred->level});
    return loudness_up_to(engine, root, before);
}

/* D3: a tier-1 outage that joins a mild trouble hours later must not vanish behind it. */
static void listen_for_louder(struct engine *engine, struct service *root)
{
    const struct aggregate *before = &root->aggregate;
    struct loudness loud = loudness_now(engine, root);

    if (loud.tier >= before->tier && loud.level <= before->level) {
        remember_loudness(engine, root, loud);
        return;
    }
    root->aggregate.owed = true;
    service_mark(engine, root);
    touch(engine, root);
}

static void review(struct engine *engine, struct service *service)
{
    const struct aggregate *aggregate = &service->aggregate;

    if (aggregate->active && rank_of(service) == 0) {
        service->aggregate = (struct aggregate) {0};
        service_mark(engine, service);
    } else if (!aggregate->active) {
        maybe_activate(engine, service);
    } else if (!aggregate->owed) {
        listen_for_louder(engine, service);
    }
    service->stirred = (struct stirred) {0};
}

/* Each looks only at levels, which do not change meanwhile, so their order is of no matter. */
void dependency_settle(struct engine *engine)
{
    struct link *link;

    while ((link = list_take(&engine->reviews)) != NULL)
        review(engine, container_of(link, struct service, review));
}

bool dependency_owes(const struct alert *alert)
{
    return alert->service != NULL && alert->rules->class == ALERT_SERVICE && alert->service->aggregate.owed;
}

void dependency_paid(struct engine *engine, struct alert *alert)
{
    if (!dependency_owes(alert))
        return;
    alert->service->aggregate.owed = false;
    service_mark(engine, alert->service);
    remember_loudness(engine, alert->service, loudness_of(engine, alert->service));
}

static bool answers(const struct alert *alert)
{
    return alert->rules->class == ALERT_SERVICE && alert->service->aggregate.active;
}

void dependency_amplify(struct engine *engine, const struct alert *alert, struct route_question *question)
{
    if (!answers(alert))
        return;
    struct loudness loud = loudness_of(engine, alert->service);
    question->tier = loud.tier;
    question->level = loud.level > question->level ? loud.level : question->level;
}

static int by_id(const void *left, const void *right)
{
    return service_compare(*(struct service *const *) left, *(struct service *const *) right);
}

void dependency_describe(struct engine *engine, const struct alert *alert, struct decision *decision,
                         struct effects *effects)
{
    if (!decision->has_impact || !answers(alert))
        return;
    uint32_t n = dependency_kin(engine, alert->service, GRAPH_DEPENDENTS);
    if (n > 1)
        qsort(engine->kin, n, sizeof(struct service *), by_id);
    const char **names = arena_new(&effects->arena, ((size_t) n + 1) * sizeof *names);
    uint8_t *tiers = arena_new(&effects->arena, (size_t) n + 1);
    for (uint32_t i = 0; i < n; i++) {
        names[i] = engine->kin[i]->id;
        tiers[i] = engine->kin[i]->tier;
    }
    decision->affected = names;
    decision->affected_tiers = tiers;
    decision->n_affected = n;
}

/* ---- what waits for what is below (D4..D6) */

/* The earlier, then the smaller id. */
static bool goes_before(int64_t at_ms, const struct service *a, int64_t other_ms, const struct service *b)
{
    return at_ms != other_ms ? at_ms < other_ms : service_compare(a, b) < 0;
}

/* D4: among the n kin, who answers for this one. */
static const struct service *find_answering(const struct engine *engine, uint32_t n)
{
    const struct service *first = NULL;

    for (uint32_t i = 0; i < n; i++) {
        const struct service *at = engine->kin[i];
        if (at->aggregate.active &&
            (first == NULL || goes_before(at->aggregate.since_ms, at, first->aggregate.since_ms, first)))
            first = at;
    }
    return first;
}

const struct service *dependency_answering(struct engine *engine, const struct service *service)
{
    return find_answering(engine, dependency_kin(engine, service, GRAPH_DEPENDENCIES));
}

/* D6: among the n kin, the root that this one probably fails with. */
static const struct service *find_root(struct engine *engine, uint32_t n)
{
    const struct service *first = NULL;

    for (uint32_t i = 0; i < n; i++) {
        const struct service *at = engine->kin[i];
        if (is_root(engine, at) && (first == NULL || goes_before(at->bad_since_ms, at, first->bad_since_ms, first)))
            first = at;
    }
    return first;
}

static void set_suppressed(struct engine *engine, struct alert *alert, bool suppressed)
{
    if (alert->dependency.suppressed == suppressed)
        return;
    alert->dependency.suppressed = suppressed;
    if (!suppressed) {    /* D5, anew each time */
        alert->dependency.graced = true;
        alert->dependency.grace_until_ms =
            engine->now_ms + engine->config->params.value[PARAM_dependency_grace_s] * 1000;
    }
    alert_mark(engine, alert);
}

static int64_t hold_end(const struct engine *engine, const struct alert *alert)
{
    return alert->dependency.held_since_ms + engine->config->params.value[PARAM_correlation_hold_s] * 1000;
}

/* D6: siblings confirm within a poll of each other; waiting one poll turns their messages into one. */
static bool holds(struct engine *engine, struct alert *alert)
{
    if (!alert->dependency.held) {
        alert->dependency.held = true;
        alert->dependency.held_since_ms = engine->now_ms;
        alert_mark(engine, alert);
    }
    return engine->now_ms < hold_end(engine, alert);
}

enum reason dependency_check(struct engine *engine, const struct wanted *wanted, const char **by)
{
    struct alert *alert = wanted->alert;
    if (alert->rules->class != ALERT_SERVICE)
        return REASON_NONE;

    bool news = wanted->kind == NOTIFY_RAISE || wanted->kind == NOTIFY_ESCALATE;
    uint32_t n = dependency_kin(engine, alert->service, GRAPH_DEPENDENCIES);
    const struct service *answering = find_answering(engine, n);
    if (news)
        set_suppressed(engine, alert, answering != NULL);
    if (answering != NULL) {
        *by = answering->id;
        return REASON_DEPENDENCY;
    }
    if (news && engine->now_ms < alert->dependency.grace_until_ms)
        return REASON_UPSTREAM_GRACE;
    if (wanted->kind != NOTIFY_RAISE || n == 0 || alert->dependency.graced || !holds(engine, alert))
        return REASON_NONE;
    *by = find_root(engine, n)->id;
    return REASON_CORRELATION_HOLD;
}

int64_t dependency_hold_ends(const struct engine *engine, const struct alert *alert)
{
    if (alert->held[NOTIFY_RAISE].reason == REASON_CORRELATION_HOLD)
        return hold_end(engine, alert);
    if (alert->held[NOTIFY_RAISE].reason == REASON_UPSTREAM_GRACE ||
        alert->held[NOTIFY_ESCALATE].reason == REASON_UPSTREAM_GRACE)
        return alert->dependency.grace_until_ms;
    return 0;
}
