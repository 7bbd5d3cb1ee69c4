/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/file.h"
#include "common/keys.h"
#include "common/limits.h"
#include "common/settings_log.h"

enum { HOST_PROBES_MAX = 64, DISK_EXCLUDE_MAX = 64 };

/* The file made by `tocsin-aggregator enroll`. */
struct enrollment {
    char *endpoint;
    char *server_key;
    char *name;
    char *secret_key;
    char *public_key;
    bool services;
};

/* --- Tables ------------------------------------------------------------------------------------------------------ */

static bool is_key(struct text text)
{
    char key[KEY_TEXT_BYTES + 1];

    return text_copy(key, sizeof key, text) && key_is_valid(key);
}

static const char *const roles[] = {"server", "gateway", "ci", "dev", "vps", "db", NULL};

#define KEY_EXPECTED "a key: 40 characters of Z85, as in a .pub file"
#define ENDPOINT_EXPECTED "tcp://HOST:PORT or ipc://PATH"

static const struct setting server_table[] = {
    {"endpoint", SETTING_TEXT, SETTING_AT(struct collector_config, endpoint), .fallback = "tcp://127.0.0.1:8001",
     .accepts = setting_is_endpoint, .expected = ENDPOINT_EXPECTED, .sentence = "Where the aggregator listens."},
    {"server_key", SETTING_TEXT, SETTING_AT(struct collector_config, server_key), .literal = true, .accepts = is_key,
     .expected = KEY_EXPECTED, .sentence = "The aggregator's public key."},
    {"server_key_file", SETTING_PATH, SETTING_AT(struct collector_config, server_key_file),
     .sentence = "A file with the aggregator's public key, instead of server_key."},
    {"key_file", SETTING_PATH, SETTING_AT(struct collector_config, key_file),
     .sentence = "This collector's secret key, as made by tocsin-collector keygen. Without keys only an endpoint on this "
                 "machine can be used."},
    {"enroll_file", SETTING_PATH, SETTING_AT(struct collector_config, enroll_file),
     .sentence = "The file made by tocsin-aggregator enroll: endpoint and keys in one."},
    {0},
};

static const struct setting host_table[] = {
    {"enabled", SETTING_BOOL, SETTING_AT(struct host_limits, enabled), .fallback = "true",
     .sentence = "Whether this host itself is watched."},
    {"every", SETTING_DURATION, SETTING_AT(struct host_limits, every_ms), .min = 1000, .max = 3600000, .fallback = "30s",
     .sentence = "How often the host's own checks run."},
    {"window", SETTING_DURATION, SETTING_AT(struct host_limits, window_ms), .min = 1000, .max = 86400000,
     .fallback = "5m", .sentence = "The time over which cpu and memory are averaged."},
    {"cpu", SETTING_PERCENT, SETTING_AT(struct host_limits, cpu_permille), .min = 1, .max = 1000, .fallback = "90",
     .environment = "CPU_THRESHOLD", .sentence = "CPU in use above this percentage is degraded."},
    {"memory", SETTING_PERCENT, SETTING_AT(struct host_limits, memory_permille), .min = 1, .max = 1000, .fallback = "85",
     .environment = "MEMORY_THRESHOLD", .sentence = "Memory in use above this percentage is degraded."},
    {"disk", SETTING_PERCENT, SETTING_AT(struct host_limits, disk_permille), .min = 1, .max = 1000, .fallback = "90",
     .environment = "DISK_THRESHOLD", .sentence = "A disk fuller than this percentage is degraded."},
    {"disk_major", SETTING_PERCENT, SETTING_AT(struct host_limits, disk_major_permille), .min = 1, .max = 1000,
     .fallback = "97", .sentence = "A disk fuller than this percentage is a major outage."},
    {"disk_major_below", SETTING_BYTES, SETTING_AT(struct host_limits, disk_major_below_bytes), .min = 0,
     .max = INT64_C(1) << 50, .fallback = "20GiB",
     .sentence = "But only with less than this available; 0: whatever is available."},
    {"disk_exclude", SETTING_WORDS, SETTING_AT_LIST(struct host_limits, disk_exclude, n_disk_exclude),
     .items_max = DISK_EXCLUDE_MAX, .max = 255, .sentence = "Mount points that are left alone; * and ? are wildcards."},
    {"load", SETTING_PERCENT, SETTING_AT(struct host_limits, load_permille), .min = 1, .max = 1000000, .fallback = "200",
     .sentence = "A 15-minute load above this percentage of the CPUs is degraded, where the kernel has no PSI."},
    {0},
};

static const struct setting breaker_table[] = {
    {"threshold", SETTING_INTEGER, SETTING_AT(struct collector_config, breaker.failures), .min = 1, .max = 1000,
     .fallback = "3", .environment = "BREAKER_THRESHOLD",
     .sentence = "So many failed polls in a row open it: its due polls fail with the reason breaker, and nothing is requested."},
    {"open_for", SETTING_DURATION, SETTING_AT(struct collector_config, breaker.open_ms), .min = 1000, .max = 86400000,
     .fallback = "300s", .environment = "BREAKER_TTL_SECONDS",
     .sentence = "How long it stays open. Then one poll goes out; its success closes it."},
    {0},
};

static const struct setting log_table[] = {SETTINGS_LOG_ROWS(struct collector_config), {0}};

static const struct setting collector_table[] = {
    {"server", SETTING_GROUP, .table = server_table, .sentence = "The aggregator, and the keys that prove who is who."},
    {"role", SETTING_TEXT, SETTING_AT(struct collector_config, role), .choices = roles, .fallback = "server",
     .sentence = "What this host is for; it travels as the label role=…"},
    {"labels", SETTING_WORDS, SETTING_AT_LIST(struct collector_config, labels.items, labels.n), .items_max = LABELS_MAX - 1,
     .max = 128, .accepts = setting_is_label, .expected = "name=value",
     .sentence = "Labels of this host, each name=value, for the hosts: rules of the aggregator."},
    {"poll_services", SETTING_BOOL, SETTING_AT(struct collector_config, services_enabled),
     .sentence = "Whether this collector polls the configured services. Without it: as it was enrolled, or else when "
                 "services_file is given."},
    {"services_file", SETTING_PATH, SETTING_AT(struct collector_config, services_file),
     .sentence = "The services. Without it services.local.yaml or services.yaml beside this file, where there is one."},
    {"poll_interval", SETTING_DURATION, SETTING_AT(struct collector_config, poll_interval_ms), .min = 1000,
     .max = 3600000, .fallback = "60s", .environment = "POLL_INTERVAL_SECONDS",
     .sentence = "How often a page is polled that does not say so itself."},
    {"breaker", SETTING_GROUP, .table = breaker_table,
     .sentence = "When a host whose polls keep failing is left alone. A host is a name and a port; its pages count together."},
    {"backlog", SETTING_BYTES, SETTING_AT(struct collector_config, backlog_bytes), .min = 1 << 20, .max = 1 << 30,
     .fallback = "16MiB", .sentence = "What is kept while the aggregator is away; beyond it the oldest goes first."},
    {"samples_dir", SETTING_PATH, SETTING_AT(struct collector_config, samples_dir),
     .sentence = "Where the last answers are kept, redacted, that could not be read. Without it the service's directory under "
                 "/run, or the session's."},
    {"root_dir", SETTING_PATH, SETTING_AT(struct collector_config, root_dir), .fallback = "/",
     .sentence = "Below it /proc and /sys are read: a container that watches its host says /host."},
    {"host", SETTING_GROUP, SETTING_AT(struct collector_config, host), .table = host_table,
     .sentence = "The host's own checks."},
    {"egress_check", SETTING_GROUP, SETTING_AT(struct collector_config, egress), .table = egress_table,
     .sentence = "This host's own way out."},
    {"probes", SETTING_LIST, SETTING_AT_LIST(struct collector_config, probes, n_probes), .items_max = HOST_PROBES_MAX,
     .element_size = sizeof(struct probe_entry), .table = probe_table, .check = probe_entry_check,
     .sentence = "Further checks of this host, run from it."},
    {"log", SETTING_GROUP, .table = log_table, .sentence = "What is written about the collector's own work."},
    {0},
};

static const struct setting enroll_table[] = {
    {"endpoint", SETTING_TEXT, SETTING_AT(struct enrollment, endpoint), .required = true, .accepts = setting_is_endpoint,
     .expected = ENDPOINT_EXPECTED, .sentence = "Where the aggregator listens."},
    {"server_key", SETTING_TEXT, SETTING_AT(struct enrollment, server_key), .required = true, .literal = true,
     .accepts = is_key, .expected = KEY_EXPECTED, .sentence = "The aggregator's public key."},
    {"name", SETTING_TEXT, SETTING_AT(struct enrollment, name), .sentence = "The name the aggregator knows this host by."},
    {"secret_key", SETTING_SECRET, SETTING_AT(struct enrollment, secret_key), .required = true, .literal = true,
     .accepts = is_key, .expected = "a secret key: 40 characters of Z85", .sentence = "This collector's secret key."},
    {"public_key", SETTING_TEXT, SETTING_AT(struct enrollment, public_key), .literal = true, .accepts = is_key,
     .expected = KEY_EXPECTED, .sentence = "Its public half, as the aggregator has it."},
    {"services", SETTING_BOOL, SETTING_AT(struct enrollment, services), .fallback = "false",
     .sentence = "Whether it may speak for configured services."},
    {0},
};

/* --- Keys -------------------------------------------------------------------------------------------------------- */

static const struct yaml_node *server_node(const struct yaml_node *root, const char *key)
{
    const struct yaml_node *server = yaml_node_child(root, "server");

    return server == NULL ? NULL : yaml_node_child(server, key);
}

static void take_secret(struct collector_config *config, struct key_pair *pair)
{
    config->secret_key = mem_copy_string(pair->secret_key);
    config->public_key = mem_copy_string(pair->public_key);
    explicit_bzero(pair, sizeof *pair);
}

static int take_enrollment(struct collector_config *config, const struct enrollment *enrollment,
                           const struct yaml_node *root, struct error *err)
{
    struct key_pair pair;
    int r = key_pair_from_secret(enrollment->secret_key, &pair, err);
    if (r < 0)
        return r;
    if (enrollment->public_key != NULL && strcmp(enrollment->public_key, pair.public_key) != 0)
        return error_set(err, -EINVAL, "%s: public_key is not the public half of secret_key", config->enroll_file);
    take_secret(config, &pair);
    config->server_key = mem_copy_string(enrollment->server_key);
    if (server_node(root, "endpoint") == NULL) {    /* a container may reach it by another address */
        free(config->endpoint);
        config->endpoint = mem_copy_string(enrollment->endpoint);
        CLEANUP(mem_freep) char *shown = settings_quote(config->endpoint);
        settings_trace_set(&config->trace, "server.endpoint", shown, config->enroll_file);
    }
    if (yaml_node_child(root, "poll_services") == NULL)
        config->services_enabled = enrollment->services;
    return 0;
}

static int read_enrollment(struct collector_config *config, const struct yaml_node *root, struct error *err)
{
    static const char *const instead[] = {"server_key", "server_key_file", "key_file"};
    const struct yaml_node *node = server_node(root, "enroll_file");
    for (size_t i = 0; i < ARRAY_SIZE(instead); i++) {
        if (server_node(root, instead[i]) != NULL)
            return yaml_key_fault(server_node(root, instead[i]), err,
                                  "found it beside enroll_file, which holds the keys, expected one of them");
    }

    struct error why = {0};
    CLEANUP(buffer_done) struct buffer bytes;
    buffer_init(&bytes, YAML_FILE_BYTES_MAX);
    if (file_read_secret(config->enroll_file, &bytes, &why) < 0)
        return yaml_fault(node, err, "%s", why.text);

    struct enrollment enrollment = {0};
    int r = settings_load(&(struct settings_source) {config->enroll_file, buffer_text(&bytes), enroll_table},
                          &enrollment, NULL, err);
    if (r == 0 && enrollment.secret_key == NULL)    /* required rows count only in a file that is not empty */
        r = yaml_fault(node, err, "found %s empty, expected what tocsin-aggregator enroll wrote", config->enroll_file);
    if (r == 0)
        r = take_enrollment(config, &enrollment, root, err);
    settings_done(enroll_table, &enrollment);
    if (bytes.bytes != NULL)
        explicit_bzero(bytes.bytes, bytes.cap);
    return r;
}

static int read_server_key(struct collector_config *config, const struct yaml_node *root, struct error *err)
{
    const struct yaml_node *node = server_node(root, "server_key_file");
    if (node == NULL)
        return 0;
    if (config->server_key != NULL)
        return yaml_key_fault(node, err, "found both server_key and server_key_file, expected one of them");

    struct error why = {0};
    CLEANUP(buffer_done) struct buffer bytes;
    buffer_init(&bytes, 4096);
    if (file_read(config->server_key_file, &bytes, &why) < 0)
        return yaml_fault(node, err, "%s", why.text);
    struct text key = text_trim(buffer_text(&bytes));
    if (!is_key(key))
        return yaml_fault(node, err, "what stands in %s is not right, expected " KEY_EXPECTED, config->server_key_file);
    config->server_key = mem_copy_text(key);
    return 0;
}

static int read_own_key(struct collector_config *config, const struct yaml_node *root, struct error *err)
{
    const struct yaml_node *node = server_node(root, "key_file");
    if (node == NULL)
        return 0;

    struct error why = {0};
    struct key_pair pair;
    int r = key_pair_load(config->key_file, &pair, &why);
    if (r == -ENOENT)
        return yaml_fault(node, err, "%s; tocsin-collector keygen makes one, tocsin-aggregator enroll a whole enroll_file",
                          why.text);
    if (r < 0)
        return yaml_fault(node, err, "%s", why.text);
    take_secret(config, &pair);
    return 0;
}

/* Both keys or none; none only where nobody else can listen in. */
static int check_keys(const struct collector_config *config, const struct yaml_node *root, struct error *err)
{
    const struct yaml_node *server = yaml_node_child(root, "server");
    const struct yaml_node *node = server_node(root, "endpoint") != NULL ? server_node(root, "endpoint")
                                   : server != NULL                     ? server
                                                                        : root;
    if (config->secret_key != NULL && config->server_key == NULL)
        return yaml_fault(node, err, "found key_file without server_key_file, expected both or neither");
    if (config->secret_key == NULL && config->server_key != NULL)
        return yaml_fault(node, err, "found server_key or server_key_file without key_file, expected both or neither");
    if (config->secret_key == NULL && !setting_endpoint_is_local(config->endpoint))
        return yaml_fault(node, err,
                          "found %s without keys, expected enroll_file, or key_file and server_key_file: plain text is "
                          "for tcp://127.0.0.1 and ipc:// alone", config->endpoint);
    return 0;
}

static int check_checks(const struct collector_config *config, const struct yaml_node *root, struct error *err)
{
    for (size_t i = 0; i < config->n_probes; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct yaml_node *node = yaml_node_item(yaml_node_child(root, "probes"), i);
            if (strcmp(config->probes[i].check, config->probes[j].check) == 0)
                return yaml_fault(yaml_node_child(node, "check"), err, "found the check \"%s\" a second time",
                                  config->probes[i].check);
        }
    }
    if (config->host.disk_major_permille < config->host.disk_permille) {
        const struct yaml_node *host = yaml_node_child(root, "host");
        const struct yaml_node *major = host == NULL ? NULL : yaml_node_child(host, "disk_major");
        return yaml_fault(major != NULL ? major : host != NULL ? host : root, err,
                          "found disk_major below disk, expected at least as much");
    }
    return 0;
}

/* The trace says which targets stand where none are named. */
static int settle_egress(struct collector_config *config, const struct yaml_node *root, struct error *err)
{
    const struct yaml_node *node = yaml_node_child(root, "egress_check");
    const struct yaml_node *targets = node == NULL ? NULL : yaml_node_child(node, "targets");
    if (targets != NULL && config->egress.n_targets == 0)
        return yaml_fault(targets, err, "found no target, expected some; enabled: false turns the check off");
    egress_config_settle(&config->egress);
    if (config->egress.named)
        return 0;
    CLEANUP(buffer_done) struct buffer shown;
    buffer_init(&shown, 1024);
    for (size_t i = 0; i < config->egress.n_targets; i++)
        (void) buffer_format(&shown, "%s\"%s\"", i == 0 ? "[" : ", ", config->egress.targets[i]);
    (void) buffer_put_text(&shown, "]");
    settings_trace_set(&config->trace, "egress_check.targets", shown.bytes, "default");
    return 0;
}

static int check_collector(void *object, const struct yaml_node *root, struct error *err)
{
    struct collector_config *config = object;
    if (yaml_node_child(root, "poll_services") == NULL)
        config->services_enabled = config->services_file != NULL;

    int r = 0;
    if (config->enroll_file != NULL)
        r = read_enrollment(config, root, err);
    if (r == 0 && config->enroll_file == NULL)
        r = read_server_key(config, root, err);
    if (r == 0 && config->enroll_file == NULL)
        r = read_own_key(config, root, err);
    if (r == 0)
        r = check_keys(config, root, err);
    if (r == 0)
        r = check_checks(config, root, err);
    if (r == 0)
        r = settle_egress(config, root, err);
    if (r == 0 && yaml_node_child(root, "poll_services") == NULL)
        settings_trace_set(&config->trace, "poll_services", config->services_enabled ? "true" : "false",
                           config->enroll_file != NULL ? config->enroll_file : "default");
    return r;
}

/* --- The whole --------------------------------------------------------------------------------------------------- */

static void collector_config_freep(struct collector_config **config)
{
    collector_config_free(*config);
}

int collector_config_load(const char *path, struct collector_config **out, struct error *err)
{
    CLEANUP(buffer_done) struct buffer bytes;
    buffer_init(&bytes, YAML_FILE_BYTES_MAX);
    int r = file_read(path, &bytes, err);
    if (r < 0)
        return r;

    CLEANUP(collector_config_freep) struct collector_config *config = mem_new(sizeof *config);
    config->path = mem_copy_string(path);
    const struct settings_source source = {path, buffer_text(&bytes), collector_table, check_collector};
    r = settings_load(&source, config, &config->trace, err);
    if (r < 0)
        return r;
    const struct registry_place place = {config->path, &config->services_file, &config->registry, &config->trace,
                                         &config->registry_trace};
    r = registry_load_for(&place, &(struct registry_options) {.poll_interval_ms = config->poll_interval_ms}, err);
    if (r < 0)
        return r;

    config->log.file = config->log_file;
    const struct settings_trace *const traces[] = {&config->trace, &config->registry_trace};
    settings_digest(traces, ARRAY_SIZE(traces), config->digest);
    *out = steal(&config);
    return 0;
}

void collector_config_free(struct collector_config *config)
{
    if (config == NULL)
        return;
    settings_done(collector_table, config);
    registry_done(&config->registry);
    settings_trace_done(&config->trace);
    settings_trace_done(&config->registry_trace);
    if (config->secret_key != NULL)
        explicit_bzero(config->secret_key, strlen(config->secret_key));
    free(config->secret_key);
    free(config->public_key);
    free(config->path);
    free(config);
}

int collector_config_warn(const struct collector_config *config, FILE *out)
{
    int n = 0;
    size_t n_polled = 0;
    for (size_t i = 0; i < config->registry.n_services; i++)
        n_polled += service_is_manual(&config->registry.services[i]) ? 0 : 1;

    if (config->services_enabled && n_polled == 0)
        n += fprintf(out, "%s: poll_services is on, but no service has a feed or a probe\n", config->path) > 0;
    if (!config->host.enabled && !config->services_enabled && config->n_probes == 0)
        n += fprintf(out, "%s: nothing to do: host.enabled and poll_services are off and there are no probes\n",
                     config->path) > 0;
    if (config->secret_key == NULL)
        n += fprintf(out, "%s: no keys: what goes to %s is plain text\n", config->path, config->endpoint) > 0;
    return n;
}

void collector_config_print(const struct collector_config *config, FILE *out)
{
    settings_trace_print(&config->trace, out);
    settings_trace_print(&config->registry_trace, out);
}

void collector_config_reference(FILE *out)
{
    settings_print_page("tocsin-collector", collector_table, out);
}
