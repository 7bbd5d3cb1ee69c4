/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/api/page.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"
#include "common/mem.h"

enum { CHECKS_SHOWN_MAX = 8 };

static int badness(const struct host_view *view)
{
    static const int order[STATUS_COUNT] = {[STATUS_MAJOR_OUTAGE] = 0, [STATUS_PARTIAL_OUTAGE] = 1, [STATUS_DEGRADED] = 2,
                                            [STATUS_UNKNOWN] = 3,      [STATUS_OPERATIONAL] = 4};

    return order[view->status];
}

static int compare(const void *left, const void *right)
{
    const struct host_view *a = left;
    const struct host_view *b = right;

    int order = badness(a) - badness(b);
    return order != 0 ? order : strcmp(a->name, b->name);
}

int page_hosts_read(struct render *render, struct page_hosts *out)
{
    CLEANUP(mem_freep) HostRow *row = mem_new(sizeof *row);
    struct service_reader reader = views_reader(render);
    struct store_cursor cursor;

    *out = (struct page_hosts) {.total = store_rows(render->txn, TABLE_HOSTS)};
    out->hosts = arena_new(&render->arena, PAGE_HOSTS_MAX * sizeof *out->hosts);
    store_walk(render->txn, TABLE_HOSTS, (struct store_range) {0}, &cursor);
    while (out->n_hosts < PAGE_HOSTS_MAX && walk_next(&cursor, NULL, row))
        host_view_fill(&reader, row, &out->hosts[out->n_hosts++]);
    store_walk_end(&cursor);
    qsort(out->hosts, out->n_hosts, sizeof *out->hosts, compare);
    return 0;
}

static void check(struct html *html, const struct service_view *view)
{
    const char *colon = strchr(view->id, ':');

    html_raw(html, "<li class=\"");
    html_text(html, html_class(view->status));
    html_raw(html, "\">");
    html_shape(html, view->status);
    html_raw(html, "<span>");
    html_text(html, colon == NULL ? view->id : colon + 1);
    html_raw(html, "<span class=\"sr\"> ");
    html_text(html, status_title(view->status));
    html_raw(html, "</span></span>");
    if (view->maintenance)
        page_maintenance_tag(html);
    if (view->status != STATUS_OPERATIONAL && view->speaker != NULL && view->speaker->detail != NULL) {
        html_raw(html, "<em>");
        html_text(html, view->speaker->detail);
        html_raw(html, "</em>");
    }
    html_raw(html, "</li>");
}

static void host(struct html *html, const struct host_view *view)
{
    html_raw(html, "<li class=\"host\">");
    html_shape(html, view->status);
    html_raw(html, "<div><b>");
    html_text(html, view->name);
    html_raw(html, "</b> <span class=\"");
    html_text(html, html_class(view->status));
    html_raw(html, "\">");
    html_text(html, view->silent ? "Silent" : status_title(view->status));
    html_raw(html, "</span>");
    if (view->maintenance)
        page_maintenance_tag(html);
    if (view->silent) {
        html_raw(html, "<div class=\"unk\">No report since ");
        html_time(html, view->last_seen_ms);
        html_raw(html, "</div>");
    }
    html_raw(html, "<ul>");
    for (size_t i = 0; i < view->n_checks && i < CHECKS_SHOWN_MAX; i++)
        check(html, &view->checks[i]);
    html_raw(html, "</ul>");
    if (view->n_checks > CHECKS_SHOWN_MAX)
        html_format(html, "and %zu more checks", view->n_checks - CHECKS_SHOWN_MAX);
    html_raw(html, "</div></li>");
}

void page_hosts_write(struct html *html, const struct page_hosts *page)
{
    html_raw(html, "<section><header class=\"bare\"><h2>Hosts</h2><span class=\"mut\">");
    if (page->n_hosts < page->total)
        html_format(html, "%zu, the first %zu by name; all at /api/hosts", page->total, page->n_hosts);
    else
        html_format(html, "%zu", page->total);
    html_raw(html, "</span></header>");
    if (page->n_hosts == 0)
        html_raw(html, "<p class=\"empty\">No host reports yet. <code>tocsin-aggregator enroll NAME</code> makes the file "
                       "for the first one.</p>");
    html_raw(html, "<ul class=\"hosts\">");
    for (size_t i = 0; i < page->n_hosts; i++)
        host(html, &page->hosts[i]);
    html_raw(html, "</ul></section>");
}
