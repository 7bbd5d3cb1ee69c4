/* SPDX-License-Identifier: Apache-2.0 */
/* The page's open alerts: since when, who was told, who has it, and what holds the rest. */
#include <stdio.h>
#include <string.h>

#include "aggregator/api/held_words.h"
#include "aggregator/api/page.h"
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

void page_alerts_read(struct render *render, struct page_overview *out)
{
    out->n_alerts = out->summary.n_alerts < PAGE_ALERTS_MAX ? out->summary.n_alerts : PAGE_ALERTS_MAX;
    out->alerts = arena_new(&render->arena, (out->n_alerts + 1) * sizeof *out->alerts);
    for (size_t i = 0; i < out->n_alerts; i++) {
        out->alerts[i].view = &out->summary.alerts[i];
        read_told(render, &out->alerts[i]);
    }
}

/* ---------------------------------------------------------------- who knows */

static void channels(struct html *html, const struct page_alert *alert)
{
    if (alert->view->alert->last_sent_ms == 0) {
        html_raw(html, "<div>Not told yet</div>");
        return;
    }
    for (size_t i = 0; i < alert->n_told; i++) {
        const struct page_told *told = &alert->told[i];
        html_raw(html, "<div>");
        html_raw(html, told->told_at_ms != 0 ? "Told " : told->receiver ? "Not yet received by " : "Nobody receives ");
        html_text(html, told->channel);
        if (told->told_at_ms != 0) {
            html_raw(html, " at ");
            html_time(html, told->told_at_ms);
        }
        html_raw(html, "</div>");
    }
}

void page_acknowledged(struct html *html, const char *by, int64_t until_ms, int64_t from_ms)
{
    html_raw(html, "Acknowledged by ");
    html_text(html, held_person(by == NULL ? "" : by));
    html_raw(html, " until ");
    if (until_ms == 0)
        html_raw(html, "it is over");
    else
        html_time_from(html, until_ms, from_ms);
}

static void acknowledged(struct html *html, const AlertState *alert)
{
    if (alert->has_ack) {
        html_raw(html, "<div class=\"has\">");
        page_acknowledged(html, alert->ack.by, alert->ack.until_ms, alert->ack.at_ms);
        html_raw(html, "</div>");
    } else if (alert->last_sent_ms != 0) {
        html_raw(html, "<div>Nobody has it yet</div>");
    }
}

void page_explain_link(struct html *html, const char *service, const char *name)
{
    html_raw(html, " <a href=\"api/services/");
    html_text(html, service);
    html_raw(html, "/explain\">Explain<span class=\"sr\"> ");
    html_text(html, name);
    html_raw(html, "</span></a>");
}

void page_incident_link(struct html *html, const char *incident)
{
    html_raw(html, "<a href=\"api/incidents/");
    html_text(html, incident);
    html_raw(html, "\">");
    html_text(html, incident);
    html_raw(html, "</a>");
}

static void held(struct html *html, const struct aggregator_config *config, const AlertState *alert)
{
    for (pb_size_t i = 0; i < alert->held_count; i++) {
        char words[HELD_SENTENCE_BYTES];
        held_sentence(&alert->held[i], config, words);
        html_raw(html, "<div class=\"held\">");
        html_text(html, words);
        if (i + 1 == alert->held_count && alert->alert_class == ALERT_SERVICE)
            page_explain_link(html, alert->service, page_service_name(config, alert->service));
        html_raw(html, "</div>");
    }
}

/* ---------------------------------------------------------------- one alert */

/* What it is about. */
static void title(struct html *html, const struct aggregator_config *config, const AlertState *alert)
{
    static const char collector[] = "collector:";

    html_raw(html, "<b>");
    if (alert->service[0] != '\0')
        html_text(html, page_service_name(config, alert->service));
    else if (strncmp(alert->key, collector, sizeof collector - 1) == 0)
        html_format(html, "Collector %s", alert->key + sizeof collector - 1);
    else
        html_text(html, alert->key);
    html_raw(html, "</b> ");
}

/* Only a service's own alert speaks of its state; all others are of us, or of a budget. */
static void level(struct html *html, const struct alert_view *view, enum status status)
{
    html_raw(html, "<span class=\"");
    html_text(html, html_class(status));
    html_raw(html, "\">");
    if (view->alert->alert_class == ALERT_POLLER)
        html_raw(html, "Feed broken, not a vendor outage");
    else if (view->alert->alert_class == ALERT_SLO)
        html_format(html, "Error budget burns (%s)", view->level);
    else
        html_text(html, status != STATUS_UNKNOWN ? status_title(status) : view->level);
    html_raw(html, "</span>");
}

static void alert_row(struct html *html, const struct aggregator_config *config, const struct page_alert *row)
{
    const struct alert_view *view = row->view;
    const AlertState *alert = view->alert;
    enum status status = STATUS_UNKNOWN;

    (void) status_parse(text_of(view->level), &status);
    html_raw(html, "<li class=\"inc\">");
    html_shape(html, status);
    html_raw(html, "<div>");
    title(html, config, alert);
    level(html, view, status);
    html_raw(html, "<div class=\"mut\">since ");
    html_time(html, alert->since_ms != 0 ? alert->since_ms : alert->opened_at_ms);
    if (alert->incident[0] != '\0') {
        html_raw(html, ", ");
        page_incident_link(html, alert->incident);
    }
    html_raw(html, "</div></div><div class=\"mut\">");
    channels(html, row);
    acknowledged(html, alert);
    held(html, config, alert);
    html_raw(html, "</div></li>");
}

void page_alerts_write(struct html *html, const struct page_overview *page)
{
    const struct summary *summary = &page->summary;

    html_raw(html, "<section class=\"card\" id=\"alerts\"><header><h2>Open alerts</h2><span class=\"mut\">");
    html_format(html, "%zu open", summary->alerts_total);
    if (summary->n_acknowledged > 0)
        html_format(html, ", %zu acknowledged", summary->n_acknowledged);
    if (summary->n_held > 0)
        html_format(html, ", %zu held", summary->n_held);
    html_raw(html, summary->n_alerts > 1 ? ", worst first</span></header>" : "</span></header>");
    if (summary->n_alerts == 0) {
        html_raw(html, "<p class=\"empty\">No alert is open.</p></section>");
        return;
    }
    html_raw(html, "<ul>");
    for (size_t i = 0; i < page->n_alerts; i++)
        alert_row(html, page->config, &page->alerts[i]);
    html_raw(html, "</ul></section>");
}
