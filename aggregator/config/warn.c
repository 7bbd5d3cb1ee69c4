/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is legal but likely a mistake. Each warning is one line: the file, what was found, what follows from it.
 */
#include "aggregator/config/config_private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/keys.h"
#include "common/mem.h"

enum { CYCLES_SHOWN_MAX = 8 };

struct warnings {
    const struct aggregator_config *config;
    FILE *out;
    int n;
};

__attribute__((format(printf, 2, 3)))
static void warn(struct warnings *warnings, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void) fprintf(warnings->out, "%s: ", warnings->config->path);
    (void) vfprintf(warnings->out, format, args);
    (void) fputc('\n', warnings->out);
    va_end(args);
    warnings->n++;
}

static bool routes_speak_of(const struct engine_config *engine, const char *channel)
{
    for (size_t i = 0; i < engine->n_routes; i++) {
        for (size_t j = 0; j < engine->routes[i].n_channels; j++) {
            if (strcmp(engine->routes[i].channels[j], channel) == 0)
                return true;
        }
    }
    return false;
}

static void warn_channels(struct warnings *warnings)
{
    const struct aggregator_config *config = warnings->config;
    size_t n_critical = 0;
    for (size_t i = 0; i < config->registry.n_services; i++)
        n_critical += config->registry.services[i].tier == 1;

    if (routes_speak_of(config->engine, "chat") && aggregator_config_receiver(config, "chat") == NULL)
        warn(warnings, "no receiver for the channel chat (SLACK_WEBHOOK_URL is not set): what is sent there is kept as "
                       "a dead letter");
    if (n_critical > 0 && routes_speak_of(config->engine, "page") && aggregator_config_receiver(config, "page") == NULL)
        warn(warnings, "%zu services of tier 1, but no receiver for the channel page: nobody is woken", n_critical);
    if (config->slack.webhook_url != NULL && aggregator_config_receiver(config, "chat") == NULL)
        warn(warnings, "SLACK_WEBHOOK_URL is set but not used: the file has channels of its own, and none is chat");
    for (size_t i = 0; i < config->n_channels; i++) {
        const char *name = config->channels[i].name;
        if (!routes_speak_of(config->engine, name))
            warn(warnings, "no route leads to the channel %s", name);
    }
}

static void warn_routes(struct warnings *warnings)
{
    const struct aggregator_config *config = warnings->config;
    for (size_t i = 0; config->routes_given && i < config->n_routes; i++) {
        for (size_t j = 0; j < config->routes[i].channels.n; j++) {
            const char *name = config->routes[i].channels.items[j];
            if (aggregator_config_receiver(config, name) == NULL)
                warn(warnings, "routes[%zu] leads to %s, which has no receiver", i, name);
        }
    }
    if (config->routes_given && config->n_routes == 0)
        warn(warnings, "routes is empty: nobody is told of anything");
}

static void warn_cycles(struct warnings *warnings)
{
    char *cycles = NULL;
    size_t len = 0;
    FILE *text = open_memstream(&cycles, &len);
    if (text == NULL)
        return;
    (void) print_cycles(warnings->config->engine->services, warnings->config->engine->n_services, CYCLES_SHOWN_MAX,
                        text);
    (void) fclose(text);    /* memory: nothing is lost */

    struct text rest = {cycles, len};
    struct text line;
    while (text_take_until(&rest, '\n', &line))
        warn(warnings, "depends_on goes in a circle: %.*s", (int) line.len, line.at);
    free(cycles);
}

static void warn_services(struct warnings *warnings)
{
    const struct aggregator_config *config = warnings->config;
    size_t n_polled = 0;
    for (size_t i = 0; i < config->registry.n_services; i++)
        n_polled += !service_is_manual(&config->registry.services[i]);
    if (config->services_file == NULL)
        warn(warnings, "no services file, neither named nor beside this one: only hosts are watched");

    struct authorized_keys *keys = NULL;
    struct error err = {0};
    int r = authorized_keys_load(config->server.authorized_dir, &keys, &err);
    bool speaker = false;
    if (r < 0 && r != -ENOENT)
        warn(warnings, "%s", err.text);
    for (size_t i = 0; keys != NULL && i < keys->n_keys; i++)
        speaker = speaker || keys->keys[i].services;
    if (config->server.secret_key != NULL && (r == -ENOENT || (r == 0 && (keys == NULL || keys->n_keys == 0))))
        warn(warnings, "no collector is enrolled in %s: tocsin-aggregator enroll NAME", config->server.authorized_dir);
    else if (config->server.secret_key != NULL && r == 0 && n_polled > 0 && !speaker)
        warn(warnings, "%zu services have a feed or a probe, but no enrolled collector may speak for services: "
                       "tocsin-aggregator enroll --services NAME", n_polled);
    authorized_keys_free(keys);
}

static void warn_evidence(struct warnings *warnings)
{
    const struct engine_config *engine = warnings->config->engine;
    int weights = 0;
    bool required = false;
    for (size_t i = 0; i < engine->n_areas; i++) {
        weights += engine->areas[i].weight;
        required = required || engine->areas[i].required;
    }

    if (engine->n_areas == 0)
        warn(warnings, "evidence is empty: nothing has to be proven, so readiness is always ready");
    else if (!required)
        warn(warnings, "no area of evidence is required: readiness is never not_ready, whatever is missing");
    if (engine->n_areas > 0 && weights == 0)
        warn(warnings, "all areas of evidence have the weight 0: the score of readiness is always 0");
}

static void warn_access(struct warnings *warnings)
{
    const struct aggregator_config *config = warnings->config;
    bool loopback = strncmp(config->http.host, "127.", 4) == 0 || strcmp(config->http.host, "::1") == 0;
    if (!loopback && config->http.allow_anonymous_read)
        warn(warnings, "http.allow_anonymous_read: whoever reaches %s reads everything", config->http.host);
    if (!setting_endpoint_is_local(config->server.listen) && setting_endpoint_is_local(config->server.endpoint))
        warn(warnings, "server.endpoint %s is on this machine: enroll would write it into the files of other hosts",
             config->server.endpoint);
    if (strchr(config->server.endpoint, '*') != NULL || strstr(config->server.endpoint, "//0.0.0.0:") != NULL)
        warn(warnings, "server.endpoint %s can be listened on but not connected to: name this machine there",
             config->server.endpoint);
}

int aggregator_config_warn(const struct aggregator_config *config, FILE *out)
{
    struct warnings warnings = {.config = config, .out = out};
    warn_channels(&warnings);
    warn_routes(&warnings);
    warn_cycles(&warnings);
    warn_services(&warnings);
    warn_evidence(&warnings);
    warn_access(&warnings);
    return warnings.n;
}
