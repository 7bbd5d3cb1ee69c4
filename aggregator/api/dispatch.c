/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/dispatch.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "aggregator/api/access.h"
#include "aggregator/api/api_private.h"
#include "aggregator/api/endpoints.h"
#include "aggregator/api/waiter.h"
#include "aggregator/api/webhook.h"
#include "common/clock.h"
#include "common/metrics.h"

void request_id_make(char out[static REQUEST_ID_BYTES_MAX + 1])
{
    uint8_t bytes[8];

    randombytes_buf(bytes, sizeof bytes);
    text_to_hex(bytes, sizeof bytes, out);
}

static void count(unsigned status)
{
    if (status == MHD_HTTP_NOT_MODIFIED)
        metric_add(METRIC_HTTP_304, 1);
    else
        metric_add(status < 400 ? METRIC_HTTP_2XX : status < 500 ? METRIC_HTTP_4XX : METRIC_HTTP_5XX, 1);
}

static enum MHD_Result queue(struct request *request, unsigned status, struct MHD_Response *response)
{
    count(status);
    return MHD_queue_response(request->connection, status, response);
}

/* A reply of this request alone. */
static enum MHD_Result send_reply(struct request *request, const struct reply *reply)
{
    bool unchanged = reply->status == MHD_HTTP_OK && reply->etag[0] != '\0'
                     && headers_match_tag(&request->headers, reply->etag);
    struct MHD_Response *response = unchanged ? reply_unchanged(reply) : reply_response(reply);
    if (response == NULL)
        return MHD_NO;

    enum MHD_Result r = queue(request, unchanged ? MHD_HTTP_NOT_MODIFIED : reply->status, response);
    MHD_destroy_response(response);
    return r;
}

static enum MHD_Result send_problem(struct request *request, const struct problem *problem, bool close)
{
    struct reply reply;

    if (request->id[0] == '\0')
        request_id_make(request->id);
    reply_init(&reply);
    reply_problem(&reply, problem, request->id);
    reply.close = close;
    enum MHD_Result r = send_reply(request, &reply);
    reply_done(&reply);
    return r;
}

enum MHD_Result dispatch_begin(struct request *request, const char *version)
{
    struct problem problem = {0};
    const char *refused = headers_check(&request->headers, request->method, version);

    (void) headers_request_id(&request->headers, request->id);
    if (refused != NULL) {
        (void) problem_set(&problem, PROBLEM_MALFORMED, "%s", refused);
        return send_problem(request, &problem, true);
    }
    if (request->peer->refused) {
        (void) problem_set(&problem, PROBLEM_FORBIDDEN, "this socket is for the aggregator's own user and root");
        return send_problem(request, &problem, true);
    }
    return MHD_YES;
}

/* Path, endpoint, access. */
static int find(struct request *request, struct problem *problem)
{
    size_t path_len = strcspn(request->uri, "?");
    size_t decoded = 0;

    if (request->uri_len > URI_BYTES_MAX)
        return problem_set(problem, PROBLEM_URI_TOO_LONG, "the address has %zu bytes, at most %d", request->uri_len, URI_BYTES_MAX);
    if (!percent_decode((struct text) {request->uri, path_len}, false, request->path, sizeof request->path - 1, &decoded))
        return problem_set(problem, PROBLEM_MALFORMED, "the path is badly escaped");
    request->path[decoded] = '\0';
    if (request->body_too_large)
        return problem_set(problem, PROBLEM_TOO_LARGE, "the body has more than %d bytes", BODY_BYTES_MAX);
    request->endpoint = endpoint_find(request->method, request->path, request->item, problem->allow);
    if (!webhook_is_offered(request->api, request->path)) {    /* as if it were not in the table */
        request->endpoint = NULL;
        problem->allow[0] = '\0';
    }
    if (request->endpoint == NULL && problem->allow[0] != '\0')
        return problem_set(problem, PROBLEM_METHOD, "this path takes %s", problem->allow);
    if (request->endpoint == NULL)
        return problem_set(problem, PROBLEM_NOT_FOUND, "there is nothing at this path");
    return access_check(request, request->endpoint, problem);
}

/* The hot path: nothing is read, rendered or copied. */
static bool serve_cached(struct request *request, bool gzip, enum MHD_Result *r)
{
    struct api *api = request->api;
    struct cache_hit hit;

    if (atomic_load_explicit(&api->board.round, memory_order_acquire) < waiters_promised(api->waiters))
        return false;
    if (!cache_find(&api->cache, request->uri, gzip, &api->board, atomic_load_explicit(&api->generation, memory_order_acquire), &hit))
        return false;
    if (request->id[0] != '\0') {
        struct reply reply = *hit.reply;     /* the body stays the cache's */
        reply.request_id = request->id;
        *r = send_reply(request, &reply);
    } else if (request->headers.if_none_match.len > 0 && headers_match_tag(&request->headers, hit.reply->etag)) {
        *r = queue(request, MHD_HTTP_NOT_MODIFIED, hit.unchanged);
    } else {
        *r = queue(request, MHD_HTTP_OK, hit.full);
    }
    cache_release(&api->cache);
    return true;
}

static int render(struct request *request, bool gzip, enum MHD_Result *result, struct problem *problem)
{
    struct reply reply;
    struct rendering done;

    reply_init(&reply);
    int r = render_reply(request, gzip, &reply, &done, problem);
    if (r == 0) {
        reply.request_id = request->id;
        *result = send_reply(request, &reply);
        if (done.cacheable && request->endpoint->role <= ROLE_VIEWER)
            cache_put(&request->api->cache, request->uri, gzip, &reply, &done);
    }
    reply_done(&reply);
    return r;
}

static int finish_wait(struct request *request, enum MHD_Result *result, struct problem *problem)
{
    struct reply reply;

    reply_init(&reply);
    int r = request->waiter->finish(request, &reply, problem);
    if (r == 0) {
        reply.request_id = request->id;
        *result = send_reply(request, &reply);
    }
    reply_done(&reply);
    return r;
}

static int act(struct request *request, enum MHD_Result *result, struct problem *problem)
{
    struct reply reply;

    reply_init(&reply);
    *result = MHD_YES;
    int r = request->endpoint->act(request, &reply, problem);
    if (r == 0) {
        reply.request_id = request->id;
        *result = send_reply(request, &reply);
    }
    reply_done(&reply);
    if (r == ACT_WAITING)
        return waiter_wait(request->waiter) ? 0 : finish_wait(request, result, problem);
    return r < 0 ? r : 0;
}

static int answer(struct request *request, enum MHD_Result *result, struct problem *problem)
{
    const char *query;

    if (request->waiter != NULL)
        return finish_wait(request, result, problem);
    int r = find(request, problem);
    if (r < 0)
        return r;
    bool gzip = request->headers.accept_encoding.len > 0 && headers_accept_gzip(&request->headers);
    if (request->endpoint->views != 0 && serve_cached(request, gzip, result))
        return 0;
    if (request->id[0] == '\0')
        request_id_make(request->id);
    query = strchr(request->uri, '?');
    r = query_parse(text_of(query == NULL ? "" : query + 1), request->endpoint->query, &request->query, problem);
    if (r < 0)
        return r;
    return request->endpoint->render != NULL ? render(request, gzip, result, problem) : act(request, result, problem);
}

enum MHD_Result dispatch_answer(struct request *request)
{
    enum MHD_Result result = MHD_NO;
    struct problem problem = {0};

    fences_expect(request->peer, FENCE_ANSWER_MS);
    int r = answer(request, &result, &problem);
    if (r == 0)
        return result;
    if (r != -EPROTO)
        (void) problem_set(&problem, PROBLEM_INTERNAL, "an unexpected failure: %s", strerror(-r));
    return send_problem(request, &problem, problem.kind == PROBLEM_TOO_LARGE);
}
