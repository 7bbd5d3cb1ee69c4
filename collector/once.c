/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/once.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "collector/config.h"
#include "collector/egress_check.h"
#include "collector/options.h"
#include "collector/poll.h"
#include "collector/prober.h"
#include "common/http_client.h"
#include "common/mem.h"
#include "common/status.h"

static const char usage[] =
    "usage: tocsin-collector once [--config FILE] [-o table|json]\n"
    "\n"
    "Polls every configured page and runs every probe once, and prints what would be published. Needs no aggregator.\n"
    "Exit code 0: everything could be found out; 1: something could not.\n"
    "\n"
    "examples:\n"
    "  tocsin-collector once --config conf/collector.yaml\n"
    "  tocsin-collector once -o json | jq 'select(.level != \"operational\")'\n";

struct once {
    uv_loop_t loop;
    struct http_client *http;
    struct egress_check *egress;   /* NULL: not needed */
    struct poller *poller;
    struct prober *prober;
    int running;            /* poller and prober that have not finished; then the parts that have not stopped */
    Report *reports;
    size_t n_reports;
};

static void emit(void *context, const Item *item)
{
    struct once *once = context;
    if (item->which_body != Item_observation_tag)
        return;

    once->reports = mem_resize(once->reports, once->n_reports + 1, sizeof *once->reports);
    once->reports[once->n_reports++] = item->body.observation;
}

static void on_http_stopped(void *context)
{
    struct once *once = context;

    uv_stop(&once->loop);
}

static void on_part_stopped(void *context)
{
    struct once *once = context;

    if (--once->running == 0)
        http_client_stop(once->http, on_http_stopped, once);
}

static void on_finished(void *context)
{
    struct once *once = context;
    if (--once->running > 0)
        return;

    once->running = once->egress == NULL ? 2 : 3;
    poller_stop(once->poller, on_part_stopped, once);
    prober_stop(once->prober, on_part_stopped, once);
    if (once->egress != NULL)
        egress_check_stop(once->egress, on_part_stopped, once);
}

static int start(struct once *once, const struct collector_config *config, struct error *err)
{
    int r = http_global_init(err);
    if (r < 0)
        return r;
    r = http_client_new(&once->loop, &(struct http_client_options) {.user_agent = "tocsin-collector/" TOCSIN_VERSION},
                            &once->http, err);
    if (r < 0)
        return r;
    once->running = 2;
    if (egress_is_needed(config))
        once->egress = egress_check_start(&(struct egress_check_options) {.loop = &once->loop, .config = &config->egress});
    r = poller_start(&(struct poller_options) {.loop = &once->loop, .config = config, .http = once->http,
                                               .egress = once->egress, .once = true,
                                               .emit = emit, .finished = on_finished, .context = once},
                     &once->poller, err);
    if (r < 0)
        return r;
    return prober_start(&(struct prober_options) {.loop = &once->loop, .config = config, .http = once->http,
                                                  .egress = once->egress, .once = true, .emit = emit,
                                                  .finished = on_finished, .context = once},
                        &once->prober, err);
}

static const char *state_of(const Report *report)
{
    return report->result == RESULT_FAIL ? "fail" : status_name(status_from_number((int) report->level));
}

/* Worst first, what could not be found out before what is fine; then by name. */
static int rank(const Report *report)
{
    return report->result == RESULT_FAIL ? 1 : report->level <= LEVEL_OPERATIONAL ? 0 : (int) report->level;
}

static int by_rank(const void *a, const void *b)
{
    const Report *x = a;
    const Report *y = b;
    if (rank(x) != rank(y))
        return rank(y) - rank(x);
    int order = strcmp(x->service, y->service);
    return order != 0 ? order : strcmp(x->check, y->check);
}

static void print_table(const struct once *once)
{
    (void) printf("%-28s %-20s %-15s %s\n", "SERVICE", "CHECK", "STATE", "DETAIL");
    for (size_t i = 0; i < once->n_reports; i++) {
        const Report *report = &once->reports[i];
        (void) printf("%-28s %-20s %-15s %s%s%s%s\n", report->service[0] == '\0' ? "(this host)" : report->service, report->check,
                      state_of(report), report->result == RESULT_FAIL ? report->reason : "",
                      report->result == RESULT_FAIL && report->detail[0] != '\0' ? ": " : "", report->detail,
                      report->maintenance ? " (maintenance)" : "");
    }
}

static void print_json(const struct once *once)
{
    for (size_t i = 0; i < once->n_reports; i++) {
        const Report *report = &once->reports[i];
        json_t *row = json_pack("{s:s?, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:b, s:i}", "service",
                                report->service[0] == '\0' ? NULL : report->service, "check", report->check, "kind",
                                report->kind == SOURCE_PROBE ? "probe" : "vendor", "result",
                                report->result == RESULT_FAIL ? "fail" : "ok", "level",
                                status_name(status_from_number((int) report->level)), "reason",
                                report->result == RESULT_FAIL ? report->reason : NULL, "detail",
                                report->detail[0] == '\0' ? NULL : report->detail, "link",
                                report->link[0] == '\0' ? NULL : report->link, "maintenance", (int) report->maintenance,
                                "every_seconds", (int) report->every_s);
        CLEANUP(mem_freep) char *line = row == NULL ? NULL : json_dumps(row, JSON_COMPACT);
        (void) printf("%s\n", line == NULL ? "{}" : line);
        json_decref(row);
    }
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void) context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static int poll_and_print(struct once *once, const struct collector_config *config, bool json)
{
    struct error err = {0};
    (void) uv_loop_init(&once->loop);   /* fails only without memory or descriptors */
    if (start(once, config, &err) < 0) {
        (void) fprintf(stderr, "tocsin-collector once: %s\n", err.text);
        return 1;
    }
    (void) uv_run(&once->loop, UV_RUN_DEFAULT);   /* until on_http_stopped */
    uv_walk(&once->loop, close_handle, NULL);
    (void) uv_run(&once->loop, UV_RUN_DEFAULT);   /* the close callbacks */
    (void) uv_loop_close(&once->loop);

    int failed = 0;
    for (size_t i = 0; i < once->n_reports; i++)
        failed += once->reports[i].result == RESULT_FAIL;
    if (once->n_reports > 0)
        qsort(once->reports, once->n_reports, sizeof *once->reports, by_rank);
    if (json)
        print_json(once);
    else
        print_table(once);
    if (failed > 0)
        (void) fprintf(stderr, "%d of %zu could not be found out\n", failed, once->n_reports);
    return failed > 0 ? 1 : 0;
}

int once_main(int argc, char **argv)
{
    struct options options;
    struct collector_config *config;
    int code = options_load(argc, argv, usage, &options, &config);
    if (code >= 0)
        return code;

    static struct once once;
    code = poll_and_print(&once, config, options.json);
    free(once.reports);
    collector_config_free(config);
    return code;
}
