/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "aggregator/api/page.h"
#include "aggregator/api/timeline_words.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"
#include "aggregator/engine/config.h"

/* Whether each channel's receiver has confirmed the level that was last decided. */
static void read_told(struct render *render, struct page_alert *alert)
{
    const AlertState *state = alert->view->alert;
    const char *decided = status_name((enum status) state->told);
    ToldRow *row = arena_new(&render->arena, sizeof *row);

    for (pb_size_t i = 0; i < state->channels_count; i++) {
        const struct channel_entry *receiver = aggregator_config_receiver(render->config, state->channels[i]);
        struct page_told *told = &alert->told[alert->n_told++];
        *told = (struct page_told) {.channel = state->channels[i], .receiver = receiver != NULL};
        if (receiver != NULL && store_get(render->txn, TABLE_TOLD, key_told(receiver->name, state->key), row) == 0
            && strcmp(row->level, decided) == 0)
            told->told_at_ms = row->at_ms;
    }
}

static void read_alerts(struct render *render, struct page_overview *out)
{
    out->n_alerts = out->summary.n_alerts < PAGE_ALERTS_MAX ? out->summary.n_alerts : PAGE_ALERTS_MAX;
    out->alerts = arena_new(&render->arena, (out->n_alerts + 1) * sizeof *out->alerts);
    for (size_t i = 0; i < out->n_alerts; i++) {
        out->alerts[i].view = &out->summary.alerts[i];
        read_told(render, &out->alerts[i]);
    }
}

int page_overview_read(struct render *render, struct page_overview *out)
{
    struct service_reader reader = views_reader(render);
    struct store_cursor cursor;

    *out = (struct page_overview) {.config = render->config};
    int r = summary_read(&reader, &out->summary);
    if (r < 0)
        return problem_set(render->problem, PROBLEM_INTERNAL, "the services cannot be read");
    read_alerts(render, out);
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

static const char *name_of(const struct aggregator_config *config, const char *service)
{
    const struct service_entry *entry = registry_find(&config->registry, service);

    return entry == NULL ? service : entry->name;
}

static void channels(struct html *html, const struct page_alert *alert)
{
    const AlertState *state = alert->view->alert;
    if (state->last_sent_ms == 0) {
        html_raw(html, "Not told yet");
        if (state->held_count > 0)
            html_format(html, ", held: %s", state->held[0].reason);
        return;
    }
    for (size_t i = 0; i < alert->n_told; i++) {
        const struct page_told *told = &alert->told[i];
        html_raw(html, i == 0 ? "" : "<br>");
        html_raw(html, told->told_at_ms != 0 ? "Told " : told->receiver ? "Not yet received by " : "Nobody receives ");
        html_text(html, told->channel);
        if (told->told_at_ms != 0) {
            html_raw(html, " at ");
            html_time(html, told->told_at_ms);
        }
    }
}

static void alert_row(struct html *html, const struct aggregator_config *config, const struct page_alert *row)
{
    const struct alert_view *view = row->view;
    const AlertState *alert = view->alert;
    enum status status = STATUS_UNKNOWN;
    bool poller = alert->alert_class == ALERT_POLLER;

    (void) status_parse(text_of(view->level), &status);
    html_raw(html, "<li class=\"inc\">");
    html_shape(html, status);
    html_raw(html, "<div><b>");
    html_text(html, alert->service[0] != '\0' ? name_of(config, alert->service) : alert->key);
    html_raw(html, "</b> <span class=\"");
    html_text(html, html_class(status));
    html_raw(html, "\">");
    html_text(html, poller ? "Feed broken, not a vendor outage" : status != STATUS_UNKNOWN ? status_title(status) : view->level);
    html_raw(html, "</span><div class=\"mut\">since ");
    html_time(html, alert->since_ms != 0 ? alert->since_ms : alert->opened_at_ms);
    if (alert->has_ack) {
        html_raw(html, ", acknowledged by ");
        html_text(html, alert->ack.by[0] == '\0' ? "somebody" : alert->ack.by);
    }
    html_raw(html, "</div></div><div class=\"mut\">");
    channels(html, row);
    html_raw(html, "</div></li>");
}

static void alerts(struct html *html, const struct page_overview *page)
{
    const struct summary *summary = &page->summary;

    html_raw(html, "<section class=\"card\"><header><h2>Open alerts</h2><span class=\"mut\">");
    html_format(html, "%zu open, worst first", summary->alerts_total);
    html_raw(html, "</span></header>");
    if (summary->n_alerts == 0) {
        html_raw(html, "<p class=\"empty\">No alert is open.</p></section>");
        return;
    }
    html_raw(html, "<ul>");
    for (size_t i = 0; i < page->n_alerts; i++)
        alert_row(html, page->config, &page->alerts[i]);
    html_raw(html, "</ul></section>");
}

/* What stands behind the name: why it is not simply what it was. Unknown never looks like an outage, nor like health. */
static void tell_why(struct html *html, const struct service_view *view)
{
    if (view->poller == POLLER_HEALTH_BROKEN) {
        html_raw(html, "<em class=\"unk\">Feed broken, not a vendor outage</em>");
    } else if (view->freshness == FRESHNESS_STALE || view->poller == POLLER_HEALTH_SILENT) {
        html_raw(html, "<em class=\"unk\">Stale, last good poll ");
        html_time(html, view->observed_at_ms);
        html_raw(html, "</em>");
    } else if (view->status == STATUS_UNKNOWN) {
        html_raw(html, "<em class=\"unk\">Never seen</em>");
    } else if (view->has_next) {
        html_raw(html, "<em>");
        html_format(html, "%u of %u polls to %s, not before ", view->next.polls, view->next.need, status_title(view->next.to));
        html_time(html, view->next.at_ms);
        html_raw(html, "</em>");
    }
    if (view->manual) {
        html_raw(html, "<em class=\"mnt\">Set by hand: ");
        html_text(html, view->manual_reason);
        html_raw(html, "</em>");
    } else if (view->status >= STATUS_DEGRADED && view->speaker != NULL && view->speaker->detail != NULL) {
        html_raw(html, "<em>");
        html_text(html, view->speaker->detail);
        html_raw(html, "</em>");
    }
}

static void service_row(struct html *html, const struct service_view *view)
{
    bool blind = view->poller > POLLER_HEALTH_OK || view->freshness != FRESHNESS_FRESH;

    html_raw(html, "<li class=\"row ");
    html_text(html, html_class(view->status));
    html_raw(html, blind ? " blind\">" : "\">");
    html_shape(html, blind && view->status <= STATUS_OPERATIONAL ? STATUS_UNKNOWN : view->status);
    html_raw(html, "<span class=\"n\">");
    html_text(html, view->name);
    if (view->maintenance) {
        html_raw(html, " ");
        html_shape_named(html, "mnt");
        html_raw(html, "<span class=\"sr\">in maintenance</span>");
    }
    if (view->flapping)
        html_raw(html, " <span class=\"tag\">flapping</span>");
    if (view->incident != NULL) {
        html_raw(html, " <span class=\"tag\">");
        html_text(html, view->incident);
        html_raw(html, "</span>");
    }
    html_raw(html, "</span><span class=\"w ");
    html_text(html, html_class(view->status));
    html_raw(html, "\">");
    html_text(html, status_title(view->status));
    html_raw(html, "</span><span class=\"t\">");
    if (view->changed_at_ms != 0) {
        html_raw(html, "since ");
        html_time(html, view->changed_at_ms);
    }
    html_raw(html, "</span><span class=\"d\">");
    tell_why(html, view);
    html_raw(html, "</span></li>");
}

static void services(struct html *html, const struct summary *summary)
{
    html_raw(html, "<section class=\"card\"><header><h2>Services</h2><span class=\"mut\">");
    html_format(html, "%zu, worst first", summary->n_services);
    html_raw(html, "</span></header><ul class=\"svc\">");
    for (size_t i = 0; i < summary->n_services; i++)
        service_row(html, &summary->services[i]);
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
        timeline_sentence(row, row->service[0] == '\0' ? NULL : name_of(page->config, row->service), words);
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
    alerts(html, page);
    services(html, &page->summary);
    decisions(html, page);
}
