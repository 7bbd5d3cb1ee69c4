/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/daemon_choice.h"
#include "aggregator/cli/options.h"
#include "aggregator/cli/status_table.h"
#include "aggregator/cli/subject.h"
#include "common/mem.h"

static const char help[] =
    "Usage: tocsin-aggregator status [SERVICE] [-o table|json] [--config FILE | --addr URL [--token-file FILE]]\n"
    "\n"
    "Everything on one screen, the worst first; or one SERVICE (or HOST:CHECK), as a Nagios plugin tells it.\n"
    "\n"
    "  -o, --output FORM   table (default) or json, as the API gives it\n"
    DAEMON_CHOICE_HELP
    "\n"
    "Examples:\n"
    "  tocsin-aggregator status\n"
    "  tocsin-aggregator status github --addr http://127.0.0.1:8000\n"
    "\n"
    "Exit: 0 operational, 1 degraded, 2 partial or major outage, 3 unknown, unreachable or wrong usage.\n";

enum { STATUS_UNREACHABLE = 3, PATH_BYTES_MAX = 256, PAGES_MAX = 20 };

struct status_options {
    struct daemon_choice whom;
    const char *output, *service;
};

static void json_freep(json_t **json)
{
    json_decref(*json);
}

static bool wants_colour(void)
{
    const char *off = getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && (off == NULL || off[0] == '\0');
}

/* ---------------------------------------------------------------- answers */

/* All items of a list, page after page. NULL with words when a page cannot be had. */
static json_t *get_items(struct daemon_client *client, const char *path, struct error *err)
{
    CLEANUP(json_freep) json_t *all = json_array();
    char next[PATH_BYTES_MAX * 4];
    (void) snprintf(next, sizeof next, "%s?limit=1000", path);

    for (int page = 0; page < PAGES_MAX; page++) {
        CLEANUP(json_freep) json_t *body = daemon_client_get(client, next, err);
        if (body == NULL)
            return NULL;
        (void) json_array_extend(all, json_object_get(body, "items"));
        const char *cursor = json_string_value(json_object_get(body, "next_cursor"));
        if (cursor == NULL)
            break;
        (void) snprintf(next, sizeof next, "%s?limit=1000&cursor=%s", path, cursor);
    }
    return steal(&all);
}

static bool read_readiness(struct daemon_client *client, struct error *err)
{
    struct daemon_reply reply;
    if (daemon_client_call(client, "GET", "/readyz", NULL, &reply, err) < 0)
        return false;
    if (reply.status != 200)
        (void) daemon_client_problem(&reply, err);
    json_decref(reply.body);
    return reply.status == 200;
}

static void print_json(const json_t *value)
{
    (void) json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    (void) putchar('\n');
}

static int show_service(struct daemon_client *client, const struct status_options *options, bool as_json, struct error *err)
{
    char path[PATH_BYTES_MAX];
    (void) snprintf(path, sizeof path, "/api/services/%s", options->service);   /* fits: checked as an id */
    CLEANUP(json_freep) json_t *service = daemon_client_get(client, path, err);
    if (service == NULL)
        return STATUS_UNREACHABLE;
    if (as_json)
        print_json(service);
    else
        status_table_print_service(service, wants_colour(), stdout);
    return status_table_exit_code(status_table_state(service, "state"));
}

static int show_all(struct daemon_client *client, bool as_json, struct error *err)
{
    CLEANUP(json_freep) json_t *summary = daemon_client_get(client, "/api/summary", err);
    CLEANUP(json_freep) json_t *services = summary == NULL ? NULL : get_items(client, "/api/services", err);
    CLEANUP(json_freep) json_t *hosts = services == NULL ? NULL : get_items(client, "/api/hosts", err);
    if (hosts == NULL)
        return STATUS_UNREACHABLE;

    struct error not_ready = {0};
    struct status_screen screen = {.summary = summary, .services = services, .hosts = hosts, .colour = wants_colour()};
    screen.ready = read_readiness(client, &not_ready);
    screen.not_ready = screen.ready ? NULL : not_ready.text;
    if (as_json) {
        CLEANUP(json_freep) json_t *whole = json_pack("{s:O, s:O, s:O, s:b}", "summary", summary, "services", services,
                                                      "hosts", hosts, "ready", screen.ready ? 1 : 0);
        print_json(whole);
    } else {
        status_table_print(&screen, stdout);
    }
    return status_table_exit_code(status_table_state(summary, "overall"));
}

/* ---------------------------------------------------------------- the command */

static int refuse(const char *words)
{
    (void) cli_usage("status", "%s", words);
    return STATUS_UNREACHABLE;         /* 2 would mean: down */
}

int cli_status(int argc, char **argv)
{
    struct status_options given = {.output = "table"};
    const struct cli_option options[] = {
        DAEMON_CHOICE_OPTIONS(given.whom), {"output", .letter = 'o', .value = &given.output}, {NULL}};
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r == CLI_USAGE ? STATUS_UNREACHABLE : r;
    bool as_json = strcmp(given.output, "json") == 0;
    if (!as_json && strcmp(given.output, "table") != 0)
        return refuse("expected -o table or -o json");
    if (words.n > 1)
        return refuse("expected one SERVICE at most");
    if (daemon_choice_check(&given.whom) != NULL)
        return refuse(daemon_choice_check(&given.whom));
    given.service = words.n == 1 ? words.at[0] : NULL;
    if (given.service != NULL && !cli_is_subject(given.service))
        return refuse("expected the id of a service, or HOST:CHECK");

    struct error err = {0};
    CLEANUP(daemon_client_freep) struct daemon_client *client = daemon_choice_open(&given.whom, &err);
    int exit_code = client == NULL ? STATUS_UNREACHABLE
        : given.service != NULL ? show_service(client, &given, as_json, &err) : show_all(client, as_json, &err);
    if (err.code != 0)
        (void) fprintf(stderr, "UNKNOWN - %s\n", err.text);
    return exit_code;
}
