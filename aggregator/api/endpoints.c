/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/endpoints.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/api/admin.h"
#include "aggregator/api/admin_alert.h"
#include "aggregator/api/admin_evidence.h"
#include "aggregator/api/admin_forget.h"
#include "aggregator/api/admin_maintenance.h"
#include "aggregator/api/admin_outbox.h"
#include "aggregator/api/admin_poll.h"
#include "aggregator/api/assets.h"
#include "aggregator/api/explain.h"
#include "aggregator/api/health_acts.h"
#include "aggregator/api/stream.h"
#include "aggregator/api/views.h"
#include "aggregator/api/webhook.h"
#include "common/mem.h"

#define NAMES(...) ((const char *const[]) {__VA_ARGS__, NULL})
#define SEES(view) (1u << VIEW_##view)
#define PAGE_SEES (SEES(SERVICES) | SEES(ALERTS) | SEES(TIMELINE) | SEES(OUTBOX) | SEES(MAINTENANCE) | SEES(VENDOR))

const struct endpoint endpoints[] = {
    {"GET", "/api/health", ROLE_VIEWER, NULL, 0, views_health, NULL, TYPE_JSON, "How the aggregator itself is"},
    {"GET", "/api/services", ROLE_VIEWER, NAMES("state", "category", "tier", "limit", "cursor"),
     SEES(SERVICES) | SEES(ALERTS) | SEES(MAINTENANCE),
     views_services, NULL, TYPE_JSON, "Configured services, worst first"},
    {"GET", "/api/services/uptime", ROLE_VIEWER, NAMES("service", "limit", "cursor"), SEES(SERVICES), views_uptime, NULL,
     TYPE_JSON, "Uptime, and the worst of each of the last seven days"},
    {"GET", "/api/services/sla", ROLE_VIEWER, NAMES("service", "limit", "cursor"), SEES(SERVICES), views_sla, NULL, TYPE_JSON,
     "Uptime against the target over a day, a week, a month"},
    {"GET", "/api/services/sla/history", ROLE_VIEWER, NAMES("service", "days", "by", "limit", "cursor"), SEES(SERVICES),
     views_sla_history, NULL, TYPE_JSON, "Uptime by day or by month"},
    {"GET", "/api/services/slo", ROLE_VIEWER, NAMES("service", "limit", "cursor"), SEES(SERVICES) | SEES(ALERTS), views_slo,
     NULL, TYPE_JSON, "Error budgets, burn rates and their alerts"},
    {"GET", "/api/services/graph", ROLE_VIEWER, NULL, SEES(SERVICES) | SEES(ALERTS), views_graph, NULL, TYPE_JSON,
     "Who stands on whom, and where trouble can spread"},
    {"GET", "/api/services/{id}", ROLE_VIEWER, NULL, SEES(SERVICES) | SEES(ALERTS) | SEES(MAINTENANCE), views_service, NULL,
     TYPE_JSON, "One service, or one check of a host"},
    {"GET", "/api/services/{id}/explain", ROLE_VIEWER, NAMES("at"), 0, NULL, explain_act, TYPE_JSON,
     "Why its alert was told or not"},
    {"GET", "/api/services/{id}/vendor-incidents", ROLE_VIEWER, NAMES("kind", "limit", "cursor"), SEES(VENDOR),
     views_vendor_incidents, NULL, TYPE_JSON, "What the vendor told, and what became of it"},
    {"GET", "/api/timeline", ROLE_VIEWER, NAMES("service", "since", "until", "limit", "cursor"), SEES(TIMELINE),
     views_timeline, NULL, TYPE_JSON, "Decisions, newest first"},
    {"GET", "/api/summary", ROLE_VIEWER, NULL, SEES(SERVICES) | SEES(ALERTS) | SEES(OUTBOX) | SEES(MAINTENANCE),
     views_summary, NULL, TYPE_JSON, "The verdict and what is open"},
    {"GET", "/api/readiness", ROLE_VIEWER, NULL, 0, views_readiness, NULL, TYPE_JSON, "What is proven, and what is missing"},
    {"GET", "/api/integrations", ROLE_VIEWER, NULL, 0, views_integrations, NULL, TYPE_JSON, "How sending to each channel goes"},
    {"GET", "/api/hosts", ROLE_VIEWER, NAMES("limit", "cursor"), SEES(HOSTS) | SEES(COLLECTORS) | SEES(MAINTENANCE),
     views_hosts, NULL, TYPE_JSON, "Hosts by name"},
    {"GET", "/api/hosts/{id}", ROLE_VIEWER, NAMES("metric", "since", "limit"),
     SEES(HOSTS) | SEES(COLLECTORS) | SEES(ALERTS) | SEES(MAINTENANCE),
     views_host, NULL, TYPE_JSON, "One host with its checks"},
    {"GET", "/api/config", ROLE_VIEWER, NULL, 0, views_config, NULL, TYPE_JSON, "The rules in force, and where each value is from"},
    {"GET", "/api/incidents", ROLE_VIEWER, NAMES("state", "service", "limit", "cursor"), SEES(INCIDENTS), views_incidents, NULL,
     TYPE_JSON, "Incidents, newest first"},
    {"GET", "/api/incidents/{id}", ROLE_VIEWER, NAMES("limit", "cursor"),
     SEES(INCIDENTS) | SEES(TIMELINE) | SEES(SERVICES) | SEES(HOSTS) | SEES(ALERTS), views_incident, NULL, TYPE_JSON,
     "One incident with its members and timeline"},
    {"GET", "/api/maintenance", ROLE_VIEWER, NAMES("limit", "cursor"), SEES(MAINTENANCE) | SEES(VENDOR), views_maintenance, NULL,
     TYPE_JSON,
     "Maintenance windows, active and to come"},
    {"GET", "/api/stream", ROLE_VIEWER, NULL, 0, NULL, stream_act, "text/event-stream", "Live events"},
    {"GET", "/api/openapi.json", ROLE_VIEWER, NULL, 0, NULL, asset_openapi, TYPE_JSON, "This description"},
    {"GET", "/api/admin/alerts", ROLE_OPERATOR,
     NAMES("state", "level", "severity", "class", "service", "host", "acknowledged", "since", "until", "limit", "cursor"), 0,
     views_alerts, NULL, TYPE_JSON, "Alerts, open and over"},
    {"POST", "/api/admin/alerts/{id}/acknowledge", ROLE_OPERATOR, NULL, 0, NULL, admin_acknowledge, TYPE_JSON,
     "Acknowledge an open alert"},
    {"DELETE", "/api/admin/alerts/{id}/acknowledge", ROLE_OPERATOR, NULL, 0, NULL, admin_unacknowledge, TYPE_JSON,
     "Take an acknowledgement back"},
    {"GET", "/api/admin/deliveries", ROLE_OPERATOR, NAMES("state", "limit", "cursor"), 0, views_deliveries, NULL,
     TYPE_JSON, "Notifications and what became of them"},
    {"GET", "/api/admin/outbox", ROLE_OPERATOR, NAMES("state", "channel", "service", "kind", "since", "limit", "cursor"), 0,
     views_outbox, NULL, TYPE_JSON, "Notifications as they were decided, newest first"},
    {"GET", "/api/admin/outbox/{sequence}", ROLE_OPERATOR, NULL, 0, views_outbox_row, NULL, TYPE_JSON, "One notification"},
    {"POST", "/api/admin/outbox/retry", ROLE_OPERATOR, NULL, 0, NULL, admin_outbox_retry_all, TYPE_JSON,
     "Send a channel's dead notifications again"},
    {"POST", "/api/admin/outbox/{sequence}/retry", ROLE_OPERATOR, NULL, 0, NULL, admin_outbox_retry, TYPE_JSON,
     "Send a dead notification again"},
    {"POST", "/api/admin/outbox/{sequence}/drop", ROLE_ADMIN, NULL, 0, NULL, admin_outbox_drop, TYPE_JSON,
     "Give a notification up"},
    {"GET", "/api/admin/audit", ROLE_ADMIN, NAMES("limit", "cursor"), 0, views_audit, NULL, TYPE_JSON, "Who did what"},
    {"GET", "/api/admin/tokens", ROLE_ADMIN, NAMES("limit", "cursor"), 0, views_tokens, NULL, TYPE_JSON, "Tokens"},
    {"POST", "/api/admin/status", ROLE_OPERATOR, NULL, 0, NULL, admin_status, TYPE_JSON, "Set or end a manual status"},
    {"POST", "/api/admin/maintenance", ROLE_OPERATOR, NULL, 0, NULL, admin_maintenance, TYPE_JSON,
     "Set or replace a maintenance window"},
    {"DELETE", "/api/admin/maintenance/{id}", ROLE_OPERATOR, NULL, 0, NULL, admin_maintenance_end, TYPE_JSON,
     "End a maintenance window"},
    {"POST", "/api/admin/evidence", ROLE_OPERATOR, NULL, 0, NULL, admin_evidence, TYPE_JSON, "Record or withdraw evidence"},
    {"POST", "/api/admin/tokens", ROLE_ADMIN, NULL, 0, NULL, admin_token_create, TYPE_JSON, "Make a token"},
    {"DELETE", "/api/admin/tokens/{name}", ROLE_ADMIN, NULL, 0, NULL, admin_token_revoke, TYPE_JSON, "Revoke a token"},
    {"POST", "/api/admin/collectors", ROLE_ADMIN, NULL, 0, NULL, admin_collector, TYPE_JSON, "Authorise a collector"},
    {"DELETE", "/api/admin/collectors/{name}", ROLE_ADMIN, NULL, 0, NULL, admin_forget_collector, TYPE_JSON,
     "Forget a retired collector"},
    {"DELETE", "/api/admin/services/{id}/sources/{source}", ROLE_ADMIN, NULL, 0, NULL, admin_forget_source, TYPE_JSON,
     "Forget a source of a service"},
    {"POST", "/api/admin/services/{id}/poll", ROLE_OPERATOR, NULL, 0, NULL, admin_poll, TYPE_JSON, "Read its page now"},
    {"POST", "/api/admin/reload", ROLE_ADMIN, NULL, 0, NULL, admin_reload, TYPE_JSON, "Read the configuration again"},
    {"POST", "/api/webhooks/statuspage/{id}", ROLE_UNSPECIFIED, NULL, 0, NULL, webhook_statuspage, TYPE_JSON,
     "A vendor says that its page has changed"},
    {"GET", "/healthz", ROLE_UNSPECIFIED, NULL, 0, NULL, health_live, TYPE_JSON, "Liveness"},
    {"GET", "/readyz", ROLE_UNSPECIFIED, NULL, 0, NULL, health_readiness, TYPE_JSON, "Readiness"},
    {"GET", "/health", ROLE_UNSPECIFIED, NULL, 0, NULL, health_plain, TYPE_JSON, "Uptime and the store's state"},
    {"GET", "/metrics", ROLE_VIEWER, NULL, 0, views_metrics, NULL, "text/plain; version=0.0.4; charset=utf-8",
     "Prometheus metrics"},
    {"GET", "/", ROLE_VIEWER, NULL, PAGE_SEES | SEES(HOSTS) | SEES(COLLECTORS), views_page, NULL, TYPE_HTML,
     "The page"},
    {"GET", "/fragments/overview", ROLE_VIEWER, NULL, PAGE_SEES, views_page_overview, NULL, TYPE_HTML,
     "The page's part about services"},
    {"GET", "/fragments/hosts", ROLE_VIEWER, NULL, SEES(HOSTS) | SEES(COLLECTORS) | SEES(MAINTENANCE), views_page_hosts, NULL,
     TYPE_HTML, "The page's part about hosts"},
    {"GET", "/fragments/readiness", ROLE_VIEWER, NULL, 0, views_page_readiness, NULL, TYPE_HTML,
     "The page's part about readiness"},
    {"GET", "/assets/{name}", ROLE_UNSPECIFIED, NULL, 0, NULL, asset_act, "application/octet-stream", "A file of the page"},
};
const size_t n_endpoints = ARRAY_SIZE(endpoints);

/* How much of what begins with a first segment (len bytes) is "first/words/second" as the rest of the pattern has it; 0: it
 * is not. */
static size_t with_second(const char *rest, const char *item, size_t len)
{
    size_t fixed = strcspn(rest, "{");
    size_t all = strlen(item);

    return strncmp(rest, item + len, fixed) == 0 && all > len + fixed ? all : 0;
}

/* Whether the path is of this pattern; item takes what stands for the braces. */
static bool matches(const char *pattern, const char *path, char item[static ENDPOINT_ITEM_BYTES_MAX + 1])
{
    const char *brace = strchr(pattern, '{');

    if (brace == NULL)
        return strcmp(pattern, path) == 0;
    size_t fixed = (size_t) (brace - pattern);
    if (strncmp(pattern, path, fixed) != 0)
        return false;
    size_t len = strcspn(path + fixed, "/");
    const char *rest = strchr(brace, '}') + 1;
    if (len == 0)
        return false;
    if (strchr(rest, '{') != NULL)
        len = with_second(rest, path + fixed, len);
    else if (strcmp(rest, path + fixed + len) != 0)
        return false;
    if (len == 0 || len > ENDPOINT_ITEM_BYTES_MAX)
        return false;
    memcpy(item, path + fixed, len);
    item[len] = '\0';
    return true;
}

static void add_method(char allow[static 32], const char *method)
{
    size_t len = strlen(allow);

    (void) snprintf(allow + len, 32 - len, "%s%s%s", len == 0 ? "" : ", ", method, strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

const struct endpoint *endpoint_find(const char *method, const char *path, char item[static ENDPOINT_ITEM_BYTES_MAX + 1],
                               char allow[static 32])
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;

    allow[0] = item[0] = '\0';
    for (size_t i = 0; i < n_endpoints; i++) {
        if (!matches(endpoints[i].pattern, path, item))
            continue;
        if (strcmp(endpoints[i].method, wanted) == 0)
            return &endpoints[i];
        add_method(allow, endpoints[i].method);
    }
    return NULL;
}
