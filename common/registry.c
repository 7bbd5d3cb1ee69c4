/* SPDX-License-Identifier: Apache-2.0 */
#include "common/registry.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/feed_types.h"
#include "common/file.h"
#include "common/limits.h"

enum {
    DEFAULT_POLL_MS = 60000,
    STALE_INTERVALS_MIN = 3,
    PROBES_MAX = 32,
    URL_BYTES_MAX = 2048,
    ADDRESS_BYTES_MAX = 64,
};

const char *const registry_categories[] = {
    "identity", "productivity", "collaboration", "engineering", "hr", "finance", "sales", "marketing", "networking",
    "support", "other", NULL,
};

#define FEED_NAME(name, title, understands, needs) #name,
const char *const registry_feed_types[] = {FEED_TYPES(FEED_NAME) NULL};
#undef FEED_NAME

struct feed_type {
    const char *name;
    const char *title;
    unsigned understands;              /* enum feed_key */
    unsigned needs;
};

#define FEED_TYPE(name, title, understands, needs) {#name, title, (understands), (needs)},
static const struct feed_type feed_types[] = {FEED_TYPES(FEED_TYPE)};
#undef FEED_TYPE

static const struct { const char *key; unsigned bit; bool needed; } feed_keys[] = {
    { "components", FEED_KEY_COMPONENTS, true },
    { "containers", FEED_KEY_CONTAINERS, true },
    { "products", FEED_KEY_PRODUCTS, true },
    { "regions", FEED_KEY_REGIONS, true },
    { "services", FEED_KEY_SERVICES, true },
    { "page", FEED_KEY_PAGE, true },
    { "item_level", FEED_KEY_ITEM_LEVEL, true },
    { "tenant", FEED_KEY_OAUTH, true },
    { "client_id", FEED_KEY_OAUTH, true },
    { "client_secret", FEED_KEY_OAUTH, false },   /* or its file, or its variable */
    { "client_secret_file", FEED_KEY_OAUTH, false },
    { "login_url", FEED_KEY_OAUTH, false },
};

const char *const registry_item_levels[] = {"default", "notice", "degraded", "partial_outage", NULL};

/* Paths of the API below /api/services/. */
static const char *const reserved_ids[] = {"uptime", "sla", "graph", "slo"};

/* --- Shapes ------------------------------------------------------------------------------------------------------ */

static bool is_service_id(struct text id)
{
    return text_is_id(id, ID_BYTES_MAX);
}

/* 10.0.0.0/8, fd00::/8, or an address alone. */
static bool is_cidr(struct text cidr)
{
    struct text address;
    char text[ADDRESS_BYTES_MAX];
    unsigned char bytes[sizeof(struct in6_addr)];
    struct text rest = cidr;
    bool has_slash = cidr.len > 0 && memchr(cidr.at, '/', cidr.len) != NULL;
    if (!text_take_until(&rest, '/', &address) || !text_copy(text, sizeof text, address))
        return false;

    int64_t bits = inet_pton(AF_INET, text, bytes) == 1 ? 32 : inet_pton(AF_INET6, text, bytes) == 1 ? 128 : -1;
    int64_t prefix;
    return bits > 0 && (!has_slash || text_to_int64(rest, 0, bits, &prefix));
}

/* --- Feeds ------------------------------------------------------------------------------------------------------- */

#define FILTER_ROW(name, says)                                                                                         \
    {#name, SETTING_WORDS, SETTING_AT_LIST(struct feed_entry, name.items, name.n), .items_max = FILTER_ENTRIES_MAX,    \
     .max = 256, .sentence = says}

static const struct setting feed_table[] = {
    {"type", SETTING_TEXT, SETTING_AT(struct feed_entry, type), .required = true, .choices = registry_feed_types,
     .sentence = "The platform the vendor's page runs on."},
    {"url", SETTING_TEXT, SETTING_AT(struct feed_entry, url), .max = URL_BYTES_MAX, .required = true,
     .accepts = setting_is_url, .expected = "an http:// or https:// URL without user and password",
     .sentence = "Base of the page, as a person would open it."},
    FILTER_ROW(components, "Only these components count, by id or by name (a group's name: all its members)."),
    FILTER_ROW(containers, "Only these containers (regions, data centres) count."),
    FILTER_ROW(products, "Only these products count."),
    FILTER_ROW(regions, "Only these regions count."),
    FILTER_ROW(services, "Only these of the vendor's services count."),
    {"page", SETTING_TEXT, SETTING_AT(struct feed_entry, page), .max = NAME_BYTES_MAX,
     .sentence = "Which page, instance or account behind the address, where one address serves many."},
    {"item_level", SETTING_ENUM, SETTING_AT(struct feed_entry, item_level), .choices = registry_item_levels,
     .fallback = "default", .sentence = "What an item counts as whose own words give no level."},
    {"tenant", SETTING_TEXT, SETTING_AT(struct feed_entry, tenant), .max = NAME_BYTES_MAX,
     .sentence = "OAuth: the directory that the client belongs to."},
    {"client_id", SETTING_TEXT, SETTING_AT(struct feed_entry, client_id), .max = NAME_BYTES_MAX,
     .sentence = "OAuth: the client that asks."},
    {"client_secret", SETTING_SECRET, SETTING_AT(struct feed_entry, client_secret), .sentence = "OAuth: its secret."},
    {"login_url", SETTING_TEXT, SETTING_AT(struct feed_entry, login_url), .max = URL_BYTES_MAX,
     .accepts = setting_is_url, .expected = "an http:// or https:// URL without user and password",
     .sentence = "OAuth: where tokens are asked for; without it the platform's own."},
    {"also_hosts", SETTING_WORDS, SETTING_AT_LIST(struct feed_entry, also_hosts.items, also_hosts.n), .max = 253,
     .accepts = setting_is_host, .expected = "a host name", .sentence = "Hosts that a redirect may lead to, beside its own."},
    {"allow_addresses", SETTING_WORDS, SETTING_AT_LIST(struct feed_entry, allow_addresses.items, allow_addresses.n),
     .max = ADDRESS_BYTES_MAX - 1, .accepts = is_cidr, .expected = "an address block such as 10.1.0.0/16 or fd00::/8",
     .sentence = "Private addresses this page may stand on; public ones are always allowed."},
    {"allow_http", SETTING_BOOL, SETTING_AT(struct feed_entry, allow_http), .fallback = "false",
     .sentence = "Whether the page may be fetched without TLS."},
    {"every", SETTING_DURATION, SETTING_AT(struct feed_entry, every_ms), .min = 1000, .max = 3600000,
     .sentence = "How often it is polled; without it the collector's poll_interval."},
    {"timeout", SETTING_DURATION, SETTING_AT(struct feed_entry, timeout_ms), .min = 100, .max = 300000,
     .fallback = "15s", .sentence = "Time for all attempts of one poll together."},
    {"body_max", SETTING_BYTES, SETTING_AT(struct feed_entry, body_bytes_max), .min = 1024, .max = 16 << 20,
     .fallback = "4MiB", .sentence = "Largest page that is read, decompressed."},
    {0},
};

static int fault_none_of(const struct feed_type *type, const struct yaml_node *node, struct error *err)
{
    char keys[64] = "";

    for (size_t i = 0; i < ARRAY_SIZE(feed_keys); i++) {
        size_t len = strlen(keys);
        if (feed_keys[i].needed && (type->needs & feed_keys[i].bit) != 0)
            (void) snprintf(keys + len, sizeof keys - len, "%s%s", len == 0 ? "" : " or ", feed_keys[i].key);
    }
    return yaml_fault(node, err, "found no %s, without which %s (%s) can't be read", keys, type->name, type->title);
}

/* The keys of `feed` that only some platforms understand, and those without which one can't be read. */
static int check_feed_keys(const struct feed_entry *feed, const struct yaml_node *node, struct error *err)
{
    const struct feed_type *type = feed_types;
    while (strcmp(type->name, feed->type) != 0)   /* it is one of the choices */
        type++;
    unsigned told = 0;
    bool one_of = (type->needs & FEED_KEY_ONE_OF) != 0;
    for (size_t i = 0; i < ARRAY_SIZE(feed_keys); i++) {
        const struct yaml_node *value = yaml_node_child(node, feed_keys[i].key);
        bool told_here = value != NULL && (value->n_children > 0 || (value->value != NULL && value->value[0] != '\0'));
        told |= told_here ? feed_keys[i].bit : 0;
        if (value != NULL && (type->understands & feed_keys[i].bit) == 0)
            return yaml_fault(value, err, "found %s, which %s (%s) has no use for", feed_keys[i].key, type->name,
                              type->title);
        if (!told_here && feed_keys[i].needed && !one_of && (type->needs & feed_keys[i].bit) != 0)
            return yaml_fault(node, err, "found no %s, without which %s (%s) can't be read", feed_keys[i].key, type->name,
                              type->title);
    }
    if ((type->needs & FEED_KEY_OAUTH) != 0 && feed->client_secret == NULL)
        return yaml_fault(node, err, "found no client_secret or client_secret_file, without which %s (%s) can't be read",
                          type->name, type->title);
    return one_of && (told & type->needs) == 0 ? fault_none_of(type, node, err) : 0;
}

static int feed_entry_check(void *entry, const struct yaml_node *node, struct error *err)
{
    struct feed_entry *feed = entry;
    size_t len = strlen(feed->url);
    const struct yaml_node *url = yaml_node_child(node, "url");
    int r = check_feed_keys(feed, node, err);
    if (r < 0)
        return r;
    if (strncmp(feed->url, "http://", 7) == 0 && !feed->allow_http)
        return yaml_fault(url, err, "found a page without TLS, expected https:// or allow_http: true beside it");
    while (len > 0 && feed->url[len - 1] == '/')
        feed->url[--len] = '\0';
    return 0;
}

/* --- Services ---------------------------------------------------------------------------------------------------- */

#define SERVICE_PARAM(name, type, unit, fallback, min, max, per_service, names, says)                                  \
    {#name, (per_service) ? SETTING_PARAM : SETTING_NONE, SETTING_AT(struct service_entry, overrides),                 \
     .param = PARAM_##name, .sentence = says},

const struct setting service_table[] = {
    {"id", SETTING_TEXT, SETTING_AT(struct service_entry, id), .required = true, .accepts = is_service_id,
     .expected = "an id: a-z, 0-9, then also . _ -, at most 64 bytes", .sentence = "What everything else calls it."},
    {"name", SETTING_TEXT, SETTING_AT(struct service_entry, name), .max = NAME_BYTES_MAX,
     .sentence = "Its name for people; without it the id."},
    {"category", SETTING_TEXT, SETTING_AT(struct service_entry, category), .choices = registry_categories,
     .fallback = "other", .sentence = "Where it stands on the page."},
    {"tier", SETTING_INTEGER, SETTING_AT(struct service_entry, tier), .min = 1, .max = 3, .fallback = "2",
     .sentence = "How critical it is, 1 the most; decides who is told, and how soon."},
    {"owner", SETTING_TEXT, SETTING_AT(struct service_entry, owner), .max = NAME_BYTES_MAX,
     .sentence = "Who answers for it."},
    {"runbook", SETTING_TEXT, SETTING_AT(struct service_entry, runbook), .max = LINK_BYTES_MAX,
     .accepts = setting_is_url, .expected = "an http:// or https:// URL", .sentence = "What to do when it is down."},
    {"link", SETTING_TEXT, SETTING_AT(struct service_entry, link), .max = LINK_BYTES_MAX, .accepts = setting_is_url,
     .expected = "an http:// or https:// URL", .sentence = "Where people look: its page or its dashboard."},
    {"labels", SETTING_WORDS, SETTING_AT_LIST(struct service_entry, labels.items, labels.n), .items_max = LABELS_MAX,
     .max = 128, .accepts = setting_is_label, .expected = "name=value", .sentence = "Labels, each name=value."},
    {"depends_on", SETTING_WORDS, SETTING_AT_LIST(struct service_entry, depends_on.items, depends_on.n),
     .items_max = DEPENDS_MAX, .accepts = is_service_id, .expected = "the id of a service",
     .sentence = "Services it cannot work without."},
    {"feed", SETTING_GROUP, SETTING_AT(struct service_entry, feed), .element_size = sizeof(struct feed_entry),
     .table = feed_table, .check = feed_entry_check, .sentence = "The vendor's status page."},
    {"probes", SETTING_LIST, SETTING_AT_LIST(struct service_entry, probes, n_probes), .items_max = PROBES_MAX,
     .element_size = sizeof(struct probe_entry), .table = probe_table, .check = probe_entry_check,
     .sentence = "Our own checks of it."},
    {"control", SETTING_BOOL, SETTING_AT(struct service_entry, control), .fallback = "false",
     .sentence = "Whether it is a neutral target: where our probes see it red too, no vendor is blamed for what they see of others. "
                 "It needs probes."},
    PARAMS(SERVICE_PARAM)
    {0},
};

const struct setting registry_table[] = {
    {"services", SETTING_LIST, SETTING_AT_LIST(struct registry, services, n_services), .items_max = SERVICES_MAX,
     .element_size = sizeof(struct service_entry), .table = service_table, .check = service_entry_check,
     .sentence = "What is watched, one entry each."},
    {0},
};

static int check_probe_ids(const struct service_entry *service, const struct yaml_node *node, struct error *err)
{
    for (size_t i = 0; i < service->n_probes; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(service->probes[i].check, service->probes[j].check) == 0)
                return yaml_fault(yaml_node_child(yaml_node_item(yaml_node_child(node, "probes"), i), "check"), err,
                                  "found the check \"%s\" a second time", service->probes[i].check);
        }
    }
    return 0;
}

static int check_depends(const struct service_entry *service, const struct yaml_node *node, struct error *err)
{
    for (size_t i = 0; i < service->depends_on.n; i++) {
        const char *id = service->depends_on.items[i];
        const struct yaml_node *item = yaml_node_item(yaml_node_child(node, "depends_on"), i);
        if (strcmp(id, service->id) == 0)
            return yaml_fault(item, err, "found the service itself, expected another one");
        for (size_t j = 0; j < i; j++) {
            if (strcmp(id, service->depends_on.items[j]) == 0)
                return yaml_fault(item, err, "found \"%s\" a second time", id);
        }
    }
    return 0;
}

int service_entry_check(void *entry, const struct yaml_node *node, struct error *err)
{
    struct service_entry *service = entry;
    for (size_t i = 0; i < ARRAY_SIZE(reserved_ids); i++) {
        if (strcmp(service->id, reserved_ids[i]) == 0)
            return yaml_fault(yaml_node_child(node, "id"), err,
                              "found \"%s\", which is a path of the API, expected another id", service->id);
    }
    if (service->control && service->n_probes == 0)
        return yaml_fault(yaml_node_child(node, "control"), err,
                          "found a control target without probes, expected probes: it is what our hosts see of it that counts");
    if (service->name == NULL)
        service->name = mem_copy_string(service->id);

    int r = check_depends(service, node, err);
    return r < 0 ? r : check_probe_ids(service, node, err);
}

/* --- The whole --------------------------------------------------------------------------------------------------- */

/* The registry while it is read: the options must be at hand when all of it is there. */
struct registry_reading {
    struct registry registry;
    struct registry_options options;
};

static int compare_services(const void *a, const void *b)
{
    return strcmp(((const struct service_entry *) a)->id, ((const struct service_entry *) b)->id);
}

/* A vote that lapses before the next poll can renew it is a mistake: the service would be unknown between polls. */
static int check_stale(const struct service_entry *service, const struct registry_options *options,
                       const struct yaml_node *node, struct error *err)
{
    if (!service->overrides.set[PARAM_stale_after_s])
        return 0;

    int64_t longest_ms = 0;
    if (service->feed != NULL)
        longest_ms = service->feed->every_ms != 0 ? service->feed->every_ms : options->poll_interval_ms;
    for (size_t i = 0; i < service->n_probes; i++)
        longest_ms = service->probes[i].every_ms > longest_ms ? service->probes[i].every_ms : longest_ms;
    int64_t least_s = (STALE_INTERVALS_MIN * longest_ms + 999) / 1000;
    if (service->overrides.value[PARAM_stale_after_s] >= least_s)
        return 0;
    return yaml_fault(yaml_node_child(node, "stale_after_s"), err,
                      "found %lld, expected at least %lld: three intervals of its slowest poll",
                      (long long) service->overrides.value[PARAM_stale_after_s], (long long) least_s);
}

/* Positions in the order of the file, sorted by id, so that a fault can name the place of a duplicate. */
struct numbered {
    const char *id;
    size_t index;
};

static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const struct numbered *) a)->id, ((const struct numbered *) b)->id);
}

static int compare_numbered(const void *a, const void *b)
{
    size_t x = ((const struct numbered *) a)->index;
    size_t y = ((const struct numbered *) b)->index;
    int order = compare_ids(a, b);
    return order != 0 ? order : (x > y) - (x < y);
}

static const struct yaml_node *service_node(const struct yaml_node *root, size_t index)
{
    return yaml_node_item(yaml_node_child(root, "services"), index);
}

static int check_ids(const struct registry *registry, struct numbered *sorted, const struct yaml_node *root,
                     struct error *err)
{
    for (size_t i = 0; i < registry->n_services; i++)
        sorted[i] = (struct numbered) {registry->services[i].id, i};
    qsort(sorted, registry->n_services, sizeof *sorted, compare_numbered);
    for (size_t i = 1; i < registry->n_services; i++) {
        if (strcmp(sorted[i].id, sorted[i - 1].id) == 0) {
            const struct yaml_node *first = yaml_node_child(service_node(root, sorted[i - 1].index), "id");
            return yaml_fault(yaml_node_child(service_node(root, sorted[i].index), "id"), err,
                              "found the id \"%s\" a second time, first in line %u", sorted[i].id, first->at.line);
        }
    }
    return 0;
}

static int check_references(const struct registry *registry, const struct numbered *sorted,
                            const struct registry_options *options, const struct yaml_node *root, struct error *err)
{
    const struct yaml_node *node = service_node(root, 0);
    for (size_t i = 0; i < registry->n_services; i++, node = node->next) {
        const struct service_entry *service = &registry->services[i];
        for (size_t j = 0; j < service->depends_on.n; j++) {
            const struct numbered key = {service->depends_on.items[j], 0};
            if (bsearch(&key, sorted, registry->n_services, sizeof *sorted, compare_ids) == NULL)
                return yaml_fault(yaml_node_item(yaml_node_child(node, "depends_on"), j), err,
                                  "found \"%s\", expected the id of a service of this file", key.id);
        }
        int r = check_stale(service, options, node, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int registry_settle(struct registry *registry, const struct registry_options *given, const struct yaml_node *root,
                    struct error *err)
{
    struct registry_options options = *given;
    if (registry->n_services == 0)
        return 0;
    if (options.poll_interval_ms == 0)
        options.poll_interval_ms = DEFAULT_POLL_MS;

    CLEANUP(mem_freep) struct numbered *sorted = mem_new_array(registry->n_services, sizeof *sorted);
    int r = check_ids(registry, sorted, root, err);
    if (r == 0)
        r = check_references(registry, sorted, &options, root, err);
    if (r == 0)
        qsort(registry->services, registry->n_services, sizeof *registry->services, compare_services);
    return r;
}

static int check_registry(void *object, const struct yaml_node *root, struct error *err)
{
    struct registry_reading *reading = object;

    return registry_settle(&reading->registry, &reading->options, root, err);
}

int registry_parse(const char *name, struct text bytes, const struct registry_options *options,
                   struct registry *out, struct settings_trace *trace, struct error *err)
{
    struct registry_reading reading = {.options = *options};
    int r = settings_load(&(struct settings_source) {name, bytes, registry_table, check_registry}, &reading, trace, err);
    if (r < 0)
        return r;
    *out = reading.registry;
    return 0;
}

int registry_load(const char *path, const struct registry_options *options, struct registry *out,
                  struct settings_trace *trace, struct error *err)
{
    CLEANUP(buffer_done) struct buffer bytes;
    buffer_init(&bytes, YAML_FILE_BYTES_MAX);
    int r = file_read(path, &bytes, err);
    return r < 0 ? r : registry_parse(path, buffer_text(&bytes), options, out, trace, err);
}

static char *find_file(const char *config_path, const char *named)
{
    static const char *const names[] = {"services.local.yaml", "services.yaml"};
    if (named != NULL)
        return mem_copy_string(named);

    const char *slash = strrchr(config_path, '/');
    int directory = slash == NULL ? 0 : (int) (slash - config_path) + 1;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char path[4096];
        int n = snprintf(path, sizeof path, "%.*s%s", directory, config_path, names[i]);
        if (n > 0 && (size_t) n < sizeof path && access(path, F_OK) == 0)
            return mem_copy_string(path);
    }
    return NULL;
}

int registry_load_for(const struct registry_place *place, const struct registry_options *options, struct error *err)
{
    CLEANUP(mem_freep) char *path = find_file(place->config_path, *place->services_file);
    if (path == NULL)
        return 0;

    int r = registry_load(path, options, place->registry, place->registry_trace, err);
    if (r < 0)
        return r;
    if (*place->services_file == NULL) {
        CLEANUP(mem_freep) char *shown = settings_quote(path);
        settings_trace_set(place->trace, "services_file", shown, "default");
    }
    free(*place->services_file);
    *place->services_file = steal(&path);
    return 0;
}

const struct service_entry *registry_find(const struct registry *registry, const char *id)
{
    struct service_entry key = {.id = (char *) (uintptr_t) id};    /* compared, never changed */

    return registry->n_services == 0 ? NULL
                                     : bsearch(&key, registry->services, registry->n_services,
                                               sizeof *registry->services, compare_services);
}

bool service_is_manual(const struct service_entry *service)
{
    return service->feed == NULL && service->n_probes == 0;
}

void registry_done(struct registry *registry)
{
    settings_done(registry_table, registry);
}
