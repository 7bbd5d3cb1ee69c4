/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/config_file.h"
#include "aggregator/cli/daemon_client.h"
#include "aggregator/cli/options.h"
#include "common/file.h"
#include "common/keys.h"
#include "common/mem.h"

static const char help[] =
    "Usage: tocsin-aggregator enroll NAME [--services] [--replace] [--config FILE]\n"
    "\n"
    "Lets a host's collector speak as NAME: makes a key pair, authorises the public key and prints the file that the host\n"
    "needs (server.enroll_file of its collector.yaml). The secret key is kept nowhere else: keep that file 0600.\n"
    "\n"
    "  --services      it may also speak for the configured services, not for its host alone\n"
    "  --replace       NAME has a key already: the old one is refused from now on\n"
    CLI_CONFIG_HELP
    "\n"
    "Examples:\n"
    "  (umask 077; tocsin-aggregator enroll web-1 > web-1.enroll)\n"
    "  tocsin-aggregator enroll gateway --services --replace > gateway.enroll\n"
    "\n"
    "Exit: 0 done, 1 failed, 2 wrong usage.\n";

enum { ENROLL_OFFLINE = 1 };

static void client_freep(struct daemon_client **client)
{
    daemon_client_free(*client);
}

static void keys_freep(struct authorized_keys **keys)
{
    authorized_keys_free(*keys);
}

static int refuse_known(const char *directory, const char *name, struct error *err)
{
    CLEANUP(keys_freep) struct authorized_keys *keys = NULL;
    int r = authorized_keys_load(directory, &keys, err);
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return r;
    return authorized_keys_find_name(keys, name) == NULL ? 0
        : error_set(err, -EEXIST, "%s has a key already; --replace gives it a new one, and the old one is refused then", name);
}

/* 0, ENROLL_OFFLINE when no daemon is there, or a negative errno. */
static int authorize_by_daemon(const struct aggregator_config *config, const struct authorized_key *key, bool replace,
                               struct error *err)
{
    CLEANUP(client_freep) struct daemon_client *client = daemon_client_local(config->store.data_dir);
    json_t *body = json_pack("{s:s, s:s, s:b, s:b}", "name", key->name, "public_key", key->public_key, "services",
                             key->services ? 1 : 0, "replace", replace ? 1 : 0);
    struct daemon_reply reply;
    int r = daemon_client_call(client, "POST", "/api/admin/collectors", body, &reply, err);
    json_decref(body);
    if (r == -ECONNREFUSED)
        return ENROLL_OFFLINE;
    if (r < 0)
        return r;
    r = reply.status >= 200 && reply.status < 300 ? 0 : daemon_client_problem(&reply, err);
    json_decref(reply.body);
    return r;
}

static int authorize(const struct aggregator_config *config, const struct authorized_key *key, bool replace, struct error *err)
{
    int r = replace ? 0 : refuse_known(config->server.authorized_dir, key->name, err);
    if (r < 0)
        return r;
    r = authorize_by_daemon(config, key, replace, err);
    if (r != ENROLL_OFFLINE)
        return r;

    r = file_make_directory(config->server.authorized_dir, 0755, err);
    if (r < 0)
        return r;
    r = authorized_keys_put(config->server.authorized_dir, key, err);
    if (r == 0)
        (void) fprintf(stderr, "The aggregator is not running: %s counts from its next start.\n", key->name);
    return r;
}

/* Z85 holds neither quotes nor backslashes, so that double quotes are enough. The public key follows from the secret one
 * and is there for people who compare it with the aggregator's directory. */
static void print_file(const struct aggregator_config *config, const struct authorized_key *key, const char *secret_key)
{
    (void) printf("# Enrolment of %s, made by tocsin-aggregator enroll. Holds a secret key: keep it 0600.\n"
                  "# Public key: %s\n"
                  "endpoint: \"%s\"\nserver_key: \"%s\"\nname: \"%s\"\nsecret_key: \"%s\"\nservices: %s\n",
                  key->name, key->public_key, config->server.endpoint, config->server.public_key, key->name, secret_key,
                  key->services ? "true" : "false");
}

static int enroll(const struct aggregator_config *config, struct authorized_key *key, bool replace, struct error *err)
{
    if (config->server.public_key == NULL)
        return error_set(err, -EINVAL, "%s: server.key_file: expected a key pair, without one nobody can be enrolled",
                         config->path);
    if (config->server.authorized_dir == NULL)
        return error_set(err, -EINVAL, "%s: server.authorized_collectors: expected a directory", config->path);
    struct key_pair pair;
    int r = key_pair_generate(&pair, err);
    if (r < 0)
        return r;
    (void) memcpy(key->public_key, pair.public_key, sizeof key->public_key);
    r = authorize(config, key, replace, err);
    if (r == 0)
        print_file(config, key, pair.secret_key);
    explicit_bzero(&pair, sizeof pair);
    return r;
}

int cli_enroll(int argc, char **argv)
{
    const char *path = NULL;
    bool services = false, replace = false;
    const struct cli_option options[] = {
        {"config", .value = &path}, {"services", .flag = &services}, {"replace", .flag = &replace}, {NULL}};
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    if (words.n != 1)
        return cli_usage("enroll", "expected one NAME");
    if (!text_is_id(text_of(words.at[0]), ID_BYTES_MAX))
        return cli_usage("enroll", "'%s' is no name: expected lower-case letters, digits, '.', '_' and '-', at most %d",
                         words.at[0], ID_BYTES_MAX);

    struct error err = {0};
    CLEANUP(cli_config_dropp) struct aggregator_config *config = NULL;
    struct authorized_key key = {.services = services};
    (void) text_copy(key.name, sizeof key.name, text_of(words.at[0]));   /* fits: an id */
    if (cli_config_load(path, &config, &err) < 0 || enroll(config, &key, replace, &err) < 0) {
        (void) fprintf(stderr, "tocsin-aggregator enroll: %s\n", err.text);
        return CLI_FAILED;
    }
    (void) fprintf(stderr, "%s may speak%s. What went to stdout holds its secret key: keep it 0600.\n", key.name,
                   services ? " for itself and for the configured services" : " for its own host");
    return CLI_DONE;
}
