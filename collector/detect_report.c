/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/detect_report.h"

#include <stdlib.h>
#include <string.h>

#include "collector/feeds/feed.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/registry.h"
#include "common/settings.h"

enum { EXIT_FOUND = 0, EXIT_NOT_REACHED = 1, EXIT_NOTHING_FITS = 3 };

#define FEED_NEEDS(name, title, understands, needs) {#name, (needs)},
static const struct { const char *name; unsigned needs; } needs_of[] = {FEED_TYPES(FEED_NEEDS)};
#undef FEED_NEEDS

/* What a key looks like whose value only its owner knows. */
static const struct { unsigned key; const char *name; const char *example; } keys[] = {
    { FEED_KEY_COMPONENTS, "components", "[NAME]" },
    { FEED_KEY_PAGE, "page", "NAME" },
    { FEED_KEY_CONTAINERS, "containers", "[NAME]" },
    { FEED_KEY_PRODUCTS, "products", "[NAME]" },
    { FEED_KEY_REGIONS, "regions", "[NAME]" },
    { FEED_KEY_SERVICES, "services", "[NAME]" },
    { FEED_KEY_OAUTH, "tenant", "NAME" },
    { FEED_KEY_OAUTH, "client_id", "ID" },
    { FEED_KEY_OAUTH, "client_secret_file", "PATH" },
};

void detect_report_read(struct detect_report *report, const struct feed_document *document, struct arena *arena)
{
    struct detect_found *found = &report->found;
    struct feed_entry *entry = arena_new(arena, sizeof *entry);
    *entry = (struct feed_entry) {.type = (char *) found->feed->name, .url = (char *) found->config.url,
                                  .page = (char *) found->config.page};
    struct feed_input in = {.config = entry, .documents = document, .n_documents = 1, .arena = arena};

    found->reading = (struct feed_result) {.valid_until_ms = INT64_MAX};
    (void) found->feed->parse(&in, &found->reading, NULL);   /* a failure stands in the reading */
}

void detect_report_tried(struct detect_report *report, const char *url, const char *outcome)
{
    report->tried = mem_resize(report->tried, report->n_tried + 1, sizeof *report->tried);
    report->tried[report->n_tried++] = (struct detect_tried) {url, outcome};
}

void detect_report_done(struct detect_report *report)
{
    free(report->tried);
    report->tried = NULL;
    report->n_tried = 0;
}

/* --- what to write ------------------------------------------------------------------------------------------------ */

static unsigned needed(const struct detect_found *found)
{
    unsigned needs = 0;

    for (size_t i = 0; i < ARRAY_SIZE(needs_of); i++) {
        if (strcmp(needs_of[i].name, found->feed->name) == 0)
            needs = needs_of[i].needs;
    }
    if (found->config.page != NULL)
        needs = (needs & FEED_KEY_ONE_OF) != 0 ? 0 : needs & ~(unsigned) FEED_KEY_PAGE;
    return needs;
}

/* The n-th key that must be added by hand; NULL when there are no more. Of alternatives the first. */
static const char *needed_key(unsigned needs, size_t n, const char **example)
{
    size_t found = 0;

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if ((needs & keys[i].key) == 0 || found++ != n)
            continue;
        if (n > 0 && (needs & FEED_KEY_ONE_OF) != 0)
            return NULL;
        *example = keys[i].example;
        return keys[i].name;
    }
    return NULL;
}

static bool is_plain(const char *url)
{
    return strncmp(url, "http://", 7) == 0;
}

static void print_lines(const struct detect_report *report, FILE *out)
{
    const struct detect_found *found = &report->found;
    CLEANUP(mem_freep) char *url = settings_quote(found->config.url);
    CLEANUP(mem_freep) char *page = found->config.page == NULL ? NULL : settings_quote(found->config.page);
    const char *example = NULL;
    const char *key = NULL;

    (void) fprintf(out, "    feed:\n      type: %s\n      url: %s\n", found->feed->name, url);
    if (page != NULL)
        (void) fprintf(out, "      page: %s\n", page);
    for (size_t i = 0; (key = needed_key(needed(found), i, &example)) != NULL; i++)
        (void) fprintf(out, "      %s: %s    # yours\n", key, example);
    if (is_plain(found->config.url))
        (void) fputs("      allow_http: true\n", out);
    if (report->allow_private)
        (void) fputs("      # allow_addresses: [\"192.0.2.7\"]    # where it stands, if that is a private address\n",
                     out);
}

static void print_names(const struct feed_result *reading, FILE *out)
{
    for (size_t i = 0; i < reading->n_components && i < DETECT_NAMES_MAX; i++) {
        CLEANUP(mem_freep) char *name = settings_quote(reading->components[i].name);
        (void) fprintf(out, "%s%s", i == 0 ? "" : ", ", name);
    }
    if (reading->n_components > DETECT_NAMES_MAX)
        (void) fprintf(out, " and %zu more", reading->n_components - DETECT_NAMES_MAX);
    (void) fputc('\n', out);
}

/* --- for people --------------------------------------------------------------------------------------------------- */

static void print_found(const struct detect_report *report, FILE *out)
{
    const struct detect_found *found = &report->found;
    CLEANUP(arena_done) struct arena arena = {0};

    (void) fprintf(out, "%s is a page of %s, told by %s\n\n", report->plan->given, found->feed->title,
                   found->url == NULL ? "its host" : found->url);
    print_lines(report, out);
    if (found->url == NULL)
        return;
    bool tells = found->reading.no_state || found->reading.reason != NULL || found->reading.state != STATUS_UNKNOWN;
    if (tells)   /* one document of several may not */
        (void) fprintf(out, "\nnow: %s\n", feed_detail(&found->reading, &arena));
    if (found->reading.n_components > 0) {
        (void) fputs(tells ? "components: " : "\ncomponents: ", out);
        print_names(&found->reading, out);
    }
}

static void print_nothing(const struct detect_report *report, FILE *out)
{
    (void) fprintf(out, "%s: %s\n", report->plan->given,
                   report->answered ? "no platform that is known here" : "not reached");
    if (report->hint != NULL)
        (void) fprintf(out, "its web page looks like one of %s: what it serves may stand at another address\n",
                       report->hint);
    if (report->out_of_time)
        (void) fputs("there was no time for more\n", out);
    (void) fputs("\ntried:\n", out);
    for (size_t i = 0; i < report->n_tried; i++)
        (void) fprintf(out, "  %s: %s\n", report->tried[i].url, report->tried[i].outcome);
}

/* --- as JSON ------------------------------------------------------------------------------------------------------ */

static json_t *lines_json(const struct detect_found *found)
{
    json_t *feed = json_pack("{s:s, s:s}", "type", found->feed->name, "url", found->config.url);

    if (found->config.page != NULL)
        (void) json_object_set_new(feed, "page", json_string(found->config.page));
    if (is_plain(found->config.url))
        (void) json_object_set_new(feed, "allow_http", json_true());
    return feed;
}

static json_t *needs_json(const struct detect_found *found)
{
    json_t *list = json_array();
    const char *example = NULL;
    const char *key = NULL;

    for (size_t i = 0; (key = needed_key(needed(found), i, &example)) != NULL; i++)
        (void) json_array_append_new(list, json_string(key));
    return list;
}

static json_t *names_json(const struct feed_result *reading)
{
    json_t *list = json_array();

    for (size_t i = 0; i < reading->n_components; i++)
        (void) json_array_append_new(list, json_string(reading->components[i].name));
    return list;
}

static json_t *tried_json(const struct detect_report *report)
{
    json_t *list = json_array();

    for (size_t i = 0; i < report->n_tried; i++)
        (void) json_array_append_new(list, json_pack("{s:s, s:s}", "url", report->tried[i].url, "outcome",
                                                     report->tried[i].outcome));
    return list;
}

static json_t *report_json(const struct detect_report *report)
{
    const struct detect_found *found = &report->found;
    CLEANUP(arena_done) struct arena arena = {0};
    bool read = found->feed != NULL && found->url != NULL;

    return json_pack("{s:s, s:s?, s:s?, s:s?, s:o, s:o, s:s?, s:s?, s:o, s:s?, s:o}", "url", report->plan->given,
                     "type", found->feed == NULL ? NULL : found->feed->name, "title",
                     found->feed == NULL ? NULL : found->feed->title, "by", found->url, "feed",
                     found->feed == NULL ? json_null() : lines_json(found), "needs",
                     found->feed == NULL ? json_array() : needs_json(found), "state",
                     !read || found->reading.no_state ? NULL : status_name(found->reading.state), "detail",
                     read ? feed_detail(&found->reading, &arena) : NULL, "components", names_json(&found->reading),
                     "hint", report->hint, "tried", tried_json(report));
}

int detect_report_print(const struct detect_report *report, bool json, FILE *out)
{
    CLEANUP(json_freep) json_t *object = json ? report_json(report) : NULL;

    if (object != NULL)
        (void) (json_dumpf(object, out, JSON_INDENT(2)) == 0 && fputc('\n', out));   /* fflush tells of a failure */
    else if (report->found.feed != NULL)
        print_found(report, out);
    else
        print_nothing(report, out);
    if (fflush(out) != 0)
        return EXIT_NOT_REACHED;
    return report->found.feed != NULL ? EXIT_FOUND : report->answered ? EXIT_NOTHING_FITS : EXIT_NOT_REACHED;
}
