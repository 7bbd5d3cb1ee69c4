/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/render.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/api_private.h"
#include "aggregator/api/endpoints.h"
#include "common/clock.h"

void render_read_done(struct render *render)
{
    if (render->txn != NULL)
        store_end(render->txn);
    render->txn = NULL;
}

/* Strong: lineage, rounds of what it depends on, configuration and version, path and query. reply_tag adds the encoding. */
static void tag_of_view(const struct render *render, const struct rendering *done, const uint8_t fingerprint[static 32],
                        uint8_t digest[static 32])
{
    crypto_hash_sha256_state state;
    const struct api *api = render->api;

    (void) crypto_hash_sha256_init(&state);
    (void) crypto_hash_sha256_update(&state, api->board.lineage, sizeof api->board.lineage);
    (void) crypto_hash_sha256_update(&state, fingerprint, 32);
    (void) crypto_hash_sha256_update(&state, (const uint8_t *) &done->rounds, sizeof done->rounds);
    (void) crypto_hash_sha256_update(&state, (const uint8_t *) render->request->uri, render->request->uri_len);
    (void) crypto_hash_sha256_final(&state, digest);
}

/* The next page: the same address with another cursor. */
static void link_next(const struct render *render, struct reply *reply)
{
    const struct request *request = render->request;
    const char *query = strchr(request->uri, '?');
    struct text rest = text_of(query == NULL ? "" : query + 1);
    struct text pair;

    if (render->next_cursor[0] == '\0')
        return;
    int len = snprintf(reply->link, sizeof reply->link, "<%.*s?", (int) strcspn(request->uri, "?"), request->uri);
    while (text_take_until(&rest, '&', &pair)) {
        if (!text_starts_with(pair, "cursor="))
            len += snprintf(reply->link + len, sizeof reply->link - (size_t) len, "%.*s&", (int) pair.len, pair.at);
    }
    /* An address of 1 KiB and a cursor of 800 characters fit; link headers hold no angle brackets of ours. */
    if (strpbrk(reply->link + 1, "<>\" ") != NULL) {
        reply->link[0] = '\0';
        return;
    }
    (void) snprintf(reply->link + len, sizeof reply->link - (size_t) len, "cursor=%s>; rel=\"next\"", render->next_cursor);
}

static int begin(struct render *render, struct problem *problem)
{
    int r = store_read(render->api->store, &render->txn);
    if (r < 0) {
        problem->retry_after_s = 1;
        return problem_set(problem, PROBLEM_UNAVAILABLE, "the store cannot be read now");
    }
    r = store_get(render->txn, TABLE_META, key_name(STORE_META_WORLD), &render->world);
    if (r < 0)
        return problem_set(problem, PROBLEM_INTERNAL, "the store's row of the world cannot be read");
    if (r == STORE_ABSENT)
        render->world = (WorldRow) {0};
    return 0;
}

static int run(struct render *render, const struct endpoint *endpoint, struct reply *reply, struct problem *problem)
{
    int r = begin(render, problem);

    if (r == 0)
        r = endpoint->render(render);
    render_read_done(render);
    if (r == -EMSGSIZE)
        r = problem_set(problem, PROBLEM_INTERNAL, "the answer would be larger than %d bytes; ask for a smaller limit",
                        REPLY_BODY_BYTES_MAX);
    if (r == 0)
        link_next(render, reply);
    return r;
}

int render_reply(struct request *request, bool gzip, struct reply *reply, struct rendering *done, struct problem *problem)
{
    const struct endpoint *endpoint = request->endpoint;
    uint8_t fingerprint[32];
    uint8_t digest[32];
    struct aggregator_config *config = api_config(request->api, fingerprint, &done->generation);
    CLEANUP(mem_freep) struct render *render = mem_new(sizeof *render);

    *render = (struct render) {.api = request->api, .request = request, .config = config, .problem = problem,
                               .out = &reply->body, .views = endpoint->views, .now_ms = clock_wall_ms()};
    int r = run(render, endpoint, reply, problem);
    arena_done(&render->arena);
    aggregator_config_drop(config);
    if (r < 0)
        return r;

    done->views = render->views;
    done->cacheable = render->views != 0 && !render->volatile_body;
    rounds_of_world(&render->world, done->views, &done->rounds);
    reply->type = endpoint->type;
    reply->varies = endpoint->role != ROLE_UNSPECIFIED;
    reply->cache_control = endpoint->role > ROLE_VIEWER ? "no-store" : "no-cache";
    if (done->cacheable)
        tag_of_view(render, done, fingerprint, digest);
    else
        (void) crypto_hash_sha256(digest, (const uint8_t *) reply->body.bytes, reply->body.len);
    if (gzip)
        reply_compress(reply);
    reply_tag(reply, digest);
    return 0;
}
