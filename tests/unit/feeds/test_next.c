/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/feeds/feed.h"
#include "common/registry.h"

/* What a feed asks for: which document, and where. NULL: nothing more. */
static const struct {
    const char *says;
    const char *feed;
    const char *url;
    const char *page;
    size_t n_documents;        /* those it has got already */
    bool vanished;
    const char *name;
    const char *fetched;
    const char *component;     /* the one entry of a watch filter */
    int64_t keep_ms;           /* for how long the answer may be used again */
} cases[] = {
    { "the page", "statuspage", "https://status.example.com", NULL, 0, false,
      "summary.json", "https://status.example.com/api/v2/summary.json" },
    { "the API", "statuspage", "https://status.example.com/api/v2", NULL, 0, false,
      "summary.json", "https://status.example.com/api/v2/summary.json" },
    { "the document itself", "statuspage", "https://status.example.com/x.json", NULL, 0, false,
      "summary.json", "https://status.example.com/x.json" },
    { "one is enough", "statuspage", "https://status.example.com", NULL, 1, false, NULL, NULL },
    { "what vanished: how did it end?", "statuspage", "https://status.example.com", NULL, 1, true,
      "incidents.json", "https://status.example.com/api/v2/incidents.json" },
    { "and the windows", "statuspage", "https://status.example.com/api/v2/summary.json", NULL, 2, true,
      "scheduled-maintenances.json", "https://status.example.com/api/v2/scheduled-maintenances.json" },
    { "asked once", "statuspage", "https://status.example.com", NULL, 3, true, NULL, NULL },
    { "a document of another name has no neighbours", "statuspage", "https://status.example.com/x.json", NULL, 1, true,
      NULL, NULL },
    { "what is open", "slack", "https://slack.example", NULL, 0, false, "current", "https://slack.example/api/v2.0.0/current" },
    { "one is enough", "slack", "https://slack.example", NULL, 1, false, NULL, NULL },
    { "what vanished", "slack", "https://slack.example", NULL, 1, true,
      "history", "https://slack.example/api/v2.0.0/history" },
    { "asked once", "slack", "https://slack.example", NULL, 2, true, NULL, NULL },
    { "what is and was open", "google", "https://cloud.example", NULL, 0, false,
      "incidents.json", "https://cloud.example/incidents.json" },
    { "the products, kept for an hour", "google", "https://cloud.example/dashboard", NULL, 1, false,
      "products.json", "https://cloud.example/dashboard/products.json", NULL, 3600000 },
    { "the same from the document itself", "google", "https://cloud.example/incidents.json", NULL, 1, false,
      "products.json", "https://cloud.example/products.json", NULL, 3600000 },
    { "an instance", "salesforce", "https://api.trust.example", "EU 2/3", 0, false,
      "status", "https://api.trust.example/v1/instances/EU%202%2F3/status" },
    { "all of them", "salesforce", "https://api.trust.example", NULL, 0, false,
      "status", "https://api.trust.example/v1/instances/status", "EU2" },
    { "one is enough", "salesforce", "https://api.trust.example", "EU2", 1, true, NULL, NULL },
    { "all customers", "zendesk", "https://zendesk.example", NULL, 0, false,
      "incidents.json", "https://zendesk.example/api/ssp/incidents.json" },
    { "of a subdomain", "zendesk", "https://zendesk.example", "acme&x", 0, false,
      "incidents.json", "https://zendesk.example/api/ssp/incidents.json?subdomain=acme%26x" },
    { "one is enough", "zendesk", "https://zendesk.example", "acme", 1, true, NULL, NULL },
    { "but for a filter", "zendesk", "https://zendesk.example", "acme", 1, false,
      "services.json", "https://zendesk.example/api/ssp/services.json?subdomain=acme", "Voice", 3600000 },
    { "two are enough", "zendesk", "https://zendesk.example", "acme", 2, false, NULL, NULL, "Voice" },
    { "the page itself", "okta", "https://okta.example", NULL, 0, false, "page", "https://okta.example" },
    { "one is enough", "okta", "https://okta.example", NULL, 1, true, NULL, NULL },
    { "all in one", "heroku", "https://heroku.example", NULL, 0, false,
      "current-status", "https://heroku.example/api/v4/current-status" },
    { "one is enough", "heroku", "https://heroku.example", NULL, 1, true, NULL, NULL },
    { "two are enough", "google", "https://cloud.example", NULL, 2, false, NULL, NULL },
    { "AWS", "aws", "https://health.example", NULL, 0, false,
      "currentevents", "https://health.example/public/currentevents" },
    { "the document itself", "aws", "https://health.example/public/currentevents", NULL, 0, false,
      "currentevents", "https://health.example/public/currentevents" },
    { "one is enough", "aws", "https://health.example", NULL, 1, false, NULL, NULL },
    { "the address as it is", "aws_rss", "https://status.example/rss/x-y.rss", NULL, 0, false,
      "rss", "https://status.example/rss/x-y.rss" },
    { "one is enough", "aws_rss", "https://status.example/rss/x-y.rss", NULL, 1, false, NULL, NULL },
    { "Azure", "azure", "https://azure.example", NULL, 0, false, "feed", "https://azure.example/en-us/status/feed/" },
    { "another language, without the slash that configuration takes off", "azure", "https://azure.example/de-de/status/feed", NULL,
      0, false, "feed", "https://azure.example/de-de/status/feed/" },
    { "one is enough", "azure", "https://azure.example", NULL, 1, false, NULL, NULL },
    { "the address as it is", "feed", "https://status.example/history.atom", NULL, 0, false,
      "feed", "https://status.example/history.atom" },
    { "one is enough, whatever vanished", "feed", "https://status.example/history.atom", NULL, 1, true, NULL, NULL },
    { "the widget", "incidentio", "https://status.example.com", NULL, 0, false,
      "/api/v1/summary", "https://status.example.com/api/v1/summary" },
    { "the widget itself", "incidentio", "https://status.example.com/eu/api/v1/summary", NULL, 0, false,
      "/api/v1/summary", "https://status.example.com/eu/api/v1/summary" },
    { "it is enough without a filter", "incidentio", "https://status.example.com", NULL, 1, false, NULL, NULL },
    { "with one, what there is at all", "incidentio", "https://status.example.com/eu/api/v1/summary", NULL, 1, false,
      "components.json", "https://status.example.com/eu/api/v2/components.json", "Login" },
    { "two are enough", "incidentio", "https://status.example.com", NULL, 2, false, NULL, NULL, "Login" },
    { "the page", "betterstack", "https://status.example.com", NULL, 0, false,
      "index.json", "https://status.example.com/index.json" },
    { "one is enough", "betterstack", "https://status.example.com/index.json", NULL, 1, false, NULL, NULL },
    { "the page", "instatus", "https://status.example.com", NULL, 0, false,
      "summary.json", "https://status.example.com/v3/summary.json" },
    { "its components", "instatus", "https://status.example.com", NULL, 1, false,
      "components.json", "https://status.example.com/v3/components.json" },
    { "two are enough", "instatus", "https://status.example.com", NULL, 2, false, NULL, NULL },
    { "an older page", "instatus", "https://status.example.com/summary.json", NULL, 0, false,
      "summary.json", "https://status.example.com/summary.json" },
    { "whose components are where they are", "instatus", "https://status.example.com/summary.json", NULL, 1, false,
      "components.json", "https://status.example.com/v3/components.json" },
    { "a version named", "instatus", "https://status.example.com/v2/summary.json", NULL, 1, false,
      "components.json", "https://status.example.com/v2/components.json" },
    { "the document itself", "instatus", "https://status.example.com/x.json", NULL, 0, false,
      "summary.json", "https://status.example.com/x.json" },
    { "which has no neighbours", "instatus", "https://status.example.com/x.json", NULL, 1, false, NULL, NULL },
    { "a page by its id", "statusio", "https://api.status.io", "5a1b", 0, false,
      "/1.0/status/{page}", "https://api.status.io/1.0/status/5a1b" },
    { "a page by its id behind the path", "statusio", "https://api.status.io/1.0/status", "5a1b", 0, false,
      "/1.0/status/{page}", "https://api.status.io/1.0/status/5a1b" },
    { "a page by its address", "statusio", "https://api.status.io/1.0/status/5a1b", NULL, 0, false,
      "/1.0/status/{page}", "https://api.status.io/1.0/status/5a1b" },
    { "one is enough", "statusio", "https://api.status.io", "5a1b", 1, false, NULL, NULL },
    { "a page by its subdomain", "statuspal", "https://statuspal.io", "example", 0, false,
      "summary", "https://statuspal.io/api/v2/status_pages/example/summary" },
    { "a page by its address", "statuspal", "https://statuspal.eu/api/v2/status_pages/example", NULL, 0, false,
      "summary", "https://statuspal.eu/api/v2/status_pages/example/summary" },
    { "the document itself", "statuspal", "https://statuspal.eu/api/v2/status_pages/example/summary", "other", 0, false,
      "summary", "https://statuspal.eu/api/v2/status_pages/example/summary" },
    { "one is enough", "statuspal", "https://statuspal.io", "example", 1, false, NULL, NULL },
    { "a page by its id", "sorry", "https://api.sorryapp.com", "1a2b", 0, false,
      "components", "https://api.sorryapp.com/v1/pages/1a2b/components" },
    { "a page by its address", "sorry", "https://api.sorryapp.com/v1/pages/1a2b", NULL, 0, false,
      "components", "https://api.sorryapp.com/v1/pages/1a2b/components" },
    { "what is going on", "sorry", "https://api.sorryapp.com/v1/pages/1a2b/components", NULL, 1, false,
      "notices", "https://api.sorryapp.com/v1/pages/1a2b/notices?include=components,updates" },
    { "two are enough", "sorry", "https://api.sorryapp.com", "1a2b", 2, false, NULL, NULL },
};

static void test_what_is_fetched(void **state)
{
    static const struct feed_document documents[FEED_DOCUMENTS_MAX] = {
        { "", {0}, "" }, { "", {0}, "" }, { "", {0}, "" }, { "", {0}, "" },
        { "", {0}, "" }, { "", {0}, "" }, { "", {0}, "" }, { "", {0}, "" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        char *component = (char *) cases[i].component;
        struct feed_entry entry = {.url = (char *) cases[i].url, .page = (char *) cases[i].page,
                                   .components = {&component, component != NULL}};
        struct feed_input in = {.config = &entry, .documents = documents, .n_documents = cases[i].n_documents,
                                .arena = &arena, .vanished = cases[i].vanished};
        struct feed_request request = {0};
        if (feed_find(cases[i].feed)->next(&in, &request) != (cases[i].name != NULL))
            fail_msg("%s: %s", cases[i].feed, cases[i].says);
        if (cases[i].name == NULL)
            continue;
        if (strcmp(request.name, cases[i].name) != 0 || strcmp(request.url, cases[i].fetched) != 0)
            fail_msg("%s: %s: %s, %s", cases[i].feed, cases[i].says, request.name, request.url);
        assert_int_equal(request.keep_ms, cases[i].keep_ms);
        assert_true(request.optional || !cases[i].vanished);   /* no reading hangs on how things ended */
        assert_non_null(request.accept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_fetched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
