/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page's planned work: what is quiet now and what will be next. A number of windows, not those of the next hours: the
 * page is kept until something changes, and time alone changes nothing in the store.
 */
#include "aggregator/api/held_words.h"
#include "aggregator/api/page.h"

enum { SUBJECTS_SHOWN_MAX = 6 };

void page_maintenance_tag(struct html *html)
{
    html_raw(html, " <span class=\"tag mnt\">");
    html_shape_named(html, "mnt");
    html_raw(html, " maintenance</span>");
}

static void subjects(struct html *html, const struct aggregator_config *config, const struct planned_window *window)
{
    for (size_t i = 0; i < window->n_subjects && i < SUBJECTS_SHOWN_MAX; i++) {
        const char *subject = window->subjects[i];
        html_raw(html, i == 0 ? "" : ", ");
        if (subject[0] == '*' && subject[1] == '\0')
            html_raw(html, "Everything");
        else
            html_text(html, page_service_name(config, subject));
    }
    if (window->n_subjects > SUBJECTS_SHOWN_MAX)
        html_format(html, " and %zu more", window->n_subjects - SUBJECTS_SHOWN_MAX);
}

static void times(struct html *html, const struct planned_window *window)
{
    if (!window->active) {
        html_raw(html, "from ");
        html_time_from(html, window->start_ms, window->set_at_ms);
        html_raw(html, " ");
    }
    html_raw(html, "until ");
    html_time_from(html, window->end_ms, window->set_at_ms);
}

static void window_row(struct html *html, const struct page_overview *page, size_t i)
{
    const struct planned_window *window = &page->summary.planned->windows[i];

    html_raw(html, "<li class=\"inc\">");
    html_shape_named(html, "mnt");
    html_raw(html, "<div><b>");
    subjects(html, page->config, window);
    html_raw(html, "</b> <span class=\"mnt\">");
    html_raw(html, window->active ? "Active" : "To come");
    html_raw(html, "</span><div class=\"mut\">");
    times(html, window);
    html_raw(html, ", window ");
    html_text(html, window->id);
    html_raw(html, "</div></div><div class=\"mut\"><div>");
    if (page->window_names[i] != NULL)
        page_vendor_link(html, page->window_names[i], page->window_links[i]);
    else
        html_text(html, window->reason);
    html_raw(html, "</div><div>");
    html_raw(html, window->vendor ? "Announced by the vendor" : "By ");
    html_text(html, window->vendor ? "" : held_person(window->by));
    html_raw(html, "</div></div></li>");
}

void page_planned_write(struct html *html, const struct page_overview *page)
{
    const struct planned *planned = page->summary.planned;
    size_t shown = planned->n_windows < PAGE_WINDOWS_MAX ? planned->n_windows : PAGE_WINDOWS_MAX;

    html_raw(html, "<section class=\"card\" id=\"planned\"><header><h2>Planned work</h2><span class=\"mut\">");
    if (planned->n_windows == 0) {
        html_raw(html, "none</span></header></section>");
        return;
    }
    html_format(html, "%zu active, %zu to come", planned->n_active, planned->n_windows - planned->n_active);
    html_raw(html, "</span></header><ul>");
    for (size_t i = 0; i < shown; i++)
        window_row(html, page, i);
    html_raw(html, "</ul>");
    if (shown < planned->n_windows) {
        html_raw(html, "<p class=\"empty\">");
        html_format(html, "and %zu more", planned->n_windows - shown);
        html_raw(html, ", <a href=\"api/maintenance\">all of them</a></p>");
    }
    html_raw(html, "</section>");
}
