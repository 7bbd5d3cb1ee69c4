/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one row of aggregator.yaml cannot know of the others: keys, addresses, channels by two ways.
 */
#include "aggregator/config/config_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/keys.h"
#include "common/mem.h"

enum { PER_ADDRESS_LOOPBACK = 600, PER_ADDRESS = 100, PATH_BYTES_MAX = 4096 };

/* The node of a key in a section, or the nearest above it that is there. */
static const struct yaml_node *node_of(const struct yaml_node *root, const char *section, const char *key)
{
    const struct yaml_node *group = yaml_node_child(root, section);
    const struct yaml_node *node = group == NULL ? NULL : yaml_node_child(group, key);

    return node != NULL ? node : group != NULL ? group : root;
}

static int read_keys(struct aggregator_config *config, const struct yaml_node *root, struct error *err)
{
    if (config->server.key_file == NULL) {
        if (setting_endpoint_is_local(config->server.listen))
            return 0;
        return yaml_fault(node_of(root, "server", "listen"), err,
                          "found %s without key_file, expected a key: plain text is for tcp://127.0.0.1 and ipc:// alone",
                          config->server.listen);
    }

    struct key_pair pair;
    struct error why = {0};
    int r = key_pair_load(config->server.key_file, &pair, &why);
    const struct yaml_node *node = node_of(root, "server", "key_file");
    if (r == -ENOENT) {
        size_t len = strlen(config->server.key_file);
        size_t base = len > 4 && strcmp(config->server.key_file + len - 4, ".key") == 0 ? len - 4 : len;
        return yaml_fault(node, err, "%s; make one with: tocsin-collector keygen %.*s", why.text, (int) base,
                          config->server.key_file);
    }
    if (r < 0)
        return yaml_fault(node, err, "%s", why.text);
    config->server.secret_key = mem_copy_string(pair.secret_key);
    config->server.public_key = mem_copy_string(pair.public_key);
    explicit_bzero(&pair, sizeof pair);
    return 0;
}

static bool has_channel(const struct aggregator_config *config, const char *name)
{
    for (size_t i = 0; i < config->n_channels; i++) {
        if (strcmp(config->channels[i].name, name) == 0)
            return true;
    }
    return false;
}

static void add_channel(struct aggregator_config *config, const char *name, const char *url)
{
    config->channels = mem_resize(config->channels, config->n_channels + 1, sizeof *config->channels);
    config->channels[config->n_channels++] = (struct channel_entry) {
        .name = mem_copy_string(name), .kind = CHANNEL_SLACK, .url = mem_copy_string(url),
        .allow_http = config->slack.allow_http};
}

static int check_channels(struct aggregator_config *config, const struct yaml_node *root, struct error *err)
{
    const struct yaml_node *channels = yaml_node_child(root, "channels");
    for (size_t i = 0; i < config->n_channels; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(config->channels[i].name, config->channels[j].name) == 0)
                return yaml_fault(yaml_node_child(yaml_node_item(channels, i), "name"), err,
                                  "found the channel \"%s\" a second time", config->channels[i].name);
        }
    }

    const char *const urls[] = {config->slack.webhook_url, config->slack.ops_webhook_url};
    static const char *const names[] = {"SLACK_WEBHOOK_URL (slack.webhook_url)",
                                        "POLLER_HEALTH_SLACK_WEBHOOK_URL (slack.poller_health_webhook_url)"};
    for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
        if (urls[i] != NULL && strncmp(urls[i], "http://", 7) == 0 && !config->slack.allow_http)
            return yaml_fault(node_of(root, "slack", "allow_http"), err,
                              "found %s without TLS, expected https://, or slack: {allow_http: true}", names[i]);
    }
    if (config->slack.webhook_url != NULL && config->n_channels == 0)
        add_channel(config, "chat", config->slack.webhook_url);
    if (config->slack.ops_webhook_url != NULL && !has_channel(config, "ops"))
        add_channel(config, "ops", config->slack.ops_webhook_url);
    return 0;
}

static int check_evidence(struct aggregator_config *config, const struct yaml_node *root, struct error *err)
{
    const struct yaml_node *areas = yaml_node_child(root, "evidence");

    config->evidence_given = areas != NULL && areas->kind == YAML_KIND_LIST;
    for (size_t i = 0; i < config->n_evidence; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(config->evidence[i].name, config->evidence[j].name) == 0)
                return yaml_fault(yaml_node_child(yaml_node_item(areas, i), "area"), err,
                                  "found the area \"%s\" a second time", config->evidence[i].name);
        }
    }
    return 0;
}

static void trace_area(struct settings_trace *trace, size_t i, const struct evidence_area *area)
{
    char path[64];
    char value[32];
    const struct { const char *key; int64_t number; bool shown; } numbers[] = {
        {"weight", area->weight, true}, {"fresh_s", area->fresh_s, area->expire_s > 0}, {"expire_s", area->expire_s, area->expire_s > 0}};

    (void) snprintf(path, sizeof path, "evidence[%zu].area", i);
    CLEANUP(mem_freep) char *name = settings_quote(area->name);
    settings_trace_set(trace, path, name, "default");
    (void) snprintf(path, sizeof path, "evidence[%zu].required", i);
    settings_trace_set(trace, path, area->required ? "true" : "false", "default");
    for (size_t n = 0; n < ARRAY_SIZE(numbers); n++) {
        if (!numbers[n].shown)
            continue;
        (void) snprintf(path, sizeof path, "evidence[%zu].%s", i, numbers[n].key);
        (void) snprintf(value, sizeof value, "%lld", (long long) numbers[n].number);
        settings_trace_set(trace, path, value, "default");
    }
}

/* The built-in areas decide what is ready: whoever asks what is in force must see them. */
static void derive_evidence(struct aggregator_config *config)
{
    for (size_t i = 0; !config->evidence_given && i < engine_n_builtin_areas; i++)
        trace_area(&config->trace, i, &engine_builtin_areas[i]);
}

static bool is_loopback(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

static void derive_http(struct aggregator_config *config)
{
    char text[PATH_BYTES_MAX];
    if (config->http.public_url == NULL) {
        bool is_v6 = strchr(config->http.host, ':') != NULL;
        (void) snprintf(text, sizeof text, "http://%s%s%s:%u", is_v6 ? "[" : "", config->http.host, is_v6 ? "]" : "",
                        config->http.port);
        config->http.public_url = mem_copy_string(text);
        CLEANUP(mem_freep) char *shown = settings_quote(text);
        settings_trace_set(&config->trace, "http.public_url", shown, "default");
    }
    size_t len = strlen(config->http.public_url);
    while (len > 0 && config->http.public_url[len - 1] == '/')
        config->http.public_url[--len] = '\0';

    if (config->http.connections_per_address == 0) {
        config->http.connections_per_address = is_loopback(config->http.host) ? PER_ADDRESS_LOOPBACK : PER_ADDRESS;
        (void) snprintf(text, sizeof text, "%d", config->http.connections_per_address);
        settings_trace_set(&config->trace, "http.connections_per_address", text, "default");
    }
}

/* Where something stands that was not named, told in the trace under its key. Owned by the caller. */
static char *path_in_data_dir(struct aggregator_config *config, const char *name, const char *key)
{
    struct buffer path;
    buffer_init(&path, PATH_BYTES_MAX);
    (void) buffer_format(&path, "%s/%s", config->store.data_dir, name);    /* paths are shorter than the ceiling */

    char *whole = buffer_take(&path);
    CLEANUP(mem_freep) char *shown = settings_quote(whole);
    settings_trace_set(&config->trace, key, shown, "default");
    return whole;
}

static void derive_names(struct aggregator_config *config)
{
    if (config->store.database == NULL)
        config->store.database = path_in_data_dir(config, "tocsin.mdb", "store.database");
    if (config->server.authorized_dir == NULL)
        config->server.authorized_dir = path_in_data_dir(config, "authorized", "server.authorized_collectors");
    if (config->server.endpoint == NULL) {
        config->server.endpoint = mem_copy_string(config->server.listen);
        CLEANUP(mem_freep) char *shown = settings_quote(config->server.endpoint);
        settings_trace_set(&config->trace, "server.endpoint", shown, "default");
    }
}

static int check_services(struct aggregator_config *config, const struct yaml_node *root, struct error *err)
{
    const struct registry_options options = {0};    /* the collector's poll_interval is not ours to know */
    const struct yaml_node *services = yaml_node_child(root, "services");

    config->services_given = services != NULL;
    if (services != NULL && yaml_node_child(root, "services_file") != NULL)
        return yaml_fault(services, err, "found services beside services_file, expected one of the two");
    return registry_settle(&config->registry, &options, root, err);
}

int aggregator_table_check(void *object, const struct yaml_node *root, struct error *err)
{
    struct aggregator_config *config = object;
    const struct yaml_node *routes = yaml_node_child(root, "routes");
    config->routes_given = routes != NULL && routes->kind == YAML_KIND_LIST;

    int r = read_keys(config, root, err);
    if (r == 0)
        r = check_channels(config, root, err);
    if (r == 0)
        r = check_evidence(config, root, err);
    if (r == 0)
        r = check_services(config, root, err);
    if (r < 0)
        return r;
    derive_http(config);
    derive_names(config);
    derive_evidence(config);
    return 0;
}
