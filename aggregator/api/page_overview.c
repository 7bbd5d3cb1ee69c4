/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "aggregator/api/page.h"
#include "aggregator/api/poller_view.h"
#include "aggregator/api/timeline_words.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"
#include "aggregator/engine/config.h"

int page_overview_read(struct render *render, struct page_overview *out)
{
    struct service_reader reader = views_reader(render);
    struct store_cursor cursor;

    *out = (struct page_overview) {.config = render->config};
    int r = summary_read(&reader, &out->summary);
    if (r < 0)
        return problem_set(render->problem, PROBLEM_INTERNAL, "the services cannot be read");
    page_alerts_read(render, out);
    page_vendor_read(render, out);
    out->decisions = arena_new(&render->arena, PAGE_DECISIONS_MAX * sizeof *out->decisions);
    store_walk(render->txn, TABLE_TIMELINE, (struct store_range) {.backwards = true}, &cursor);
    while (out->n_decisions < PAGE_DECISIONS_MAX) {
        struct page_decision *decision = &out->decisions[out->n_decisions];
        if (!walk_next(&cursor, &decision->key, &decision->row))
            break;
        out->n_decisions++;
    }
    store_walk_end(&cursor);
    return 0;
}

static void count(struct html *html, enum status status, size_t n, const char *word)
{
    html_raw(html, "<div><b class=\"");
    html_text(html, n == 0 ? "zero" : html_class(status));
    html_raw(html, "\">");
    html_format(html, "%zu", n);
    html_raw(html, "</b><span>");
    html_text(html, word);
    html_raw(html, "</span></div>");
}

static void verdict(struct html *html, const struct summary *summary)
{
    char words[SUMMARY_VERDICT_BYTES];
    const size_t *by = summary->counts.by_status;

    summary_verdict(summary, words);
    html_raw(html, "<section class=\"verdict\"><div><h1>");
    html_text(html, words);
    html_raw(html, "</h1><p>");
    if (summary->by_class[ALERT_POLLER] > 0)
        html_format(html, "%zu feeds cannot be read: that is our blindness, not a vendor's outage. ", summary->by_class[ALERT_POLLER]);
    if (summary->by_class[ALERT_COLLECTOR] > 0)
        html_format(html, "%zu collectors are silent. ", summary->by_class[ALERT_COLLECTOR]);
    html_raw(html, "</p></div><div class=\"counts\">");
    count(html, STATUS_MAJOR_OUTAGE, by[STATUS_MAJOR_OUTAGE], "Major");
    count(html, STATUS_PARTIAL_OUTAGE, by[STATUS_PARTIAL_OUTAGE], "Partial");
    count(html, STATUS_DEGRADED, by[STATUS_DEGRADED], "Degraded");
    count(html, STATUS_UNKNOWN, by[STATUS_UNKNOWN], "Unknown");
    count(html, STATUS_OPERATIONAL, by[STATUS_OPERATIONAL], "Operational");
    html_raw(html, "</div></section>");
}

const char *page_service_name(const struct aggregator_config *config, const char *service)
{
    const struct service_entry *entry = registry_find(&config->registry, service);

    return entry == NULL ? service : entry->name;
}

static const char *failure_title(const struct source_view *source, bool broken)
{
    if (!broken)
        return "Last poll failed";
    return source->is_probe ? "Probe broken, not an outage" : "We cannot read the page, not a vendor outage";
}

/* That we do not see it, which is our trouble, and why. */
static void tell_failure(struct html *html, const struct service_view *view)
{
    const struct source_view *source = poller_view_failing(view);
    bool broken = view->poller == POLLER_HEALTH_BROKEN;

    if (source == NULL)
        return;
    html_raw(html, broken ? "<em class=\"unk\" data-poller=\"broken\">" : "<em class=\"unk\" data-poller=\"failing\">");
    html_raw(html, failure_title(source, broken));
    html_raw(html, ": ");
    html_text(html, source->detail != NULL ? source->detail : "no reason given");
    if (source->reason != NULL) {
        html_raw(html, " (");
        html_text(html, source->reason);
        html_raw(html, ")");
    }
    if (broken && source->last_ok_ms != 0) {
        html_raw(html, ", last read ");
        html_time(html, source->last_ok_ms);
    }
    html_raw(html, "</em>");
}

/* How old it is, or what is not confirmed yet. */
static void tell_age(struct html *html, const struct service_view *view)
{
    if (view->freshness == FRESHNESS_STALE || view->poller == POLLER_HEALTH_SILENT) {
        html_raw(html, "<em class=\"unk\">Stale, last good poll ");
        html_time(html, view->observed_at_ms);
        html_raw(html, "</em>");
    } else if (view->status == STATUS_UNKNOWN) {
        html_raw(html, "<em class=\"unk\">Never seen</em>");
    } else if (view->has_next) {
        html_raw(html, "<em>");
        html_format(html, "Not confirmed yet: %u of %u polls to %s, not before ", view->next.polls, view->next.need,
                    status_title(view->next.to));
        html_time(html, view->next.at_ms);
        page_explain_link(html, view->id, view->name);
        html_raw(html, "</em>");
    }
}

/* What stands behind the name: why it is not simply what it was. Unknown never looks like an outage, nor like health. */
static void tell_why(struct html *html, const struct service_view *view)
{
    const char *said = poller_view_said(view->speaker);

    tell_failure(html, view);
    if (view->poller != POLLER_HEALTH_BROKEN)
        tell_age(html, view);
    if (view->manual) {
        html_raw(html, "<em class=\"mnt\">Set by hand: ");
        html_text(html, view->manual_reason);
        html_raw(html, "</em>");
    } else if (view->status >= STATUS_DEGRADED && said != NULL) {
        html_raw(html, "<em>");
        html_text(html, said);
        html_raw(html, "</em>");
    }
    if (view->truth != NULL && view->truth->verdict != TRUTH_AGREE) {
        html_raw(html, "<em>");
        html_text(html, view->truth->says);
        html_raw(html, "</em>");
    }
    if (view->acknowledged) {
        html_raw(html, "<em class=\"has\">");
        page_acknowledged(html, view->acknowledged_by, view->acknowledged_until_ms, view->changed_at_ms);
        html_raw(html, "</em>");
    }
}

static void service_row(struct html *html, const struct service_view *view, const struct page_vendor *vendor)
{
    bool blind = view->poller > POLLER_HEALTH_OK || view->freshness != FRESHNESS_FRESH;

    html_raw(html, "<li id=\"");                    /* messages lead to it */
    html_text(html, view->id);
    html_raw(html, "\" class=\"row ");
    html_text(html, html_class(view->status));
    html_raw(html, blind ? " blind" : "");
    html_raw(html, view->acknowledged ? " taken\">" : "\">");
    html_shape(html, blind && view->status <= STATUS_OPERATIONAL ? STATUS_UNKNOWN : view->status);
    html_raw(html, "<span class=\"n\">");
    html_text(html, view->name);
    if (view->maintenance)
        page_maintenance_tag(html);
    if (view->flapping)
        html_raw(html, " <span class=\"tag\">flapping</span>");
    html_raw(html, "</span><span class=\"w ");
    html_text(html, html_class(view->status));
    html_raw(html, "\">");
    html_text(html, status_title(view->status));
    html_raw(html, "</span><span class=\"t\">");
    if (view->changed_at_ms != 0) {
        html_raw(html, "since ");
        html_time(html, view->changed_at_ms);
    }
    if (view->incident != NULL) {
        html_raw(html, ", ");
        page_incident_link(html, view->incident);
    }
    html_raw(html, "</span><span class=\"d\">");
    tell_why(html, view);
    page_vendor_write(html, vendor, view->id);
    html_raw(html, "</span></li>");
}

static void services(struct html *html, const struct page_overview *page)
{
    const struct summary *summary = &page->summary;

    html_raw(html, "<section class=\"card\"><header><h2>Services</h2><span class=\"mut\">");
    html_format(html, "%zu, worst first", summary->n_services);
    html_raw(html, "</span></header><ul class=\"svc\">");
    for (size_t i = 0; i < summary->n_services; i++)
        service_row(html, &summary->services[i], &page->vendor[i]);
    html_raw(html, "</ul></section>");
}

static void decisions(struct html *html, const struct page_overview *page)
{
    html_raw(html, "<section class=\"card\"><header><h2>Latest decisions</h2></header><ol class=\"list\">");
    for (size_t i = 0; i < page->n_decisions; i++) {
        const TimelineRow *row = &page->decisions[i].row;
        char words[TIMELINE_SENTENCE_BYTES];
        int64_t at_ms = 0;
        uint32_t sequence;
        (void) key_to_time(&page->decisions[i].key, &at_ms, &sequence);
        timeline_sentence(row, row->service[0] == '\0' ? NULL : page_service_name(page->config, row->service), words);
        html_raw(html, "<li>");
        html_time(html, at_ms);
        html_raw(html, "<span>");
        html_text(html, words);
        html_raw(html, "</span></li>");
    }
    html_raw(html, "</ol></section>");
}

void page_overview_write(struct html *html, const struct page_overview *page)
{
    verdict(html, &page->summary);
    page_alerts_write(html, page);
    page_planned_write(html, page);
    services(html, page);
    decisions(html, page);
}
