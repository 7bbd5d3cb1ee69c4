/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/config_file.h"
#include "aggregator/cli/daemon_client.h"
#include "aggregator/cli/options.h"
#include "common/limits.h"
#include "common/mem.h"

static const char help[] =
    "Usage: tocsin-aggregator forget NAME [--config FILE]\n"
    "       tocsin-aggregator forget SERVICE SOURCE [--config FILE]\n"
    "\n"
    "Takes a host away that is gone for good: its collector, all that it reported, its checks, its readings, and their\n"
    "alerts; who was told of one is told that it is no longer watched. With a service and a source (NAME/CHECK), that\n"
    "source alone. The aggregator must run.\n"
    "\n"
    "The key of NAME stays authorised: a collector that speaks again is known anew, so stop it first.\n"
    "\n"
    CLI_CONFIG_HELP
    "\n"
    "Examples:\n"
    "  tocsin-aggregator forget web-1\n"
    "  tocsin-aggregator forget github web-1/page\n"
    "\n"
    "Exit: 0 done, 1 failed, 2 wrong usage.\n";

enum { PATH_BYTES_MAX = 320 };

static void client_freep(struct daemon_client **client)
{
    daemon_client_free(*client);
}

static int forget(const struct aggregator_config *config, const char *path, struct error *err)
{
    CLEANUP(client_freep) struct daemon_client *client = daemon_client_local(config->store.data_dir);
    struct daemon_reply reply;

    int r = daemon_client_call(client, "DELETE", path, NULL, &reply, err);
    if (r < 0)
        return r;
    r = reply.status >= 200 && reply.status < 300 ? 0 : daemon_client_problem(&reply, err);
    json_decref(reply.body);
    return r;
}

/* NAME/CHECK */
static bool is_source(struct text source)
{
    struct text name;

    return text_take_until(&source, '/', &name) && text_is_id(name, ID_BYTES_MAX) && text_is_id(source, SOURCE_BYTES_MAX);
}

/* NAME, or HOST:CHECK */
static bool is_service(struct text service)
{
    struct text host;
    struct text rest = service;

    if (memchr(service.at, ':', service.len) == NULL)
        return text_is_id(service, SERVICE_BYTES_MAX);
    return text_take_until(&rest, ':', &host) && text_is_id(host, ID_BYTES_MAX) && text_is_id(rest, SERVICE_BYTES_MAX);
}

/* 0, or a message was printed. */
static int read_words(const struct cli_words *words, char path[static PATH_BYTES_MAX])
{
    if (words->n == 1 && text_is_id(text_of(words->at[0]), ID_BYTES_MAX)) {
        (void) snprintf(path, PATH_BYTES_MAX, "/api/admin/collectors/%s", words->at[0]);
        return 0;
    }
    if (words->n == 1)
        return cli_usage("forget", "'%s' is no name: expected lower-case letters, digits, '.', '_' and '-', at most %d",
                         words->at[0], ID_BYTES_MAX);
    if (words->n != 2)
        return cli_usage("forget", "expected NAME, or SERVICE and SOURCE");
    if (!is_service(text_of(words->at[0])) || !is_source(text_of(words->at[1])))
        return cli_usage("forget", "'%s' '%s': expected the id of a service, and a source, NAME/CHECK", words->at[0],
                         words->at[1]);
    (void) snprintf(path, PATH_BYTES_MAX, "/api/admin/services/%s/sources/%s", words->at[0], words->at[1]);    /* fits: ids */
    return 0;
}

int cli_forget(int argc, char **argv)
{
    const char *file = NULL;
    const struct cli_option options[] = {{"config", .value = &file}, {NULL}};
    char path[PATH_BYTES_MAX];
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    r = read_words(&words, path);
    if (r != 0)
        return r;

    struct error err = {0};
    CLEANUP(cli_config_dropp) struct aggregator_config *config = NULL;
    if (cli_config_load(file, &config, &err) < 0 || forget(config, path, &err) < 0) {
        (void) fprintf(stderr, "tocsin-aggregator forget: %s\n", err.text);
        return CLI_FAILED;
    }
    (void) fprintf(stderr, "%s is forgotten. If it speaks again it is known anew.\n", words.at[words.n - 1]);
    return CLI_DONE;
}
