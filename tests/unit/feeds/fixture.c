/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feeds/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/timestamp.h"

enum { PATH_BYTES = 1024, FIXTURE_BYTES_MAX = 2 << 20 };

static const char suffix[] = ".expected.json";

static void read_file(const char *path, struct buffer *out)
{
    struct error err = {0};

    buffer_init(out, FIXTURE_BYTES_MAX);
    if (file_read(path, out, &err) < 0)
        fail_msg("%s", err.text);
}

/* The strings of a list of the case, borrowed from it; free() the items. */
static struct string_list list_of(const json_t *reading, const char *key)
{
    const json_t *list = json_list(reading, key);
    struct string_list out = {.items = mem_new_array(json_array_size(list) + 1, sizeof *out.items)};
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(list, i, value)
        out.items[out.n++] = (char *) json_string_value(value);
    return out;
}

static enum item_level item_level_of(const json_t *reading)
{
    static const char *const words[] = {"", "notice", "degraded", "partial_outage"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (text_is(json_text(reading, "item_level"), words[i]))
            return (enum item_level) i;
    }
    fail_msg("no such item_level");
    return ITEM_LEVEL_DEFAULT;
}

static struct feed_entry entry_of(const json_t *reading)
{
    return (struct feed_entry) {
        .url = (char *) "https://status.example.com",
        .page = (char *) json_string_value(json_member(reading, "page")),
        .item_level = item_level_of(reading),
        .components = list_of(reading, "components"),
        .containers = list_of(reading, "containers"),
        .products = list_of(reading, "products"),
        .regions = list_of(reading, "regions"),
        .services = list_of(reading, "services"),
    };
}

static void entry_done(struct feed_entry *entry)
{
    free(entry->components.items);
    free(entry->containers.items);
    free(entry->products.items);
    free(entry->regions.items);
    free(entry->services.items);
}

/* --- one reading -------------------------------------------------------------------------------------------------- */

struct page {
    const struct feed *feed;
    const char *folder;
    const char *stem;
};

static void add_document(const struct page *page, const json_t *told, struct fixture *fixture, struct buffer *body)
{
    char path[PATH_BYTES];
    const char *file = json_string_value(json_member(told, "file"));
    const char *type = json_string_value(json_member(told, "type"));
    const char *name = json_string_value(json_member(told, "document"));

    assert_non_null(name);
    (void) snprintf(path, sizeof path, "%s/%s%s", page->folder, file != NULL ? file : page->stem, file != NULL ? "" : ".json");
    read_file(path, body);
    fixture->documents[fixture->n_documents++] = (struct feed_document) {name, buffer_text(body), type != NULL ? type : ""};
}

static void take_reading(const struct page *page, const json_t *reading, void (*take)(void *, const struct fixture *),
                         void *context)
{
    struct buffer bodies[FEED_DOCUMENTS_MAX] = {0};
    struct fixture fixture = {.feed = page->feed, .path = page->stem, .says = json_string_value(json_member(reading, "says")),
                              .entry = entry_of(reading), .result = json_member(reading, "result")};
    size_t i = 0;
    const json_t *more = NULL;

    assert_non_null(fixture.says);
    (void) timestamp_parse(json_text(reading, "now"), &fixture.now_ms);   /* most have none */
    add_document(page, reading, &fixture, &bodies[0]);
    json_array_foreach(json_list(reading, "more"), i, more) {
        assert_in_range(i, 0, FEED_DOCUMENTS_MAX - 2);
        add_document(page, more, &fixture, &bodies[i + 1]);
    }
    take(context, &fixture);

    for (size_t b = 0; b < ARRAY_SIZE(bodies); b++)
        buffer_done(&bodies[b]);
    entry_done(&fixture.entry);
}

static size_t take_page(const struct page *page, void (*take)(void *, const struct fixture *), void *context)
{
    char path[PATH_BYTES];
    CLEANUP(buffer_done) struct buffer bytes;
    struct error err = {0};
    size_t i = 0;
    const json_t *reading = NULL;

    (void) snprintf(path, sizeof path, "%s/%s%s", page->folder, page->stem, suffix);
    read_file(path, &bytes);
    CLEANUP(json_freep) json_t *list = json_read(buffer_text(&bytes), FIXTURE_BYTES_MAX, &err);
    if (json_array_size(list) == 0)
        fail_msg("%s: no readings: %s", path, err.text);
    json_array_foreach(list, i, reading)
        take_reading(page, reading, take, context);
    return json_array_size(list);
}

json_t *fixture_json(const struct feed *feed, const char *file)
{
    char path[PATH_BYTES];
    CLEANUP(buffer_done) struct buffer bytes;
    struct error err = {0};

    (void) snprintf(path, sizeof path, "%s/%s/%s", FIXTURES, feed->name, file);
    read_file(path, &bytes);
    json_t *json = json_read(buffer_text(&bytes), FIXTURE_BYTES_MAX, &err);
    if (json == NULL)
        fail_msg("%s: %s", path, err.text);
    return json;
}

size_t fixture_each(const struct feed *feed, void (*take)(void *context, const struct fixture *), void *context)
{
    char folder[PATH_BYTES / 2];
    size_t n = 0;

    (void) snprintf(folder, sizeof folder, "%s/%s", FIXTURES, feed->name);
    DIR *dir = opendir(folder);
    if (dir == NULL)
        fail_msg("%s: there is no such folder of fixtures", folder);
    for (struct dirent *file = NULL; (file = readdir(dir)) != NULL;) {
        size_t len = strlen(file->d_name);
        if (len <= strlen(suffix) || strcmp(file->d_name + len - strlen(suffix), suffix) != 0)
            continue;
        file->d_name[len - strlen(suffix)] = '\0';
        n += take_page(&(struct page) {feed, folder, file->d_name}, take, context);
    }
    (void) closedir(dir);
    return n;
}
