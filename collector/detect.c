/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for a page's platform where the plan says, one request after the other, until a document is recognised.
 */
#include "collector/detect.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "collector/detect_plan.h"
#include "collector/detect_report.h"
#include "collector/feeds/document.h"
#include "collector/sentinel.h"
#include "common/clock.h"
#include "common/http_client.h"
#include "common/mem.h"

enum {
    ALL_MS = 15000,            /* of all requests together */
    EACH_MS = 6000,            /* one that hangs leaves time for others */
    CONNECT_MS = 5000,
    REDIRECTS_MAX = 3,
    TIMEOUTS_MAX = 2,          /* then nothing is to be expected of this host */
    BODY_BYTES_MAX = 4 << 20,
};

static const char usage[] =
    "usage: tocsin-collector detect URL [-o table|json] [--allow-http] [--allow-private]\n"
    "\n"
    "Finds out which platform a status page runs on, and prints the lines for the services file. Takes 15 s at most.\n"
    "\n"
    "  --allow-http      the page may be fetched without TLS\n"
    "  --allow-private   it may stand on a private address\n"
    "\n"
    "Exit code 0: found; 3: the page answers, but as no platform we know; 1: it can't be reached; 2: wrong usage.\n"
    "\n"
    "examples:\n"
    "  tocsin-collector detect https://www.githubstatus.com\n"
    "  tocsin-collector detect --allow-http --allow-private http://kuma.lan:3001/status/main\n";

struct detect {
    uv_loop_t loop;
    struct http_client *http;
    struct arena arena;
    struct detect_plan plan;
    struct detect_report report;
    bool allow_http;
    bool allow_private;
    bool json;
    size_t next;               /* of the plan's tries */
    int64_t deadline_mono_ms;
    int timeouts;
    bool stopping;
};

static void ask_next(struct detect *detect);

static void on_http_stopped(void *context)
{
    struct detect *detect = context;

    uv_stop(&detect->loop);
}

/* --- one answer --------------------------------------------------------------------------------------------------- */

/* What was found is kept: the body leaves with its callback. */
static void take_found(struct detect *detect, const struct feed *feed, const char *url,
                       const struct feed_document *document)
{
    struct detect_found *found = &detect->report.found;

    *found = (struct detect_found) {.feed = feed, .url = url};
    (void) detect_config(&detect->plan, feed, url, &detect->arena, &found->config);
    detect_report_read(&detect->report, document, &detect->arena);
}

static const char *judge_body(struct detect *detect, const struct detect_try *attempt, const struct http_reply *reply)
{
    struct feed_document document = {.name = attempt->url, .body = reply->body, .content_type = reply->content_type};
    struct text body = {0};
    struct error err = {0};
    if (!document_text(&document, &detect->arena, &body, &err))
        return arena_copy_string(&detect->arena, err.text);

    CLEANUP(json_freep) json_t *json = json_read(body, body.len + 1, NULL);
    const struct feed *owner = detect_owner(attempt->feed, body, json);
    bool better = owner != NULL && (detect->report.found.feed == NULL || !detect_is_generic(owner));
    if (better)
        take_found(detect, owner, attempt->url, &document);
    if (better && !detect_is_generic(owner))
        detect->stopping = true;
    if (owner != NULL)
        return owner->title;

    const char *hint = json == NULL ? sentinel_web_page(body) : NULL;
    if (hint != NULL)
        detect->report.hint = hint;
    return json != NULL                             ? "JSON of no platform we know"
           : text_starts_with(text_trim(body), "<") ? "a web page"
                                                    : "no JSON";
}

/* Nothing else of this host is worth a try. */
static bool is_final(struct detect *detect, enum http_fault fault)
{
    switch (fault) {
    case HTTP_FAULT_DNS:
    case HTTP_FAULT_CONNECT:
    case HTTP_FAULT_TLS:
    case HTTP_FAULT_ADDRESS:
        return true;
    case HTTP_FAULT_TIMEOUT:
        return ++detect->timeouts == TIMEOUTS_MAX;
    case HTTP_FAULT_NONE:
    case HTTP_FAULT_TOO_BIG:
    case HTTP_FAULT_MOVED:
    case HTTP_FAULT_CUT:
    case HTTP_FAULT_GARBLED:
    case HTTP_FAULT_OTHER:
    case HTTP_FAULT_CANCELLED:
        return false;
    }
    return false;
}

static void on_reply(void *context, const struct http_reply *reply)
{
    struct detect *detect = context;
    const struct detect_try *attempt = &detect->plan.tries[detect->next++];
    const char *outcome = NULL;
    if (reply->fault == HTTP_FAULT_CANCELLED)
        return;

    if (reply->fault != HTTP_FAULT_NONE)
        outcome = arena_copy_string(&detect->arena, reply->message);
    else if (reply->status != 200)
        outcome = arena_format(&detect->arena, "HTTP %ld", reply->status);
    else
        outcome = judge_body(detect, attempt, reply);
    detect->report.answered = detect->report.answered || reply->status != 0;
    detect_report_tried(&detect->report, attempt->url, outcome);
    if (is_final(detect, reply->fault))
        detect->stopping = true;
    ask_next(detect);
}

/* --- one request -------------------------------------------------------------------------------------------------- */

static void on_stop_turn(uv_timer_t *timer)
{
    struct detect *detect = timer->data;

    uv_close((uv_handle_t *) timer, (uv_close_cb) free);
    http_client_stop(detect->http, on_http_stopped, detect);
}

/* Not from within a callback of the client. */
static void stop_soon(struct detect *detect)
{
    uv_timer_t *timer = mem_new(sizeof *timer);

    (void) uv_timer_init(&detect->loop, timer);
    timer->data = detect;
    (void) uv_timer_start(timer, on_stop_turn, 0, 0);
}

static void ask_next(struct detect *detect)
{
    static const char *const headers[] = {
        "Accept: application/json, application/atom+xml;q=0.9, application/rss+xml;q=0.9, "
        "application/xml;q=0.8, text/html;q=0.5, */*;q=0.1",
        NULL};
    while (!detect->stopping && detect->next < detect->plan.n_tries) {
        const struct detect_try *attempt = &detect->plan.tries[detect->next];
        int64_t left_ms = detect->deadline_mono_ms - clock_mono_ms();
        if (left_ms <= 0) {
            detect->report.out_of_time = true;
            break;
        }
        struct http_request request = {
            .method = "GET",
            .url = attempt->url,
            .headers = headers,
            .allow_http = detect->allow_http,
            .policy = detect->allow_private ? ADDRESS_ANY : ADDRESS_PUBLIC,
            .redirects_max = REDIRECTS_MAX,
            .connect_timeout_ms = left_ms < CONNECT_MS ? left_ms : CONNECT_MS,
            .timeout_ms = left_ms < EACH_MS ? left_ms : EACH_MS,
            .body_bytes_max = BODY_BYTES_MAX,
        };
        struct error err = {0};
        if (http_client_start(detect->http, &request, on_reply, detect, NULL, &err) == 0)
            return;
        detect_report_tried(&detect->report, attempt->url, arena_copy_string(&detect->arena, err.text));
        detect->next++;
    }
    stop_soon(detect);
}

static int run(struct detect *detect, struct error *err)
{
    int r = http_global_init(err);
    if (r == 0)
        r = http_client_new(&detect->loop,
                            &(struct http_client_options) {.user_agent = "tocsin-collector/" TOCSIN_VERSION},
                            &detect->http, err);
    if (r < 0)
        return r;
    detect->deadline_mono_ms = clock_mono_ms() + ALL_MS;
    ask_next(detect);
    (void) uv_run(&detect->loop, UV_RUN_DEFAULT);
    (void) uv_run(&detect->loop, UV_RUN_NOWAIT);   /* what is closing has closed */
    return 0;
}

/* --- the command -------------------------------------------------------------------------------------------------- */

/* -1: go on; else the exit code. */
static int read_arguments(int argc, char **argv, struct detect *detect, const char **address)
{
    static const struct option known[] = {
        {"output", required_argument, NULL, 'o'}, {"allow-http", no_argument, NULL, 'H'},
        {"allow-private", no_argument, NULL, 'P'}, {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "o:h", known, NULL)) != -1) {
        if (option == 'o' && (strcmp(optarg, "json") == 0 || strcmp(optarg, "table") == 0))
            detect->json = strcmp(optarg, "json") == 0;
        else if (option == 'H')
            detect->allow_http = true;
        else if (option == 'P')
            detect->allow_private = true;
        else if (option == 'h')
            return fputs(usage, stdout) < 0 ? 1 : 0;
        else
            return fputs(usage, stderr) < 0 ? 1 : 2;
    }
    if (argc - optind != 1)
        return fputs(usage, stderr) < 0 ? 1 : 2;
    *address = argv[optind];
    return -1;
}

static int detect_page(struct detect *detect, const char *address)
{
    struct error err = {0};
    if (detect_plan(address, detect->allow_http, &detect->arena, &detect->plan, &err) < 0) {
        (void) fprintf(stderr, "tocsin-collector detect: %s\n", err.text);
        return 2;
    }
    detect->report.plan = &detect->plan;
    detect->report.allow_private = detect->allow_private;
    if (detect->plan.secret != NULL) {   /* nothing to be seen without credentials, but its host says enough */
        detect->report.found = (struct detect_found) {.feed = detect->plan.secret, .config = {.url = detect->plan.root}};
    } else if (uv_loop_init(&detect->loop) != 0 || run(detect, &err) < 0) {
        (void) fprintf(stderr, "tocsin-collector detect: %s\n", err.text);
        return 1;
    } else {
        (void) uv_loop_close(&detect->loop);
    }
    return detect_report_print(&detect->report, detect->json, stdout);
}

int detect_main(int argc, char **argv)
{
    struct detect detect = {0};
    const char *address = NULL;
    int code = read_arguments(argc, argv, &detect, &address);
    if (code < 0)
        code = detect_page(&detect, address);
    detect_report_done(&detect.report);
    arena_done(&detect.arena);
    return code;
}
