/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curve_rtt: the bare round trip of a CURVE message between a DEALER and a ROUTER in two processes on 127.0.0.1: what one
 * observation in flight costs before anything of ours happens.
 *
 *     curve_rtt SECONDS          prints {"p50_us":…,"p99_us":…,"n":…}
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "common/clock.h"
#include "common/mem.h"

enum { MESSAGE_BYTES = 100, SAMPLES_MAX = 1000000 };

static void die(const char *what)
{
    (void) fprintf(stderr, "curve_rtt: %s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(1);
}

/* Echoes until its parent goes away. */
static void serve(int tell, const char *secret)
{
    char endpoint[256];
    size_t len = sizeof endpoint;
    int on = 1;
    void *context = zmq_ctx_new();
    void *router = zmq_socket(context, ZMQ_ROUTER);
    if (zmq_setsockopt(router, ZMQ_CURVE_SERVER, &on, sizeof on) != 0
        || zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, secret, 41) != 0 || zmq_bind(router, "tcp://127.0.0.1:*") != 0
        || zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &len) != 0 || write(tell, endpoint, sizeof endpoint) < 0)
        die("server");
    for (;;) {
        uint8_t id[256];
        uint8_t body[MESSAGE_BYTES];
        int id_len = zmq_recv(router, id, sizeof id, 0);
        int body_len = zmq_recv(router, body, sizeof body, 0);
        if (id_len < 0 || body_len < 0 || zmq_send(router, id, (size_t) id_len, ZMQ_SNDMORE) < 0
            || zmq_send(router, body, (size_t) body_len, 0) < 0)
            die("echo");
    }
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a;
    int64_t y = *(const int64_t *) b;

    return x < y ? -1 : x > y;
}

static void measure(const char *endpoint, const char *server_public, double seconds)
{
    char public_key[41];
    char secret_key[41];
    void *context = zmq_ctx_new();
    void *dealer = zmq_socket(context, ZMQ_DEALER);
    if (zmq_curve_keypair(public_key, secret_key) != 0 || zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, server_public, 41) != 0
        || zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, public_key, 41) != 0
        || zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, secret_key, 41) != 0 || zmq_connect(dealer, endpoint) != 0)
        die("client");

    int64_t *samples = mem_new_array(SAMPLES_MAX, sizeof *samples);
    size_t n = 0;
    uint8_t body[MESSAGE_BYTES] = {0};
    int64_t end_us = clock_mono_us() + (int64_t) (seconds * 1e6);
    while (clock_mono_us() < end_us && n < SAMPLES_MAX) {
        int64_t sent_us = clock_mono_us();
        if (zmq_send(dealer, body, sizeof body, 0) < 0 || zmq_recv(dealer, body, sizeof body, 0) < 0)
            die("round trip");
        samples[n++] = clock_mono_us() - sent_us;
    }
    qsort(samples, n, sizeof *samples, by_size);
    (void) printf("{\"p50_us\":%lld,\"p99_us\":%lld,\"n\":%zu}\n", (long long) samples[n / 2], (long long) samples[n * 99 / 100], n);
    free(samples);
}

int main(int argc, char **argv)
{
    char public_key[41];
    char secret_key[41];
    char endpoint[256];
    int pipe_fds[2];
    if (argc != 2 || pipe(pipe_fds) != 0 || zmq_curve_keypair(public_key, secret_key) != 0) {
        (void) fprintf(stderr, "usage: curve_rtt SECONDS\n");
        return 2;
    }
    pid_t child = fork();   /* before any context: zmq does not survive a fork */
    if (child == 0)
        serve(pipe_fds[1], secret_key);
    if (child < 0 || read(pipe_fds[0], endpoint, sizeof endpoint) != (ssize_t) sizeof endpoint)
        die("child");
    measure(endpoint, public_key, strtod(argv[1], NULL));
    (void) kill(child, SIGKILL);
    (void) waitpid(child, NULL, 0);
    return 0;
}
