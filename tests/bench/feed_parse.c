/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_parse: what reading a page costs beside the mere loading of its JSON.
 *
 *     feed_parse FEED FILE REPEAT     prints one JSON object; exit 1 when the feed can't read the file
 *
 * In turns: the feed's own reading from the bytes (bounds, JSON, result, and everything freed), and jansson's load of the
 * same bytes with its free. CPU time: medians, and the median of the ratios of neighbours; load_ns is jansson's load without
 * the free. Each gives the heap back at its end, within its time: what one side leaves unsorted is paid by the other otherwise,
 * and decides over a third of the time.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "collector/feeds/feed.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/registry.h"

enum { FILE_BYTES_MAX = 16 << 20, REPEAT_MAX = 10000 };

static int64_t nanoseconds(void)
{
    struct timespec at;

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (int64_t) at.tv_sec * 1000000000 + at.tv_nsec;
}

/* -1: it can't be read. */
static int64_t time_parse(const struct feed *feed, struct text body)
{
    CLEANUP(arena_done) struct arena arena = {0};
    char url[] = "https://status.example.com";
    const struct feed_entry entry = {.url = url};
    const struct feed_document document = {feed->documents[0], body, "application/json"};
    const struct feed_input in = {.config = &entry, .documents = &document, .n_documents = 1,
                                  .now_ms = clock_wall_ms(), .arena = &arena};
    struct feed_result result = {.valid_until_ms = INT64_MAX};

    int64_t start = nanoseconds();
    int r = feed->parse(&in, &result, NULL);
    arena_done(&arena);
    (void) malloc_trim(0);
    return r < 0 || result.reason != NULL ? -1 : nanoseconds() - start;
}

static int64_t time_bare(struct text body, int64_t *load_ns)
{
    int64_t start = nanoseconds();
    json_t *document = json_loadb(body.at, body.len, 0, NULL);
    *load_ns = nanoseconds() - start;
    json_decref(document);
    (void) malloc_trim(0);
    return nanoseconds() - start;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a;
    int64_t y = *(const int64_t *) b;

    return (x > y) - (x < y);
}

static int64_t median(int64_t *values, size_t n)
{
    qsort(values, n, sizeof *values, compare);
    return values[n / 2];
}

int main(int argc, char **argv)
{
    static int64_t parse_ns[REPEAT_MAX];
    static int64_t bare_ns[REPEAT_MAX];
    static int64_t load_ns[REPEAT_MAX];
    static int64_t permille[REPEAT_MAX];
    const struct feed *feed = argc == 4 ? feed_find(argv[1]) : NULL;
    long repeat = argc == 4 ? atol(argv[3]) : 0;
    CLEANUP(buffer_done) struct buffer body;
    struct error err = {0};

    buffer_init(&body, FILE_BYTES_MAX);
    if (feed == NULL || repeat < 1 || repeat > REPEAT_MAX || file_read(argv[2], &body, &err) < 0)
        return 2;
    size_t n = (size_t) repeat;
    for (size_t i = 0; i < n; i++) {
        parse_ns[i] = time_parse(feed, buffer_text(&body));
        bare_ns[i] = time_bare(buffer_text(&body), &load_ns[i]);
        if (parse_ns[i] < 0)
            return 1;
        permille[i] = parse_ns[i] * 1000 / bare_ns[i];
    }
    (void) printf("{\"feed\": \"%s\", \"bytes\": %zu, \"parse_ns\": %" PRId64 ", \"bare_ns\": %" PRId64 ", \"load_ns\": %" PRId64
                  ", \"ratio\": %.3f}\n", feed->name, buffer_text(&body).len, median(parse_ns, n), median(bare_ns, n),
                  median(load_ns, n), (double) median(permille, n) / 1000);
    return 0;
}
