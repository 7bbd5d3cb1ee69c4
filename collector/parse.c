/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/parse.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/feeds/feed.h"
#include "collector/feeds/render.h"
#include "collector/parse_webhook.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/mem.h"
#include "common/registry.h"
#include "common/timestamp.h"

enum { BODY_BYTES_MAX = 16 * 1024 * 1024, EXIT_POLL_FAILED = 3 };

static const char usage[] =
    "usage: tocsin-collector parse FEED FILE [OPTION]...\n"
    "\n"
    "Prints what the feed makes of a saved page (- reads standard input) as one JSON object. statuspage_webhook reads what\n"
    "Statuspage posts to its subscribers.\n"
    "\n"
    "  --component NAME, --container NAME, --product NAME, --region NAME, --service NAME\n"
    "                    the watch filter; each may be repeated\n"
    "  --page NAME       which page, instance or account behind the address, where one address serves many\n"
    "  --item-level WORD what an item counts as that has no level of its own: default, notice, degraded, partial_outage\n"
    "  --endpoint NAME   which document FILE is, for example incidents.json; default: the one that is polled\n"
    "  --now TIME        the clock, in RFC 3339; default: now\n"
    "\n"
    "Exit code 0: parsed; 3: the poll would count as failed; 2: wrong usage; 1: FILE cannot be read.\n"
    "\n"
    "examples:\n"
    "  tocsin-collector parse statuspage summary.json\n"
    "  curl -s https://www.githubstatus.com/api/v2/summary.json | tocsin-collector parse statuspage - --component Actions\n";

struct request {
    const struct feed *feed;
    const char *file;
    const char *endpoint;
    struct feed_entry entry;
    int64_t now_ms;
};

static const struct option known[] = {
    {"component", required_argument, NULL, 'c'}, {"container", required_argument, NULL, 'n'},
    {"product", required_argument, NULL, 'p'},   {"region", required_argument, NULL, 'r'},
    {"service", required_argument, NULL, 's'},   {"endpoint", required_argument, NULL, 'e'},
    {"page", required_argument, NULL, 'g'},      {"item-level", required_argument, NULL, 'i'},
    {"now", required_argument, NULL, 't'},       {"help", no_argument, NULL, 'h'},
    {0},
};

static void add(struct string_list *list, char *name)
{
    list->items = mem_resize(list->items, list->n + 1, sizeof *list->items);
    list->items[list->n++] = name;
}

static struct string_list *filter_of(struct feed_entry *entry, int option)
{
    switch (option) {
    case 'c': return &entry->components;
    case 'n': return &entry->containers;
    case 'p': return &entry->products;
    case 'r': return &entry->regions;
    case 's': return &entry->services;
    default: return NULL;
    }
}

static bool read_item_level(const char *word, enum item_level *out)
{
    for (int i = 0; registry_item_levels[i] != NULL; i++) {
        if (strcmp(word, registry_item_levels[i]) == 0) {
            *out = (enum item_level) i;
            return true;
        }
    }
    return false;
}

/* One that is no filter. False: its value is none. */
static bool read_option(int option, char *value, struct request *request)
{
    switch (option) {
    case 'e': request->endpoint = value; return true;
    case 'g': request->entry.page = value; return true;
    case 'i': return read_item_level(value, &request->entry.item_level);
    case 't': return timestamp_parse(text_of(value), &request->now_ms);
    default: return false;
    }
}

static const struct feed *find(const char *name)
{
    return strcmp(name, parse_webhook_feed.name) == 0 ? &parse_webhook_feed : feed_find(name);
}

/* -1: go on; else the exit code. */
static int read_arguments(int argc, char **argv, struct request *request)
{
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        struct string_list *filter = filter_of(&request->entry, option);
        if (filter != NULL && filter->n < FILTER_ENTRIES_MAX)
            add(filter, optarg);
        else if (option == 'h')
            return fputs(usage, stdout) < 0 ? 1 : 0;
        else if (!read_option(option, optarg, request))
            return fputs(usage, stderr) < 0 ? 1 : 2;
    }
    if (argc - optind != 2) {
        (void) fputs(usage, stderr);
        return 2;
    }
    request->file = argv[optind + 1];
    request->feed = find(argv[optind]);
    if (request->feed != NULL)
        return -1;

    (void) fprintf(stderr, "tocsin-collector parse: no feed is called %s; there are:", argv[optind]);
    for (const struct feed *const *feed = feeds; *feed != NULL; feed++)
        (void) fprintf(stderr, " %s", (*feed)->name);
    (void) fprintf(stderr, " %s\n", parse_webhook_feed.name);
    return 2;
}

static int read_body(const char *path, struct buffer *body, struct error *err)
{
    if (strcmp(path, "-") == 0)
        path = "/dev/stdin";
    return file_read(path, body, err);
}

static int print_result(const struct feed_result *result)
{
    CLEANUP(json_freep) json_t *object = feed_render(result);

    if (json_dumpf(object, stdout, JSON_INDENT(2)) != 0 || putchar('\n') == EOF || fflush(stdout) != 0) {
        (void) fprintf(stderr, "tocsin-collector parse: cannot write the result\n");
        return 1;
    }
    return result->reason != NULL ? EXIT_POLL_FAILED : 0;
}

static void free_filters(struct feed_entry *entry)
{
    for (const char *option = "cnprs"; *option != '\0'; option++)
        free(filter_of(entry, *option)->items);   /* the names are argv's */
}

static int parse_file(const struct request *request)
{
    CLEANUP(buffer_done) struct buffer body;
    struct error err = {0};
    buffer_init(&body, BODY_BYTES_MAX);
    if (read_body(request->file, &body, &err) < 0) {
        (void) fprintf(stderr, "tocsin-collector parse: %s\n", err.text);
        return 1;
    }

    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_document document = {.name = request->endpoint != NULL ? request->endpoint : request->feed->documents[0],
                                     .body = buffer_text(&body), .content_type = ""};
    struct feed_input input = {.config = &request->entry, .documents = &document, .n_documents = 1,
                               .now_ms = request->now_ms, .arena = &arena};
    struct feed_result result = {.valid_until_ms = INT64_MAX};
    (void) request->feed->parse(&input, &result, &err);   /* a failure stands in the result, too */
    return print_result(&result);
}

int parse_main(int argc, char **argv)
{
    char url[] = "https://status.example";
    struct request request = {.entry = {.url = url}, .now_ms = clock_wall_ms()};
    int code = read_arguments(argc, argv, &request);
    if (code < 0)
        code = parse_file(&request);
    free_filters(&request.entry);
    return code;
}
