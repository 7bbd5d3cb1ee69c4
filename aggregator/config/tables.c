/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of aggregator.yaml, section by section, each section with the check of its own.
 */
#include "aggregator/config/config_private.h"

#include <arpa/inet.h>
#include <string.h>

#include "aggregator/engine/readiness.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/settings_log.h"
#include "common/status.h"

enum { AREA_BYTES_MAX = 40, WEIGHT_MAX = 1000, EVIDENCE_S_MAX = 10 * 366 * 86400, CHANNELS_MAX = 64, ROUTES_MAX = 256, HOST_RULES_MAX = 256, PATTERN_BYTES_MAX = 256, PATH_TOKEN_BYTES_MIN = 32, PATH_TOKEN_BYTES_MAX = 128, WEBHOOKS_MAX = 1000 };

/* --- Shapes ------------------------------------------------------------------------------------------------------ */

static bool is_address(struct text text)
{
    char address[INET6_ADDRSTRLEN];
    unsigned char bytes[sizeof(struct in6_addr)];

    return text_copy(address, sizeof address, text)
           && (inet_pton(AF_INET, address, bytes) == 1 || inet_pton(AF_INET6, address, bytes) == 1);
}

/* Stands in a path behind a service's id and a dot. */
static bool is_path_token(struct text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alphanumeric && c != '_' && c != '-')
            return false;
    }
    return text.len >= PATH_TOKEN_BYTES_MIN && text.len <= PATH_TOKEN_BYTES_MAX;
}

/* --- Server, HTTP, store ----------------------------------------------------------------------------------------- */

static const struct setting server_table[] = {
    {"listen", SETTING_TEXT, SETTING_AT(struct aggregator_config, server.listen), .fallback = "tcp://127.0.0.1:8001",
     .accepts = setting_is_endpoint, .expected = "tcp://HOST:PORT, tcp://*:PORT or ipc://PATH",
     .sentence = "Where collectors connect."},
    {"endpoint", SETTING_TEXT, SETTING_AT(struct aggregator_config, server.endpoint), .accepts = setting_is_endpoint,
     .expected = "tcp://HOST:PORT or ipc://PATH",
     .sentence = "The same as collectors see it, for the files that enroll writes; without it listen."},
    {"key_file", SETTING_PATH, SETTING_AT(struct aggregator_config, server.key_file),
     .sentence = "The aggregator's secret key, as made by tocsin-collector keygen. Without it only an address of this "
                 "machine can be listened on."},
    {"authorized_collectors", SETTING_PATH, SETTING_AT(struct aggregator_config, server.authorized_dir),
     .sentence = "A directory with the public key of each collector that may speak, one a file, named after it; without it "
                 "authorized in data_dir."},
    {0},
};

static const struct setting http_table[] = {
    {"host", SETTING_TEXT, SETTING_AT(struct aggregator_config, http.host), .fallback = "127.0.0.1",
     .environment = "HOST", .accepts = is_address, .expected = "an address such as 127.0.0.1, 0.0.0.0 or ::1",
     .sentence = "The address of the API and the page. Off loopback, reads need a token."},
    {"port", SETTING_INTEGER, SETTING_AT(struct aggregator_config, http.port), .min = 0, .max = 65535,
     .fallback = "8000", .environment = "PORT STATUS_PORT", .sentence = "Its port; 0: one the kernel chooses."},
    {"public_url", SETTING_TEXT, SETTING_AT(struct aggregator_config, http.public_url), .max = 200,
     .environment = "PUBLIC_URL", .accepts = setting_is_url, .expected = URL_EXPECTED,
     .sentence = "How people reach the page, for the links in messages; without it http://HOST:PORT."},
    {"allow_anonymous_read", SETTING_BOOL, SETTING_AT(struct aggregator_config, http.allow_anonymous_read),
     .fallback = "false", .sentence = "Whether reads need no token off loopback either."},
    {"workers", SETTING_INTEGER, SETTING_AT(struct aggregator_config, http.workers), .min = 1, .max = 64,
     .fallback = "2", .sentence = "Threads that answer requests."},
    {"connections", SETTING_INTEGER, SETTING_AT(struct aggregator_config, http.connections_max), .min = 8,
     .max = 100000, .fallback = "1000", .sentence = "Connections at once."},
    {"connections_per_address", SETTING_INTEGER, SETTING_AT(struct aggregator_config, http.connections_per_address),
     .min = 1, .max = 100000, .sentence = "Connections at once of one address; without it 600 on loopback, 100 elsewhere."},
    {"heartbeat_stale", SETTING_DURATION, SETTING_AT(struct aggregator_config, http.heartbeat_stale_ms), .min = 5000,
     .max = 86400000, .fallback = "120s", .environment = "HEARTBEAT_STALE_AFTER_SECONDS",
     .sentence = "/healthz fails when the core has not turned for longer."},
    {"admin_token", SETTING_SECRET, SETTING_AT(struct aggregator_config, http.admin_token), .max = 256,
     .environment = "ADMIN_API_TOKEN", .accepts = is_token,
     .expected = "16 to 256 printable characters without blanks", .sentence = "A token of role admin, beside those in the store."},
    {0},
};

static const struct setting store_table[] = {
    {"data_dir", SETTING_PATH, SETTING_AT(struct aggregator_config, store.data_dir),
     .fallback = "/var/lib/tocsin-aggregator", .sentence = "Where everything is kept: a directory on a local disk."},
    {"database", SETTING_PATH, SETTING_AT(struct aggregator_config, store.database),
     .environment = "DATABASE_PATH DB_PATH", .sentence = "The store; without it tocsin.mdb in data_dir."},
    {"map_size", SETTING_BYTES, SETTING_AT(struct aggregator_config, store.map_bytes), .min = 1 << 20,
     .max = INT64_C(1) << 46, .fallback = "64GiB", .sentence = "Most the store can grow to; address space, not memory."},
    {"demo", SETTING_BOOL, SETTING_AT(struct aggregator_config, store.demo), .fallback = "false",
     .environment = "SEED_DEMO_DATA", .sentence = "Marks a new store as holding demo data, which then says so everywhere."},
    {0},
};

/* --- Engine ------------------------------------------------------------------------------------------------------ */

#define ENGINE_PARAM(name, type, unit, fallback, min, max, per_service, names, says)                                   \
    {#name, SETTING_PARAM, SETTING_AT(struct param_layers, file),                                                      \
     .count_offset = offsetof(struct param_layers, environment), .environment = names, .param = PARAM_##name,          \
     .sentence = says},

#define TIER_PARAM(name, type, unit, fallback, min, max, per_service, names, says)                                     \
    {#name, (per_service) ? SETTING_PARAM : SETTING_NONE, .param = PARAM_##name, .sentence = says},

#define HOST_PARAM(name, type, unit, fallback, min, max, per_service, names, says)                                     \
    {#name, (per_service) ? SETTING_PARAM : SETTING_NONE, SETTING_AT(struct host_rule, overrides),                     \
     .param = PARAM_##name, .sentence = says},

/* One tier: a struct param_overrides. */
static const struct setting tier_table[] = {PARAMS(TIER_PARAM){0}};

/* The three tiers: param_layers.tiers. */
static const struct setting tiers_table[] = {
    {"1", SETTING_GROUP, .offset = 0, .table = tier_table, .sentence = "Of the most critical services."},
    {"2", SETTING_GROUP, .offset = sizeof(struct param_overrides), .table = tier_table, .sentence = "Of the others."},
    {"3", SETTING_GROUP, .offset = 2 * sizeof(struct param_overrides), .table = tier_table,
     .sentence = "Of what nobody is woken for."},
    {0},
};

static const struct setting engine_table[] = {
    PARAMS(ENGINE_PARAM)
    {"tiers", SETTING_GROUP, SETTING_AT(struct param_layers, tiers), .table = tiers_table,
     .sentence = "Parameters by tier, above those beside them."},
    {0},
};

/* --- Channels and routes ----------------------------------------------------------------------------------------- */

/* The short way for one receiver: what the two variables give. */
static const struct setting slack_table[] = {
    {"webhook_url", SETTING_SECRET, SETTING_AT(struct aggregator_config, slack.webhook_url), .accepts = setting_is_url,
     .environment = "SLACK_WEBHOOK_URL", .expected = URL_EXPECTED,
     .sentence = "An incoming webhook of Slack as channel chat, when there are no channels."},
    {"poller_health_webhook_url", SETTING_SECRET, SETTING_AT(struct aggregator_config, slack.ops_webhook_url),
     .accepts = setting_is_url, .environment = "POLLER_HEALTH_SLACK_WEBHOOK_URL", .expected = URL_EXPECTED,
     .sentence = "Another one as channel ops, when no channel has that name; without it ops goes to chat."},
    {"allow_http", SETTING_BOOL, SETTING_AT(struct aggregator_config, slack.allow_http), .fallback = "false",
     .sentence = "Whether both may be reached without TLS: for a receiver on this machine."},
    {0},
};

/* --- Webhooks ---------------------------------------------------------------------------------------------------- */

static const struct setting webhook_service_table[] = {
    {"service", SETTING_TEXT, SETTING_AT(struct webhook_service, service), .required = true, .max = ID_BYTES_MAX,
     .sentence = "The id of a service with a feed."},
    {"token", SETTING_SECRET, SETTING_AT(struct webhook_service, token), .max = PATH_TOKEN_BYTES_MAX, .accepts = is_path_token,
     .expected = "32 to 128 of A-Z, a-z, 0-9, _ and -",
     .sentence = "The part of its path that nobody can guess, as tocsin-aggregator webhook makes one; without it one that "
                 "follows from the secret."},
    {"secret", SETTING_SECRET, SETTING_AT(struct webhook_service, secret), .max = 256, .accepts = is_token,
     .expected = SECRET_EXPECTED,
     .sentence = "Its posts must carry the HMAC-SHA256 of their body under this secret, in place of that beside services."},
    {"page_id", SETTING_TEXT, SETTING_AT(struct webhook_service, page_id), .max = 80,
     .sentence = "The id of its page; posts of any other are refused."},
    {0},
};

static const struct setting statuspage_webhook_table[] = {
    {"enabled", SETTING_BOOL, SETTING_AT(struct aggregator_config, webhooks.enabled), .fallback = "false",
     .environment = "WEBHOOKS_ENABLED",
     .sentence = "Whether pages may post to /api/webhooks/statuspage/SERVICE.TOKEN; without it there is no such path."},
    {"secret", SETTING_SECRET, SETTING_AT(struct aggregator_config, webhooks.secret), .max = 256,
     .environment = "STATUSPAGE_WEBHOOK_SECRET", .accepts = is_token, .expected = SECRET_EXPECTED,
     .sentence = "Posts must carry the HMAC-SHA256 of their body under this secret, as hex in X-Statuspage-Signature, "
                 "X-Hub-Signature-256 or X-Signature. Statuspage itself signs nothing: for a sender that does."},
    {"services", SETTING_LIST, SETTING_AT_LIST(struct aggregator_config, webhooks.services, webhooks.n_services),
     .items_max = WEBHOOKS_MAX, .element_size = sizeof(struct webhook_service), .table = webhook_service_table,
     .sentence = "Whose pages may post. Without it, and with a secret: those of all services that have a feed."},
    {0},
};

static const struct setting webhooks_table[] = {
    {"statuspage", SETTING_GROUP, .table = statuspage_webhook_table, .sentence = "What Atlassian Statuspage posts."},
    {0},
};

const char *const alert_class_words[ALERT_CLASS_COUNT] = {
    [ALERT_SERVICE] = "service", [ALERT_POLLER] = "poller", [ALERT_COLLECTOR] = "collector",
    [ALERT_SLO] = "slo",         [ALERT_SELF] = "self",     [ALERT_FLAP] = "flap",
};

static bool put_class(void *object, struct text word)
{
    struct route_entry *route = object;
    for (unsigned i = 0; i < ALERT_CLASS_COUNT; i++) {
        if (text_is(word, alert_class_words[i])) {
            route->classes |= 1u << i;
            return true;
        }
    }
    return false;
}

static bool put_tier(void *object, struct text word)
{
    struct route_entry *route = object;
    int64_t tier;
    if (!text_to_int64(word, 1, 3, &tier))
        return false;
    route->tiers |= 1u << tier;
    return true;
}

static bool is_level(struct text word)
{
    enum status status;

    return status_parse(word, &status) && status != STATUS_UNKNOWN;
}

#define LEVEL_EXPECTED "operational, degraded, partial_outage or major_outage"

static const char *const slo_words[] = {"fast", "slow", "ticket", NULL};

static const struct setting route_table[] = {
    {"class", SETTING_EACH, .put = put_class, .items_max = ALERT_CLASS_COUNT,
     .expected = "service, poller, collector, slo, self or flap", .sentence = "Only alerts of these classes."},
    {"tier", SETTING_EACH, .put = put_tier, .items_max = 3, .expected = "1, 2 or 3", .sentence = "Only these tiers."},
    {"min_level", SETTING_TEXT, SETTING_AT(struct route_entry, min_level), .accepts = is_level,
     .expected = LEVEL_EXPECTED, .sentence = "Only service and flap alerts at least that bad."},
    {"max_level", SETTING_TEXT, SETTING_AT(struct route_entry, max_level), .accepts = is_level,
     .expected = LEVEL_EXPECTED, .sentence = "Only service and flap alerts at most that bad."},
    {"slo", SETTING_TEXT, SETTING_AT(struct route_entry, slo), .choices = slo_words,
     .sentence = "Only SLO alerts of this speed."},
    {"channels", SETTING_WORDS, SETTING_AT_LIST(struct route_entry, channels.items, channels.n),
     .items_max = ALERT_CHANNELS_MAX, .accepts = is_channel, .expected = CHANNEL_EXPECTED,
     .sentence = "Who is told; an empty list: nobody."},
    {0},
};

static int level_rank(const char *word)
{
    enum status status = STATUS_UNKNOWN;
    (void) status_parse(text_of(word), &status);    /* is_level has said that it is one */
    return status_rank(status);
}

static int check_route(void *object, const struct yaml_node *node, struct error *err)
{
    const struct route_entry *route = object;
    const uint32_t levelled = 1u << ALERT_SERVICE | 1u << ALERT_FLAP;
    const struct yaml_node *channels = yaml_node_child(node, "channels");
    if (channels == NULL || channels->kind != YAML_KIND_LIST)
        return yaml_fault(node, err, "channels is missing, expected a list of them here, or [] for nobody");
    if (route->min_level != NULL && route->max_level != NULL && level_rank(route->min_level) > level_rank(route->max_level))
        return yaml_fault(yaml_node_child(node, "max_level"), err, "found less than min_level, expected at least as much");
    if ((route->min_level != NULL || route->max_level != NULL) && route->classes != 0 && (route->classes & levelled) == 0)
        return yaml_fault(node, err, "found a level for classes that have none, expected service or flap among them");
    if (route->slo != NULL && route->classes != 0 && (route->classes & 1u << ALERT_SLO) == 0)
        return yaml_fault(yaml_node_child(node, "slo"), err, "found it for classes without slo, expected slo among them");
    return 0;
}

/* --- Evidence ---------------------------------------------------------------------------------------------------- */

static bool is_area(struct text text)
{
    return text_is_id(text, AREA_BYTES_MAX);
}

static const struct setting area_table[] = {
    {"area", SETTING_TEXT, SETTING_AT(struct evidence_area, name), .required = true, .accepts = is_area,
     .expected = "the name of an area: a-z, 0-9, then also . _ -, at most 40 bytes",
     .sentence = "What is to be proven; incidents and monitoring are computed from the services."},
    {"required", SETTING_BOOL, SETTING_AT(struct evidence_area, required), .required = true,
     .sentence = "Whether nothing is ready while this is missing, failed or expired."},
    {"weight", SETTING_INTEGER, SETTING_AT(struct evidence_area, weight), .min = 0, .max = WEIGHT_MAX, .required = true,
     .sentence = "Its share in the overall score."},
    {"fresh_s", SETTING_INTEGER, SETTING_AT(struct evidence_area, fresh_s), .min = 0, .max = EVIDENCE_S_MAX,
     .sentence = "Up to this age a record counts in full."},
    {"expire_s", SETTING_INTEGER, SETTING_AT(struct evidence_area, expire_s), .min = 0, .max = EVIDENCE_S_MAX,
     .sentence = "From this age on it does not count; in between its worth falls evenly."},
    {0},
};

static int check_area(void *object, const struct yaml_node *node, struct error *err)
{
    static const char *const times[] = {"fresh_s", "expire_s"};
    struct evidence_area *area = object;

    if (area_kind_of(area->name) != AREA_RECORDED) {
        area->fresh_s = area->expire_s = 0;    /* it has no age */
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
        if (yaml_node_child(node, times[i]) == NULL)
            return yaml_fault(node, err, "%s is missing, expected seconds: only incidents and monitoring need none", times[i]);
    }
    if (area->expire_s < area->fresh_s)
        return yaml_fault(yaml_node_child(node, "expire_s"), err, "found less than fresh_s, expected at least as much");
    return 0;
}

/* --- Hosts ------------------------------------------------------------------------------------------------------- */

static const struct setting match_table[] = {
    {"name", SETTING_TEXT, SETTING_AT(struct host_rule, name), .max = PATTERN_BYTES_MAX,
     .sentence = "The host's name; * and ? are wildcards, | stands between choices."},
    {"label", SETTING_TEXT, SETTING_AT(struct host_rule, label), .max = PATTERN_BYTES_MAX,
     .sentence = "One of its labels, name=value; likewise."},
    {"check", SETTING_TEXT, SETTING_AT(struct host_rule, check), .max = PATTERN_BYTES_MAX,
     .sentence = "The check's id; likewise."},
    {0},
};

static const struct setting host_rule_table[] = {
    {"match", SETTING_GROUP, .table = match_table, .sentence = "All of these must fit; without any the rule fits all."},
    {"tier", SETTING_INTEGER, SETTING_AT(struct host_rule, tier), .min = 1, .max = 3, .fallback = "3",
     .sentence = "How critical the check is."},
    PARAMS(HOST_PARAM)
    {0},
};

/* --- The whole --------------------------------------------------------------------------------------------------- */

static const struct setting log_table[] = {SETTINGS_LOG_ROWS(struct aggregator_config), {0}};

const struct setting aggregator_table[] = {
    {"server", SETTING_GROUP, .table = server_table, .sentence = "Where collectors connect, and which."},
    {"http", SETTING_GROUP, .table = http_table, .sentence = "The API and the page."},
    {"store", SETTING_GROUP, .table = store_table, .sentence = "Where everything is kept."},
    {"services_file", SETTING_PATH, SETTING_AT(struct aggregator_config, services_file),
     .sentence = "The services. Without it services.local.yaml or services.yaml beside this file, where there is one."},
    {"services", SETTING_LIST, SETTING_AT_LIST(struct aggregator_config, registry.services, registry.n_services),
     .items_max = SERVICES_MAX, .element_size = sizeof(struct service_entry), .table = service_table,
     .check = service_entry_check, .sentence = "The services themselves, in place of a services file: for replay."},
    {"engine", SETTING_GROUP, SETTING_AT(struct aggregator_config, params), .table = engine_table,
     .sentence = "The parameters of the alert engine."},
    {"slack", SETTING_GROUP, .table = slack_table, .sentence = "The short way to one or two channels."},
    {"channels", SETTING_LIST, SETTING_AT_LIST(struct aggregator_config, channels, n_channels), .items_max = CHANNELS_MAX,
     .element_size = sizeof(struct channel_entry), .table = channel_table, .check = channel_check,
     .sentence = "Where notifications can go."},
    {"routes", SETTING_LIST, SETTING_AT_LIST(struct aggregator_config, routes, n_routes), .items_max = ROUTES_MAX,
     .element_size = sizeof(struct route_entry), .table = route_table, .check = check_route,
     .sentence = "Who is told of what: the first entry all of whose fields match. Without it the built-in ones."},
    {"evidence", SETTING_LIST, SETTING_AT_LIST(struct aggregator_config, evidence, n_evidence),
     .items_max = EVIDENCE_AREAS_MAX, .element_size = sizeof(struct evidence_area), .table = area_table, .check = check_area,
     .sentence = "What must be proven to be ready, and for how long a proof counts. Without it the built-in areas."},
    {"webhooks", SETTING_GROUP, .table = webhooks_table,
     .sentence = "Vendors that post when their page changes: a reason to poll it at once, and nothing more."},
    {"hosts", SETTING_LIST, SETTING_AT_LIST(struct aggregator_config, host_rules, n_host_rules),
     .items_max = HOST_RULES_MAX, .element_size = sizeof(struct host_rule), .table = host_rule_table,
     .sentence = "Tier and parameters of hosts' checks: the first entry that matches. Otherwise tier 3, min_dwell_s 120."},
    {"log", SETTING_GROUP, .table = log_table, .sentence = "What is written about the aggregator's own work."},
    {0},
};
