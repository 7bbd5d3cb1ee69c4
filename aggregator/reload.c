/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/text.h"

static int load_keys(const struct aggregator_config *config, struct authorized_keys **out, struct error *err)
{
    *out = NULL;
    if (config->server.secret_key == NULL)
        return 0;
    int r = file_make_directory(config->server.authorized_dir, 0700, err);   /* enrolling writes there, as this user */
    if (r == 0)
        r = authorized_keys_load(config->server.authorized_dir, out, err);
    return r < 0 ? error_context(err, "server.authorized_collectors") : 0;
}

static void warn_about(const struct aggregator_config *config)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    if (file == NULL)
        return;
    (void) aggregator_config_warn(config, file);
    (void) fclose(file);   /* memory */
    struct text rest = {text, len};
    struct text line;
    while (text_take_until(&rest, '\n', &line)) {
        CLEANUP(mem_freep) char *words = mem_copy_text(line);
        if (words[0] != '\0')
            log_warning("config.doubtful", words);
    }
    free(text);
}

void reload_warn_fixed(const struct aggregator_config *old, const struct aggregator_config *new)
{
    const struct { const char *key; bool same;
    } fixed[] = {
        {"server.listen", strcmp(old->server.listen, new->server.listen) == 0},
        {"server.key_file",
         (old->server.secret_key == NULL) == (new->server.secret_key == NULL)
             && (old->server.secret_key == NULL || strcmp(old->server.secret_key, new->server.secret_key) == 0)},
        {"http.port", old->http.port == new->http.port},
        {"http.host", strcmp(old->http.host, new->http.host) == 0},
        {"store.data_dir", strcmp(old->store.data_dir, new->store.data_dir) == 0},
        {"store.map_size", old->store.map_bytes == new->store.map_bytes},
    };
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
        if (!fixed[i].same)
            log_warning("config.needs_restart", "a key has changed that only a restart takes up",
                        LOG_TEXT("key", fixed[i].key));
    }
}

static int open_log(const struct aggregator_config *config, struct error *err)
{
    struct log_config log = config->log;
    log.file = config->log_file;
    return log_open(&log, err);
}

int reload_read(const char *path, struct aggregator_config **out, struct authorized_keys **keys, struct error *err)
{
    struct aggregator_config *config;
    int r = aggregator_config_load(path, &config, err);
    if (r < 0)
        return r;
    r = load_keys(config, keys, err);
    if (r == 0)
        r = open_log(config, err);
    if (r < 0) {
        if (*keys != NULL)
            authorized_keys_free(steal(keys));
        aggregator_config_drop(config);
        return r;
    }
    warn_about(config);
    aggregator_config_forget_words(config);   /* `check` shows where a value came from; the daemon asks no more */
    *out = config;
    return 0;
}
