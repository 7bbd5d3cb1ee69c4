/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"

enum { TIER_DEFAULT = 3 };

bool roster_host_of(const char *service, char name[static ID_BYTES_MAX + 1])
{
    const char *colon = strchr(service, ':');
    if (colon == NULL || (size_t) (colon - service) > ID_BYTES_MAX)
        return false;
    size_t len = (size_t) (colon - service);
    memcpy(name, service, len);
    name[len] = '\0';
    return true;
}

static struct roster_entry *find(const struct roster *roster, const char *service)
{
    struct roster_entry *entry;
    HASH_FIND_STR(roster->entries, service, entry);
    return entry;
}

static struct roster_entry *add(struct roster *roster, const char *service)
{
    size_t len = strlen(service);
    struct roster_entry *entry = mem_new(sizeof *entry + len + 1);
    memcpy(entry->service, service, len + 1);
    HASH_ADD_KEYPTR(hh, roster->entries, entry->service, len, entry);
    return entry;
}

/* Tier and rule of a check by this configuration. True: they are not what the entry had. */
static bool judge(struct roster_entry *entry, const struct aggregator_config *config, const char *host,
                  const struct collector *collector)
{
    const char *check = strchr(entry->service, ':') + 1;
    const char *const *labels = collector == NULL ? NULL : (const char *const *) collector->labels;
    size_t n_labels = collector == NULL ? 0 : collector->n_labels;
    size_t rule = aggregator_config_host_rule(config, host, labels, n_labels, check);
    uint32_t tier = rule == 0 ? TIER_DEFAULT : (uint32_t) config->host_rules[rule - 1].tier;
    bool changed = tier != entry->tier || rule != entry->rule;

    entry->tier = tier;
    entry->rule = (uint32_t) rule;
    return changed;
}

static Register registration_of(const struct roster_entry *entry)
{
    Register registration = {.tier = entry->tier};
    (void) snprintf(registration.service, sizeof registration.service, "%s", entry->service);
    if (entry->rule > 0)
        (void) snprintf(registration.host_rule, sizeof registration.host_rule, "%u", entry->rule);
    return registration;
}

enum roster_outcome roster_register(struct roster *roster, const struct aggregator_config *config,
                                    struct collector *collector, const char *service, Register *out)
{
    if (find(roster, service) != NULL)
        return ROSTER_KNOWN;
    if (collector->n_checks >= ROSTER_CHECKS_MAX)
        return ROSTER_FULL;

    struct roster_entry *entry = add(roster, service);
    (void) judge(entry, config, collector->name, collector);
    collector->n_checks++;
    *out = registration_of(entry);
    return ROSTER_NEW;
}

void roster_load(struct roster *roster, const ServiceState *service, struct collector *owner)
{
    if (!service->registered || find(roster, service->id) != NULL || strchr(service->id, ':') == NULL)
        return;

    int64_t rule = 0;
    struct roster_entry *entry = add(roster, service->id);
    entry->tier = service->tier;
    if (text_to_int64(text_of(service->host_rule), 0, UINT32_MAX, &rule))
        entry->rule = (uint32_t) rule;
    if (owner != NULL)
        owner->n_checks++;
}

void roster_reconfigure(struct roster *roster, const struct aggregator_config *config,
                        const struct collectors *collectors, void (*again)(void *context, const Register *),
                        void *context)
{
    struct roster_entry *entry;
    struct roster_entry *next;
    HASH_ITER(hh, roster->entries, entry, next) {
        char host[ID_BYTES_MAX + 1];
        if (!roster_host_of(entry->service, host))
            continue;
        if (judge(entry, config, host, collectors_find(collectors, host))) {
            Register registration = registration_of(entry);
            again(context, &registration);
        }
    }
}

bool roster_forget(struct roster *roster, const char *service)
{
    struct roster_entry *entry = find(roster, service);
    if (entry == NULL)
        return false;
    HASH_DEL(roster->entries, entry);
    free(entry);
    return true;
}

void roster_done(struct roster *roster)
{
    struct roster_entry *entry;
    struct roster_entry *next;
    HASH_ITER(hh, roster->entries, entry, next) {
        HASH_DEL(roster->entries, entry);
        free(entry);
    }
}
