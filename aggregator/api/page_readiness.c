/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page's part about readiness. It is not part of the page's own rendering, which is kept until something changes: what
 * is proven grows old by itself. The script fetches it; without the script a link leads here.
 */
#include <errno.h>

#include "aggregator/api/html.h"
#include "aggregator/api/readiness_words.h"
#include "aggregator/api/views.h"

static void area(struct html *html, const struct readiness_view *view, const struct area_view *area)
{
    char next[READINESS_NEXT_BYTES];

    readiness_next(view, area, next);
    if (next[0] == '\0')
        return;
    html_raw(html, "<li><b>");
    html_text(html, area->area->name);
    html_raw(html, "</b><span>");
    html_format(html, "%s, %d of 5. ", area_state_name(area->verdict.state), readiness_of_five(area->verdict.score));
    html_text(html, next);
    html_raw(html, "</span></li>");
}

int views_page_readiness(struct render *render)
{
    struct html html = {.out = render->out};
    struct readiness_view *view = arena_new(&render->arena, sizeof *view);
    char verdict[READINESS_VERDICT_BYTES];

    readiness_view_read(render, view);
    render->volatile_body = true;
    render_read_done(render);

    readiness_verdict(view, verdict);
    html_raw(&html, "<section class=\"card\"><header><h2>Readiness</h2><span class=\"mut\">");
    html_format(&html, "%d of 5", readiness_of_five(view->now.score));
    html_raw(&html, "</span></header><p class=\"empty\">");
    html_text(&html, verdict);
    html_raw(&html, "</p><ul class=\"list\">");
    for (size_t i = 0; i < view->n_areas; i++)
        area(&html, view, &view->areas[i]);
    html_raw(&html, "</ul></section>\n");
    return html.full ? -EMSGSIZE : 0;
}
