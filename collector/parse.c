/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/parse.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/feeds/feed.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/mem.h"
#include "common/registry.h"
#include "common/timestamp.h"

enum { BODY_BYTES_MAX = 16 * 1024 * 1024, EXIT_POLL_FAILED = 3 };

static const char usage[] =
    "usage: tocsin-collector parse FEED FILE [OPTION]...\n"
    "\n"
    "Prints what the feed makes of a saved page (- reads standard input) as one JSON object.\n"
    "\n"
    "  --component NAME, --container NAME, --product NAME, --region NAME, --service NAME\n"
    "                    the watch filter; each may be repeated\n"
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

/* -1: go on; else the exit code. */
static int read_arguments(int argc, char **argv, struct request *request)
{
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        struct string_list *filter = filter_of(&request->entry, option);
        if (filter != NULL && filter->n < FILTER_ENTRIES_MAX)
            add(filter, optarg);
        else if (option == 'e')
            request->endpoint = optarg;
        else if (option == 'h')
            return fputs(usage, stdout) < 0 ? 1 : 0;
        else if (option != 't' || !timestamp_parse(text_of(optarg), &request->now_ms))
            return fputs(usage, stderr) < 0 ? 1 : 2;
    }
    if (argc - optind != 2) {
        (void) fputs(usage, stderr);
        return 2;
    }
    request->file = argv[optind + 1];
    request->feed = feed_find(argv[optind]);
    if (request->feed != NULL)
        return -1;

    (void) fprintf(stderr, "tocsin-collector parse: no feed is called %s; there are:", argv[optind]);
    for (const struct feed *feed = feeds; feed->name != NULL; feed++)
        (void) fprintf(stderr, " %s", feed->name);
    (void) fputs("\n", stderr);
    return 2;
}

static int read_body(const char *path, struct buffer *body, struct error *err)
{
    if (strcmp(path, "-") == 0)
        path = "/dev/stdin";
    return file_read(path, body, err);
}

/* ---------------------------------------------------------------- printing */

static json_t *text_or_null(const char *text)
{
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *time_or_null(int64_t at_ms)
{
    char text[RFC3339_BYTES];

    return at_ms <= 0 ? json_null() : json_string(clock_to_rfc3339(at_ms, text));
}

static json_t *print_components(const struct feed_result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->n_components; i++) {
        const struct feed_component *component = &result->components[i];
        json_t *row = json_pack("{s:o}", "name", text_or_null(component->name));
        if (component->container != NULL)
            (void) json_object_set_new(row, "container", text_or_null(component->container));
        (void) json_object_set_new(row, "state", json_string(status_name(component->state)));
        (void) json_object_set_new(row, "maintenance", json_boolean(component->maintenance));
        (void) json_array_append_new(list, row);
    }
    return list;
}

static json_t *print_incidents(const struct feed_result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->n_incidents; i++) {
        const struct feed_incident *incident = &result->incidents[i];
        (void) json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", text_or_null(incident->id), "name",
                            text_or_null(incident->name), "state", text_or_null(incident->state), "impact",
                            text_or_null(incident->impact), "link", text_or_null(incident->link), "started_at",
                            time_or_null(incident->started_at_ms), "updated_at", time_or_null(incident->updated_at_ms)));
    }
    return list;
}

static json_t *print_windows(const struct feed_result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->n_windows; i++) {
        const struct feed_window *window = &result->windows[i];
        (void) json_array_append_new(list, json_pack("{s:o, s:o, s:b, s:o, s:o}", "id", text_or_null(window->id), "name",
                                                     text_or_null(window->name), "running", (int) window->running, "starts_at",
                                                     time_or_null(window->starts_at_ms), "ends_at",
                                                     time_or_null(window->ends_at_ms)));
    }
    return list;
}

static json_t *print_notices(const struct feed_result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->n_notices; i++)
        (void) json_array_append_new(list, text_or_null(result->notices[i]));
    return list;
}

static void print_result(const struct feed_result *result, const char *words)
{
    bool failed = result->reason != NULL;
    json_t *state = !failed && result->no_state ? json_null() : json_string(status_name(failed ? STATUS_UNKNOWN : result->state));
    json_t *object = json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "state", state, "maintenance",
                               (int) result->maintenance, "components", print_components(result), "incidents",
                               print_incidents(result), "windows", print_windows(result), "notices", print_notices(result),
                               "source_updated_at", time_or_null(result->source_updated_at_ms), "error",
                               text_or_null(result->reason), "error_text", text_or_null(failed ? words : NULL));
    CLEANUP(mem_freep) char *line = json_dumps(object, JSON_INDENT(2));
    (void) puts(line);
    json_decref(object);
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
    struct feed_document document = {.name = request->endpoint != NULL ? request->endpoint : request->feed->document,
                                     .body = buffer_text(&body), .content_type = ""};
    struct feed_input input = {.config = &request->entry, .documents = &document, .n_documents = 1,
                               .now_ms = request->now_ms, .arena = &arena};
    struct feed_result result = {0};
    int r = request->feed->parse(&input, &result, &err);
    if (r < 0 && result.reason == NULL)
        result.reason = "parse";
    print_result(&result, r < 0 ? err.text : result.reason_text);
    return result.reason != NULL ? EXIT_POLL_FAILED : 0;
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
