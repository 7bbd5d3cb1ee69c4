/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare_poller: what the collector's memory is compared with: the same libraries, and nothing but libcurl's multi interface
 * polling the given URLs each second, connections kept.
 *
 *     bare_poller CA_FILE URL…     prints "ready" after the first round, ends with its standard input
 */
#include <curl/curl.h>
#include <jansson.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>
#include <zmq.h>

static size_t discard(char *bytes, size_t size, size_t n, void *context)
{
    (void) bytes;
    (void) context;
    return size * n;
}

static void poll_all(CURLM *multi, CURL **handles, int n)
{
    for (int i = 0; i < n; i++)
        (void) curl_multi_add_handle(multi, handles[i]);
    int running = 1;
    while (running > 0) {
        (void) curl_multi_perform(multi, &running);
        (void) curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    for (int i = 0; i < n; i++)
        (void) curl_multi_remove_handle(multi, handles[i]);
}

int main(int argc, char **argv)
{
    if (argc < 3 || sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return 2;
    void *context = zmq_ctx_new();
    (void) fprintf(stderr, "%s %s %s\n", uv_version_string(), jansson_version_str(), context == NULL ? "" : "zmq");
    CURLM *multi = curl_multi_init();
    CURL **handles = calloc((size_t) argc, sizeof *handles);
    int n = argc - 2;
    if (multi == NULL || handles == NULL)
        return 1;
    for (int i = 0; i < n; i++) {
        handles[i] = curl_easy_init();
        (void) curl_easy_setopt(handles[i], CURLOPT_URL, argv[i + 2]);
        (void) curl_easy_setopt(handles[i], CURLOPT_CAINFO, argv[1]);
        (void) curl_easy_setopt(handles[i], CURLOPT_CAPATH, NULL);
        (void) curl_easy_setopt(handles[i], CURLOPT_WRITEFUNCTION, discard);
        (void) curl_easy_setopt(handles[i], CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
        (void) curl_easy_setopt(handles[i], CURLOPT_NOSIGNAL, 1L);
    }
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    do {
        poll_all(multi, handles, n);
        (void) puts("ready");
        (void) fflush(stdout);
    } while (poll(&input, 1, 1000) == 0);
    return 0;
}
