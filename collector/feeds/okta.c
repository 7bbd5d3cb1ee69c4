/* SPDX-License-Identifier: Apache-2.0 */
/*
 * okta: the page of status.okta.com. There is no API; in the page an element marked data-id="incidents" holds the incidents as
 * JSON text. It is found by walking the page's tags; without it the page is none of Okta's any more.
 */
#include "collector/feeds/feed.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "collector/feeds/document.h"
#include "collector/feeds/markup.h"
#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/shape.h"
#include "common/registry.h"

enum { PAGE_BYTES_MAX = 16 << 20, TAG_BYTES_MAX = 4096, TAG_NAME_BYTES_MAX = 16 };

static const struct feed_vocabulary categories[] = {
    { "Major Service Disruption", STATUS_MAJOR_OUTAGE, false },
    { "Service Disruption", STATUS_MAJOR_OUTAGE, false },
    { "Minor Service Disruption", STATUS_PARTIAL_OUTAGE, false },
    { "Service Degradation", STATUS_DEGRADED, false },
    { "Performance Issue", STATUS_DEGRADED, false },
    { "Feature Disruption", STATUS_DEGRADED, false },
    { NULL, STATUS_UNKNOWN, false },
};

/* Of what the page holds as its incidents. */
static const struct shape_row shape[] = {
    {"", SHAPE_LIST, SHAPE_NEEDED},
    {"[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"[].Status__c", SHAPE_TEXT, SHAPE_NULL},
    {"[].Category__c", SHAPE_TEXT, SHAPE_NULL},
    {0},
};

static const char *const name_keys[] = {"Incident_Title__c", "Title__c", "Name", "Category__c", NULL};
static const char *const text_keys[] = {"Log__c", "Description__c", "Root_Cause__c", NULL};
static const char *const start_keys[] = {"Start_Date__c", "Start_Time__c", "CreatedDate", NULL};
static const char *const update_keys[] = {"Last_Updated__c", "LastModifiedDate", NULL};

static bool okta_next(const struct feed_input *in, struct feed_request *out)
{
    if (in->n_documents > 0)
        return false;
    *out = (struct feed_request) {.name = "page", .url = in->config->url, .accept = "text/html"};
    return true;
}

/* --- the element -------------------------------------------------------------------------------------------------- */

static struct text rest_of(struct text in, size_t at)
{
    return (struct text) {in.at + at, in.len - at};
}

/* Where these bytes stand, letters of any case; in.len: nowhere. */
static size_t find(struct text in, const char *bytes)
{
    size_t len = strlen(bytes);

    for (size_t at = 0; at + len <= in.len; at++) {
        const char *next = memchr(in.at + at, bytes[0], in.len - at);
        if (next == NULL)
            break;
        at = (size_t) (next - in.at);
        if (at + len <= in.len && text_equal_ignoring_case((struct text) {next, len}, text_of(bytes)))
            return at;
    }
    return in.len;
}

/* The tag that begins here, up to its '>' (one in quotes is not it); 0: it is none, or longer than anybody writes them. One
 * that is followed by another '<' is none, so that a page of nothing else is walked once. */
static size_t tag_len(struct text in)
{
    size_t max = in.len < TAG_BYTES_MAX ? in.len : TAG_BYTES_MAX;
    char quote = '\0';

    if (in.len < 3 || !(isalpha((unsigned char) in.at[1]) || in.at[1] == '/'))
        return 0;
    for (size_t i = 1; i < max; i++) {
        char c = in.at[i];
        if (quote != '\0')
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>' || c == '<')
            return c == '>' ? i + 1 : 0;
    }
    return 0;
}

static struct text tag_name(struct text tag)
{
    size_t len = 1;

    while (len < tag.len && isalnum((unsigned char) tag.at[len]))
        len++;
    return (struct text) {tag.at + 1, len - 1};
}

static bool begins_with(struct text in, const char *prefix)
{
    size_t len = strlen(prefix);

    return in.len >= len && text_equal_ignoring_case((struct text) {in.at, len}, text_of(prefix));
}

/* Whether it is marked data-id="incidents", in either quotes; what stands in another attribute's quotes is none. */
static bool is_marked(struct text tag)
{
    char quote = '\0';

    for (size_t i = 1; i < tag.len; i++) {
        char c = tag.at[i];
        struct text rest = rest_of(tag, i);
        bool begins = quote == '\0' && isspace((unsigned char) tag.at[i - 1]);
        if (begins && (begins_with(rest, "data-id=\"incidents\"") || begins_with(rest, "data-id='incidents'")))
            return true;
        if (quote != '\0')
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
    }
    return false;
}

/* What an element holds, whose start tag has been passed: up to its end tag. Without one it has been cut, and holds
 * nothing. */
static struct text content_of(struct text rest, struct text name)
{
    char end[TAG_NAME_BYTES_MAX + 3];
    size_t len = name.len < TAG_NAME_BYTES_MAX ? name.len : TAG_NAME_BYTES_MAX;

    memcpy(end, "</", 2);
    memcpy(end + 2, name.at, len);
    end[2 + len] = '\0';
    size_t found = find(rest, end);
    return found == rest.len ? rest_of(rest, rest.len) : (struct text) {rest.at, found};
}

static bool is_script(struct text name)
{
    return text_equal_ignoring_case(name, text_of("script")) || text_equal_ignoring_case(name, text_of("style"));
}

/* What the marked element holds, decoded; at is NULL: there is no such element. */
static struct text incidents_text(struct text page, struct arena *arena)
{
    for (size_t at = 0; at < page.len;) {
        struct text rest = rest_of(page, at);
        const char *open = memchr(rest.at, '<', rest.len);
        if (open == NULL)
            break;
        at = (size_t) (open - page.at);
        rest = rest_of(page, at);
        if (text_starts_with(rest, "<!--")) {
            at += 4 + find(rest_of(rest, 4), "-->");
            continue;
        }
        size_t len = tag_len(rest);
        if (len == 0) {
            at++;
            continue;
        }
        struct text tag = {rest.at, len};
        struct text content = rest_of(rest, len);
        at += len;
        if (is_marked(tag)) {
            content = content_of(content, tag_name(tag));
            return is_script(tag_name(tag)) ? content : text_of(markup_text(arena, content, content.len));
        }
        if (is_script(tag_name(tag))) {   /* behind one that never ends there are no more elements */
            content = content_of(content, tag_name(tag));
            at = (size_t) (content.at - page.at) + content.len;
        }
    }
    return (struct text) {0};
}

/* --- incidents ---------------------------------------------------------------------------------------------------- */

static bool is_open(const json_t *incident)
{
    return !text_equal_ignoring_case(text_trim(json_text(incident, "Status__c")), text_of("Resolved"));
}

/* What belongs to a third party ("tp") is not Okta's to break: at most degraded. */
static enum status level_of(const json_t *incident, struct feed_result *out, struct arena *arena)
{
    struct text category = text_trim(json_text(incident, "Category__c"));
    enum status state = feed_meaning(categories, category, out, arena)->state;
    bool third_party = text_equal_ignoring_case(text_trim(json_text(incident, "Service_Feature__c")), text_of("tp"));

    return third_party && status_rank(state) > status_rank(STATUS_DEGRADED) ? STATUS_DEGRADED : state;
}

static void list_incident(const json_t *incident, struct feed_result *out, struct arena *arena)
{
    struct text words = feed_first_text(incident, text_keys);

    feed_put_incident(out, &(struct feed_incident) {
        .id = feed_id(arena, feed_id_text(json_member(incident, "Id"), arena)),
        .name = feed_name(arena, feed_first_text(incident, name_keys)),
        .state = feed_word(arena, json_text(incident, "Status__c")),
        .impact = feed_word(arena, json_text(incident, "Category__c")),
        .link = "",
        .text = words.len == 0 ? NULL : markup_text(arena, words, FEED_TEXT_BYTES_MAX),
        .started_at_ms = feed_time_of(incident, start_keys),
        .updated_at_ms = feed_time_of(incident, update_keys),
    }, arena);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static int okta_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct text page;
    struct error fault = {0};
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    if (!document_text(&in->documents[0], in->arena, &page, &fault) || page.len > PAGE_BYTES_MAX)
        return feed_misshapen(out, in->arena, err, "not a page: %s", fault.code != 0 ? fault.text : "too large");

    struct text words = incidents_text(page, in->arena);
    if (text_trim(words).len == 0)
        return feed_misshapen(out, in->arena, err, "not Okta's page: no element marked data-id=\"incidents\" with text in it");
    CLEANUP(json_freep) json_t *list = json_read(words, PAGE_BYTES_MAX, &fault);
    if (list == NULL)
        return feed_misshapen(out, in->arena, err, "what Okta's page holds as its incidents is %s", fault.text);
    if (shape_check(list, shape, &fault) < 0)
        return feed_misshapen(out, in->arena, err, "not Okta's page: in the element marked data-id=\"incidents\" %s",
                              fault.text);
    if (!rows_filter_fits(in->config, 0, "Okta's page names no parts to watch", out, in->arena))
        return 0;

    size_t i = 0;
    const json_t *incident = NULL;
    out->state = STATUS_OPERATIONAL;
    json_array_foreach(list, i, incident) {
        if (!is_open(incident))
            continue;
        out->state = status_worse(out->state, level_of(incident, out, in->arena));
        list_incident(incident, out, in->arena);
    }
    return 0;
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool okta_recognises(struct text body, const json_t *json)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct error ignored = {0};
    if (json != NULL || !text_starts_with(text_trim(body), "<"))
        return false;

    struct text words = incidents_text(body, &arena);
    CLEANUP(json_freep) json_t *list = words.len == 0 ? NULL : json_read(words, PAGE_BYTES_MAX, &ignored);
    return json_array_size(list) > 0 && shape_check(list, shape, &ignored) == 0;
}

static const char *const documents[] = {"page", NULL};
static const char *const hosts[] = {"status.okta.com", NULL};

const struct feed okta_feed = {
    .name = "okta",
    .title = "Okta",
    .documents = documents,
    .hosts = hosts,
    .next = okta_next,
    .parse = okta_parse,
    .recognises = okta_recognises,
};
