/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/mem.h"

enum {
    RETRY_AFTER_S_MAX = 366 * 24 * 3600,
    CURL_TOO_LARGE = 100,          /* CURLE_TOO_LARGE, since libcurl 8.6 */
};

const char *http_fault_name(enum http_fault fault)
{
    static const char *const names[] = {
        [HTTP_FAULT_NONE] = "none",
        [HTTP_FAULT_DNS] = "dns",
        [HTTP_FAULT_CONNECT] = "connect",
        [HTTP_FAULT_TLS] = "tls",
        [HTTP_FAULT_TIMEOUT] = "timeout",
        [HTTP_FAULT_TOO_BIG] = "too_big",
        [HTTP_FAULT_MOVED] = "moved",
        [HTTP_FAULT_ADDRESS] = "address",
        [HTTP_FAULT_CUT] = "cut",
        [HTTP_FAULT_GARBLED] = "parse",
        [HTTP_FAULT_OTHER] = "other",
        [HTTP_FAULT_CANCELLED] = "cancelled",
    };
    return (size_t) fault < ARRAY_SIZE(names) ? names[fault] : "other";
}

bool http_fault_is_network(enum http_fault fault)
{
    switch (fault) {
    case HTTP_FAULT_DNS:
    case HTTP_FAULT_CONNECT:
    case HTTP_FAULT_TLS:
    case HTTP_FAULT_TIMEOUT:
    case HTTP_FAULT_CUT:
    case HTTP_FAULT_OTHER:
        return true;
    case HTTP_FAULT_NONE:
    case HTTP_FAULT_TOO_BIG:
    case HTTP_FAULT_GARBLED:
    case HTTP_FAULT_MOVED:
    case HTTP_FAULT_ADDRESS:
    case HTTP_FAULT_CANCELLED:
        break;
    }
    return false;
}

/* What only an answer can be, without one. */
static enum http_fault before_request(enum http_fault fault)
{
    if (fault == HTTP_FAULT_CUT)
        return HTTP_FAULT_CONNECT;
    return fault == HTTP_FAULT_GARBLED || fault == HTTP_FAULT_TOO_BIG ? HTTP_FAULT_OTHER : fault;
}

static enum http_fault fault_of(const struct http_transfer *t, CURLcode code)
{
    static const struct { CURLcode code; enum http_fault fault; } faults[] = {
        { CURLE_COULDNT_RESOLVE_HOST, HTTP_FAULT_DNS },
        { CURLE_COULDNT_CONNECT, HTTP_FAULT_CONNECT },
        { CURLE_OPERATION_TIMEDOUT, HTTP_FAULT_TIMEOUT },
        { CURLE_SSL_CONNECT_ERROR, HTTP_FAULT_TLS },
        { CURLE_PEER_FAILED_VERIFICATION, HTTP_FAULT_TLS },
        { CURLE_SSL_CACERT_BADFILE, HTTP_FAULT_TLS },
        { CURLE_SSL_CIPHER, HTTP_FAULT_TLS },
        { CURLE_SSL_CERTPROBLEM, HTTP_FAULT_TLS },
        { CURLE_SSL_ISSUER_ERROR, HTTP_FAULT_TLS },
        { CURLE_SSL_INVALIDCERTSTATUS, HTTP_FAULT_TLS },
        { CURLE_PARTIAL_FILE, HTTP_FAULT_CUT },
        { CURLE_GOT_NOTHING, HTTP_FAULT_CUT },
        { CURLE_RECV_ERROR, HTTP_FAULT_CUT },
        { CURLE_SEND_ERROR, HTTP_FAULT_CUT },
        { CURLE_WEIRD_SERVER_REPLY, HTTP_FAULT_GARBLED },
        { CURLE_BAD_CONTENT_ENCODING, HTTP_FAULT_GARBLED },
        { CURLE_UNSUPPORTED_PROTOCOL, HTTP_FAULT_GARBLED },   /* of what answers: ours is looked at before */
        { CURLE_OUT_OF_MEMORY, HTTP_FAULT_TOO_BIG },          /* how a header line longer than its 100 KiB is told */
        { (CURLcode) CURL_TOO_LARGE, HTTP_FAULT_TOO_BIG },
    };

    if (code == CURLE_OK)
        return HTTP_FAULT_NONE;
    if (t->too_big)
        return HTTP_FAULT_TOO_BIG;
    if (t->length_unclear)
        return HTTP_FAULT_GARBLED;
    if (t->address_refused && !t->address_tried)
        return HTTP_FAULT_ADDRESS;
    if (code == CURLE_OPERATION_TIMEDOUT && t->resolving)
        return HTTP_FAULT_DNS;
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        if (faults[i].code == code)
            return t->request_sent ? faults[i].fault : before_request(faults[i].fault);
    }
    return HTTP_FAULT_OTHER;
}

/* As much of the URL as a message may tell: for a secret or one with credentials, where it leads. */
static const char *shown_url(const struct http_transfer *t, const struct http_target *target)
{
    return t->secret_url || target->has_user ? target->authority : target->url;
}

static void say(struct http_transfer *t, const char *what, const char *more)
{
    (void) text_copy(t->message, sizeof t->message, text_of(what));   /* a cut sentence is still a sentence */
    size_t used = strlen(t->message);
    (void) text_copy(t->message + used, sizeof t->message - used, text_of(more));
}

static void say_fault(struct http_transfer *t, enum http_fault fault, CURLcode code)
{
    char words[128];

    if (fault == HTTP_FAULT_TOO_BIG && (t->header_bytes > HTTP_HEADER_BYTES_MAX || !t->too_big)) {
        (void) snprintf(words, sizeof words, "%d bytes", HTTP_HEADER_BYTES_MAX);
        say(t, "the headers of the answer are larger than ", words);
    } else if (fault == HTTP_FAULT_TOO_BIG) {
        (void) snprintf(words, sizeof words, "%zu bytes", t->body.max_bytes);
        say(t, "the answer is larger than ", words);
    } else if (fault == HTTP_FAULT_ADDRESS) {
        say(t, t->target.host, " leads to an address that is not public and not allowed");
    } else if (t->length_unclear) {
        say(t, "the answer does not say how long it is: Content-Length beyond all bounds, or twice and not the same", "");
    } else if (fault != HTTP_FAULT_NONE) {
        say(t, t->curl_message[0] != '\0' ? t->curl_message : curl_easy_strerror(code), "");
    }
}

/* UTC milliseconds of "Expire date" of the first certificate; 0: unknown. */
static int64_t certificate_expires_ms(const struct http_transfer *t)
{
    struct curl_certinfo *chain = NULL;
    if (curl_easy_getinfo(t->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == NULL || chain->num_of_certs < 1)
        return 0;

    static const char key[] = "Expire date:";
    for (const struct curl_slist *line = chain->certinfo[0]; line != NULL; line = line->next) {
        if (strncmp(line->data, key, sizeof key - 1) != 0)
            continue;
        time_t at = curl_getdate(line->data + sizeof key - 1, NULL);
        return at > 0 ? (int64_t) at * 1000 : 0;
    }
    return 0;
}

/* Seconds or a date (RFC 9110, 10.2.3), from our own clock; what is told and over by now is a second. 0: not told, or in
 * another way. */
static int64_t retry_after_s(const struct http_transfer *t)
{
    int64_t seconds = 0;
    if (t->retry_after[0] == '\0')
        return 0;
    if (!text_to_int64(text_of(t->retry_after), 0, INT64_MAX, &seconds)) {
        time_t at = curl_getdate(t->retry_after, NULL);
        if (at < 0)
            return 0;
        seconds = (int64_t) at - clock_wall_ms() / 1000;
    }
    if (seconds > RETRY_AFTER_S_MAX)
        return RETRY_AFTER_S_MAX;
    return seconds < 1 ? 1 : seconds;
}

static void reply_fill(struct http_transfer *t, enum http_fault fault, struct http_reply *out)
{
    char *content_type = NULL;
    curl_off_t connect_us = 0;

    *out = (struct http_reply) {
        .fault = fault,
        .request_sent = t->request_sent,
        .body = buffer_text(&t->body),
        .etag = t->etag,
        .last_modified = t->last_modified,
        .effective_url = t->secret_url ? t->target.authority : t->target.url,
        .address = t->address.ss_family == AF_UNSPEC ? NULL : (const struct sockaddr *) &t->address,
        .message = t->message,
        .total_ms = t->started_mono_ms == 0 ? 0 : clock_mono_ms() - t->started_mono_ms,
    };
    /* These getters only fail for an unknown name; what they cannot tell stays 0. */
    (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &out->status);
    (void) curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &content_type);
    (void) curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connect_us);
    out->content_type = content_type == NULL ? "" : content_type;
    out->retry_after_s = retry_after_s(t);
    out->connect_ms = (int64_t) connect_us / 1000;
    out->certificate_expires_ms = certificate_expires_ms(t);
}

void http_transfer_cancelled(struct http_transfer *t, struct http_reply *out)
{
    say(t, "cancelled", "");
    reply_fill(t, HTTP_FAULT_CANCELLED, out);
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool host_is_listed(const struct http_transfer *t, const char *host)
{
    for (size_t i = 0; t->also_hosts[i] != NULL; i++) {
        if (strcmp(t->also_hosts[i], host) == 0)
            return true;
    }
    return false;
}

/* Why this redirect may not be followed; NULL: it may. */
static const char *redirect_refusal(const struct http_transfer *t, const struct http_target *to)
{
    bool same_host = strcmp(to->host, t->target.host) == 0;

    if (!t->may_follow)
        return "only GET and HEAD follow redirects";
    if (!to->https && !t->allow_http)
        return "that is not https";
    if (!same_host && !host_is_listed(t, to->host))
        return "that is another host";
    if (!same_host && (t->target.has_user || to->has_user))
        return "credentials do not go to another host";
    if (t->redirects_left == 0)
        return "too many redirects";
    return NULL;
}

/* Headers that may go to another place: the rest can carry secrets. */
static void drop_private_headers(struct http_transfer *t)
{
    static const char *const harmless[] = {"Expect", "Accept", "If-None-Match", "If-Modified-Since"};
    struct curl_slist *all = steal(&t->headers);

    for (const struct curl_slist *line = all; line != NULL; line = line->next) {
        struct text value;
        for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
            if (http_header_is(text_of(line->data), harmless[i], &value))
                http_transfer_put_header(t, line->data);
        }
    }
    EASY_SET(t->easy, CURLOPT_HTTPHEADER, t->headers);
    curl_slist_free_all(all);
}

static void redirect_take(struct http_transfer *t, struct http_target *to)
{
    bool elsewhere = strcmp(to->authority, t->target.authority) != 0;

    http_target_done(&t->target);
    t->target = *to;
    *to = (struct http_target) {0};
    t->redirects_left--;
    t->address_refused = false;
    t->address_tried = false;
    buffer_reset(&t->body);
    EASY_SET(t->easy, CURLOPT_URL, t->target.url);
    if (elsewhere)
        drop_private_headers(t);
}

/* Whether the redirect is followed; if not, the words are set. */
static bool redirect_follow(struct http_transfer *t)
{
    char *location = NULL;
    struct http_target to = {0};
    struct error err = {0};
    char words[sizeof t->message];

    (void) curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &location);   /* NULL: no Location that can be used */
    if (location == NULL) {
        say(t, "redirected without saying where to", "");
        return false;
    }
    if (http_target_parse(location, &to, &err) < 0) {
        say(t, "redirected to somewhere unusable: ", err.text);
        http_target_done(&to);
        return false;
    }
    const char *refusal = redirect_refusal(t, &to);
    if (refusal == NULL) {
        redirect_take(t, &to);
        return true;
    }
    (void) snprintf(words, sizeof words, "%.300s (%s)", shown_url(t, &to), refusal);
    say(t, "redirected to ", words);
    http_target_done(&to);
    return false;
}

bool http_transfer_follows(struct http_transfer *t, CURLcode code, struct http_reply *out)
{
    enum http_fault fault = fault_of(t, code);
    long status = 0;

    t->resolving = false;
    (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);   /* 0: no answer */
    if (fault == HTTP_FAULT_NONE && t->redirects_max > 0 && is_redirect(status)) {
        if (redirect_follow(t))
            return true;
        fault = HTTP_FAULT_MOVED;
    } else {
        say_fault(t, fault, code);
    }
    reply_fill(t, fault, out);
    return false;
}
