/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/access.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/api_private.h"
#include "aggregator/api/endpoints.h"
#include "aggregator/inbox/inbox.h"
#include "common/clock.h"
#include "common/metrics.h"

enum { PASSWD_BYTES = 4096 };

/* By name where there is one; looked up for writes only, whose audit row wants it. */
static void name_local(struct request *request)
{
    struct passwd row, *found = NULL;
    char bytes[PASSWD_BYTES];
    uint32_t uid = request->peer->uid;

    request->caller = (struct caller) {.role = ROLE_ADMIN};
    if (strcmp(request->method, "GET") != 0)
        (void) getpwuid_r(uid, &row, bytes, sizeof bytes, &found);
    if (found != NULL)
        (void) snprintf(request->caller.who, sizeof request->caller.who, "local:%s", row.pw_name);
    else
        (void) snprintf(request->caller.who, sizeof request->caller.who, "local:%u", uid);
}

static void tell_refusal(struct request *request, const char *detail)
{
    struct inbox_item item = {.kind = INBOX_SECURITY};
    SecurityRow *row = &item.security;

    metric_add(METRIC_HTTP_REFUSED_AUTH, 1);
    row->at_ms = clock_wall_ms();
    row->count = 1;
    (void) text_copy(row->event, sizeof row->event, text_of("auth.failed"));
    (void) text_copy(row->address, sizeof row->address, text_of(request->peer->address));
    (void) snprintf(row->detail, sizeof row->detail, "%s, %.7s %.160s", detail, request->method, request->path);
    api_tell(request->api, &item);
}

static void tell_use(struct request *request)
{
    struct inbox_item item = {.kind = INBOX_TOKEN_USED};

    memcpy(item.token.hash, request->caller.hash, sizeof item.token.hash);
    item.token.row = request->caller.row;
    api_tell(request->api, &item);
}

/* 429 after too many, else 401; the failure is counted. */
static int refuse(struct request *request, enum credential credential, struct problem *problem)
{
    struct auth *auth = &request->api->auth;

    (void) pthread_mutex_lock(&auth->throttle_lock);
    int64_t now_mono_ms = clock_mono_ms();
    throttle_fail(&auth->throttle, request->peer->address, now_mono_ms);
    problem->retry_after_s = throttle_wait_s(&auth->throttle, request->peer->address, now_mono_ms);
    (void) pthread_mutex_unlock(&auth->throttle_lock);
    if (problem->retry_after_s > 0) {
        metric_add(METRIC_HTTP_REFUSED_AUTH, 1);
        return problem_set(problem, PROBLEM_TOO_MANY, "more than %d failed attempts from this address within a minute",
                           THROTTLE_FAILURES_MAX);
    }
    tell_refusal(request, credential == CREDENTIAL_WRONG ? "wrong token" : "no token");
    return problem_set(problem, PROBLEM_UNAUTHENTICATED, "%s",
                       credential == CREDENTIAL_WRONG ? "this token is not known here" : "this needs a bearer token");
}

static int throttled(struct request *request, struct problem *problem)
{
    struct auth *auth = &request->api->auth;

    (void) pthread_mutex_lock(&auth->throttle_lock);
    problem->retry_after_s = throttle_wait_s(&auth->throttle, request->peer->address, clock_mono_ms());
    (void) pthread_mutex_unlock(&auth->throttle_lock);
    if (problem->retry_after_s == 0)
        return 0;
    return problem_set(problem, PROBLEM_TOO_MANY, "more than %d failed attempts from this address within a minute",
                       THROTTLE_FAILURES_MAX);
}

static int check_token(struct request *request, enum credential *credential, struct problem *problem)
{
    struct api *api = request->api;

    *credential = CREDENTIAL_NONE;
    request->caller = (struct caller) {.who = "anonymous"};
    if (request->headers.authorization.len == 0)
        return 0;
    int r = throttled(request, problem);
    if (r < 0)
        return r;
    if (api_refresh_tokens(api) < 0) {
        problem->retry_after_s = 1;
        return problem_set(problem, PROBLEM_UNAVAILABLE, "the tokens cannot be read now");
    }
    *credential = auth_identify(&api->auth, request->headers.authorization, clock_wall_ms(), &request->caller);
    if (request->caller.used)
        tell_use(request);
    return 0;
}

int access_check(struct request *request, const struct endpoint *endpoint, struct problem *problem)
{
    enum credential credential;

    if (request->peer->local) {
        name_local(request);
        return 0;
    }
    if (endpoint->role == ROLE_UNSPECIFIED)
        return 0;
    int r = check_token(request, &credential, problem);
    if (r < 0)
        return r;
    switch (auth_judge(endpoint->role, atomic_load(&request->api->auth.reads_are_open), credential, request->caller.role)) {
    case AUTH_PASS:
        return 0;
    case AUTH_NOT_ENOUGH:
        return problem_set(problem, PROBLEM_FORBIDDEN, "this needs the role %s, the token has %s", role_name(endpoint->role),
                           role_name(request->caller.role));
    case AUTH_WHO:
        break;
    }
    return refuse(request, credential, problem);
}
