/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked for next where that hangs on what was answered before: tokens, further pages, the version of an API. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/feeds/feed.h"
#include "common/registry.h"

enum { ANSWERS_MAX = 4 };

#define MORE_OF(url) "{\"value\": [], \"data\": [], \"@odata.nextLink\": \"" url "\", \"links\": {\"next\": \"" url "\"}}"
#define LAST "{\"value\": [], \"data\": [], \"posts\": []}"
#define TOKEN "{\"access_token\": \"t0ken\"}"
#define GRAPH "https://graph.example"
#define HEALTH GRAPH "/v1.0/admin/serviceAnnouncement/healthOverviews"
#define ISSUES GRAPH "/v1.0/admin/serviceAnnouncement/issues?$filter=isResolved%20eq%20false"
#define PAGE "https://status.example.com"

static const struct {
    const char *says;
    const char *feed;
    const char *url;
    const char *page;
    struct { const char *name; const char *body; } answers[ANSWERS_MAX];   /* so far; ended by a NULL */
    const char *name;                  /* NULL: nothing more */
    const char *fetched;
    const char *header;                /* the first; NULL: none */
} cases[] = {
    { "a page has one document", "firehydrant", PAGE, NULL, {{0}}, "payload.json", PAGE "/data/payload.json", NULL },
    { "and no more", "firehydrant", PAGE, NULL, {{ "payload.json", LAST }}, NULL, NULL, NULL },
    { "the document itself", "firehydrant", PAGE "/data/payload.json", NULL, {{0}}, "payload.json",
      PAGE "/data/payload.json", NULL },

    { "the page by its slug", "uptimekuma", PAGE, "main", {{0}}, "status-page", PAGE "/api/status-page/main", NULL },
    { "without one the usual", "uptimekuma", PAGE, NULL, {{0}}, "status-page", PAGE "/api/status-page/default", NULL },
    { "then the beats", "uptimekuma", PAGE, "main", {{ "status-page", LAST }}, "heartbeat",
      PAGE "/api/status-page/heartbeat/main", NULL },
    { "and no more", "uptimekuma", PAGE, "main", {{ "status-page", LAST }, { "heartbeat", LAST }}, NULL, NULL, NULL },

    { "version 2", "cachet", PAGE, NULL, {{0}}, "components", PAGE "/api/v1/components?per_page=100", NULL },
    { "version 2 by its API", "cachet", PAGE "/api/v1", NULL, {{0}}, "components", PAGE "/api/v1/components?per_page=100", NULL },
    { "version 3", "cachet", PAGE "/api", NULL, {{0}}, "components", PAGE "/api/components?per_page=100", NULL },
    { "a further page", "cachet", PAGE, NULL, {{ "components", MORE_OF(PAGE "/api/v1/components?page=2") }}, "components",
      PAGE "/api/v1/components?page=2", NULL },
    { "never one on another host", "cachet", PAGE, NULL, {{ "components", MORE_OF("https://status.example.net/x") }},
      "incidents", PAGE "/api/v1/incidents?per_page=100&sort=id&order=desc", NULL },
    { "then the incidents", "cachet", PAGE "/api", NULL, {{ "components", LAST }}, "incidents",
      PAGE "/api/incidents?per_page=100&sort=-id", NULL },
    { "their newest are enough", "cachet", PAGE, NULL,
      {{ "components", LAST }, { "incidents", MORE_OF(PAGE "/api/v1/incidents?page=2") }}, NULL, NULL, NULL },
    { "an answer that is no JSON is parse's to judge", "cachet", PAGE, NULL, {{ "components", "<html>" }}, "incidents",
      PAGE "/api/v1/incidents?per_page=100&sort=id&order=desc", NULL },

    { "the layout", "pagerduty_status", PAGE, NULL, {{0}}, "data", PAGE "/api/data", NULL },
    { "what ids mean", "pagerduty_status", PAGE, NULL, {{ "data", LAST }}, "post_enums", PAGE "/api/post_enums", NULL },
    { "the posts", "pagerduty_status", PAGE, NULL, {{ "data", LAST }, { "post_enums", LAST }}, "posts",
      PAGE "/api/posts?is_featured=true&limit=500", NULL },
    { "more posts", "pagerduty_status", PAGE, NULL,
      {{ "data", LAST }, { "post_enums", LAST }, { "posts", "{\"posts\": [], \"continuationToken\": \"a-1\"}" }}, "posts",
      PAGE "/api/posts?is_featured=true&limit=500&continuation_token=a-1", NULL },
    { "no more posts", "pagerduty_status", PAGE, NULL,
      {{ "data", LAST }, { "post_enums", LAST }, { "posts", "{\"posts\": [], \"continuationToken\": null}" }}, NULL, NULL, NULL },
    { "a token that would change the URL", "pagerduty_status", PAGE, NULL,
      {{ "data", LAST }, { "post_enums", LAST }, { "posts", "{\"posts\": [], \"continuationToken\": \"a&b=1\"}" }}, NULL, NULL,
      NULL },

    { "first a token", "msgraph", GRAPH, NULL, {{0}}, "token", "https://login.microsoftonline.com/acme.example/oauth2/v2.0/token",
      "Content-Type: application/x-www-form-urlencoded" },
    { "the services, with the token", "msgraph", GRAPH, NULL, {{ "token", TOKEN }}, "healthOverviews", HEALTH,
      "Authorization: Bearer t0ken" },
    { "the version may be told", "msgraph", GRAPH "/v1.0", NULL, {{ "token", TOKEN }}, "healthOverviews", HEALTH,
      "Authorization: Bearer t0ken" },
    { "nothing without a token", "msgraph", GRAPH, NULL, {{ "token", "{\"error\": \"invalid_client\"}" }}, NULL, NULL, NULL },
    { "nor with one that is two headers", "msgraph", GRAPH, NULL, {{ "token", "{\"access_token\": \"a\\r\\nHost: b\"}" }}, NULL,
      NULL, NULL },
    { "more services", "msgraph", GRAPH, NULL, {{ "token", TOKEN }, { "healthOverviews", MORE_OF(HEALTH "?$skip=100") }},
      "healthOverviews", HEALTH "?$skip=100", "Authorization: Bearer t0ken" },
    { "another host is never shown the token", "msgraph", GRAPH, NULL,
      {{ "token", TOKEN }, { "healthOverviews", MORE_OF("https://graph.example.net/x") }}, "issues", ISSUES,
      "Authorization: Bearer t0ken" },
    { "nor another port of it", "msgraph", GRAPH, NULL,
      {{ "token", TOKEN }, { "healthOverviews", MORE_OF(GRAPH ":8443/x") }}, "issues", ISSUES, "Authorization: Bearer t0ken" },
    { "nor one that hides behind it", "msgraph", GRAPH, NULL,
      {{ "token", TOKEN }, { "healthOverviews", MORE_OF(GRAPH "@evil.example/x") }}, "issues", ISSUES,
      "Authorization: Bearer t0ken" },
    { "the open issues", "msgraph", GRAPH, NULL, {{ "token", TOKEN }, { "healthOverviews", LAST }}, "issues", ISSUES,
      "Authorization: Bearer t0ken" },
    { "more of them", "msgraph", GRAPH, NULL,
      {{ "token", TOKEN }, { "healthOverviews", LAST }, { "issues", MORE_OF(ISSUES "&$skip=100") }}, "issues",
      ISSUES "&$skip=100", "Authorization: Bearer t0ken" },
    { "and no more", "msgraph", GRAPH, NULL, {{ "token", TOKEN }, { "healthOverviews", LAST }, { "issues", LAST }}, NULL, NULL,
      NULL },
};

static void check(size_t i)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_entry entry = {.url = (char *) cases[i].url, .page = (char *) cases[i].page, .tenant = (char *) "acme.example",
                               .client_id = (char *) "me", .client_secret = (char *) "s&cret"};
    struct feed_document documents[ANSWERS_MAX] = {0};
    struct feed_input in = {.config = &entry, .documents = documents, .arena = &arena};
    struct feed_request request = {0};
    for (; in.n_documents < ANSWERS_MAX && cases[i].answers[in.n_documents].name != NULL; in.n_documents++)
        documents[in.n_documents] = (struct feed_document) {cases[i].answers[in.n_documents].name,
                                                            text_of(cases[i].answers[in.n_documents].body), ""};

    bool more = feed_find(cases[i].feed)->next(&in, &request);
    if (more != (cases[i].name != NULL))
        fail_msg("%s: %s: %s", cases[i].feed, cases[i].says, more ? request.url : "nothing");
    if (!more)
        return;
    const char *header = request.headers == NULL ? NULL : request.headers[0];
    bool same_header = header == NULL || cases[i].header == NULL ? header == cases[i].header : strcmp(header, cases[i].header) == 0;
    if (strcmp(request.name, cases[i].name) != 0 || strcmp(request.url, cases[i].fetched) != 0 || !same_header)
        fail_msg("%s: %s: %s, %s, %s", cases[i].feed, cases[i].says, request.name, request.url, header == NULL ? "" : header);
    assert_non_null(request.accept);
}

static void test_what_follows_an_answer(void **state)
{
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check(i);
}

static void test_a_token_is_asked_for_in_secret(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_entry entry = {.url = (char *) GRAPH, .tenant = (char *) "a/b", .client_id = (char *) "me",
                               .client_secret = (char *) "s&cr=t\xc3\xa9", .login_url = (char *) "https://login.example"};
    struct feed_input in = {.config = &entry, .arena = &arena};
    struct feed_request request = {0};
    (void) state;

    assert_true(feed_find("msgraph")->next(&in, &request));
    assert_string_equal(request.url, "https://login.example/a%2Fb/oauth2/v2.0/token");
    assert_true(text_is(request.body, "grant_type=client_credentials&client_id=me&client_secret=s%26cr%3Dt%C3%A9"
                                      "&scope=https%3A%2F%2Fgraph.example%2F.default"));
    assert_true(request.secret);
    assert_int_equal(request.keep_ms, 45 * 60 * 1000);
}

static void test_what_ids_mean_is_kept(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_entry entry = {.url = (char *) PAGE};
    struct feed_document document = {"data", {0}, ""};
    struct feed_input in = {.config = &entry, .documents = &document, .n_documents = 1, .arena = &arena};
    struct feed_request request = {0};
    (void) state;

    assert_true(feed_find("pagerduty_status")->next(&in, &request));
    assert_int_equal(request.keep_ms, 60 * 60 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_follows_an_answer),
        cmocka_unit_test(test_a_token_is_asked_for_in_secret),
        cmocka_unit_test(test_what_ids_mean_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
