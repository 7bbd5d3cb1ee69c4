/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each saved page, damaged in each way in which pages get damaged: cut at every tenth byte, a web page or nothing in its
 * place, another platform's page in its place, a member left out, a list that is null, an id that is another. What comes of
 * it may be bad, unknown or a failed poll; it may be operational only where what was cut does not matter.
 *
 * What does not matter, and why, is said beside the pages, in tests/fixtures/PLATFORM/mutations.json:
 *
 *     {"anchors":  ["[].arn"],                               without these no page is operational, not even a healthy one
 *      "harmless": {"[].event_log": WHY},                    a bad page may look operational without this
 *      "aside":    {"incidents.json": WHY},                  documents of which the state needs nothing
 *      "cut":      WHY}                                      present: the end of a page may be missing
 *
 * A path is a member's names joined by dots, [] for any element of a list. On a healthy page what is no anchor is told,
 * not judged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/feeds/document.h"
#include "tests/unit/feeds/fixture.h"
#include "tests/unit/feeds/mutation.h"

enum { CUT_STEP = 10, FOREIGN_EACH = 3, FOREIGN_MAX = 128 };

static const char web_page[] = "<!doctype html><html><head><title>Moved</title></head><body>We have moved.</body></html>";

/* What is said of a platform. */
struct rules {
    json_t *json;                      /* owned */
    size_t anchors_met;                /* bit by position: pages had it */
};

/* A page of some platform. */
struct foreign {
    const struct feed *feed;
    struct arena arena;
    struct text body;
};

struct job {
    const struct feed *feed;
    struct rules rules;
    const char *last_page;             /* of the reading before */
    const struct foreign *foreign;     /* all of them */
    size_t n_foreign;
};

/* A reading of a page, and which of its documents is being damaged. */
struct site {
    struct job *job;
    const struct fixture *fixture;
    size_t document;
    bool was_green;
};

/* --- reading ------------------------------------------------------------------------------------------------------ */

static bool is_green(const struct site *site, struct text body)
{
    const struct fixture *fixture = site->fixture;
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_document documents[FEED_DOCUMENTS_MAX];
    struct feed_input in = {.config = &fixture->entry, .documents = documents, .n_documents = fixture->n_documents,
                            .now_ms = fixture->now_ms, .arena = &arena};
    struct feed_result result = {.valid_until_ms = INT64_MAX};
    struct error err = {0};

    for (size_t i = 0; i < fixture->n_documents; i++)
        documents[i] = fixture->documents[i];
    documents[site->document].body = body;
    (void) fixture->feed->parse(&in, &result, &err);
    return !result.no_state && result.reason == NULL && result.state == STATUS_OPERATIONAL;
}

static const char *document_of(const struct site *site)
{
    return site->fixture->documents[site->document].name;
}

static void fail_site(const struct site *site, const char *does, const char *what)
{
    fail_msg("%s/%s (%s), document %s: %s %s, and it reads operational", site->job->feed->name, site->fixture->path,
             site->fixture->says, document_of(site), does, what);
}

/* --- members ------------------------------------------------------------------------------------------------------ */


static bool is_anchor(struct job *job, const struct mutation *mutation)
{
    size_t i = 0;
    const json_t *path = NULL;

    json_array_foreach(json_list(job->rules.json, "anchors"), i, path) {
        if (strcmp(json_string_value(path), mutation->path) != 0)
            continue;
        job->rules.anchors_met |= (size_t) 1 << i;
        return strcmp(mutation->does, "renames") != 0;
    }
    return false;
}

static bool is_harmless(const struct job *job, const char *path)
{
    const char *pattern = NULL;
    const json_t *why = NULL;

    json_object_foreach(json_member(job->rules.json, "harmless"), pattern, why) {
        if (strcmp(pattern, path) == 0)
            return true;
    }
    return false;
}

static void try_mutation(void *context, const struct mutation *mutation)
{
    const struct site *site = context;
    struct job *job = site->job;
    bool matters = is_anchor(job, mutation) || (!site->was_green && !is_harmless(job, mutation->path));

    if (matters && is_green(site, mutation->body))
        fail_site(site, mutation->does, mutation->path);
}

static void try_members(struct site *site)
{
    const struct feed_document *document = &site->fixture->documents[site->document];
    CLEANUP(arena_done) struct arena arena = {0};
    struct error err = {0};
    struct text body;

    if (!document_text(document, &arena, &body, &err))
        return;
    CLEANUP(json_freep) json_t *json = json_read(body, 4 << 20, &err);
    if (json != NULL)
        mutation_each(json, try_mutation, site);
}

/* --- whole documents ---------------------------------------------------------------------------------------------- */

static void try_replacements(const struct site *site)
{
    struct job *job = site->job;

    if (is_green(site, text_of(web_page)))
        fail_site(site, "has a web page in its place", "");
    if (is_green(site, text_of("")))
        fail_site(site, "is empty", "");
    for (size_t i = 0; i < job->n_foreign; i++) {
        const struct foreign *foreign = &job->foreign[i];
        struct error err = {0};
        CLEANUP(json_freep) json_t *json = json_read(foreign->body, 4 << 20, &err);
        if (foreign->feed == job->feed || job->feed->recognises(foreign->body, json))
            continue;   /* it is what it takes it for */
        if (is_green(site, foreign->body))
            fail_site(site, "has in its place a page of", foreign->feed->name);
    }
}

static void try_cuts(const struct site *site)
{
    struct text whole = text_trim(site->fixture->documents[site->document].body);

    for (size_t len = 0; len + 1 < whole.len; len += CUT_STEP) {
        char where[32];
        (void) snprintf(where, sizeof where, "%zu bytes", len);
        if (is_green(site, (struct text) {whole.at, len}))
            fail_site(site, "is cut after", where);
    }
}

static void try_reading(void *context, const struct fixture *fixture)
{
    struct job *job = context;
    bool same_page = job->last_page != NULL && strcmp(job->last_page, fixture->path) == 0;

    for (size_t i = 0; i < fixture->n_documents; i++) {
        struct site site = {.job = job, .fixture = fixture, .document = i};
        site.was_green = is_green(&site, fixture->documents[i].body);
        bool aside = json_member(json_member(job->rules.json, "aside"), document_of(&site)) != NULL;
        if (aside)
            continue;
        try_members(&site);
        try_replacements(&site);
        if (!same_page && json_member(job->rules.json, "cut") == NULL)
            try_cuts(&site);
    }
    job->last_page = fixture->path;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

/* Pages that their own platform recognises, a few each: enough to be mistaken. */
struct collecting {
    struct foreign *foreign;
    size_t n;
    size_t of_this;
};

static void collect_page(void *context, const struct fixture *fixture)
{
    struct collecting *collecting = context;
    struct foreign *next = &collecting->foreign[collecting->n];
    struct error err = {0};
    struct text body;
    if (collecting->of_this == FOREIGN_EACH || collecting->n == FOREIGN_MAX)
        return;
    if (!document_text(&fixture->documents[0], &next->arena, &body, &err))
        return;
    CLEANUP(json_freep) json_t *json = json_read(body, 4 << 20, &err);
    if (!fixture->feed->recognises(body, json))
        return;

    next->feed = fixture->feed;
    next->body = text_of(arena_copy_text(&next->arena, body));
    collecting->n++;
    collecting->of_this++;
}

static void check_anchors_met(const struct job *job)
{
    size_t i = 0;
    const json_t *path = NULL;

    json_array_foreach(json_list(job->rules.json, "anchors"), i, path) {
        if ((job->rules.anchors_met >> i & 1) == 0)
            fail_msg("%s: no page has the anchor %s", job->feed->name, json_string_value(path));
    }
}

static void test_no_damaged_page_is_operational(void **state)
{
    static struct foreign foreign[FOREIGN_MAX];
    struct collecting collecting = {.foreign = foreign};
    (void) state;

    for (const struct feed *const *feed = feeds; *feed != NULL; feed++) {
        collecting.of_this = 0;
        (void) fixture_each(*feed, collect_page, &collecting);
        assert_in_range(collecting.of_this, 1, FOREIGN_EACH);
    }
    for (const struct feed *const *feed = feeds; *feed != NULL; feed++) {
        const char *only = getenv("FEED");
        if (only != NULL && strcmp(only, (*feed)->name) != 0)
            continue;
        struct job job = {.feed = *feed, .rules = {.json = fixture_json(*feed, "mutations.json")}, .foreign = foreign, .n_foreign = collecting.n};
        (void) fixture_each(*feed, try_reading, &job);
        check_anchors_met(&job);
        json_decref(job.rules.json);
    }
    for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
        arena_done(&foreign[i].arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_damaged_page_is_operational),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
