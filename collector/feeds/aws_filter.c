/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/aws_filter.h"

#include <string.h>

#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"

/* Of a service in an event. */
enum place { PLACE_WATCHED, PLACE_GLOBAL, PLACE_ELSEWHERE };

static bool is_global(struct text region)
{
    return region.len == 0 || text_equal_ignoring_case(region, text_of("global"));
}

/* "ec2-eu-west-1" is ec2 of eu-west-1; an id without such an end is a global service. */
static bool take_region(struct text *service, struct text region)
{
    size_t len = region.len;
    if (len == 0 || service->len < len + 2 || service->at[service->len - len - 1] != '-')
        return false;
    if (!text_equal_ignoring_case((struct text) {service->at + service->len - len, len}, region))
        return false;
    service->len -= len + 1;
    return true;
}

bool aws_filter_watches_region(const struct aws_filter *filter, struct text region)
{
    const struct string_list *regions = &filter->config->regions;

    for (size_t i = 0; i < regions->n; i++) {
        if (text_equal_ignoring_case(text_trim(text_of(regions->items[i])), region))
            return true;
    }
    return regions->n == 0 || is_global(region);
}

/* Takes the region off an id: that of its event, or one that is watched. */
static enum place place_of(const struct aws_filter *filter, struct text *id, struct text region)
{
    const struct string_list *regions = &filter->config->regions;

    for (size_t i = 0; i < regions->n; i++) {
        if (take_region(id, text_trim(text_of(regions->items[i]))))
            return PLACE_WATCHED;
    }
    bool regional = take_region(id, region);
    if (aws_filter_watches_region(filter, region))
        return PLACE_WATCHED;
    return regional ? PLACE_ELSEWHERE : PLACE_GLOBAL;
}

/* A service of an event: its id, the same without its region, and its name. */
struct service {
    struct text id;
    struct text bare;
    struct text name;
};

/* An entry is the id ("ec2-eu-west-1"), the id without its region ("ec2") or the name ("Amazon Elastic Compute Cloud").
 * The whole id holds for itself, whatever the regions are; so does what is global, in the event of any region. */
static bool entry_means(const char *entry, const struct service *service, enum place place)
{
    struct text word = text_trim(text_of(entry));
    if (text_equal_ignoring_case(word, service->id))
        return true;

    bool named = text_equal_ignoring_case(word, service->bare)
                 || filter_entry_means(entry, (struct text) {NULL, 0}, service->name);
    return named && place != PLACE_ELSEWHERE;
}

bool aws_filter_watches(struct aws_filter *filter, struct text region, struct text id, struct text name)
{
    const struct string_list *services = &filter->config->services;
    struct service service = {.id = id, .bare = id, .name = name};
    enum place place = place_of(filter, &service.bare, region);
    bool named = false;
    if (services->n == 0)
        return place == PLACE_WATCHED;

    for (size_t i = 0; i < services->n && i < FILTER_ENTRIES_MAX; i++) {
        if (entry_means(services->items[i], &service, place))
            named = filter->mentioned[i] = true;
    }
    return named;
}

/* "eu-west-1": letters and digits in three parts or more, the last a number. */
static bool is_region(struct text word)
{
    size_t hyphens = 0;
    bool good = word.len > 0 && word.at[word.len - 1] >= '0' && word.at[word.len - 1] <= '9';

    for (size_t i = 0; i < word.len; i++) {
        char c = word.at[i];
        hyphens += c == '-';
        good = good && (c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
    }
    return good && hyphens >= 2;
}

bool aws_filter_fits(const struct feed_entry *config, struct feed_result *out, struct arena *arena)
{
    const struct string_list *regions = &config->regions;
    if (!rows_filter_fits(config, FEED_KEY_REGIONS | FEED_KEY_SERVICES, "AWS is filtered by regions and services", out,
                          arena))
        return false;

    for (size_t i = 0; i < regions->n; i++) {
        struct text entry = text_trim(text_of(regions->items[i]));
        if (is_region(entry) || is_global(entry))
            continue;
        const char *words = arena_format(arena, "\"%.100s\" is no region; they are written as in eu-west-1",
                                         regions->items[i]);
        (void) feed_fail(out, "filter_miss", words, arena);
        return false;
    }
    return true;
}

bool aws_filter_by_name(const struct feed_entry *config)
{
    bool any = false;

    for (size_t i = 0; i < config->services.n; i++) {
        struct text entry = text_trim(text_of(config->services.items[i]));
        any = any || memchr(entry.at, ' ', entry.len) != NULL;
    }
    return any;
}
