/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/reply.h"

#include <microhttpd.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "common/mem.h"

/* Nothing of our pages may load from elsewhere, be framed, or run what stands in the page itself. */
static const char page_policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                                  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

void reply_init(struct reply *reply)
{
    *reply = (struct reply) {.status = MHD_HTTP_OK, .type = TYPE_JSON};
    buffer_init(&reply->body, REPLY_BODY_BYTES_MAX);
}

void reply_done(struct reply *reply)
{
    buffer_done(&reply->body);
}

void reply_problem(struct reply *reply, const struct problem *problem, const char *request_id)
{
    buffer_reset(&reply->body);
    reply->status = problem_status(problem->kind);
    reply->type = TYPE_PROBLEM;
    reply->cache_control = "no-store";
    reply->etag[0] = reply->link[0] = '\0';
    reply->gzip = false;
    reply->challenge = problem->kind == PROBLEM_UNAUTHENTICATED;
    reply->retry_after_s = problem->retry_after_s;
    reply->request_id = request_id;
    (void) snprintf(reply->allow, sizeof reply->allow, "%s", problem->allow);
    problem_render(problem, request_id, &reply->body);
}

void reply_tag(struct reply *reply, const uint8_t digest[static 16])
{
    char text[24];

    (void) sodium_bin2base64(text, sizeof text, digest, 16, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    (void) snprintf(reply->etag, sizeof reply->etag, "\"%s%s\"", text, reply->gzip ? "-gz" : "");
}

void reply_compress(struct reply *reply)
{
    z_stream stream = {0};
    struct buffer *body = &reply->body;

    if (body->len < COMPRESS_FROM_BYTES
        || deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    CLEANUP(mem_freep) char *packed = mem_new(body->len);
    stream.next_in = (Bytef *) body->bytes;
    stream.avail_in = (uInt) body->len;
    stream.next_out = (Bytef *) packed;
    stream.avail_out = (uInt) body->len;
    bool shorter = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    size_t len = body->len - stream.avail_out;
    (void) deflateEnd(&stream);
    if (!shorter)
        return;
    buffer_reset(body);
    (void) buffer_put(body, packed, len);    /* fits: it is shorter */
    reply->gzip = true;
}

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    (void) MHD_add_response_header(response, name, value);
}

/* What a 200 and its 304 have in common. */
static void add_common(struct MHD_Response *response, const struct reply *reply)
{
    if (reply->etag[0] != '\0')
        add(response, MHD_HTTP_HEADER_ETAG, reply->etag);
    if (reply->cache_control != NULL)
        add(response, MHD_HTTP_HEADER_CACHE_CONTROL, reply->cache_control);
    if (reply->varies)
        add(response, MHD_HTTP_HEADER_VARY, "Authorization, Cookie, Accept-Encoding");
    if (reply->request_id != NULL)
        add(response, "X-Request-Id", reply->request_id);
}

static void add_rest(struct MHD_Response *response, const struct reply *reply)
{
    char number[16];

    add(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    add(response, "X-Content-Type-Options", "nosniff");
    if (strcmp(reply->type, TYPE_HTML) == 0) {
        add(response, "Content-Security-Policy", page_policy);
        add(response, "Referrer-Policy", "no-referrer");
    }
    if (reply->gzip)
        add(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    if (reply->challenge)
        add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"tocsin\"");
    if (reply->link[0] != '\0')
        add(response, "Link", reply->link);
    if (reply->allow[0] != '\0')
        add(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
    if (reply->retry_after_s > 0) {
        (void) snprintf(number, sizeof number, "%d", reply->retry_after_s);
        add(response, MHD_HTTP_HEADER_RETRY_AFTER, number);
    }
    if (reply->close)
        add(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

/* From a file in memory the kernel copies by itself (sendfile). NULL: it has none to give, the caller copies. */
static struct MHD_Response *from_memory_file(const struct buffer *body)
{
    int fd = memfd_create("tocsin-body", MFD_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct MHD_Response *response = NULL;
    if (write(fd, body->bytes, body->len) == (ssize_t) body->len)
        response = MHD_create_response_from_fd(body->len, fd);    /* which now owns fd */
    if (response == NULL)
        (void) close(fd);
    return response;
}

struct MHD_Response *reply_response(const struct reply *reply)
{
    struct MHD_Response *response = NULL;

    if (reply->body.len >= SENDFILE_FROM_BYTES && reply->etag[0] != '\0')
        response = from_memory_file(&reply->body);
    if (response == NULL)
        response = MHD_create_response_from_buffer(reply->body.len, reply->body.bytes, MHD_RESPMEM_MUST_COPY);
    if (response != NULL) {
        add_rest(response, reply);
        add_common(response, reply);
    }
    return response;
}

struct MHD_Response *reply_unchanged(const struct reply *reply)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    if (response != NULL)
        add_common(response, reply);
    return response;
}
