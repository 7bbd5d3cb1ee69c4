/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/trial.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "aggregator/notify/channel.h"
#include "common/clock.h"
#include "common/mem.h"

enum { ORIGIN_RANDOM_BYTES = 8, HOST_BYTES_MAX = 256 };

struct course {
    const struct aggregator_config *config;
    const struct channel_entry *channel;
    uv_loop_t loop;
    struct http_client *client;
    char origin[CHANNEL_ORIGIN_BYTES];  /* random: a receiver that drops repeats must not drop the second trial */
    struct rng rng;
    OutboxRow row;
    struct delivery delivery;
    bool done;
};

static void prepare(struct course *course, const char *asked_for)
{
    unsigned char random[ORIGIN_RANDOM_BYTES];
    char host[HOST_BYTES_MAX] = "";
    OutboxRow *row = &course->row;

    randombytes_buf(random, sizeof random);
    memcpy(course->origin, "test-", 5);
    text_to_hex(random, sizeof random, course->origin + 5);
    rng_seed(&course->rng, 1);          /* nothing is tried again, so nothing is left to chance */

    (void) gethostname(host, sizeof host - 1);   /* a longer name is cut; none is none */
    (void) snprintf(row->channel, sizeof row->channel, "%s", asked_for);
    (void) snprintf(row->receiver, sizeof row->receiver, "%s", course->channel->name);
    (void) snprintf(row->key, sizeof row->key, "test:%s", course->channel->name);
    (void) snprintf(row->level, sizeof row->level, "operational");
    (void) snprintf(row->service_name, sizeof row->service_name, "Tocsin");
    (void) snprintf(row->detail, sizeof row->detail, "tocsin-aggregator notify test %s, on %s", asked_for, host);
    row->decided_at_ms = clock_wall_ms();
}

static void course_on_done(void *context, const struct http_reply *reply)
{
    struct course *course = context;
    const struct attempt attempt = {&course->row, reply, channel_types[course->channel->kind].judge, clock_wall_ms()};
    int64_t hold_ms;

    course->delivery = verdict_of(&attempt, &course->rng, &hold_ms);
    course->done = true;
}

static int post(struct course *course, const char *kind, struct error *err)
{
    (void) snprintf(course->row.kind, sizeof course->row.kind, "%s", kind);
    course->row.sequence++;
    course->done = false;
    const struct channel_occasion occasion = {&course->row, course->channel, course->config->http.public_url, course->origin,
                                              clock_wall_ms()};
    const struct channel_caller caller = {course_on_done, course};
    struct channel_message message;
    channel_message_init(&message);
    int r = channel_types[course->channel->kind].render(&occasion, &message, err);
    if (r == 0)
        r = channel_post(course->client, course->channel, &message, &caller, err);
    channel_message_done(&message);

    while (r == 0 && !course->done)
        (void) uv_run(&course->loop, UV_RUN_ONCE);
    return r;
}

static int run_course(struct course *course, struct error *err)
{
    int r = post(course, "test", err);

    if (r == 0 && course->delivery.outcome == DELIVERY_SENT && channel_types[course->channel->kind].keeps_open)
        r = post(course, "resolve", err);
    return r;
}

static void course_on_stopped(void *context)
{
    (void) context;                     /* the loop runs until nothing is left on it */
}

int trial_run(const struct aggregator_config *config, const char *channel, struct trial *out, struct error *err)
{
    static const struct http_client_options options = {.user_agent = "tocsin/" TOCSIN_VERSION};
    CLEANUP(mem_freep) struct course *course = mem_new(sizeof *course);
    course->config = config;
    course->channel = aggregator_config_receiver(config, channel);
    if (course->channel == NULL)
        return error_set(err, -ENOENT, "no channel of this configuration is called %s", channel);

    int r = http_global_init(err);
    if (r < 0)
        return r;
    r = uv_loop_init(&course->loop);
    if (r < 0)
        return error_set(err, r, "a loop to wait on: %s", uv_strerror(r));
    prepare(course, channel);
    r = http_client_new(&course->loop, &options, &course->client, err);
    if (r == 0) {
        r = run_course(course, err);
        http_client_stop(course->client, course_on_stopped, NULL);
    }
    (void) uv_run(&course->loop, UV_RUN_DEFAULT);
    (void) uv_loop_close(&course->loop);
    if (r == 0)
        *out = (struct trial) {channel_types[course->channel->kind].name, course->channel->name, course->delivery};
    return r;
}
