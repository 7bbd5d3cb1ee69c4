/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/daemon_choice.h"
#include "aggregator/cli/options.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/text.h"

static const char help[] =
    "Usage: tocsin-aggregator poll SERVICE [--config FILE | --addr URL [--token-file FILE]]\n"
    "\n"
    "Has the page of SERVICE read now by the collectors that read it, instead of at their next round. At most once in ten\n"
    "seconds; asked for sooner, it follows when they are over. A host that failed so often that it is left alone for a\n"
    "while stays left alone.\n"
    "\n"
    DAEMON_CHOICE_HELP
    "\n"
    "Example:\n"
    "  tocsin-aggregator poll github && sleep 2 && tocsin-aggregator status github\n"
    "\n"
    "Exit: 0 asked, 1 not (nobody who reads it is connected), 2 wrong usage.\n";

enum { PATH_BYTES_MAX = ID_BYTES_MAX + 64 };

static void say(const char *service, const json_t *answer)
{
    if (json_is_true(json_object_get(answer, "put_off")))
        (void) printf("%s was asked for less than ten seconds ago; it follows when they are over\n", service);
    else
        (void) printf("%s: asked of %lld\n", service, json_integer_value(json_object_get(answer, "asked")));
}

static int ask(struct daemon_client *client, const char *service, struct error *err)
{
    char path[PATH_BYTES_MAX];
    struct daemon_reply reply = {0};

    (void) snprintf(path, sizeof path, "/api/admin/services/%s/poll", service);    /* an id: it fits, and needs no escaping */
    int r = daemon_client_call(client, "POST", path, NULL, &reply, err);
    if (r < 0)
        return r;
    if (reply.status == 202)
        say(service, reply.body);
    else
        r = daemon_client_problem(&reply, err);
    json_decref(reply.body);
    return r;
}

int cli_poll(int argc, char **argv)
{
    struct daemon_choice whom = {0};
    const struct cli_option options[] = {DAEMON_CHOICE_OPTIONS(whom), {NULL}};
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    if (words.n != 1 || !text_is_id(text_of(words.at[0]), ID_BYTES_MAX))
        return cli_usage("poll", "expected SERVICE, the id of a configured service");
    if (daemon_choice_check(&whom) != NULL)
        return cli_usage("poll", "%s", daemon_choice_check(&whom));

    struct error err = {0};
    CLEANUP(daemon_client_freep) struct daemon_client *client = daemon_choice_open(&whom, &err);
    if (client == NULL || ask(client, words.at[0], &err) < 0) {
        (void) fprintf(stderr, "tocsin-aggregator poll: %s\n", err.text);
        return CLI_FAILED;
    }
    return CLI_DONE;
}
