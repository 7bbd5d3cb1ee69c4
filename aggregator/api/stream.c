/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/stream.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "aggregator/api/api_private.h"
#include "aggregator/api/body.h"
#include "aggregator/api/endpoints.h"
#include "aggregator/api/stream_rows.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/metrics.h"

enum { LINEAGE_PREFIX_BYTES = 4, READER_BLOCK_BYTES = 8 * 1024, CLIENT_BYTES_MAX = 600 * 1024 };

/* One open stream. Read and written by its connection's thread; what the waker touches is guarded by the hub's lock. */
struct stream_client {
    struct stream_client *next, *previous;   /* guarded */
    struct stream_hub *hub;
    struct MHD_Connection *connection;
    struct peer *peer;
    bool suspended, woken;                   /* guarded */
    int64_t beat_mono_ms;                    /* guarded: when the next heartbeat is due */
    struct store_key position;               /* the last row given; len 0: none yet */
    uint64_t timeline_round;                 /* of VIEW_TIMELINE when it was last up to date */
    uint64_t views_round;                    /* up to which changes of views were told */
    uint64_t rows_mark;                      /* the hub's count of rows when it was last up to date */
    struct buffer out;
    size_t given;                            /* of out */
};

struct stream_hub {
    struct api *api;
    pthread_mutex_t lock;                    /* guards the list and the marked fields of each client */
    struct stream_client *clients;
    size_t n_clients;
    bool stopping;
    _Atomic uint64_t rows;                   /* added to the timeline since the start */
    struct stream_rows slices;
};

void stream_id_render(const uint8_t *lineage, const struct store_key *key, char out[static STREAM_ID_BYTES])
{
    text_to_hex(lineage, LINEAGE_PREFIX_BYTES, out);
    out[2 * LINEAGE_PREFIX_BYTES] = '-';
    key_to_hex(key, out + 2 * LINEAGE_PREFIX_BYTES + 1);
}

bool stream_id_parse(struct text id, uint8_t lineage_prefix[static 4], struct store_key *out)
{
    struct text prefix;
    int64_t at_ms;
    uint32_t sequence;

    return text_take_until(&id, '-', &prefix) && text_from_hex(prefix, lineage_prefix, LINEAGE_PREFIX_BYTES)
           && key_from_hex(id, out) && key_to_time(out, &at_ms, &sequence);
}

struct stream_hub *stream_hub_new(struct api *api)
{
    struct stream_hub *hub = mem_new(sizeof *hub);

    hub->api = api;
    (void) pthread_mutex_init(&hub->lock, NULL);
    stream_rows_init(&hub->slices);
    return hub;
}

/* Under the lock. */
static void wake(struct stream_client *client)
{
    client->woken = true;
    if (client->suspended) {
        client->suspended = false;
        MHD_resume_connection(client->connection);
    }
}

void stream_hub_stop(struct stream_hub *hub)
{
    (void) pthread_mutex_lock(&hub->lock);
    hub->stopping = true;
    for (struct stream_client *client = hub->clients; client != NULL; client = client->next)
        wake(client);
    (void) pthread_mutex_unlock(&hub->lock);
}

void stream_hub_free(struct stream_hub *hub)
{
    stream_rows_done(&hub->slices);
    (void) pthread_mutex_destroy(&hub->lock);
    free(hub);
}

void stream_wake(struct stream_hub *hub, uint32_t rows)
{
    atomic_fetch_add(&hub->rows, rows);
    (void) pthread_mutex_lock(&hub->lock);
    for (struct stream_client *client = hub->clients; client != NULL; client = client->next)
        wake(client);
    (void) pthread_mutex_unlock(&hub->lock);
}

void stream_wake_due(struct stream_hub *hub, int64_t now_mono_ms)
{
    (void) pthread_mutex_lock(&hub->lock);
    for (struct stream_client *client = hub->clients; client != NULL; client = client->next) {
        if (client->beat_mono_ms <= now_mono_ms)
            wake(client);
    }
    (void) pthread_mutex_unlock(&hub->lock);
}

static bool join(struct stream_hub *hub, struct stream_client *client)
{
    (void) pthread_mutex_lock(&hub->lock);
    bool room = hub->n_clients < STREAM_CLIENTS_MAX && !hub->stopping;
    if (room) {
        client->next = hub->clients;
        if (hub->clients != NULL)
            hub->clients->previous = client;
        hub->clients = client;
        hub->n_clients++;
    }
    (void) pthread_mutex_unlock(&hub->lock);
    return room;
}

static void client_free(struct stream_client *client)
{
    buffer_done(&client->out);
    free(client);
}

/* The library frees the response, which it does once its connection is over. */
static void on_response_freed(void *context)
{
    struct stream_client *client = context;
    struct stream_hub *hub = client->hub;

    (void) pthread_mutex_lock(&hub->lock);
    if (client->previous != NULL)
        client->previous->next = client->next;
    else
        hub->clients = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
    hub->n_clients--;
    (void) pthread_mutex_unlock(&hub->lock);
    metric_add(METRIC_STREAM_CLIENTS, -1);
    client_free(client);
}

/* ---------------------------------------------------------------- what is to be said */

static void say_views(struct stream_client *client)
{
    const struct board *board = &client->hub->api->board;
    uint64_t round = atomic_load(&board->round);
    uint32_t mask = board_since(board, client->views_round);
    const char *comma = "";

    if (mask == 0)
        return;
    (void) buffer_format(&client->out, "event: views\ndata: {\"round\":%llu,\"views\":[", (unsigned long long) round);
    for (int i = 0; i < VIEW_COUNT; i++) {
        if ((mask & (1u << i)) != 0) {
            (void) buffer_format(&client->out, "%s\"%s\"", comma, view_name((enum view) i));
            comma = ",";
        }
    }
    (void) buffer_put_text(&client->out, "]}\n\n");
    client->views_round = round;
}

/* Rows behind the client's position; false: it is too far behind and ends here. */
static bool say_rows(struct stream_client *client)
{
    struct stream_hub *hub = client->hub;
    uint64_t rows = atomic_load(&hub->rows);
    uint64_t round = atomic_load(&hub->api->board.views[VIEW_TIMELINE]);
    size_t n = 0;

    if (round == client->timeline_round)
        return true;
    if (rows - client->rows_mark > STREAM_BEHIND_MAX) {
        metric_add(METRIC_STREAM_OVERFLOWS, 1);
        return false;
    }
    if (stream_rows_next(&hub->slices, hub->api->store, round, &client->position, &client->out, &n) < 0)
        return true;                         /* not now; the next wake-up tries again */
    if (n < STREAM_SLICE_ROWS) {
        client->timeline_round = round;
        client->rows_mark = rows;
    }
    return true;
}

static void say_beat(struct stream_client *client, int64_t now_mono_ms)
{
    if (client->beat_mono_ms > now_mono_ms || client->out.len > 0)
        return;
    (void) buffer_format(&client->out, ":\nevent: beat\ndata: {\"round\":%llu}\n\n",
                         (unsigned long long) atomic_load(&client->hub->api->board.round));
}

/* The library does not look at a suspended connection: without this a client that left is noticed by the second write only. */
static bool is_gone(const struct stream_client *client)
{
    char byte;
    ssize_t n = recv(client->peer->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* Takes note of a wake-up before looking, so that one that comes meanwhile is not lost. False: the stream is over. */
static bool begin_look(struct stream_client *client)
{
    (void) pthread_mutex_lock(&client->hub->lock);
    client->woken = false;
    bool go_on = !client->hub->stopping;
    (void) pthread_mutex_unlock(&client->hub->lock);
    return go_on;
}

static void set_beat(struct stream_client *client, int64_t now_mono_ms)
{
    (void) pthread_mutex_lock(&client->hub->lock);
    client->beat_mono_ms = now_mono_ms + STREAM_BEAT_MS;
    (void) pthread_mutex_unlock(&client->hub->lock);
}

/* Nothing to say: waits, unless there was a wake-up since begin_look. */
static bool suspend(struct stream_client *client)
{
    bool suspended;

    (void) pthread_mutex_lock(&client->hub->lock);
    suspended = !client->woken && !client->hub->stopping;
    if (suspended) {
        client->suspended = true;
        fences_expect(client->peer, FENCE_NONE);
        MHD_suspend_connection(client->connection);
    }
    (void) pthread_mutex_unlock(&client->hub->lock);
    return suspended;
}

static ssize_t give(struct stream_client *client, char *to, size_t max)
{
    size_t left = client->out.len - client->given;
    size_t n = left < max ? left : max;

    memcpy(to, client->out.bytes + client->given, n);
    client->given += n;
    if (client->given == client->out.len) {      /* a quiet client holds no buffer */
        buffer_done(&client->out);
        buffer_init(&client->out, CLIENT_BYTES_MAX);
        client->given = 0;
    }
    fences_expect(client->peer, FENCE_ANSWER_MS);    /* a client that takes nothing for a minute is cut */
    return (ssize_t) n;
}

static ssize_t on_read(void *context, uint64_t at, char *to, size_t max)
{
    struct stream_client *client = context;

    (void) at;
    for (;;) {
        if (client->out.len > 0)
            return give(client, to, max);
        if (!begin_look(client) || is_gone(client))
            return MHD_CONTENT_READER_END_OF_STREAM;
        int64_t now_mono_ms = clock_mono_ms();
        if (!say_rows(client))
            return MHD_CONTENT_READER_END_OF_STREAM;
        say_views(client);
        say_beat(client, now_mono_ms);
        if (client->out.len > 0)
            set_beat(client, now_mono_ms);
        else if (suspend(client))
            return 0;
    }
}

/* ---------------------------------------------------------------- opening */

/* Where it goes on: behind the row it names, if that is ours and still kept; else at the end, told to fetch anew. */
static bool resume(const struct api *api, struct text last_event_id, const struct stream_place *place, struct store_key *position)
{
    uint8_t lineage[LINEAGE_PREFIX_BYTES];
    struct store_key key;

    if (!stream_id_parse(last_event_id, lineage, &key) || memcmp(lineage, api->board.lineage, sizeof lineage) != 0
        || place->newest.len == 0 || key_compare(&key, &place->oldest) < 0 || key_compare(&key, &place->newest) > 0)
        return false;
    *position = key;
    return true;
}

static void greet(struct stream_client *client, const char *event)
{
    const struct api *api = client->hub->api;

    (void) buffer_put_text(&client->out, "retry: 3000\n");
    if (client->position.len > 0) {
        char id[STREAM_ID_BYTES];
        stream_id_render(api->board.lineage, &client->position, id);
        (void) buffer_format(&client->out, "id: %s\n", id);
    }
    (void) buffer_format(&client->out, "event: %s\ndata: {\"round\":%llu}\n\n", event, (unsigned long long) client->views_round);
}

static struct stream_client *client_new(struct request *request, const struct stream_place *place, uint64_t rows)
{
    struct api *api = request->api;
    struct stream_client *client = mem_new(sizeof *client);
    struct text last = request->headers.last_event_id;

    client->hub = api->streams;
    client->connection = request->connection;
    client->peer = request->peer;
    client->position = place->newest;
    client->rows_mark = rows;
    client->views_round = atomic_load(&api->board.round);
    client->timeline_round = UINT64_MAX;         /* looks once at the start: rows may have come meanwhile */
    client->beat_mono_ms = clock_mono_ms() + STREAM_BEAT_MS;
    buffer_init(&client->out, CLIENT_BYTES_MAX);
    bool lost = last.len > 0 && !resume(api, last, place, &client->position);
    greet(client, lost ? "reset" : "hello");
    return client;
}

static struct MHD_Response *response_for(struct stream_client *client)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, READER_BLOCK_BYTES, on_read, client, on_response_freed);

    if (response == NULL)
        abort();                                 /* out of memory for a hundred bytes */
    (void) MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
    (void) MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    (void) MHD_add_response_header(response, "X-Accel-Buffering", "no");
    return response;
}

int stream_act(struct request *request, struct reply *reply, struct problem *problem)
{
    struct api *api = request->api;
    struct stream_place place;
    uint64_t rows = atomic_load(&api->streams->rows);

    if (request->head) {
        reply->type = "text/event-stream";
        reply->cache_control = "no-store";
        return 0;
    }
    if (stream_rows_ends(api->store, &place) < 0) {
        problem->retry_after_s = 1;
        return problem_set(problem, PROBLEM_UNAVAILABLE, "the store cannot be read now");
    }
    struct stream_client *client = client_new(request, &place, rows);
    if (!join(api->streams, client)) {
        client_free(client);
        problem->retry_after_s = 30;
        return problem_set(problem, PROBLEM_UNAVAILABLE, "%d live streams are open, which is the limit", STREAM_CLIENTS_MAX);
    }
    metric_add(METRIC_STREAM_CLIENTS, 1);
    struct MHD_Response *response = response_for(client);
    (void) MHD_add_response_header(response, "X-Request-Id", request->id);
    request->streaming = true;
    enum MHD_Result queued = MHD_queue_response(request->connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return queued == MHD_YES ? ACT_QUEUED : problem_set(problem, PROBLEM_INTERNAL, "the stream cannot be opened");
}
