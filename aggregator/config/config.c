/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/config/config.h"

#include <fnmatch.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/config/config_private.h"
#include "common/buffer.h"
#include "common/file.h"
#include "common/mem.h"

enum { CHOICE_BYTES = 320 };

/* --- Coming and going -------------------------------------------------------------------------------------------- */

static void config_free(struct aggregator_config *config)
{
    engine_part_free(config->engine);
    settings_done(aggregator_table, config);
    registry_done(&config->registry);
    settings_trace_done(&config->trace);
    settings_trace_done(&config->registry_trace);
    if (config->server.secret_key != NULL)
        explicit_bzero(config->server.secret_key, strlen(config->server.secret_key));
    free(config->server.secret_key);
    free(config->server.public_key);
    free(config->engine_json);
    free(config->path);
    free(config);
}

static void config_dropp(struct aggregator_config **config)
{
    aggregator_config_drop(*config);
}

static int load_services(struct aggregator_config *config, struct error *err)
{
    const struct registry_place place = {config->path, &config->services_file, &config->registry, &config->trace,
                                         &config->registry_trace};
    return registry_load_for(&place, &(struct registry_options) {0}, err);   /* the collector's poll_interval is not ours */
}

static void build_engine(struct aggregator_config *config)
{
    config->engine = engine_part_new(config);
    config->engine_json = engine_part_json(config, config->engine);

    unsigned char hash[crypto_hash_sha256_BYTES];
    (void) crypto_hash_sha256(hash, (const unsigned char *) config->engine_json, strlen(config->engine_json));
    text_to_hex(hash, sizeof hash, config->digest);
    config->engine->digest = config->digest;
}

/* Whether a services file may be looked for. */
enum services_from { SERVICES_INLINE, SERVICES_FROM_FILES };

static int load(const char *name, struct text bytes, enum services_from from, struct aggregator_config **out,
                struct error *err)
{
    CLEANUP(config_dropp) struct aggregator_config *config = mem_new(sizeof *config);
    atomic_init(&config->references, 1);
    config->path = mem_copy_string(name);
    const struct settings_source source = {name, bytes, aggregator_table, aggregator_table_check,
                                           .as_it_stands = from == SERVICES_INLINE};
    int r = settings_load(&source, config, &config->trace, err);
    if (r == 0 && from == SERVICES_FROM_FILES && !config->services_given)
        r = load_services(config, err);
    if (r == 0 && from == SERVICES_FROM_FILES)
        r = webhooks_settle(config, err);
    if (r < 0)
        return r;

    config->log.file = config->log_file;
    build_engine(config);
    r = engine_part_check(config->engine, err);
    if (r < 0)
        return error_context(err, "%s", name);
    *out = steal(&config);
    return 0;
}

int aggregator_config_parse(const char *name, struct text bytes, struct aggregator_config **out, struct error *err)
{
    return load(name, bytes, SERVICES_INLINE, out, err);
}

int aggregator_config_load(const char *path, struct aggregator_config **out, struct error *err)
{
    CLEANUP(buffer_done) struct buffer bytes;
    buffer_init(&bytes, YAML_FILE_BYTES_MAX);
    int r = file_read(path, &bytes, err);

    return r < 0 ? r : load(path, buffer_text(&bytes), SERVICES_FROM_FILES, out, err);
}

struct aggregator_config *aggregator_config_hold(struct aggregator_config *config)
{
    (void) atomic_fetch_add(&config->references, 1);
    return config;
}

void aggregator_config_drop(struct aggregator_config *config)
{
    if (config != NULL && atomic_fetch_sub(&config->references, 1) == 1)
        config_free(config);
}

/* --- Questions --------------------------------------------------------------------------------------------------- */

static const struct channel_entry *channel_find(const struct aggregator_config *config, const char *name)
{
    for (size_t i = 0; i < config->n_channels; i++) {
        if (strcmp(config->channels[i].name, name) == 0)
            return &config->channels[i];
    }
    return NULL;
}

const struct channel_entry *aggregator_config_receiver(const struct aggregator_config *config, const char *channel)
{
    const struct channel_entry *found = channel_find(config, channel);

    return found == NULL && strcmp(channel, "ops") == 0 ? channel_find(config, "chat") : found;
}

/* Whether one of the choices of a pattern ("unit.*|port.*") fits. */
static bool fits(const char *pattern, const char *value)
{
    struct text rest = text_of(pattern);
    struct text choice;
    while (text_take_until(&rest, '|', &choice)) {
        char one[CHOICE_BYTES];
        if (text_copy(one, sizeof one, choice) && fnmatch(one, value, 0) == 0)
            return true;
    }
    return false;
}

static bool fits_label(const char *pattern, const char *const *labels, size_t n_labels)
{
    for (size_t i = 0; i < n_labels; i++) {
        if (fits(pattern, labels[i]))
            return true;
    }
    return false;
}

size_t aggregator_config_host_rule(const struct aggregator_config *config, const char *host, const char *const *labels,
                                   size_t n_labels, const char *check)
{
    for (size_t i = 0; i < config->n_host_rules; i++) {
        const struct host_rule *rule = &config->host_rules[i];
        if ((rule->name == NULL || fits(rule->name, host))
            && (rule->label == NULL || fits_label(rule->label, labels, n_labels))
            && (rule->check == NULL || fits(rule->check, check)))
            return i + 1;
    }
    return 0;
}

void aggregator_config_forget_words(struct aggregator_config *config)
{
    settings_trace_done(&config->trace);
    settings_trace_done(&config->registry_trace);
}

/* --- Words ------------------------------------------------------------------------------------------------------- */

void aggregator_config_print(const struct aggregator_config *config, FILE *out)
{
    settings_trace_print(&config->trace, out);
    settings_trace_print(&config->registry_trace, out);
}

void aggregator_config_reference(FILE *out)
{
    settings_print_page("tocsin-aggregator", aggregator_table, out);
}
