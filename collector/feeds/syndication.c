/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/syndication.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/feeds/markup.h"
#include "collector/feeds/result.h"

static struct text first_of(struct text a, struct text b)
{
    return a.len > 0 ? a : b;
}

/* --- items -------------------------------------------------------------------------------------------------------- */

/* Atom may give several: the page people read is the alternate one, which is also what no rel means. */
static struct text atom_link(const struct xml_node *entry)
{
    for (const struct xml_node *link = xml_child(entry, "link"); link != NULL; link = xml_next(link)) {
        struct text rel = xml_attribute(link, "rel");
        if (rel.len == 0 || text_is(rel, "alternate"))
            return text_trim(xml_attribute(link, "href"));
    }
    return (struct text) {NULL, 0};
}

static struct syndication_item read_entry(const struct xml_node *entry)
{
    int64_t updated_at_ms = feed_time_any_ms(xml_child_text(entry, "updated"));

    return (struct syndication_item) {
        .id = xml_child_text(entry, "id"),
        .title = xml_child_text(entry, "title"),
        .link = atom_link(entry),
        .html = first_of(xml_child_text(entry, "content"), xml_child_text(entry, "summary")),
        .at_ms = updated_at_ms != 0 ? updated_at_ms : feed_time_any_ms(xml_child_text(entry, "published")),
        .node = entry,
    };
}

static struct syndication_item read_item(const struct xml_node *item)
{
    int64_t published_at_ms = feed_time_any_ms(xml_child_text(item, "pubDate"));

    return (struct syndication_item) {
        .id = xml_child_text(item, "guid"),
        .title = xml_child_text(item, "title"),
        .link = xml_child_text(item, "link"),
        .html = first_of(xml_child_text(item, "encoded"), xml_child_text(item, "description")),
        .at_ms = published_at_ms != 0 ? published_at_ms : feed_time_any_ms(xml_child_text(item, "date")),
        .node = item,
    };
}

static int64_t rank(const struct syndication_item *item)
{
    return item->at_ms == 0 ? INT64_MAX : item->at_ms;
}

static int compare_items(const void *a, const void *b)
{
    const struct syndication_item *x = a;
    const struct syndication_item *y = b;
    int64_t rank_x = rank(x);
    int64_t rank_y = rank(y);
    if (rank_x != rank_y)
        return rank_x < rank_y ? 1 : -1;
    return (x->position > y->position) - (x->position < y->position);
}

static void read_items(const struct xml_node *parent, const char *name, struct syndication *out, struct arena *arena)
{
    struct syndication_item (*read)(const struct xml_node *) = strcmp(name, "entry") == 0 ? read_entry : read_item;
    size_t n = 0;

    for (const struct xml_node *node = xml_child(parent, name); node != NULL; node = xml_next(node))
        n++;
    out->items = arena_new(arena, (n + 1) * sizeof *out->items);
    for (const struct xml_node *node = xml_child(parent, name); node != NULL; node = xml_next(node)) {
        struct syndication_item item = read(node);
        item.id = first_of(item.id, first_of(item.link, item.title));
        item.position = out->n_items;
        out->items[out->n_items++] = item;
    }
    qsort(out->items, out->n_items, sizeof *out->items, compare_items);
}

/* A child with the marks of an item and another name: what this feed has items under is not what we look for, and would read
 * as a page that is quiet. NULL: there is none. */
static const struct xml_node *find_stranger(const struct xml_node *parent, const char *name)
{
    static const char *const marks[] = {"guid", "pubDate", "published", "updated"};

    for (const struct xml_node *child = parent->child; child != NULL; child = child->next) {
        for (size_t i = 0; i < ARRAY_SIZE(marks) && strcmp(child->name, name) != 0; i++) {
            if (xml_child(child, marks[i]) != NULL)
                return child;
        }
    }
    return NULL;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* NULL, or why it is not. */
static const char *read_root(const struct xml_node *root, struct syndication *out, struct arena *arena)
{
    bool atom = strcmp(root->name, "feed") == 0;
    const char *item = atom ? "entry" : "item";
    const struct xml_node *channel = atom ? root : xml_child(root, "channel");

    if (!atom && strcmp(root->name, "rss") != 0)
        return "neither RSS nor Atom: the document is another kind of XML";
    if (channel == NULL)
        return "not RSS: there is no channel in it";
    if (xml_child(channel, "title") == NULL)
        return "a feed without a title, which both RSS and Atom demand";
    const struct xml_node *stranger = find_stranger(channel, item);
    if (stranger != NULL)
        return arena_format(arena, "<%.40s> looks like an item, where <%s> is due", stranger->name, item);
    *out = (struct syndication) {
        .title = xml_child_text(channel, "title"),
        .link = atom ? atom_link(channel) : xml_child_text(channel, "link"),
    };
    read_items(channel, item, out, arena);
    return NULL;
}

static bool starts_ignoring_case(struct text in, const char *prefix)
{
    size_t len = strlen(prefix);

    return in.len >= len && text_equal_ignoring_case((struct text) {in.at, len}, text_of(prefix));
}

static bool is_web_page(struct text body)
{
    struct text start = text_trim(body);

    return starts_ignoring_case(start, "<!doctype html") || starts_ignoring_case(start, "<html");
}

int syndication_read(const struct feed_document *document, struct syndication *out, struct feed_result *result,
                     struct arena *arena, struct error *err)
{
    struct error fault = {0};
    const struct xml_node *root = NULL;
    if (is_web_page(document->body))
        (void) error_set(&fault, -EBADMSG, "the answer is a web page where RSS or Atom is due: has the feed moved to another "
                                           "platform or address, or does it ask for a login?");
    else
        root = xml_read(document->body, arena, &fault);
    if (root == NULL) {
        (void) error_set(err, fault.code, "%s", fault.text);
        return feed_fail(result, "parse", fault.text, arena);
    }
    const char *why = read_root(root, out, arena);
    return why == NULL ? 0 : feed_misshapen(result, arena, err, "%s", why);
}

bool syndication_is(struct text body, struct syndication *out, struct arena *arena)
{
    const struct xml_node *root = xml_read(body, arena, NULL);

    return root != NULL && read_root(root, out, arena) == NULL;
}

const char *syndication_title(const struct syndication *feed, struct arena *arena)
{
    return feed_name(arena, text_of(markup_text(arena, feed->title, FEED_NAME_BYTES_MAX)));
}

bool syndication_is_of(const struct syndication *feed, const char *host)
{
    struct text rest = feed->link;
    struct text part = {NULL, 0};
    for (int slash = 0; slash < 3; slash++) {   /* "https:", "", "status.example.com" */
        if (!text_take_until(&rest, '/', &part))
            return false;
    }
    size_t len = strlen(host);
    bool ends = part.len >= len && text_equal_ignoring_case((struct text) {part.at + part.len - len, len}, text_of(host));
    return ends && (part.len == len || part.at[part.len - len - 1] == '.');
}

/* --- about an item ------------------------------------------------------------------------------------------------ */

/* RSS has it as text, Atom as an attribute. */
static struct text category_text(const struct xml_node *category)
{
    return first_of(text_trim(category->text), text_trim(xml_attribute(category, "term")));
}

bool syndication_has_category(const struct syndication_item *item, const char *wanted)
{
    const struct xml_node *category = xml_child(item->node, "category");

    for (; category != NULL; category = xml_next(category)) {
        if (text_equal_ignoring_case(category_text(category), text_trim(text_of(wanted))))
            return true;
    }
    return false;
}

bool syndication_is_categorised(const struct syndication_item *item)
{
    const struct xml_node *category = xml_child(item->node, "category");

    while (category != NULL && category_text(category).len == 0)
        category = xml_next(category);
    return category != NULL;
}

const char *syndication_id(const struct syndication_item *item, struct arena *arena)
{
    struct text id = item->id;

    if (id.len > FEED_ID_BYTES_MAX)   /* where they differ is their end */
        id = (struct text) {id.at + id.len - FEED_ID_BYTES_MAX, FEED_ID_BYTES_MAX};
    return feed_id(arena, id);
}

const char *syndication_name(const struct syndication_item *item, struct arena *arena)
{
    return feed_name(arena, text_of(markup_text(arena, item->title, FEED_NAME_BYTES_MAX)));
}

const char *syndication_words(const struct syndication_item *item, struct arena *arena)
{
    return markup_text(arena, item->html, FEED_TEXT_BYTES_MAX);
}
