/* SPDX-License-Identifier: Apache-2.0 */
/* A real ROUTER on a port the kernel chose plays the aggregator, turn by turn on the same thread as the loop. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <zmq.h>

#include "collector/publish.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/keys.h"
#include "common/mem.h"
#include "common/wire.h"

enum { PATIENCE_MS = 20000, ITEMS_SEEN_MAX = 4096, LINE_BYTES = 32 };

struct server {
    void *zmq;
    void *router;
    void *zap;
    char endpoint[128];
    uint8_t peer[256];
    size_t peer_len;
    struct key_pair keys;
    bool curve;
    bool let_in;             /* what the ZAP handler answers */
    bool ack;                /* acknowledge batches as they come */
    bool answer_hello;
    bool ask_catalogue;
    Hello hello;
    int hellos;
    int batches;
    int heartbeats;
    int asked;               /* handshakes judged */
    uint64_t through;        /* "committed" */
    Vitals vitals;
    char seen[ITEMS_SEEN_MAX][LINE_BYTES];   /* every item as it came, "SEQUENCE CHECK" */
    int n_seen;
};

struct conversation {
    uv_loop_t loop;
    uv_timer_t beat;         /* so that a turn of the loop ends though nothing happens */
    struct server server;
    struct key_pair keys;
    struct publish *publish;
    bool stopped;
    char polled[128];
    int welcomed;            /* how often the aggregator took our Hello */
};

static void server_open(struct server *server, const char *endpoint)
{
    int yes = 1;
    int zero = 0;
    server->router = zmq_socket(server->zmq, ZMQ_ROUTER);
    assert_int_equal(zmq_setsockopt(server->router, ZMQ_LINGER, &zero, sizeof zero), 0);
    assert_int_equal(zmq_setsockopt(server->router, ZMQ_ROUTER_MANDATORY, &yes, sizeof yes), 0);
    if (server->curve) {
        assert_int_equal(zmq_setsockopt(server->router, ZMQ_CURVE_SERVER, &yes, sizeof yes), 0);
        assert_int_equal(zmq_setsockopt(server->router, ZMQ_CURVE_SECRETKEY, server->keys.secret_key, 41), 0);
        assert_int_equal(zmq_setsockopt(server->router, ZMQ_ZAP_DOMAIN, "tocsin", 6), 0);
    }
    /* The port of the socket before may still be closing. */
    int64_t deadline = clock_mono_us() + PATIENCE_MS * 1000;
    while (zmq_bind(server->router, endpoint) != 0) {
        assert_int_equal(errno, EADDRINUSE);
        assert_true(clock_mono_us() < deadline);
    }
    size_t len = sizeof server->endpoint;
    assert_int_equal(zmq_getsockopt(server->router, ZMQ_LAST_ENDPOINT, server->endpoint, &len), 0);
}

static void server_start(struct server *server, bool curve)
{
    struct error err = {0};
    *server = (struct server) {.curve = curve, .let_in = true, .ack = true, .answer_hello = true};
    assert_int_equal(key_pair_generate(&server->keys, &err), 0);
    server->zmq = zmq_ctx_new();
    (void) zmq_ctx_set(server->zmq, ZMQ_BLOCKY, 0);
    server->zap = zmq_socket(server->zmq, ZMQ_REP);
    assert_int_equal(zmq_bind(server->zap, "inproc://zeromq.zap.01"), 0);
    server_open(server, "tcp://127.0.0.1:*");
}

static void server_stop(struct server *server)
{
    zmq_close(server->router);
    zmq_close(server->zap);
    zmq_ctx_term(server->zmq);
}

static void server_say(struct server *server, const void *frame, int len)
{
    assert_true(len > 0);
    if (zmq_send(server->router, server->peer, server->peer_len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return;   /* the peer has just gone: so it is in life */
    (void) zmq_send(server->router, frame, (size_t) len, ZMQ_DONTWAIT);
}

static void server_ack(struct server *server, uint64_t through)
{
    uint8_t frame[64];
    Ack ack = {.through_sequence = through};
    memcpy(ack.boot_id, server->hello.boot_id, sizeof ack.boot_id);
    server_say(server, frame, wire_encode_ack(&ack, frame, sizeof frame));
}

static void server_welcome(struct server *server)
{
    uint8_t frame[128];
    Welcome welcome = {.protocol = 1, .incarnation = 1, .through_sequence = server->through, .max_items = 64,
                       .max_bytes = WIRE_BATCH_BYTES_MAX, .send_catalogue = server->ask_catalogue};
    memcpy(welcome.boot_id, server->hello.boot_id, sizeof welcome.boot_id);
    server_say(server, frame, wire_encode_welcome(&welcome, frame, sizeof frame));
}

static void server_batch(struct server *server, const void *frame, size_t len)
{
    struct wire_batch batch;
    struct error err = {0};
    static Item item;
    if (wire_batch_open(frame, len, &batch, &err) < 0)
        fail_msg("%s", err.text);
    assert_memory_equal(batch.header.boot_id, server->hello.boot_id, 16);
    server->batches++;
    server->vitals = batch.header.vitals;
    if (batch.header.items == 0)
        server->heartbeats++;
    for (uint64_t sequence = batch.header.first_sequence; wire_batch_next(&batch, &item, &err) == 1; sequence++) {
        bool source = item.which_body == Item_source_tag;
        assert_true(server->n_seen < ITEMS_SEEN_MAX);
        (void) snprintf(server->seen[server->n_seen++], LINE_BYTES, "%llu %s%.20s", (unsigned long long) sequence,
                        source ? "source " : "", source ? item.body.source.check : item.body.observation.check);
        if (server->ack)
            server->through = sequence;
    }
    assert_string_equal(err.text, "");
    if (server->ack)
        server_ack(server, server->through);
}

static void server_take(struct server *server)
{
    static uint8_t frame[WIRE_MESSAGE_BYTES_MAX];
    uint8_t peer[256];
    int peer_len = zmq_recv(server->router, peer, sizeof peer, ZMQ_DONTWAIT);
    if (peer_len < 0)
        return;
    int len = zmq_recv(server->router, frame, sizeof frame, 0);
    assert_in_range(len, 1, sizeof frame);
    memcpy(server->peer, peer, (size_t) peer_len);
    server->peer_len = (size_t) peer_len;

    struct error err = {0};
    if (wire_kind(frame, (size_t) len) == WIRE_HELLO) {
        assert_int_equal(wire_decode_hello(frame, (size_t) len, &server->hello, &err), 0);
        server->hellos++;
        if (server->answer_hello)
            server_welcome(server);
    } else {
        server_batch(server, frame, (size_t) len);
    }
}

static void server_judge(struct server *server)
{
    char frames[8][256];
    int n = 0;
    int more = 1;
    size_t size = sizeof more;
    int id_len = 0;
    while (more && n < 8) {
        int len = zmq_recv(server->zap, frames[n], sizeof frames[n], ZMQ_DONTWAIT);
        if (len < 0)
            return;
        id_len = n == 1 ? len : id_len;
        n++;
        (void) zmq_getsockopt(server->zap, ZMQ_RCVMORE, &more, &size);
    }
    server->asked++;
    zmq_send(server->zap, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(server->zap, frames[1], (size_t) id_len, ZMQ_SNDMORE);
    zmq_send(server->zap, server->let_in ? "200" : "400", 3, ZMQ_SNDMORE);
    zmq_send(server->zap, "", 0, ZMQ_SNDMORE);
    zmq_send(server->zap, server->let_in ? "web-1" : "", server->let_in ? 5 : 0, ZMQ_SNDMORE);
    zmq_send(server->zap, "", 0, 0);
}

/* ---------------------------------------------------------------- the conversation */

static void on_beat(uv_timer_t *beat)
{
    (void) beat;
}

static void turn(struct conversation *c)
{
    if (c->server.zmq != NULL)
        server_judge(&c->server);   /* also while the ROUTER is closed: its sessions end through this socket */
    for (int i = 0; i < 100 && c->server.router != NULL; i++)
        server_take(&c->server);
    uv_run(&c->loop, UV_RUN_ONCE);
}

/* Turns until the condition holds; a test that waits in vain fails. */
#define wait_for(c, condition)                                           \
    do {                                                                 \
        int64_t deadline_ = clock_mono_us() + PATIENCE_MS * 1000;        \
        while (!(condition)) {                                           \
            if (clock_mono_us() > deadline_)                             \
                fail_msg("waited in vain for %s", #condition);           \
            turn(c);                                                     \
        }                                                                \
    } while (0)

static void on_poll_now(void *context, const PollNow *poll_now)
{
    struct conversation *c = context;
    (void) snprintf(c->polled, sizeof c->polled, "%s", poll_now->sources[0]);
}

static void on_welcomed(void *context)
{
    ((struct conversation *) context)->welcomed++;
}

static void on_stopped(void *context)
{
    ((struct conversation *) context)->stopped = true;
}

static void start(struct conversation *c, size_t backlog_bytes)
{
    static const Hello hello = {.version = "0.1.0"};
    static const Source catalogue[] = {{.check = "cpu", .kind = SOURCE_PROBE}, {.check = "memory", .kind = SOURCE_PROBE}};
    struct publish_options options = {
        .endpoint = c->server.endpoint,
        .server_key = c->server.curve ? c->server.keys.public_key : NULL,
        .public_key = c->keys.public_key,
        .secret_key = c->keys.secret_key,
        .backlog_bytes = backlog_bytes,
        .hello = &hello,
        .catalogue = catalogue,
        .n_catalogue = ARRAY_SIZE(catalogue),
        .poll_now = on_poll_now,
        .welcomed = on_welcomed,
        .context = c,
    };
    struct error err = {0};
    if (publish_start(&c->loop, &options, &c->publish, &err) < 0)
        fail_msg("%s", err.text);
}

static struct conversation *conversation_new(bool curve)
{
    struct conversation *c = mem_new(sizeof *c);
    struct error err = {0};
    assert_int_equal(uv_loop_init(&c->loop), 0);
    assert_int_equal(uv_timer_init(&c->loop, &c->beat), 0);
    assert_int_equal(uv_timer_start(&c->beat, on_beat, 2, 2), 0);
    assert_int_equal(key_pair_generate(&c->keys, &err), 0);
    server_start(&c->server, curve);
    return c;
}

static void conversation_free(struct conversation *c, int64_t linger_ms)
{
    publish_stop(c->publish, linger_ms, on_stopped, c);
    wait_for(c, c->stopped);
    if (c->server.router != NULL)
        server_stop(&c->server);
    uv_close((uv_handle_t *) &c->beat, NULL);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&c->loop), 0);
    free(c);
}

static void say(struct conversation *c, const char *check)
{
    Item item = {.which_body = Item_observation_tag, .body.observation = {.kind = SOURCE_PROBE, .level = LEVEL_OPERATIONAL}};
    (void) snprintf(item.body.observation.check, sizeof item.body.observation.check, "%s", check);
    publish_put(c->publish, &item);
}

static bool is_empty(struct conversation *c)
{
    struct publish_state now;
    publish_state(c->publish, &now);
    return now.backlog_items == 0;
}

static bool is_welcome(struct conversation *c)
{
    struct publish_state now;
    publish_state(c->publish, &now);
    return now.welcome;
}

static int times_seen(const struct server *server, const char *line)
{
    int n = 0;
    for (int i = 0; i < server->n_seen; i++)
        n += strcmp(server->seen[i], line) == 0;
    return n;
}

static void test_hello_catalogue_batch_ack(void **state)
{
    (void) state;
    struct conversation *c = conversation_new(true);
    c->server.ask_catalogue = true;
    start(c, 1 << 20);
    say(c, "early");   /* before there is a connection */
    wait_for(c, c->server.n_seen == 3);
    assert_string_equal(c->server.seen[0], "1 source cpu");
    assert_string_equal(c->server.seen[1], "2 source memory");
    assert_string_equal(c->server.seen[2], "3 early");
    assert_string_equal(c->server.hello.version, "0.1.0");
    assert_int_equal(c->server.hello.protocol, WIRE_PROTOCOL);
    assert_int_equal(strlen(c->server.hello.catalogue_digest), 64);
    assert_true(c->server.hello.wall_clock_ms > 1600000000000);
    wait_for(c, is_empty(c));

    int batches = c->server.batches;
    for (int i = 0; i < 130; i++)
        say(c, "many");
    wait_for(c, is_empty(c));
    assert_int_equal(c->server.batches - batches, 3);   /* 64 + 64 + 2, all in flight at once */
    assert_int_equal(c->server.n_seen, 133);
    assert_int_equal(c->server.hellos, 1);
    assert_int_equal(c->welcomed, 1);

    PollNow poll_now = {.sources_count = 1, .sources = {"cpu"}};
    uint8_t frame[256];
    server_say(&c->server, frame, wire_encode_poll_now(&poll_now, frame, sizeof frame));
    wait_for(c, c->polled[0] != '\0');
    assert_string_equal(c->polled, "cpu");
    conversation_free(c, 0);
}

static void test_what_was_not_acknowledged_goes_again_and_nothing_else(void **state)
{
    (void) state;
    struct conversation *c = conversation_new(true);
    start(c, 1 << 20);
    say(c, "a");
    wait_for(c, is_empty(c));   /* acknowledged */
    c->server.ack = false;
    say(c, "b");
    wait_for(c, c->server.n_seen == 2);

    /* The aggregator dies before it commits, and comes back at the same place. */
    char endpoint[128];
    (void) snprintf(endpoint, sizeof endpoint, "%s", c->server.endpoint);
    zmq_close(c->server.router);
    c->server.router = NULL;
    say(c, "c");
    wait_for(c, !is_welcome(c));
    assert_false(is_empty(c));
    server_open(&c->server, endpoint);
    c->server.ack = true;
    wait_for(c, is_empty(c));

    assert_int_equal(c->server.hellos, 2);
    assert_int_equal(c->welcomed, 2);
    assert_int_equal(times_seen(&c->server, "1 a"), 1);   /* nothing twice after its Ack */
    assert_int_equal(times_seen(&c->server, "2 b"), 2);
    assert_int_equal(times_seen(&c->server, "3 c"), 1);
    conversation_free(c, 0);
}

static void test_stale_and_odd_answers_are_ignored(void **state)
{
    (void) state;
    struct conversation *c = conversation_new(true);
    start(c, 1 << 20);
    c->server.ack = false;
    say(c, "a");
    wait_for(c, c->server.n_seen == 1);

    uint8_t frame[64];
    Ack foreign = {.through_sequence = 1};
    memset(foreign.boot_id, 7, sizeof foreign.boot_id);
    server_say(&c->server, frame, wire_encode_ack(&foreign, frame, sizeof frame));
    server_ack(&c->server, 99);                       /* of the future */
    server_say(&c->server, "\x13\xff\xff", 3);        /* no Ack at all */
    server_say(&c->server, "", 0 + 1);                /* a kind nobody knows */
    PollNow marker = {.sources_count = 1, .sources = {"marker"}};
    server_say(&c->server, frame, wire_encode_poll_now(&marker, frame, sizeof frame));
    wait_for(c, c->polled[0] != '\0');
    assert_false(is_empty(c));

    server_ack(&c->server, 1);
    wait_for(c, is_empty(c));
    conversation_free(c, 0);
}

static void test_a_rejection_is_kept_in_words(void **state)
{
    (void) state;
    struct conversation *c = conversation_new(true);
    c->server.answer_hello = false;
    start(c, 1 << 20);
    wait_for(c, c->server.hellos == 1);
    uint8_t frame[256];
    Reject reject = {.reason = "protocol 1 is too old", .final = false};
    memcpy(reject.boot_id, c->server.hello.boot_id, sizeof reject.boot_id);
    server_say(&c->server, frame, wire_encode_reject(&reject, frame, sizeof frame));
    struct publish_state now = {0};
    wait_for(c, (publish_state(c->publish, &now), now.reject[0] != '\0'));
    assert_string_equal(now.reject, "protocol 1 is too old");
    assert_false(now.welcome);
    conversation_free(c, 0);
}

#ifdef TOCSIN_FAILPOINTS
static char skip_path[] = "/tmp/tocsin-skip-XXXXXX";

static int start_skipping(void **state)
{
    (void) state;
    int fd = mkstemp(skip_path);
    if (fd < 0 || close(fd) != 0)
        return -1;
    return setenv("TOCSIN_CLOCK_SKIP_FILE", skip_path, 1);
}

static int stop_skipping(void **state)
{
    (void) state;
    (void) unlink(skip_path);
    memcpy(skip_path + strlen(skip_path) - 6, "XXXXXX", 6);
    return unsetenv("TOCSIN_CLOCK_SKIP_FILE");
}

/* The clock is this much ahead from now on. */
static void skip_ms(int64_t ms)
{
    char text[32];
    struct error err = {0};
    int n = snprintf(text, sizeof text, "%lld", (long long) ms);
    assert_int_equal(file_write(skip_path, text, (size_t) n, 0600, &err), 0);
}

static void test_a_refused_key_is_tried_again(void **state)
{
    (void) state;
    struct conversation *c = conversation_new(true);
    c->server.let_in = false;
    start(c, 1 << 20);
    say(c, "a");
    wait_for(c, c->server.asked == 1);
    for (int i = 0; i < 20; i++)
        turn(c);               /* the refusal arrives */
    c->server.let_in = true;   /* enrolled meanwhile; ZeroMQ itself would never dial again */
    skip_ms(10000);
    wait_for(c, is_empty(c));
    assert_string_equal(c->server.seen[0], "1 a");
    conversation_free(c, 0);
}

static void test_silences(void **state)
{
    (void) state;
    struct conversation *c = conversation_new(true);
    c->server.answer_hello = false;
    start(c, 1 << 20);
    wait_for(c, c->server.hellos == 1);
    skip_ms(5000);   /* no Welcome for 5 s: Hello again */
    wait_for(c, c->server.hellos == 2);
    c->server.answer_hello = true;
    skip_ms(10000);
    wait_for(c, is_welcome(c));

    int heartbeats = c->server.heartbeats;
    skip_ms(40000);   /* nothing to say for 30 s: an empty batch, with the vitals */
    publish_vitals(c->publish, &(Vitals) {.resident_bytes = 77, .loop_lag_ms = 5});
    Vitals largest = {.resident_bytes = 78, .loop_lag_ms = 3, .polls_total = UINT64_MAX, .poll_failures_total = UINT64_MAX,
                      .polls_skipped_total = UINT64_MAX, .polls_unchanged_total = UINT64_MAX, .polls_parsed_total = UINT64_MAX,
                      .poll_retries_total = UINT64_MAX, .breakers_open = UINT32_MAX, .hosts_backing_off = UINT32_MAX,
                      .egress_checks_total = UINT64_MAX, .egress_failures_total = UINT64_MAX};
    largest.poll_failures_count = ARRAY_SIZE(largest.poll_failures);
    for (size_t i = 0; i < ARRAY_SIZE(largest.poll_failures); i++)
        largest.poll_failures[i] = UINT64_MAX;
    publish_vitals(c->publish, &largest);
    wait_for(c, c->server.heartbeats > heartbeats);
    assert_int_equal(c->server.vitals.resident_bytes, 78);
    assert_int_equal(c->server.vitals.loop_lag_ms, 5);

    int hellos = c->server.hellos;
    c->server.ack = false;
    say(c, "lost");
    wait_for(c, c->server.n_seen == 1);
    skip_ms(71000);   /* no Ack for 30 s: where do we stand? */
    wait_for(c, c->server.hellos > hellos && c->server.n_seen == 2);
    assert_string_equal(c->server.seen[1], "1 lost");
    conversation_free(c, 0);
}
#endif

static void test_stop_waits_for_the_last_ack(void **state)
{
    (void) state;
    struct conversation *c = conversation_new(false);   /* plain, as on loopback in tests */
    start(c, 1 << 20);
    wait_for(c, c->server.hellos == 1);
    for (int i = 0; i < 200; i++)
        say(c, "last");
    struct server *server = &c->server;
    publish_stop(c->publish, PATIENCE_MS, on_stopped, c);
    wait_for(c, c->stopped);
    assert_int_equal(server->n_seen, 200);
    server_stop(server);
    uv_close((uv_handle_t *) &c->beat, NULL);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&c->loop), 0);
    free(c);
}

static void test_endpoints_that_are_refused(void **state)
{
    static const char *const cases[] = {"", "inproc://x", "pgm://eth0;239.0.0.1:1", "tcp://", "tcp://127.0.0.1"};
    (void) state;
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct publish *publish = NULL;
        struct error err = {0};
        struct publish_options options = {.endpoint = cases[i], .backlog_bytes = 1000, .hello = &(Hello) {0}};
        if (publish_start(&loop, &options, &publish, &err) >= 0 || err.text[0] == '\0' || publish != NULL)
            fail_msg("%s was accepted", cases[i]);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello_catalogue_batch_ack),
        cmocka_unit_test(test_what_was_not_acknowledged_goes_again_and_nothing_else),
        cmocka_unit_test(test_stale_and_odd_answers_are_ignored),
        cmocka_unit_test(test_a_rejection_is_kept_in_words),
#ifdef TOCSIN_FAILPOINTS
        cmocka_unit_test_setup_teardown(test_a_refused_key_is_tried_again, start_skipping, stop_skipping),
        cmocka_unit_test_setup_teardown(test_silences, start_skipping, stop_skipping),
#endif
        cmocka_unit_test(test_stop_waits_for_the_last_ack),
        cmocka_unit_test(test_endpoints_that_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
