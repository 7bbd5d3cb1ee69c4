/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/headers.h"

#include <string.h>

#include "common/mem.h"

enum { HEADERS_MAX = 64, LENGTH_DIGITS_MAX = 15 };

static const struct {
    const char *name;
    size_t offset;
} known[] = {
    {"authorization", offsetof(struct headers, authorization)},
    {"if-none-match", offsetof(struct headers, if_none_match)},
    {"accept-encoding", offsetof(struct headers, accept_encoding)},
    {"content-type", offsetof(struct headers, content_type)},
    {"content-length", offsetof(struct headers, content_length)},
    {"transfer-encoding", offsetof(struct headers, transfer_encoding)},
    {"host", offsetof(struct headers, host)},
    {"x-request-id", offsetof(struct headers, request_id)},
    {"idempotency-key", offsetof(struct headers, idempotency_key)},
    {"last-event-id", offsetof(struct headers, last_event_id)},
    {"expect", offsetof(struct headers, expect)},
    {"x-statuspage-signature", offsetof(struct headers, statuspage_signature)},
    {"x-hub-signature-256", offsetof(struct headers, hub_signature)},
    {"x-signature", offsetof(struct headers, signature)},
};

/* Repeating these is no fault: lists may be split over lines (RFC 9110, 5.3). The first is the one looked at. */
static bool may_repeat(size_t i)
{
    return known[i].offset == offsetof(struct headers, accept_encoding)
           || known[i].offset == offsetof(struct headers, if_none_match);
}

/* RFC 9110, 5.6.2: a blank before the colon, a control character or a separator makes no name. */
static bool is_name(struct text name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alphanumeric && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return name.len > 0;
}

static bool is_value(struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char) value.at[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

void headers_add(struct headers *headers, struct text name, struct text value)
{
    if (headers->refused != NULL)
        return;
    if (++headers->n > HEADERS_MAX)
        headers->refused = "more than 64 headers";
    else if (!is_name(name))
        headers->refused = "a header's name holds a character that no name may hold";
    else if (!is_value(value))
        headers->refused = "a header's value holds a control character";

    for (size_t i = 0; headers->refused == NULL && i < ARRAY_SIZE(known); i++) {
        if (!text_equal_ignoring_case(name, text_of(known[i].name)))
            continue;
        if ((headers->seen & (1u << i)) != 0) {
            if (!may_repeat(i))
                headers->refused = "a header that may occur once occurs twice";
            return;
        }
        headers->seen |= 1u << i;
        *(struct text *) (void *) ((char *) headers + known[i].offset) = value;
        return;
    }
}

static bool has(const struct headers *headers, const struct text *value)
{
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (known[i].offset == (size_t) ((const char *) value - (const char *) headers))
            return (headers->seen & (1u << i)) != 0;
    }
    return false;
}

const char *headers_check(const struct headers *headers, const char *method, const char *version)
{
    bool length = has(headers, &headers->content_length);
    bool chunked = has(headers, &headers->transfer_encoding);
    int64_t bytes = 0;

    if (headers->refused != NULL)
        return headers->refused;
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return "only HTTP/1.1 and HTTP/1.0 are spoken here";
    if (length && chunked)
        return "Content-Length and Transfer-Encoding exclude each other";
    if (chunked && !text_equal_ignoring_case(headers->transfer_encoding, text_of("chunked")))
        return "the only Transfer-Encoding is chunked";
    if (chunked && strcmp(version, "HTTP/1.0") == 0)
        return "HTTP/1.0 has no Transfer-Encoding";
    if (length
        && (headers->content_length.len > LENGTH_DIGITS_MAX
            || !text_to_int64(headers->content_length, 0, INT64_MAX, &bytes)))
        return "Content-Length is no whole number";
    if (!has(headers, &headers->host) && strcmp(version, "HTTP/1.1") == 0)
        return "the Host header is missing";
    if ((chunked || bytes > 0) && strcmp(method, "POST") != 0)
        return "only a POST may carry a body";
    return NULL;
}

static bool is_zero(struct text quality)
{
    if (quality.len == 0 || quality.at[0] != '0')
        return false;
    for (size_t i = 1; i < quality.len; i++) {
        if (quality.at[i] != '.' && quality.at[i] != '0')
            return false;
    }
    return true;
}

bool headers_accept_gzip(const struct headers *headers)
{
    struct text list = headers->accept_encoding;
    struct text item;

    while (text_take_until(&list, ',', &item)) {
        struct text coding = {NULL, 0};
        (void) text_take_until(&item, ';', &coding);
        if (!text_equal_ignoring_case(text_trim(coding), text_of("gzip")))
            continue;
        struct text parameter = text_trim(item);
        return !(text_starts_with(parameter, "q=") && is_zero((struct text) {parameter.at + 2, parameter.len - 2}));
    }
    return false;
}

bool headers_match_tag(const struct headers *headers, const char *tag)
{
    struct text list = headers->if_none_match;
    struct text item;

    while (text_take_until(&list, ',', &item)) {
        item = text_trim(item);
        if (text_starts_with(item, "W/"))            /* If-None-Match compares weakly (RFC 9110, 13.1.2) */
            item = (struct text) {item.at + 2, item.len - 2};
        if (text_is(item, tag) || text_is(item, "*"))
            return true;
    }
    return false;
}

bool headers_are_json(const struct headers *headers)
{
    struct text rest = headers->content_type;
    struct text type = {NULL, 0};

    (void) text_take_until(&rest, ';', &type);
    return text_equal_ignoring_case(text_trim(type), text_of("application/json"));
}

bool headers_request_id(const struct headers *headers, char out[static REQUEST_ID_BYTES_MAX + 1])
{
    struct text id = headers->request_id;

    if (id.len == 0 || id.len > REQUEST_ID_BYTES_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.at[i];
        bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alphanumeric && c != '.' && c != '_' && c != ':' && c != '-')
            return false;
    }
    memcpy(out, id.at, id.len);
    out[id.len] = '\0';
    return true;
}
