/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msgraph: Microsoft 365 service health as a tenant sees it, by Microsoft Graph (application permission
 * ServiceHealth.Read.All, OAuth client credentials).
 *
 * First a token, by a POST to the login service; then healthOverviews, which tell the state of each service; then the
 * issues that are not resolved, which tell why. Lists go on behind @odata.nextLink, on the same host only: whoever is
 * named there gets the token.
 */
#include "collector/feeds/feed.h"

#include <errno.h>
#include <string.h>

#include "collector/feeds/document.h"
#include "collector/feeds/markup.h"
#include "collector/feeds/parsed.h"
#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/shape.h"
#include "common/registry.h"

enum { TOKEN_KEPT_MS = 45 * 60 * 1000 };   /* they are good for 60 to 90 minutes */

#define LOGIN_URL "https://login.microsoftonline.com"
#define HEALTH "/admin/serviceAnnouncement/healthOverviews"
#define OPEN_ISSUES "/admin/serviceAnnouncement/issues?$filter=isResolved%20eq%20false"

/* Documentation writes ServiceOperational, the live API serviceOperational. */
static const struct feed_vocabulary status_words[] = {
    { "serviceOperational", STATUS_OPERATIONAL, false },
    { "serviceRestored", STATUS_OPERATIONAL, false },
    { "falsePositive", STATUS_OPERATIONAL, false },
    { "postIncidentReviewPublished", STATUS_OPERATIONAL, false },
    { "resolved", STATUS_OPERATIONAL, false },
    { "resolvedExternal", STATUS_OPERATIONAL, false },
    { "mitigated", STATUS_OPERATIONAL, false },
    { "mitigatedExternal", STATUS_OPERATIONAL, false },
    { "investigating", STATUS_DEGRADED, false },
    { "restoringService", STATUS_DEGRADED, false },
    { "verifyingService", STATUS_DEGRADED, false },
    { "serviceDegradation", STATUS_DEGRADED, false },
    { "extendedRecovery", STATUS_DEGRADED, false },
    { "investigationSuspended", STATUS_DEGRADED, false },
    { "confirmed", STATUS_DEGRADED, false },
    { "reported", STATUS_DEGRADED, false },
    { "serviceInterruption", STATUS_MAJOR_OUTAGE, false },
    { NULL, STATUS_UNKNOWN, false },
};

/* --- fetching ----------------------------------------------------------------------------------------------------- */

/* As application/x-www-form-urlencoded has it. */
static const char *form_encoded(struct arena *arena, const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char digits[] = "0123456789ABCDEF";
    size_t len = value == NULL ? 0 : strlen(value);
    char *out = arena_new(arena, len * 3 + 1);
    char *at = out;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char) value[i];
        if (strchr(plain, c) != NULL) {
            *at++ = (char) c;
            continue;
        }
        *at++ = '%';
        *at++ = digits[c >> 4];
        *at++ = digits[c & 15];
    }
    return out;
}

/* Up to the path: the resource that the token is for. */
static const char *origin(struct arena *arena, const char *url)
{
    const char *host = strstr(url, "://");
    size_t len = host == NULL ? strlen(url) : (size_t) (host - url) + 3 + strcspn(host + 3, "/");

    return arena_copy_text(arena, (struct text) {url, len});
}

static void ask_token(const struct feed_input *in, struct feed_request *out)
{
    static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded", NULL};
    const struct feed_entry *config = in->config;
    struct arena *arena = in->arena;
    const char *scope = arena_format(arena, "%s/.default", origin(arena, config->url));
    const char *login = config->login_url != NULL ? config->login_url : LOGIN_URL;
    const char *slash = feed_ends_with(login, "/") ? "" : "/";
    const char *body = arena_format(arena, "grant_type=client_credentials&client_id=%s&client_secret=%s&scope=%s",
                                    form_encoded(arena, config->client_id), form_encoded(arena, config->client_secret),
                                    form_encoded(arena, scope));

    *out = (struct feed_request) {
        .name = "token",
        .url = arena_format(arena, "%s%s%s/oauth2/v2.0/token", login, slash, form_encoded(arena, config->tenant)),
        .accept = "application/json",
        .headers = headers,
        .body = text_of(body),
        .keep_ms = TOKEN_KEPT_MS,
        .secret = true,
    };
}

/* The header that shows the token; NULL: there is none that could be one. */
static const char *const *bearer(const struct feed_input *in)
{
    const struct feed_document *document = document_find(in, "token");
    struct feed_result ignored = {0};
    if (document == NULL)
        return NULL;

    CLEANUP(json_freep) json_t *json = document_read_json(document, &ignored, in->arena, NULL);
    struct text token = json_text(json, "access_token");
    bool fits = token.len > 0;
    for (size_t i = 0; fits && i < token.len; i++)
        fits = token.at[i] > ' ' && token.at[i] < 0x7f;
    if (!fits)
        return NULL;

    const char **headers = arena_new(in->arena, 2 * sizeof *headers);
    headers[0] = arena_format(in->arena, "Authorization: Bearer %.*s", (int) token.len, token.at);
    return headers;
}

static const char *base(const struct feed_input *in)
{
    const char *url = in->config->url;
    bool versioned = feed_ends_with(url, "/v1.0") || feed_ends_with(url, "/beta");

    return versioned ? url : arena_format(in->arena, "%s/v1.0", url);
}

static bool msgraph_next(const struct feed_input *in, struct feed_request *out)
{
    if (in->n_documents == 0) {
        ask_token(in, out);
        return true;
    }
    const char *const *headers = bearer(in);
    if (headers == NULL)
        return false;

    *out = (struct feed_request) {.accept = "application/json", .headers = headers};
    const struct feed_document *last = &in->documents[in->n_documents - 1];
    CLEANUP(json_freep) json_t *json = in->n_documents == 1 ? NULL : parsed_last(in);
    const char *more = parsed_page_link(in, json_text(json, "@odata.nextLink"));
    if (more != NULL) {
        out->name = last->name;
        out->url = more;
    } else if (in->n_documents == 1) {
        out->name = "healthOverviews";
        out->url = arena_format(in->arena, "%s%s", base(in), HEALTH);
    } else if (strcmp(last->name, "healthOverviews") == 0) {
        out->name = "issues";
        out->url = arena_format(in->arena, "%s%s", base(in), OPEN_ISSUES);
    }
    return out->url != NULL;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    struct parsed parsed;
    const struct string_list *entries; /* of the watch filter */
    struct rows rows;
    size_t n_services;
    bool history;                      /* nothing but issues */
    bool whole;                        /* the list of services does not go on */
};

static bool is_issues(const struct feed_document *document)
{
    return strstr(document->name, "issues") != NULL;
}

static bool is_token(const struct feed_document *document)
{
    return document_is(document, "token");
}

static void read_service(struct page *page, const json_t *value)
{
    struct text status = json_text(value, "status");
    const struct feed_vocabulary *meaning = feed_meaning(status_words, status, page->out, page->arena);
    struct feed_component component = {
        .id = feed_id(page->arena, json_text(value, "id")),
        .name = feed_name(page->arena, json_text(value, "service")),
        .state = meaning->state,
    };

    (void) rows_add(&page->rows, &component, ROW_LEAF);
}

/* The words of the newest post; without one what the issue says of its impact. */
static const char *issue_text(struct page *page, const json_t *issue)
{
    static const char *const times[] = {"createdDateTime", NULL};
    const json_t *post = feed_newest(json_list(issue, "posts"), times);
    struct text words = json_text(json_member(post, "description"), "content");

    return markup_text(page->arena, words.len > 0 ? words : json_text(issue, "impactDescription"), FEED_TEXT_BYTES_MAX);
}

static bool is_over(struct page *page, const json_t *issue)
{
    if (json_is_boolean(json_member(issue, "isResolved")))
        return json_flag(issue, "isResolved");
    return feed_meaning(status_words, json_text(issue, "status"), page->out, page->arena)->state == STATUS_OPERATIONAL;
}

/* Issues name a service as people do, entries of the filter may name its id. */
static bool is_watched(const struct page *page, struct text service)
{
    const struct string_list *entries = page->entries;
    bool watched = entries->n == 0;

    for (size_t i = 0; i < entries->n && !watched; i++)
        watched = filter_entry_means(entries->items[i], (struct text) {0}, service);
    for (size_t i = 0; i < page->rows.n && !watched; i++)
        watched =
            page->rows.filter[i].selected && filter_entry_means(page->rows.filter[i].name, (struct text) {0}, service);
    return watched;
}

static void read_issue(struct page *page, const json_t *issue)
{
    if (!json_is_object(issue) || is_over(page, issue) || !is_watched(page, json_text(issue, "service")))
        return;

    feed_put_incident(page->out, &(struct feed_incident) {
        .id = feed_text(page->arena, json_text(issue, "id"), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(issue, "title")),
        .state = feed_word(page->arena, json_text(issue, "status")),
        .impact = feed_word(page->arena, json_text(issue, "classification")),
        .link = "",
        .text = issue_text(page, issue),
        .started_at_ms = feed_time_ms(json_text(issue, "startDateTime")),
        .updated_at_ms = feed_time_ms(json_text(issue, "lastModifiedDateTime")),
    }, page->arena);
}

/* Each list of the round, but those of the other kind. */
static void read_lists(struct page *page, bool issues)
{
    size_t i = 0;
    const json_t *value = NULL;

    for (size_t d = 0; d < page->parsed.n; d++) {
        if (is_token(&page->in->documents[d]) || is_issues(&page->in->documents[d]) != issues)
            continue;
        json_array_foreach(json_list(page->parsed.at[d], "value"), i, value) {
            if (issues)
                read_issue(page, value);
            else
                read_service(page, value);
        }
    }
}

static const struct shape_row services_shape[] = {
    { "value", SHAPE_LIST, SHAPE_NEEDED },
    { "value[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "value[].id", SHAPE_TEXT, SHAPE_NEEDED },
    { "value[].service", SHAPE_TEXT, SHAPE_NEEDED },
    { "value[].status", SHAPE_TEXT, SHAPE_NEEDED },
    {0},
};

static const struct shape_row issues_shape[] = {
    { "value", SHAPE_LIST, SHAPE_NEEDED },
    { "value[]", SHAPE_OBJECT, SHAPE_NEEDED },
    {0},
};

/* Looks at what was fetched: how many services there are, whether there is nothing but issues, and whether the list of
 * services is there to its end. */
static int survey(struct page *page, struct error *err)
{
    const struct feed_input *in = page->in;
    size_t n_lists = 0;
    struct error fault = {0};

    page->history = page->whole = true;
    for (size_t i = 0; i < page->parsed.n; i++) {
        bool issues = is_issues(&in->documents[i]);
        if (is_token(&in->documents[i]))
            continue;
        if (shape_check(page->parsed.at[i], issues ? issues_shape : services_shape, &fault) < 0)
            return feed_misshapen(page->out, in->arena, err, "not an answer of Microsoft Graph: %s in %.80s", fault.text,
                                  in->documents[i].name);
        n_lists++;
        if (issues)
            continue;
        page->history = false;
        page->whole = json_text(page->parsed.at[i], "@odata.nextLink").len == 0;
        page->n_services += json_array_size(json_list(page->parsed.at[i], "value"));
    }
    if (n_lists == 0) {
        (void) error_set(err, -EACCES, "the login service gave no access token");
        return feed_fail(page->out, "auth", "the login service gave no access token", in->arena);
    }
    if (!page->history && page->n_services == 0)
        return feed_misshapen(page->out, in->arena, err, "the list of services is empty: a tenant always has some");
    return 0;
}

static void conclude(struct page *page)
{
    enum status state = rows_state(&page->rows);

    page->out->no_state = page->history;
    if (!page->history)   /* on a page that was not fetched may be what is bad */
        page->out->state = page->whole ? state : status_worse(state, STATUS_UNKNOWN);
    rows_list(&page->rows, page->out);
}

static int read_page(struct page *page, struct error *err)
{
    int r = survey(page, err);
    if (r < 0)
        return r;
    if (!rows_filter_fits(page->in->config, FEED_KEY_SERVICES | FEED_KEY_COMPONENTS,
                          "Microsoft 365 is filtered by services", page->out, page->arena))
        return 0;
    if (page->n_services > FEED_COMPONENTS_MAX)
        return feed_misshapen(page->out, page->arena, err, "%zu services, at most %d", page->n_services,
                              FEED_COMPONENTS_MAX);

    rows_init(&page->rows, page->n_services, page->arena);
    read_lists(page, false);
    if (!page->history && !rows_select(&page->rows, page->entries, "service", page->out))
        return 0;
    read_lists(page, true);
    conclude(page);
    return 0;
}

static int msgraph_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct page page = {
        .in = in,
        .out = out,
        .arena = in->arena,
        .entries = in->config->services.n > 0 ? &in->config->services : &in->config->components,
    };
    int r = parsed_read(&page.parsed, in, out, err);
    if (r == 0)
        r = read_page(&page, err);
    parsed_done(&page.parsed);
    return r;
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool msgraph_recognises(struct text body, const json_t *json)
{
    const json_t *first = json_array_get(json_list(json, "value"), 0);
    (void) body;

    return json_text(first, "service").len > 0 && json_text(first, "status").len > 0 && json_text(first, "id").len > 0;
}

static const char *const documents[] = {"healthOverviews", "issues", "token", NULL};
static const char *const hosts[] = {"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us",
                                    "microsoftgraph.chinacloudapi.cn", NULL};

const struct feed msgraph_feed = {
    .name = "msgraph",
    .title = "Microsoft 365 service health",
    .documents = documents,
    .hosts = hosts,
    .lists_components = true,
    .next = msgraph_next,
    .parse = msgraph_parse,
    .recognises = msgraph_recognises,
};
