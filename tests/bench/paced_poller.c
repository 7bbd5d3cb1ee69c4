/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paced_poller: what the collector's polling is compared with. Polls the URLs of a list, each once a period, evenly spread, and
 * discards what comes; either with nothing but libcurl's multi interface (a handle for each URL, one store of certificates), or
 * with common/http_client, which is what the collector polls with.
 *
 *     paced_poller bare|client CA_FILE PERIOD_MS PERIODS < LIST
 *
 * Prints {"polls":…,"failed":…,"cpu_s":…} of all periods but the first, then waits for a signal: its memory can be
 * looked at.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include "common/clock.h"
#include "common/http_client.h"
#include "common/mem.h"

enum { URLS_MAX = 4096, URL_BYTES = 256 };

struct run {
    char (*urls)[URL_BYTES];
    int n;
    int64_t period_ms;
    int64_t started_ms;
    int64_t total;                 /* requests to be made */
    int64_t begun;
    int64_t ended;
    int64_t failed;
    double cpu_s;                  /* when the first period was over */
};

static double cpu_s(void)
{
    struct rusage usage;
    (void) getrusage(RUSAGE_SELF, &usage);   /* cannot fail for these arguments */
    return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
           + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* How many requests should have begun by now. */
static int64_t due(const struct run *run)
{
    int64_t n = (clock_mono_ms() - run->started_ms) * run->n / run->period_ms + 1;
    return n > run->total ? run->total : n;
}

static void ended(struct run *run, bool good)
{
    run->ended++;
    run->failed += !good;
    if (run->ended == run->n)
        run->cpu_s = cpu_s();
}

/* --- nothing but libcurl ------------------------------------------------------------------------------------------ */

static size_t discard(char *bytes, size_t size, size_t n, void *context)
{
    (void) bytes;
    (void) context;
    return size * n;
}

static CURL *handle_for(const char *url, const char *ca_file)
{
    CURL *easy = curl_easy_init();
    if (easy == NULL)
        abort();
    (void) curl_easy_setopt(easy, CURLOPT_URL, url);
    (void) curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    (void) curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    (void) curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    (void) curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    (void) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    (void) curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    return easy;
}

static void take_messages(struct run *run, CURLM *multi)
{
    int left = 0;
    CURLMsg *message = NULL;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        long status = 0;
        CURL *easy = message->easy_handle;
        bool good = message->data.result == CURLE_OK;
        (void) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        (void) curl_multi_remove_handle(multi, easy);
        ended(run, good && status == 200);
    }
}

static void run_bare(struct run *run, const char *ca_file)
{
    CURLM *multi = curl_multi_init();
    CURL **handles = mem_new_array((size_t) run->n, sizeof(CURL *));
    for (int i = 0; i < run->n; i++)
        handles[i] = handle_for(run->urls[i], ca_file);
    while (run->ended < run->total) {
        for (; run->begun < due(run); run->begun++)
            (void) curl_multi_add_handle(multi, handles[run->begun % run->n]);
        int running = 0;
        (void) curl_multi_perform(multi, &running);
        take_messages(run, multi);
        (void) curl_multi_poll(multi, NULL, 0, run->begun < run->total ? (int) (run->period_ms / run->n) + 1 : 1000, NULL);
    }
}

/* --- the product's client ----------------------------------------------------------------------------------------- */

static struct http_client *client;

static void client_on_done(void *context, const struct http_reply *reply)
{
    struct run *run = context;
    ended(run, reply->fault == HTTP_FAULT_NONE && reply->status == 200);
    if (run->ended == run->total)
        uv_stop(uv_default_loop());
}

static void on_tick(uv_timer_t *timer)
{
    struct run *run = timer->data;
    for (; run->begun < due(run); run->begun++) {
        struct http_request request = {.method = "GET", .url = run->urls[run->begun % run->n], .allow_http = true,
                                       .policy = ADDRESS_ANY, .body_bytes_max = 1 << 22};
        struct error err = {0};
        if (http_client_start(client, &request, client_on_done, run, NULL, &err) < 0)
            ended(run, false);
    }
}

static void run_client(struct run *run)
{
    uv_timer_t timer;
    if (http_client_new(uv_default_loop(), &(struct http_client_options) {.user_agent = "bench"}, &client, NULL) < 0)
        abort();
    (void) uv_timer_init(uv_default_loop(), &timer);
    timer.data = run;
    uint64_t every_ms = (uint64_t) (run->period_ms / run->n) + 1;
    (void) uv_timer_start(&timer, on_tick, 0, every_ms);
    (void) uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

int main(int argc, char **argv)
{
    if (argc != 5 || http_global_init(NULL) < 0)
        return 2;
    struct run run = {.urls = mem_new_array(URLS_MAX, URL_BYTES), .period_ms = atol(argv[3])};
    while (run.n < URLS_MAX && fgets(run.urls[run.n], URL_BYTES, stdin) != NULL) {
        run.urls[run.n][strcspn(run.urls[run.n], "\n")] = '\0';
        run.n++;
    }
    if (run.n == 0 || run.period_ms < 1)
        return 2;
    run.total = (int64_t) run.n * (atol(argv[4]) + 1);
    run.started_ms = clock_mono_ms();
    if (strcmp(argv[1], "bare") == 0)
        run_bare(&run, argv[2]);
    else
        run_client(&run);
    (void) printf("{\"polls\":%lld,\"failed\":%lld,\"cpu_s\":%.4f}\n", (long long) (run.ended - run.n), (long long) run.failed,
                  cpu_s() - run.cpu_s);
    (void) fflush(stdout);
    (void) pause();
    return 0;
}
