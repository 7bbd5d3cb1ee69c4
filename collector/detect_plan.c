/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/detect_plan.h"

#include <errno.h>
#include <string.h>

#include "common/http_client.h"
#include "common/registry.h"
#include "common/settings.h"

/* Where people put RSS and Atom. */
static const char *const histories[] = {"/history.atom", "/history.rss", "/feed.atom", "/feed"};

bool detect_is_generic(const struct feed *feed)
{
    return strcmp(feed->name, "feed") == 0;
}

/* --- the address -------------------------------------------------------------------------------------------------- */

static int read_address(const char *address, bool allow_http, struct arena *arena, struct detect_plan *plan,
                        struct error *err)
{
    bool has_scheme = strstr(address, "://") != NULL;
    char *given = arena_format(arena, "%s%s", has_scheme ? "" : "https://", address);
    size_t len = strcspn(given, "#");
    while (len > 0 && given[len - 1] == '/')
        len--;
    given[len] = '\0';

    if (len > HTTP_URL_BYTES_MAX / 2 || !setting_is_url(text_of(given)))
        return error_set(err, -EINVAL, "%.200s is not the address of a web page", address);
    if (strncmp(given, "https://", 8) != 0 && !allow_http)
        return error_set(err, -EINVAL, "%.200s is a page without TLS: expected https://, or --allow-http", address);
    const char *host = strstr(given, "://") + 3;
    plan->given = given;
    plan->root = arena_copy_text(arena, (struct text) {given, (size_t) (host - given) + strcspn(host, "/?")});
    return 0;
}

static struct text host_of(const struct detect_plan *plan)
{
    const char *host = strstr(plan->root, "://") + 3;

    return (struct text) {host, strcspn(host, ":")};
}

/* "main" of "/status/main", or else the last part of the path; without a name's ending. */
static const char *page_of(const struct detect_plan *plan, struct arena *arena)
{
    const char *path = plan->given + strlen(plan->root);
    const char *status = strstr(path, "/status/");
    size_t end = strcspn(path, "?");
    const char *from = status != NULL && status < path + end ? status + strlen("/status/") : NULL;
    for (size_t i = 0; from == NULL && i < end; i++) {
        if (path[i] == '/' && memchr(path + i + 1, '/', end - i - 1) == NULL)
            from = path + i + 1;
    }
    size_t len = from == NULL ? 0 : strcspn(from, "/?");
    return len == 0 ? NULL : arena_copy_text(arena, (struct text) {from, len});
}

/* --- the tries ---------------------------------------------------------------------------------------------------- */

static void add(struct detect_plan *plan, const char *url, const struct feed *feed)
{
    for (size_t i = 0; i < plan->n_tries; i++) {
        if (strcmp(plan->tries[i].url, url) == 0)
            return;
    }
    if (plan->n_tries < DETECT_TRIES_MAX)
        plan->tries[plan->n_tries++] = (struct detect_try) {url, feed};
}

/* The first document that the feed would fetch with this configuration; NULL: none, or one that takes a secret. */
static const char *first_document(const struct feed *feed, const char *url, const char *page, struct arena *arena)
{
    struct feed_entry entry = {.type = (char *) feed->name, .url = (char *) url, .page = (char *) page};
    struct feed_input in = {.config = &entry, .arena = arena};
    struct feed_request request = {0};

    return feed->next(&in, &request) && !request.secret && request.body.len == 0 ? request.url : NULL;
}

static bool knows_host(const struct feed *feed, struct text host)
{
    for (size_t i = 0; feed->hosts != NULL && feed->hosts[i] != NULL; i++) {
        if (text_equal_ignoring_case(host, text_of(feed->hosts[i])))
            return true;
    }
    return false;
}

static void add_known_hosts(struct detect_plan *plan, struct arena *arena)
{
    for (const struct feed *const *feed = feeds; *feed != NULL; feed++) {
        if (!knows_host(*feed, host_of(plan)))
            continue;
        const char *given = first_document(*feed, plan->given, plan->page, arena);
        const char *root = first_document(*feed, plan->root, plan->page, arena);
        if (given == NULL && root == NULL)
            plan->secret = *feed;
        if (strcmp(plan->given, plan->root) != 0 && given != NULL)
            add(plan, given, *feed);
        if (root != NULL)
            add(plan, root, *feed);
    }
}

/* A feed may name several places, parted by blanks; in each {page} stands for the page's name. */
static void add_paths(struct detect_plan *plan, const struct feed *feed, struct arena *arena)
{
    static const char placeholder[] = "{page}";
    struct text rest = text_of(feed->detect_path);
    struct text path = {0};

    while (text_take_word(&rest, HTTP_URL_BYTES_MAX, &path)) {
        const char *at = memmem(path.at, path.len, placeholder, strlen(placeholder));
        size_t before = at == NULL ? path.len : (size_t) (at - path.at);
        size_t after = at == NULL ? 0 : path.len - before - strlen(placeholder);
        const char *page = at == NULL ? "" : plan->page == NULL ? "default" : plan->page;
        add(plan, arena_format(arena, "%s%.*s%s%.*s", plan->root, (int) before, path.at, page, (int) after,
                               after == 0 ? "" : path.at + path.len - after), feed);
    }
}

int detect_plan(const char *address, bool allow_http, struct arena *arena, struct detect_plan *plan, struct error *err)
{
    *plan = (struct detect_plan) {0};
    int r = read_address(address, allow_http, arena, plan, err);
    if (r < 0)
        return r;

    plan->page = page_of(plan, arena);
    add_known_hosts(plan, arena);
    if (strcmp(plan->given, plan->root) != 0)
        add(plan, plan->given, NULL);
    for (const struct feed *const *feed = feeds; *feed != NULL; feed++) {
        if (!detect_is_generic(*feed))
            add_paths(plan, *feed, arena);
    }
    for (size_t i = 0; i < ARRAY_SIZE(histories); i++)
        add(plan, arena_format(arena, "%s%s", plan->root, histories[i]), NULL);
    add(plan, plan->root, NULL);
    return 0;
}

/* --- what was found ----------------------------------------------------------------------------------------------- */

const struct feed *detect_owner(const struct feed *expected, struct text body, const json_t *json)
{
    if (expected != NULL && expected->recognises(body, json))
        return expected;
    for (const struct feed *const *feed = feeds; *feed != NULL; feed++) {
        if ((*feed)->recognises(body, json))
            return *feed;
    }
    return NULL;
}

static bool same_document(const char *a, const char *b)
{
    size_t len = strcspn(a, "?");

    return strcspn(b, "?") == len && memcmp(a, b, len) == 0;
}

/* The URL without the last part of its path. */
static const char *parent(const char *url, struct arena *arena)
{
    size_t len = strcspn(url, "?");
    while (len > 0 && url[len - 1] != '/')
        len--;
    return arena_copy_text(arena, (struct text) {url, len > 0 ? len - 1 : 0});
}

bool detect_config(const struct detect_plan *plan, const struct feed *feed, const char *fetched, struct arena *arena,
                   struct detect_config *out)
{
    const struct detect_config candidates[] = {
        {plan->root, NULL},
        {plan->given, NULL},
        {plan->root, plan->page},
        {plan->given, plan->page},
        {parent(fetched, arena), NULL},
        {fetched, NULL},
    };
    *out = (struct detect_config) {plan->given, NULL};
    for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
        const char *url = first_document(feed, candidates[i].url, candidates[i].page, arena);
        if (url != NULL && same_document(url, fetched)) {
            *out = candidates[i];
            return true;
        }
    }
    return false;
}
