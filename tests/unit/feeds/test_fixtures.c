/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks tests/fixtures/PLATFORM: beside each NAME.json stands NAME.expected.json, a list of readings of that page:
 * {"says", "document", the watch filter ("components", …), "now"?, "result": what `parse` prints}.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/feeds/feed.h"
#include "collector/feeds/render.h"
#include "common/file.h"
#include "common/limits.h"
#include "common/registry.h"
#include "common/timestamp.h"

enum { PATH_BYTES = 1024, FIXTURE_BYTES_MAX = 1 << 20 };

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

static struct feed_entry entry_of(const json_t *reading)
{
    return (struct feed_entry) {
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

static void check_reading(const struct feed *feed, const char *file, struct text body, const json_t *reading)
{
    CLEANUP(entry_done) struct feed_entry entry = entry_of(reading);
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_document document = {json_string_value(json_member(reading, "document")), body, ""};
    struct feed_input in = {&entry, &document, 1, 0, &arena};
    struct feed_result result = {0};
    struct error err = {0};
    assert_non_null(document.name);
    (void) timestamp_parse(json_text(reading, "now"), &in.now_ms);   /* most have none */

    int r = feed->parse(&in, &result, &err);
    assert_int_equal(r < 0, result.reason != NULL && strcmp(result.reason, "filter_miss") != 0);
    assert_int_equal(r < 0, err.text[0] != '\0');
    assert_in_range(strlen(feed_detail(&result, &arena)), 1, DETAIL_BYTES_MAX);
    CLEANUP(json_freep) json_t *rendered = feed_render(&result);
    if (json_equal(rendered, json_member(reading, "result")))
        return;
    CLEANUP(mem_freep) char *was = json_dumps(rendered, JSON_INDENT(1));
    fail_msg("%s: %s: got %s", file, json_string_value(json_member(reading, "says")), was);
}

static void check_fixture(const struct feed *feed, const char *folder, const char *expected)
{
    char path[PATH_BYTES];
    CLEANUP(buffer_done) struct buffer body;
    CLEANUP(buffer_done) struct buffer readings;
    int stem = (int) (strlen(expected) - strlen(suffix));
    size_t i = 0;
    const json_t *reading = NULL;

    (void) snprintf(path, sizeof path, "%s/%.*s.json", folder, stem, expected);
    read_file(path, &body);
    (void) snprintf(path, sizeof path, "%s/%s", folder, expected);
    read_file(path, &readings);
    struct error err = {0};
    CLEANUP(json_freep) json_t *list = json_read(buffer_text(&readings), FIXTURE_BYTES_MAX, &err);
    if (json_array_size(list) == 0)
        fail_msg("%s: no readings: %s", path, err.text);
    json_array_foreach(list, i, reading)
        check_reading(feed, expected, buffer_text(&body), reading);
}

/* Each feed has a folder of its name. */
static void test_fixtures(void **state)
{
    (void) state;

    for (const struct feed *feed = feeds; feed->name != NULL; feed++) {
        char folder[PATH_BYTES / 2];
        size_t n = 0;
        (void) snprintf(folder, sizeof folder, "%s/%s", FIXTURES, feed->name);
        DIR *dir = opendir(folder);
        assert_non_null(dir);
        for (struct dirent *file = NULL; (file = readdir(dir)) != NULL;) {
            size_t len = strlen(file->d_name);
            if (len <= strlen(suffix) || strcmp(file->d_name + len - strlen(suffix), suffix) != 0)
                continue;
            check_fixture(feed, folder, file->d_name);
            n++;
        }
        (void) closedir(dir);
        assert_in_range(n, 1, SIZE_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixtures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
