/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the page shows of vendors' own words: a line for each open incident of a service, and what vendors call the work that
 * they plan.
 */
#include "aggregator/api/page.h"
#include "aggregator/api/vendor_view.h"

enum { LINES_MAX = 3 };    /* of a service */

static void take_line(struct render *render, const VendorItemRow *row, VendorVersionRow *version, struct page_vendor_line *out)
{
    if (!vendor_view_words(render->txn, row, version))
        return;
    *out = (struct page_vendor_line) {
        .title = arena_copy_string(&render->arena, version->item.title),
        .state = arena_copy_string(&render->arena, version->item.state),
        .link = arena_copy_string(&render->arena, version->item.link),
        .since_ms = row->starts_at_ms != 0 ? row->starts_at_ms : row->first_seen_ms,
    };
}

static void read_service(struct render *render, const char *service, VendorVersionRow *version, struct page_vendor *out)
{
    VendorItemRow **rows;
    struct vendor_view_choice choice = {.service = service, .kind = VENDOR_ITEM_INCIDENT, .open_only = true};

    out->total = vendor_view_items(render->txn, &render->arena, &choice, &rows);
    if (out->total == 0)
        return;
    out->n = out->total < LINES_MAX ? out->total : LINES_MAX;
    out->lines = arena_new(&render->arena, out->n * sizeof *out->lines);
    for (size_t i = 0; i < out->n; i++)
        take_line(render, rows[i], version, &out->lines[i]);
}

void page_vendor_read(struct render *render, struct page_overview *page)
{
    const struct planned *planned = page->summary.planned;
    VendorVersionRow *version = arena_new(&render->arena, sizeof *version);

    page->vendor = arena_new(&render->arena, (page->summary.n_services + 1) * sizeof *page->vendor);
    for (size_t i = 0; i < page->summary.n_services; i++)
        read_service(render, page->summary.services[i].id, version, &page->vendor[i]);
    for (size_t i = 0; i < planned->n_windows && i < PAGE_WINDOWS_MAX; i++) {
        if (!planned->windows[i].vendor || !vendor_view_of_window(render->txn, planned->windows[i].id, version))
            continue;
        page->window_names[i] = arena_copy_string(&render->arena, version->item.title);
        page->window_links[i] = arena_copy_string(&render->arena, version->item.link);
    }
}

void page_vendor_link(struct html *html, const char *title, const char *link)
{
    bool leads = link != NULL && text_starts_with(text_of(link), "http");
    if (leads) {
        html_raw(html, "<a rel=\"noopener noreferrer\" href=\"");
        html_text(html, link);
        html_raw(html, "\">");
    }
    html_text(html, title == NULL || title[0] == '\0' ? "without a title" : title);
    html_raw(html, leads ? "</a>" : "");
}

static void line(struct html *html, const struct page_vendor_line *of)
{
    html_raw(html, "<em class=\"vendor\">Vendor: ");
    page_vendor_link(html, of->title, of->link);
    if (of->state != NULL && of->state[0] != '\0') {
        html_raw(html, ", ");
        html_text(html, of->state);
    }
    html_raw(html, ", since ");
    html_time(html, of->since_ms);
    html_raw(html, "</em>");
}

void page_vendor_write(struct html *html, const struct page_vendor *vendor, const char *service)
{
    for (size_t i = 0; i < vendor->n; i++)
        line(html, &vendor->lines[i]);
    if (vendor->total > vendor->n) {
        html_raw(html, "<em class=\"vendor\"><a href=\"api/services/");
        html_text(html, service);
        html_raw(html, "/vendor-incidents\">");
        html_format(html, "%zu more", vendor->total - vendor->n);
        html_raw(html, "</a></em>");
    }
}
