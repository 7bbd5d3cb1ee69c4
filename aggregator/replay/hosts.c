/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/limits.h"
#include "common/mem.h"

enum { TIER_DEFAULT = 3 };

struct replay_host {
    UT_hash_handle hh;
    char **labels;             /* owned: "name=value" */
    size_t n_labels;
    char name[ID_BYTES_MAX + 1];
};

static void add(struct replay_hosts *hosts, const HostRow *row)
{
    struct replay_host *host = mem_new(sizeof *host);

    (void) snprintf(host->name, sizeof host->name, "%s", row->name);
    if (row->has_facts && row->facts.labels_count > 0) {
        host->labels = mem_new_array(row->facts.labels_count, sizeof *host->labels);
        for (size_t i = 0; i < row->facts.labels_count; i++)
            host->labels[host->n_labels++] = mem_copy_string(row->facts.labels[i]);
    }
    HASH_ADD_STR(hosts->by_name, name, host);
}

int replay_hosts_read(struct store *store, struct replay_hosts *out, struct error *err)
{
    CLEANUP(mem_freep) HostRow *row = mem_new(sizeof *row);
    struct store_txn *txn;
    struct store_cursor cursor;
    int r = store_read(store, &txn);
    if (r < 0)
        return error_set(err, r, "the store cannot be read: %s", strerror(-r));

    store_walk(txn, TABLE_HOSTS, (struct store_range) {0}, &cursor);
    while ((r = store_next(&cursor, NULL, row)) == 0)
        add(out, row);
    store_walk_end(&cursor);
    store_end(txn);
    return r < 0 ? error_set(err, r, "the store: a row of hosts cannot be read") : 0;
}

void replay_hosts_judge(const struct replay_hosts *hosts, const struct aggregator_config *config, Register *registration)
{
    char name[ID_BYTES_MAX + 1];
    const char *colon = strchr(registration->service, ':');
    if (colon == NULL || (size_t) (colon - registration->service) >= sizeof name)
        return;
    (void) snprintf(name, sizeof name, "%.*s", (int) (colon - registration->service), registration->service);

    struct replay_host *host;
    HASH_FIND_STR(hosts->by_name, name, host);
    const char *const *labels = host == NULL ? NULL : (const char *const *) host->labels;
    size_t rule = aggregator_config_host_rule(config, name, labels, host == NULL ? 0 : host->n_labels, colon + 1);
    registration->tier = rule == 0 ? TIER_DEFAULT : (uint32_t) config->host_rules[rule - 1].tier;
    registration->host_rule[0] = '\0';
    if (rule > 0)
        (void) snprintf(registration->host_rule, sizeof registration->host_rule, "%u", (unsigned) rule);
}

void replay_hosts_done(struct replay_hosts *hosts)
{
    struct replay_host *host;
    struct replay_host *next;

    HASH_ITER(hh, hosts->by_name, host, next) {
        HASH_DEL(hosts->by_name, host);
        for (size_t i = 0; i < host->n_labels; i++)
            free(host->labels[i]);
        free(host->labels);
        free(host);
    }
}
