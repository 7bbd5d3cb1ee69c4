/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"

enum {
    REQUEST_HEADERS_MAX = 32,
    CONNECT_TIMEOUT_MS = 5000,
    TIMEOUT_MS = 15000,
    TIMEOUT_MS_MAX = 600000,
    SLOW_BYTES_PER_SECOND = 10,        /* below it for SLOW_SECONDS: a drip, for transfers whose time limit is long */
    SLOW_SECONDS = 30,
    IDLE_CONNECTION_S = 60,
    CA_CACHE_S = 24 * 3600,            /* an updated bundle is seen by the client, which then names it in another way */
};

/* --- where it goes ------------------------------------------------------------------------------------------------ */

void http_target_done(struct http_target *target)
{
    free(target->url);
    free(target->host);
    free(target->authority);
    *target = (struct http_target) {0};
}

static void url_freep(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void curl_freep(char **text)
{
    curl_free(*text);
}

/* The host as it is compared: lower case, without brackets and final dot. */
static char *host_to_compare(const char *host)
{
    struct text t = text_of(host);
    if (t.len > 1 && t.at[0] == '[' && t.at[t.len - 1] == ']')
        t = (struct text) {t.at + 1, t.len - 2};
    if (t.len > 1 && t.at[t.len - 1] == '.')
        t.len--;

    char *out = mem_copy_text(t);
    for (char *c = out; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char) (*c - 'A' + 'a');
    }
    return out;
}

int http_target_parse(const char *url, struct http_target *out, struct error *err)
{
    if (url == NULL || strlen(url) > HTTP_URL_BYTES_MAX)
        return error_set(err, -EINVAL, "the URL is %s", url == NULL ? "missing" : "longer than 4096 bytes");

    CLEANUP(url_freep) CURLU *parts = curl_url();
    CLEANUP(curl_freep) char *scheme = NULL;
    CLEANUP(curl_freep) char *host = NULL;
    CLEANUP(curl_freep) char *port = NULL;
    CLEANUP(curl_freep) char *user = NULL;
    if (parts == NULL)
        abort();
    CURLUcode r = curl_url_set(parts, CURLUPART_URL, url, 0);
    if (r == CURLUE_OK)
        r = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0);
    if (r == CURLUE_OK)
        r = curl_url_get(parts, CURLUPART_HOST, &host, 0);
    if (r == CURLUE_OK)
        r = curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    if (r != CURLUE_OK)
        return error_set(err, -EINVAL, "not a URL that can be used: %s", curl_url_strerror(r));

    (void) curl_url_get(parts, CURLUPART_USER, &user, 0);   /* most have none */
    out->https = strcmp(scheme, "https") == 0;
    if (!out->https && strcmp(scheme, "http") != 0)
        return error_set(err, -EINVAL, "the URL's scheme is %.16s, expected https", scheme);
    out->has_user = user != NULL;
    out->host = host_to_compare(host);
    size_t cap = strlen(scheme) + strlen(host) + strlen(port) + sizeof "://:";
    out->authority = mem_new(cap);
    (void) snprintf(out->authority, cap, "%s://%s:%s", scheme, host, port);
    out->url = mem_copy_string(url);
    return 0;
}

/* --- what libcurl calls ------------------------------------------------------------------------------------------- */

static bool address_allowed(const struct http_transfer *t, const struct sockaddr *address)
{
    if (t->policy == ADDRESS_ANY || address_is_public(address))
        return true;
    for (size_t i = 0; i < t->n_allowed; i++) {
        if (address_block_contains(&t->allowed[i], address))
            return true;
    }
    return false;
}

static curl_socket_t transfer_on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_transfer *t = context;

    t->resolving = false;
    (void) purpose;   /* there is only the one for connecting in HTTP */
    if (!address_allowed(t, &address->addr)) {
        t->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    t->address_tried = true;
    if (address->addrlen <= sizeof t->address)
        memcpy(&t->address, &address->addr, address->addrlen);
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Runs on each exchange, also where a connection is used again and no socket was opened. */
static int transfer_on_connected(void *context, char *address, char *local, int port, int local_port)
{
    struct http_transfer *t = context;
    struct sockaddr_storage there = {0};

    (void) local;
    (void) port;
    (void) local_port;
    t->resolving = false;
    if (!address_parse(text_of(address), &there) || !address_allowed(t, (const struct sockaddr *) &there)) {
        t->address_refused = true;
        t->address_tried = false;
        return CURL_PREREQFUNC_ABORT;
    }
    t->address = there;
    t->request_sent = true;
    return CURL_PREREQFUNC_OK;
}

static size_t transfer_on_body(char *bytes, size_t size, size_t n, void *context)
{
    struct http_transfer *t = context;

    (void) size;   /* always 1 */
    if (buffer_put(&t->body, bytes, n) == 0)
        return n;
    t->too_big = true;
    return n == 0 ? 1 : 0;   /* anything but n ends the transfer */
}

bool http_header_is(struct text line, const char *name, struct text *value)
{
    struct text rest = line;
    struct text found;
    if (!text_take_until(&rest, ':', &found) || !text_equal_ignoring_case(found, text_of(name)))
        return false;
    *value = text_trim(rest);
    return true;
}

static void keep_header(char *to, size_t cap, struct text value)
{
    if (!text_copy(to, cap, value))
        to[0] = '\0';
}

/* RFC 9112, 6.3: such an answer is none, for nobody knows where it ends. libcurl believes the last length of several, and does
 * without where it is beyond its numbers. */
static bool length_holds(struct http_transfer *t, struct text value)
{
    int64_t length = 0;
    if (!text_to_int64(value, 0, INT64_MAX, &length) || (t->content_length >= 0 && t->content_length != length))
        return false;
    t->content_length = length;
    return true;
}

static size_t transfer_on_header(char *bytes, size_t size, size_t n, void *context)
{
    struct http_transfer *t = context;
    struct text line = {bytes, n};
    struct text value;

    (void) size;   /* always 1 */
    t->header_bytes += n;
    if (t->header_bytes > HTTP_HEADER_BYTES_MAX) {
        t->too_big = true;
        return 0;
    }
    if (text_starts_with(line, "HTTP/")) {   /* a new answer, after a 1xx */
        t->etag[0] = '\0';
        t->last_modified[0] = '\0';
        t->retry_after[0] = '\0';
        t->content_length = -1;
    } else if (http_header_is(line, "Content-Length", &value) && !length_holds(t, value)) {
        t->length_unclear = true;
        return 0;
    } else if (http_header_is(line, "ETag", &value)) {
        keep_header(t->etag, sizeof t->etag, value);
    } else if (http_header_is(line, "Last-Modified", &value)) {
        keep_header(t->last_modified, sizeof t->last_modified, value);
    } else if (http_header_is(line, "Retry-After", &value)) {
        keep_header(t->retry_after, sizeof t->retry_after, value);
    }
    return n;
}

/* --- a request becomes options ------------------------------------------------------------------------------------ */

void http_transfer_put_header(struct http_transfer *t, const char *line)
{
    struct curl_slist *longer = curl_slist_append(t->headers, line);
    if (longer == NULL)
        abort();
    t->headers = longer;
}

static int copy_headers(struct http_transfer *t, const char *const *headers, struct error *err)
{
    http_transfer_put_header(t, "Expect:");   /* no waiting for a 100 */
    for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
        if (i >= REQUEST_HEADERS_MAX)
            return error_set(err, -EINVAL, "more than %d request headers", REQUEST_HEADERS_MAX);
        if (strpbrk(headers[i], "\r\n") != NULL || strchr(headers[i], ':') == NULL)
            return error_set(err, -EINVAL, "request header %zu is not one line \"Name: value\"", i + 1);
        http_transfer_put_header(t, headers[i]);
    }
    return 0;
}

static int copy_allowed(struct http_transfer *t, const char *const *blocks, struct error *err)
{
    size_t n = 0;
    while (blocks != NULL && blocks[n] != NULL)
        n++;
    if (n > HTTP_ALLOWED_MAX)
        return error_set(err, -EINVAL, "%zu allowed address blocks, at most %d", n, HTTP_ALLOWED_MAX);

    t->allowed = mem_new_array(n + 1, sizeof *t->allowed);
    for (size_t i = 0; i < n; i++) {
        int r = address_block_parse(text_of(blocks[i]), &t->allowed[i], err);
        if (r < 0)
            return r;
    }
    t->n_allowed = n;
    return 0;
}

static int copy_hosts(struct http_transfer *t, const char *const *hosts, struct error *err)
{
    size_t n = 0;
    while (hosts != NULL && hosts[n] != NULL)
        n++;
    if (n > HTTP_ALLOWED_MAX)
        return error_set(err, -EINVAL, "%zu other hosts, at most %d", n, HTTP_ALLOWED_MAX);

    t->also_hosts = mem_new_array(n + 1, sizeof *t->also_hosts);
    for (size_t i = 0; i < n; i++)
        t->also_hosts[i] = host_to_compare(hosts[i]);
    return 0;
}

static int apply_method(struct http_transfer *t, const struct http_request *request, struct error *err)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT"};
    size_t i = 0;
    while (i < ARRAY_SIZE(methods) && (request->method == NULL || strcmp(methods[i], request->method) != 0))
        i++;
    if (i == ARRAY_SIZE(methods))
        return error_set(err, -EINVAL, "the method is not one of GET, HEAD, POST and PUT");

    t->may_follow = i < 2;
    if (i == 1)
        EASY_SET(t->easy, CURLOPT_NOBODY, 1L);
    if (t->may_follow)
        return 0;

    t->body_out = mem_copy_text(request->body);
    EASY_SET(t->easy, CURLOPT_POSTFIELDS, t->body_out);
    EASY_SET(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->body.len);
    if (i == 3)
        EASY_SET(t->easy, CURLOPT_CUSTOMREQUEST, "PUT");
    return 0;
}

/* What holds for every request alike. */
static void apply_precautions(struct http_transfer *t)
{
    CURL *easy = t->easy;

    EASY_SET(easy, CURLOPT_NOSIGNAL, 1L);
    EASY_SET(easy, CURLOPT_QUICK_EXIT, 1L);            /* ending a transfer must not wait for getaddrinfo */
    EASY_SET(easy, CURLOPT_PROTOCOLS_STR, t->allow_http ? "http,https" : "https");
    EASY_SET(easy, CURLOPT_FOLLOWLOCATION, 0L);        /* redirects are ours to judge */
    EASY_SET(easy, CURLOPT_PROXY, "");                 /* else the environment's, and the address check sees the proxy */
    EASY_SET(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
    EASY_SET(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    EASY_SET(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    EASY_SET(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
    EASY_SET(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    EASY_SET(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    EASY_SET(easy, CURLOPT_CAPATH, NULL);              /* while a directory is set the parsed bundle is not kept */
    EASY_SET(easy, CURLOPT_CA_CACHE_TIMEOUT, (long) CA_CACHE_S);
    EASY_SET(easy, CURLOPT_MAXAGE_CONN, (long) IDLE_CONNECTION_S);
    EASY_SET(easy, CURLOPT_LOW_SPEED_LIMIT, (long) SLOW_BYTES_PER_SECOND);
    EASY_SET(easy, CURLOPT_LOW_SPEED_TIME, (long) SLOW_SECONDS);
    EASY_SET(easy, CURLOPT_OPENSOCKETFUNCTION, transfer_on_open);
    EASY_SET(easy, CURLOPT_OPENSOCKETDATA, t);
    EASY_SET(easy, CURLOPT_PREREQFUNCTION, transfer_on_connected);
    EASY_SET(easy, CURLOPT_PREREQDATA, t);
    EASY_SET(easy, CURLOPT_WRITEFUNCTION, transfer_on_body);
    EASY_SET(easy, CURLOPT_WRITEDATA, t);
    EASY_SET(easy, CURLOPT_HEADERFUNCTION, transfer_on_header);
    EASY_SET(easy, CURLOPT_HEADERDATA, t);
    EASY_SET(easy, CURLOPT_ERRORBUFFER, t->curl_message);
    EASY_SET(easy, CURLOPT_PRIVATE, t);
}

static int64_t limited_ms(int64_t asked_ms, int64_t fallback_ms)
{
    if (asked_ms <= 0)
        return fallback_ms;
    return asked_ms > TIMEOUT_MS_MAX ? TIMEOUT_MS_MAX : asked_ms;
}

static int transfer_fill(struct http_transfer *t, const struct http_request *request, struct error *err)
{
    t->policy = request->policy;
    t->allow_http = request->allow_http;
    t->secret_url = request->secret_url;
    t->redirects_max = request->redirects_max;
    t->redirects_left = request->redirects_max;
    t->connect_timeout_ms = limited_ms(request->connect_timeout_ms, CONNECT_TIMEOUT_MS);
    t->timeout_ms = limited_ms(request->timeout_ms, TIMEOUT_MS);
    buffer_init(&t->body, request->body_bytes_max);

    int r = http_target_parse(request->url, &t->target, err);
    if (r == 0 && !t->target.https && !t->allow_http)
        r = error_set(err, -EINVAL, "plain http is not allowed here, expected an https URL");
    if (r == 0)
        r = copy_headers(t, request->headers, err);
    if (r == 0)
        r = copy_allowed(t, request->allow_addresses, err);
    if (r == 0)
        r = copy_hosts(t, request->also_hosts, err);
    if (r == 0)
        r = apply_method(t, request, err);
    if (r < 0)
        return r;

    apply_precautions(t);
    EASY_SET(t->easy, CURLOPT_URL, t->target.url);
    EASY_SET(t->easy, CURLOPT_HTTPHEADER, t->headers);
    /* On a kept connection that turns out to be dead libcurl sends the request a second time, and the first may have been
     * acted on: what is not safe to repeat gets a connection of its own. */
    if (request->fresh_connection || !t->may_follow) {
        EASY_SET(t->easy, CURLOPT_FRESH_CONNECT, 1L);
        EASY_SET(t->easy, CURLOPT_FORBID_REUSE, 1L);
    }
    if (request->fresh_connection)
        EASY_SET(t->easy, CURLOPT_CERTINFO, 1L);
    return 0;
}

int http_transfer_new(const struct http_request *request, struct http_transfer **out, struct error *err)
{
    struct http_transfer *t = mem_new(sizeof *t);

    t->easy = curl_easy_init();
    if (t->easy == NULL)
        abort();
    int r = transfer_fill(t, request, err);
    if (r < 0) {
        http_transfer_free(t);
        return r;
    }
    *out = t;
    return 0;
}

void http_transfer_free(struct http_transfer *t)
{
    if (t == NULL)
        return;
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    http_target_done(&t->target);
    free(t->allowed);
    for (size_t i = 0; t->also_hosts != NULL && t->also_hosts[i] != NULL; i++)
        free(t->also_hosts[i]);
    free(t->also_hosts);
    free(t->body_out);
    buffer_done(&t->body);
    free(t);
}

void http_transfer_dress(struct http_transfer *t, const char *user_agent, const char *ca_file)
{
    EASY_SET(t->easy, CURLOPT_USERAGENT, user_agent);
    if (ca_file != NULL)
        EASY_SET(t->easy, CURLOPT_CAINFO, ca_file);
}

void http_transfer_arm(struct http_transfer *t)
{
    if (t->started_mono_ms == 0)
        t->started_mono_ms = clock_mono_ms();

    int64_t left_ms = t->timeout_ms - (clock_mono_ms() - t->started_mono_ms);
    if (left_ms < 1)
        left_ms = 1;   /* 0 would mean none */
    EASY_SET(t->easy, CURLOPT_TIMEOUT_MS, (long) left_ms);
    EASY_SET(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long) (t->connect_timeout_ms < left_ms ? t->connect_timeout_ms : left_ms));
    t->resolving = true;
    t->curl_message[0] = '\0';
}
