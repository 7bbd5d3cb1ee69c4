/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/cli/daemon_choice.h"

#include "common/buffer.h"
#include "common/file.h"
#include "common/mem.h"

static struct daemon_client *open_address(const struct daemon_choice *choice, struct error *err)
{
    if (choice->token_file == NULL)
        return daemon_client_at(choice->addr, NULL);

    CLEANUP(buffer_done) struct buffer token;
    buffer_init(&token, 4096);
    if (file_read_secret(choice->token_file, &token, err) < 0)
        return NULL;
    return daemon_client_at(choice->addr, token.len == 0 ? NULL : token.bytes);
}

const char *daemon_choice_check(const struct daemon_choice *choice)
{
    return choice->config != NULL && choice->addr != NULL ? "expected --config or --addr, not both" : NULL;
}

struct daemon_client *daemon_choice_open(const struct daemon_choice *choice, struct error *err)
{
    if (choice->addr != NULL)
        return open_address(choice, err);

    struct aggregator_config *config;
    if (cli_config_load(choice->config, &config, err) < 0)
        return NULL;
    struct daemon_client *client = daemon_client_local(config->store.data_dir);
    aggregator_config_drop(config);
    return client;
}

void daemon_client_freep(struct daemon_client **client)
{
    daemon_client_free(*client);
}
