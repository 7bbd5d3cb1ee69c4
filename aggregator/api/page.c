/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page: everything can be read without JavaScript. It is fragments in a shell; the script fetches a fragment anew
 * when the stream says that its views changed, so ten thousand hosts' reports never redraw the services.
 */
#include <errno.h>
#include <stdio.h>

#include "aggregator/api/api_private.h"
#include "aggregator/api/assets.h"
#include "aggregator/api/page.h"
#include "aggregator/api/views.h"

/* The shapes of the states, each told apart without its colour. */
static const char shapes[] =
    "<svg class=\"shapes\" aria-hidden=\"true\"><defs>"
    "<symbol id=\"s-op\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"4.5\" fill=\"currentColor\"/></symbol>"
    "<symbol id=\"s-deg\" viewBox=\"0 0 16 16\"><path d=\"M8 1.8 15 14H1z\" fill=\"currentColor\" stroke=\"currentColor\" "
    "stroke-linejoin=\"round\"/></symbol>"
    "<symbol id=\"s-par\" viewBox=\"0 0 16 16\"><path d=\"M8 1 15 8 8 15 1 8z\" fill=\"none\" stroke=\"currentColor\" "
    "stroke-width=\"1.8\" stroke-linejoin=\"round\"/><path d=\"M8 1v14L1 8z\" fill=\"currentColor\"/></symbol>"
    "<symbol id=\"s-maj\" viewBox=\"0 0 16 16\"><rect x=\"1\" y=\"1\" width=\"14\" height=\"14\" rx=\"2.5\" "
    "fill=\"currentColor\"/><path class=\"cut\" d=\"m5 5 6 6m0-6-6 6\" stroke-width=\"2.2\" stroke-linecap=\"round\"/></symbol>"
    "<symbol id=\"s-unk\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"6.4\" fill=\"none\" stroke=\"currentColor\" "
    "stroke-width=\"1.6\" stroke-dasharray=\"2.6 2\"/><path d=\"M6.2 6.4a1.9 1.9 0 1 1 2.5 1.9c-.5.2-.7.5-.7 1.1M8 11.4v.2\" "
    "fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\" stroke-linecap=\"round\"/></symbol>"
    "<symbol id=\"s-mnt\" viewBox=\"0 0 16 16\"><path d=\"M3.5 14.500V2M3.5 2.500h9l-2 3 2 3h-9\" fill=\"none\" "
    "stroke=\"currentColor\" stroke-width=\"1.7\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/></symbol>"
    "</defs></svg>";

static void head(struct html *html, const struct summary *summary)
{
    const size_t *by = summary->counts.by_status;
    size_t bad = by[STATUS_DEGRADED] + by[STATUS_PARTIAL_OUTAGE] + by[STATUS_MAJOR_OUTAGE];

    html_raw(html, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
    if (bad > 0)
        html_format(html, "(%zu) ", bad);
    html_raw(html, "Overview - Tocsin</title><link rel=\"icon\" type=\"image/svg+xml\" href=\"");
    html_text(html, asset_path("icon.svg"));
    html_raw(html, "\"><link rel=\"stylesheet\" href=\"");
    html_text(html, asset_path("page.css"));
    html_raw(html, "\"><script src=\"");
    html_text(html, asset_path("page.js"));
    html_raw(html, "\" defer></script></head>");
}

static void top(struct html *html, bool demo)
{
    html_raw(html, "<body><a class=\"skip\" href=\"#main\">Skip to content</a>");
    html_raw(html, shapes);
    html_raw(html, "<header class=\"top\"><span class=\"brand\">"
                   "<svg width=\"20\" height=\"20\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"M10 2.200c-3.2 0-5 "
                   "2.4-5 5.4 0 4-1.6 5-2.4 6.200h14.800C16.6 12.6 15 11.6 15 7.600c0-3-1.8-5.4-5-5.400z\" "
                   "fill=\"currentColor\"/><path d=\"M7.8 16.200a2.3 2.3 0 0 0 4.4 0\" stroke=\"currentColor\" "
                   "stroke-width=\"1.6\" fill=\"none\" stroke-linecap=\"round\"/></svg>Tocsin</span>");
    if (demo)
        html_raw(html, "<span class=\"tag demo\">Demo data</span>");
    html_raw(html, "<span id=\"live\" class=\"live\">Reload for news</span></header>"
                   "<p id=\"banner\" class=\"banner\" hidden></p><p id=\"said\" class=\"sr\" role=\"status\" "
                   "aria-live=\"polite\"></p><main id=\"main\" class=\"page\">");
}

static int finish(const struct html *html)
{
    return html->full ? -EMSGSIZE : 0;
}

int views_page(struct render *render)
{
    struct html html = {.out = render->out};
    struct page_overview overview;
    struct page_hosts hosts;

    int r = page_overview_read(render, &overview);
    if (r == 0)
        r = page_hosts_read(render, &hosts);
    if (r < 0)
        return r;
    render_read_done(render);

    head(&html, &overview.summary);
    top(&html, store_schema(render->api->store)->demo);
    html_raw(&html, "<div id=\"overview\" data-fragment=\"fragments/overview\" data-views=\"services alerts timeline outbox maintenance vendor\">");
    page_overview_write(&html, &overview);
    html_raw(&html, "</div><div id=\"hosts\" data-fragment=\"fragments/hosts\" data-views=\"hosts maintenance\">");
    page_hosts_write(&html, &hosts);
    html_raw(&html, "</div><div id=\"readiness\" data-fragment=\"fragments/readiness\" data-views=\"evidence alerts\">"
                    "<p class=\"empty\"><a href=\"fragments/readiness\">What is proven, and what is missing</a></p>"
                    "</div></main></body></html>\n");
    return finish(&html);
}

int views_page_overview(struct render *render)
{
    struct html html = {.out = render->out};
    struct page_overview overview;

    int r = page_overview_read(render, &overview);
    if (r < 0)
        return r;
    render_read_done(render);
    page_overview_write(&html, &overview);
    return finish(&html);
}

int views_page_hosts(struct render *render)
{
    struct html html = {.out = render->out};
    struct page_hosts hosts;

    int r = page_hosts_read(render, &hosts);
    if (r < 0)
        return r;
    render_read_done(render);
    page_hosts_write(&html, &hosts);
    return finish(&html);
}
