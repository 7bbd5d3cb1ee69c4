/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/config_file.h"
#include "aggregator/cli/daemon_client.h"
#include "aggregator/cli/options.h"
#include "aggregator/cli/token_store.h"
#include "common/limits.h"
#include "common/mem.h"

static const char help[] =
    "Usage: tocsin-aggregator token create NAME --role viewer|operator|admin [--config FILE]\n"
    "       tocsin-aggregator token list [--config FILE]\n"
    "       tocsin-aggregator token revoke NAME [--config FILE]\n"
    "\n"
    "Tokens for machines. A token is printed once, when it is made; only its hash is kept. With the aggregator down the\n"
    "store is opened and written directly, so the first token needs no token.\n"
    "\n"
    "  --role ROLE     viewer reads; operator also sets statuses and acknowledges; admin also makes tokens and enrols hosts\n"
    CLI_CONFIG_HELP
    "\n"
    "Examples:\n"
    "  (umask 077; tocsin-aggregator token create grafana --role viewer > grafana.token)\n"
    "  tocsin-aggregator token revoke grafana\n"
    "\n"
    "Exit: 0 done, 1 failed, 2 wrong usage.\n";

enum { TOKEN_OFFLINE = 1, PATH_BYTES_MAX = 256 };

struct verb_input {
    struct aggregator_config *config;
    struct daemon_client *client;
    const char *name;          /* NULL for list */
    Role role;
};

static void client_freep(struct daemon_client **client)
{
    daemon_client_free(*client);
}

/* 0 and *body (to be released), TOKEN_OFFLINE, or a negative errno. */
static int ask(const struct verb_input *in, const char *method, const char *path, const json_t *sent, json_t **body,
               struct error *err)
{
    struct daemon_reply reply;
    int r = daemon_client_call(in->client, method, path, sent, &reply, err);
    if (r == -ECONNREFUSED)
        return TOKEN_OFFLINE;
    if (r < 0)
        return r;
    if (reply.status >= 200 && reply.status < 300) {
        *body = reply.body;
        return 0;
    }
    r = daemon_client_problem(&reply, err);
    json_decref(reply.body);
    return r;
}

static const char *member(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value == NULL ? "" : value;
}

static int create(const struct verb_input *in, struct error *err)
{
    json_t *sent = json_pack("{s:s, s:s}", "name", in->name, "role", token_role_name(in->role)), *body = NULL;
    int r = ask(in, "POST", "/api/admin/tokens", sent, &body, err);
    json_decref(sent);
    char token[TOKEN_BYTES] = "";
    if (r == TOKEN_OFFLINE)
        r = token_store_create(in->config, in->name, in->role, token, err);
    else if (r == 0)
        (void) snprintf(token, sizeof token, "%s", member(body, "token"));
    json_decref(body);
    if (r < 0)
        return r;
    if (token[0] == '\0')
        return error_set(err, -EPROTO, "the aggregator's answer holds no token");

    (void) printf("%s\n", token);
    explicit_bzero(token, sizeof token);
    (void) fprintf(stderr, "%s has the role %s. The token is shown this once.\n", in->name, token_role_name(in->role));
    return 0;
}

static int list(const struct verb_input *in, struct error *err)
{
    json_t *body = NULL;
    int r = ask(in, "GET", "/api/admin/tokens?limit=1000", NULL, &body, err);
    if (r == TOKEN_OFFLINE)
        return token_store_list(in->config, stdout, err);
    if (r < 0)
        return r;

    const json_t *items = json_object_get(body, "items"), *item;
    size_t i;
    token_line_heading(stdout);
    json_array_foreach(items, i, item)
        token_line_print(stdout, &(struct token_line) {member(item, "name"), member(item, "role"), member(item, "created_at"),
                                                       member(item, "last_used_at"), member(item, "revoked_at")});
    json_decref(body);
    return 0;
}

static int revoke(const struct verb_input *in, struct error *err)
{
    char path[PATH_BYTES_MAX];
    json_t *body = NULL;
    (void) snprintf(path, sizeof path, "/api/admin/tokens/%s", in->name);   /* fits: an id */
    int r = ask(in, "DELETE", path, NULL, &body, err);
    json_decref(body);
    if (r == TOKEN_OFFLINE)
        r = token_store_revoke(in->config, in->name, err);
    if (r == 0)
        (void) fprintf(stderr, "The token of %s is refused from now on.\n", in->name);
    return r;
}

static const struct verb { const char *name; int n_words; int (*run)(const struct verb_input *, struct error *); } verbs[] = {
    { "create", 2, create },
    { "list",   1, list },
    { "revoke", 2, revoke },
};

static const struct verb *find_verb(const struct cli_words *words)
{
    for (size_t i = 0; i < ARRAY_SIZE(verbs) && words->n > 0; i++) {
        if (strcmp(words->at[0], verbs[i].name) == 0)
            return words->n == verbs[i].n_words ? &verbs[i] : NULL;
    }
    return NULL;
}

int cli_token(int argc, char **argv)
{
    const char *path = NULL, *role = NULL;
    const struct cli_option options[] = {{"config", .value = &path}, {"role", .value = &role}, {NULL}};
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    const struct verb *verb = find_verb(&words);
    struct verb_input in = {.name = words.n > 1 ? words.at[1] : NULL};
    if (verb == NULL)
        return cli_usage("token", "expected create NAME, list or revoke NAME");
    if (in.name != NULL && !text_is_id(text_of(in.name), ID_BYTES_MAX))
        return cli_usage("token", "'%s' is no name: expected lower-case letters, digits, '.', '_' and '-', at most %d", in.name,
                         ID_BYTES_MAX);
    if (verb->run == create && (role == NULL || !token_role_parse(role, &in.role)))
        return cli_usage("token", "expected --role viewer, operator or admin");

    struct error err = {0};
    CLEANUP(cli_config_dropp) struct aggregator_config *config = NULL;
    CLEANUP(client_freep) struct daemon_client *client = NULL;
    r = cli_config_load(path, &config, &err);
    if (r == 0) {
        client = daemon_client_local(config->store.data_dir);
        in.config = config;
        in.client = client;
        r = verb->run(&in, &err);
    }
    if (r < 0)
        (void) fprintf(stderr, "tocsin-aggregator token: %s\n", err.text);
    return r < 0 ? CLI_FAILED : CLI_DONE;
}
