/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/sentinel.h"

#include <string.h>

#include "collector/feeds/document.h"
#include "collector/feeds/result.h"
#include "collector/samples.h"
#include "common/limits.h"
#include "common/poll_reason.h"
#include "common/registry.h"

enum {
    WORDS_KEPT_BYTES = 300,            /* of a sentence that we add to: there is room for what we say */
    LOOKED_AT_BYTES_MAX = 512 * 1024,  /* of a document whose platform we guess at: what is larger took the loop's time once already */
};

/* --- whose page it is --------------------------------------------------------------------------------------------- */

/* What the web pages of platforms have in them, and nobody else's. */
static const struct { const char *mark; const char *title; } marks[] = {
    { "statuspage-production", "Atlassian Statuspage" },
    { "cdn.statuspage.io", "Atlassian Statuspage" },
    { "statuspage.incident.io", "incident.io" },
    { "status-page.incident.io", "incident.io" },
    { "cdn.instatus.com", "Instatus" },
    { "instatus.com/default", "Instatus" },
    { "betterstackcdn.com", "Better Stack" },
    { "uptime.betterstack.com", "Better Stack" },
    { "betteruptime.com", "Better Stack" },
    { "libraries.status.io", "Status.io" },
    { "statuspal.io", "StatusPal" },
    { "sorryapp.com", "Sorry" },
    { "firehydrant.io", "FireHydrant" },
    { "statusPage\":{\"globalStatusHeadline", "PagerDuty" },
    { "<title>Uptime Kuma</title>", "Uptime Kuma" },
    { "cachethq.io", "Cachet" },
    { "rootly.com", "Rootly" },
    { "statuspages.datadoghq", "Datadog Status Pages" },
};

const char *sentinel_web_page(struct text body)
{
    for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
        if (memmem(body.at, body.len, marks[i].mark, strlen(marks[i].mark)) != NULL)
            return marks[i].title;
    }
    return NULL;
}

const char *sentinel_platform(const struct feed *own, const struct feed_document *document, struct arena *arena)
{
    struct text body = {0};
    if (document->body.len == 0 || document->body.len > LOOKED_AT_BYTES_MAX || !document_text(document, arena, &body, NULL))
        return NULL;

    CLEANUP(json_freep) json_t *json = json_read(body, LOOKED_AT_BYTES_MAX, NULL);
    if (own->recognises(body, json))
        return NULL;
    for (const struct feed *const *feed = feeds; *feed != NULL; feed++) {
        if (*feed != own && (*feed)->recognises(body, json))
            return (*feed)->title;
    }
    return json == NULL ? sentinel_web_page(body) : NULL;
}

/* --- what is said ------------------------------------------------------------------------------------------------- */

/* Failures that a page causes that has moved, or is another's now. */
static bool tells_of_drift(const char *reason)
{
    enum poll_reason id = poll_reason_of(reason);

    return id == POLL_REASON_SHAPE || id == POLL_REASON_PARSE || id == POLL_REASON_HTTP_404 || id == POLL_REASON_MOVED;
}

static const char *other_platform(const struct sentinel_sight *sight)
{
    for (size_t i = 0; i < sight->n_documents; i++) {
        const char *title = sight->secret != NULL && sight->secret[i]
                                ? NULL : sentinel_platform(sight->feed, &sight->documents[i], sight->arena);
        if (title != NULL)
            return title;
    }
    return NULL;
}

static const char *more_words(const struct sentinel *sentinel, const struct sentinel_sight *sight, const char *words)
{
    const char *platform = other_platform(sight);
    bool advise = sentinel->failures >= SENTINEL_PATIENCE;
    if (platform == NULL && !advise)
        return words;

    const char *begin = feed_text(sight->arena, text_of(words), WORDS_KEPT_BYTES);
    const char *named = platform == NULL ? "" : arena_format(sight->arena, "; it looks like a page of %s", platform);
    const char *advice =
        !advise ? "" : arena_format(sight->arena, "; see tocsin-collector detect %.100s", sight->entry->url);
    return arena_format(sight->arena, "%s%s%s", begin, named, advice);
}

/* --- what is kept ------------------------------------------------------------------------------------------------- */

/* The document to look at: the first that is not what the platform's is, or else the first that may be seen. */
static const struct feed_document *document_of_interest(const struct sentinel_sight *sight)
{
    const struct feed_document *first = NULL;

    for (size_t i = 0; i < sight->n_documents; i++) {
        const struct feed_document *document = &sight->documents[i];
        struct text body = {0};
        if (sight->secret != NULL && sight->secret[i])
            continue;
        first = first == NULL ? document : first;
        if (!document_text(document, sight->arena, &body, NULL))
            return document;
        CLEANUP(json_freep) json_t *json = json_read(body, LOOKED_AT_BYTES_MAX, NULL);
        if (!sight->feed->recognises(body, json))
            return document;
    }
    return first;
}

static void keep_sample(struct sentinel *sentinel, const struct sentinel_sight *sight, const char *reason,
                        const char *words)
{
    const char *word = poll_reason_word(poll_reason_of(reason));
    bool again = sentinel->sampled_reason == word && sight->now_ms - sentinel->sampled_at_ms < SENTINEL_SAMPLE_EVERY_MS;
    const struct feed_document *document = sight->samples == NULL || again ? NULL : document_of_interest(sight);
    if (document == NULL)
        return;

    struct text body = {0};
    if (!document_text(document, sight->arena, &body, NULL))
        body = document->body;
    sentinel->sampled_reason = word;
    sentinel->sampled_at_ms = sight->now_ms;
    samples_put(sight->samples, &(struct sample) {
        .service = sight->service,
        .feed = sight->feed->name,
        .url = sight->entry->url,
        .document = document->name,
        .reason = word,
        .words = words,
        .content_type = document->content_type == NULL ? "" : document->content_type,
        .status = sight->status,
        .at_ms = sight->now_ms,
        .body = body,
    });
}

/* --- the two doors ------------------------------------------------------------------------------------------------ */

const char *sentinel_fault(struct sentinel *sentinel, const struct sentinel_sight *sight, const char *reason,
                           const char *words)
{
    if (!tells_of_drift(reason))
        return words;   /* nor does it say that the page is what it was */

    sentinel->failures++;
    const char *said = more_words(sentinel, sight, words);
    keep_sample(sentinel, sight, reason, said);
    return said;
}

static bool is_filtered(const struct feed_entry *entry)
{
    return entry->components.n + entry->containers.n + entry->products.n + entry->regions.n + entry->services.n > 0;
}

/* Only of platforms that list all their components always, and of the whole page: a filter says itself what it
 * misses. */
static bool has_shrunk(const struct sentinel *sentinel, const struct sentinel_sight *sight,
                       const struct feed_result *result)
{
    size_t before = sentinel->n_components;
    bool fewer = before >= SENTINEL_FEW && result->n_components <= before / SENTINEL_FEW;

    return sight->feed->lists_components && !is_filtered(sight->entry) && !result->no_state && before > 0
           && (result->n_components == 0 || fewer);
}

void sentinel_read(struct sentinel *sentinel, const struct sentinel_sight *sight, struct feed_result *result)
{
    if (result->reason == NULL && has_shrunk(sentinel, sight, result))
        (void) feed_fail(result, "shape",
                         arena_format(sight->arena,
                                      "the page lists %zu components where it had %zu: is it still the one that is "
                                      "meant? Reload the collector if it is",
                                      result->n_components, sentinel->n_components),
                         sight->arena);
    if (result->reason == NULL) {
        sentinel->failures = 0;
        sentinel->sampled_reason = NULL;
        if (!result->no_state)
            sentinel->n_components = result->n_components;
        return;
    }

    bool misses = strcmp(result->reason, "filter_miss") == 0;   /* the page was read: it is no drift by itself */
    sentinel->failures = misses ? 0 : sentinel->failures + tells_of_drift(result->reason);
    if (!misses && !tells_of_drift(result->reason))
        return;
    result->reason_text = more_words(sentinel, sight, result->reason_text);
    keep_sample(sentinel, sight, result->reason, result->reason_text);
}
