/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/prober.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/config.h"
#include "collector/egress_check.h"
#include "collector/probe_report.h"
#include "collector/probes/host.h"
#include "collector/probes/http.h"
#include "collector/probes/names.h"
#include "collector/probes/tcp.h"
#include "common/clock.h"
#include "common/http_client.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/rng.h"

enum {
    RUNNING_MAX = 16,          /* network probes at once; the others wait their turn */
    FIRST_WITHIN_MS = 5000,    /* a new configuration is looked at soon, but not all at once */
    ONCE_INTERVAL_MS = 1000,   /* rates need two samples */
    ONCE_WINDOW_MS = 1500,     /* half of it is over at the second one */
    HOST_NAME_BYTES = 256,
};

/* Held: it has ended badly, and whether that is to be believed is asked at our own way out. */
enum job_state { JOB_IDLE, JOB_WAITING, JOB_RUNNING, JOB_HELD };

/* One configured probe. */
struct job {
    struct prober *prober;
    const char *service;               /* ""; the host's own */
    const struct probe_entry *entry;
    uv_timer_t timer;
    int64_t phase_ms;                  /* boot clock modulo its interval at which it is due */
    int64_t waiting_since_ms;
    enum job_state state;
    struct tcp_run *tcp;               /* while RUNNING, one of the two */
    struct http_transfer *http;
    int64_t began_mono_ms;             /* the run in progress, or held */
    struct verdict *held;              /* owned; while HELD */
    enum egress_place place;           /* likewise: where its target lies */
    struct egress_wait wait;           /* likewise */
    bool ran;                          /* at least once */
};

struct prober {
    struct prober_options options;
    struct host *host;                 /* NULL: the host is not looked at */
    struct host_limits limits;         /* of the configuration; with `once` cut down to one interval */
    uv_timer_t host_timer;
    int64_t host_phase_ms;
    int host_turns;                    /* ended */
    struct job *jobs;
    size_t n_jobs;
    size_t n_running;
    struct rng rng;
    bool finished;
    int handles_open;                  /* timers, and the host's own closing */
    void (*stopped)(void *context);
    void *stopped_context;
};

/* ---------------------------------------------------------------- what is told */

static void emit_verdict(struct prober *prober, const char *service, int64_t every_ms, const struct verdict *verdict)
{
    const struct probe_subject subject = {.service = service, .every_ms = every_ms, .at_boot_ms = clock_boot_ms()};
    Item item;
    if (probe_report(&subject, verdict, &item))
        prober->options.emit(prober->options.context, &item);
    if (probe_metrics(&subject, verdict, &item))
        prober->options.emit(prober->options.context, &item);
}

/* With `once`: the end, when the host has had both turns and each probe its run. */
static void finish_once(struct prober *prober)
{
    if (!prober->options.once || prober->finished || (prober->host != NULL && prober->host_turns < 2))
        return;
    for (size_t i = 0; i < prober->n_jobs; i++) {
        if (!prober->jobs[i].ran)
            return;
    }
    prober->finished = true;
    prober->options.finished(prober->options.context);
}

/* How long until the next time this is due: 1..every_ms. After a late wake-up it runs once, and never catches up. */
static uint64_t until_due_ms(int64_t now_ms, int64_t phase_ms, int64_t every_ms)
{
    int64_t left = (phase_ms - now_ms % every_ms + every_ms) % every_ms;

    return (uint64_t) (left == 0 ? every_ms : left);
}

/* ---------------------------------------------------------------- configured probes */

static void start_job(struct job *job);

static void start_waiting(struct prober *prober)
{
    while (prober->n_running < RUNNING_MAX) {
        struct job *longest = NULL;
        for (size_t i = 0; i < prober->n_jobs; i++) {
            struct job *job = &prober->jobs[i];
            if (job->state == JOB_WAITING && (longest == NULL || job->waiting_since_ms < longest->waiting_since_ms))
                longest = job;
        }
        if (longest == NULL)
            return;
        start_job(longest);
    }
}

static void tell(struct job *job, struct verdict *verdict)
{
    struct prober *prober = job->prober;
    job->state = JOB_IDLE;
    job->ran = true;
    (void) text_copy(verdict->check, sizeof verdict->check, text_of(job->entry->check));   /* the configuration's bound */
    emit_verdict(prober, job->service, job->entry->every_ms, verdict);
    finish_once(prober);
}

static void tell_as(struct job *job, struct verdict *verdict, enum egress_answer answer)
{
    if (answer == EGRESS_BLIND)
        egress_blind(verdict);
    tell(job, verdict);
}

static void job_on_egress(struct egress_wait *wait, bool reached)
{
    struct job *job = container_of(wait, struct job, wait);
    CLEANUP(mem_freep) struct verdict *verdict = steal(&job->held);
    const struct egress_look look = {job->place, verdict, job->began_mono_ms};

    tell_as(job, verdict, egress_judge_asked(egress_check_state(job->prober->options.egress), &look, reached));
}

static void hold(struct job *job, const struct verdict *verdict)
{
    job->state = JOB_HELD;
    job->held = mem_new(sizeof *job->held);
    *job->held = *verdict;
    job->wait.answered = job_on_egress;
    egress_check_ask(job->prober->options.egress, &job->wait);
}

static struct text host_of(const struct probe_entry *entry)
{
    return entry->kind == PROBE_HTTP ? egress_host_of_url(entry->url) : text_of(entry->host);
}

/* address: the one last tried, NULL: it did not come to that. */
static void report_end(struct job *job, struct verdict *verdict, const struct sockaddr *address)
{
    struct prober *prober = job->prober;
    struct egress_check *egress = prober->options.egress;
    job->tcp = NULL;
    job->http = NULL;
    prober->n_running--;
    job->place = egress == NULL ? EGRESS_OWN : egress_check_place(address, host_of(job->entry));
    const struct egress_look look = {job->place, verdict, job->began_mono_ms};
    enum egress_answer answer = egress == NULL ? EGRESS_TELL : egress_judge(egress_check_state(egress), &look);
    if (answer == EGRESS_ASK)
        hold(job, verdict);
    else
        tell_as(job, verdict, answer);
}

static void end_job(struct job *job, struct verdict *verdict, const struct sockaddr *address)
{
    struct prober *prober = job->prober;   /* outlives its timers, even when this was the last of `once` */
    report_end(job, verdict, address);
    if (prober->stopped == NULL)
        start_waiting(prober);
}

static void job_on_tcp(void *context, const struct tcp_outcome *outcome)
{
    struct job *job = context;
    struct verdict verdict = {0};
    tcp_judge(job->entry, outcome, &verdict);
    end_job(job, &verdict, outcome->address.ss_family == AF_UNSPEC ? NULL : (const struct sockaddr *) &outcome->address);
}

static void job_on_http(void *context, const struct http_reply *reply)
{
    struct job *job = context;
    if (job->prober->stopped != NULL)
        return;   /* cancelled by prober_stop */
    struct verdict verdict = {0};
    http_judge(job->entry, reply, clock_wall_ms(), &verdict);
    end_job(job, &verdict, reply->address);
}

static void start_job(struct job *job)
{
    struct prober *prober = job->prober;
    job->state = JOB_RUNNING;
    job->began_mono_ms = clock_mono_ms();
    prober->n_running++;
    switch (job->entry->kind) {
    case PROBE_TCP:
        job->tcp = tcp_start(prober->options.loop, job->entry, job_on_tcp, job);
        return;
    case PROBE_HTTP: {
        struct error err = {0};
        struct http_request request = http_probe_request(job->entry);
        if (http_client_start(prober->options.http, &request, job_on_http, job, &job->http, &err) == 0)
            return;
        struct verdict verdict = {0};
        verdict_fail(&verdict, "local", "%s", err.text);
        report_end(job, &verdict, NULL);   /* whoever started it looks for the next one */
        return;
    }
    }
}

static void job_on_timer(uv_timer_t *timer)
{
    struct job *job = timer->data;
    struct prober *prober = job->prober;
    int64_t now_ms = clock_boot_ms();
    if (!prober->options.once)
        (void) uv_timer_start(timer, job_on_timer, until_due_ms(now_ms, job->phase_ms, job->entry->every_ms), 0);
    if (job->state != JOB_IDLE)
        return;   /* still at it, or held: skipped, never stacked */

    job->state = JOB_WAITING;
    job->waiting_since_ms = now_ms;
    start_waiting(prober);
}

/* How long until a first look: soon, but not all at once. */
static int64_t soon_ms(struct prober *prober, const struct probe_entry *entry)
{
    int64_t spread_ms = entry->every_ms < FIRST_WITHIN_MS ? entry->every_ms : FIRST_WITHIN_MS;

    return (int64_t) rng_below(&prober->rng, (uint64_t) spread_ms);
}

static void add_job(struct prober *prober, const char *service, const struct probe_entry *entry)
{
    struct job *job = &prober->jobs[prober->n_jobs++];
    *job = (struct job) {.prober = prober, .service = service, .entry = entry};
    int64_t first_ms = prober->options.once ? 0 : soon_ms(prober, entry);
    job->phase_ms = (clock_boot_ms() + first_ms) % entry->every_ms;
    (void) uv_timer_init(prober->options.loop, &job->timer);   /* cannot fail, like the start */
    job->timer.data = job;
    prober->handles_open++;
    (void) uv_timer_start(&job->timer, job_on_timer, (uint64_t) first_ms, 0);
}

static void add_jobs(struct prober *prober)
{
    const struct collector_config *config = prober->options.config;
    rng_seed(&prober->rng, prober->options.seed);

    size_t n = config->n_probes;
    for (size_t i = 0; config->services_enabled && i < config->registry.n_services; i++)
        n += config->registry.services[i].n_probes;
    prober->jobs = mem_new_array(n, sizeof *prober->jobs);
    for (size_t i = 0; i < config->n_probes; i++)
        add_job(prober, "", &config->probes[i]);
    for (size_t i = 0; config->services_enabled && i < config->registry.n_services; i++) {
        const struct service_entry *service = &config->registry.services[i];
        for (size_t j = 0; j < service->n_probes; j++)
            add_job(prober, service->id, &service->probes[j]);
    }
}

void prober_hurry(struct prober *prober, int64_t longer_than_ms)
{
    for (size_t i = 0; i < prober->n_jobs && !prober->options.once; i++) {
        struct job *job = &prober->jobs[i];
        if (job->entry->every_ms > longer_than_ms)
            (void) uv_timer_start(&job->timer, job_on_timer, (uint64_t) soon_ms(prober, job->entry), 0);
    }
}

/* ---------------------------------------------------------------- the host's own */

static void prober_on_verdict(void *context, const struct verdict *verdict)
{
    struct prober *prober = context;
    if (!prober->options.once || prober->host_turns == 1)
        emit_verdict(prober, "", prober->options.config->host.every_ms, verdict);
}

static void prober_on_turn_done(void *context)
{
    struct prober *prober = context;
    prober->host_turns++;
    finish_once(prober);
}

static void prober_on_mounts_changed(void *context)
{
    struct prober *prober = context;
    log_info("probe.mounts_changed", "other file systems than before: the catalogue is told anew");
    if (prober->options.catalogue_changed != NULL)
        prober->options.catalogue_changed(prober->options.context);
}

static void prober_on_host_timer(uv_timer_t *timer)
{
    struct prober *prober = timer->data;
    int64_t now_ms = clock_boot_ms();
    if (prober->options.once)
        (void) uv_timer_start(timer, prober_on_host_timer, ONCE_INTERVAL_MS, 0);
    else
        (void) uv_timer_start(timer, prober_on_host_timer, until_due_ms(now_ms, prober->host_phase_ms, prober->limits.every_ms),
                              0);
    if (prober->host != NULL)
        host_turn(prober->host, now_ms);
    else
        finish_once(prober);
}

static void add_host(struct prober *prober)
{
    const struct collector_config *config = prober->options.config;
    char name[HOST_NAME_BYTES] = "";
    prober->limits = config->host;
    if (prober->options.once) {
        prober->limits.window_ms = ONCE_WINDOW_MS;
        prober->limits.every_ms = ONCE_INTERVAL_MS;
    }
    /* A name spreads 10,000 hosts over the interval, and the same one comes at the same moment after each restart. */
    (void) gethostname(name, sizeof name - 1);   /* without one: all such hosts together */
    prober->host_phase_ms = (int64_t) (name_hash(name) % (uint64_t) prober->limits.every_ms);

    if (config->host.enabled) {
        prober->host = host_new(&(struct host_options) {
            .loop = prober->options.loop, .root = config->root_dir, .limits = &prober->limits,
            .mounts_changed = prober_on_mounts_changed, .tell = prober_on_verdict, .turn_done = prober_on_turn_done,
            .context = prober,
        });
    }
    if (prober->host == NULL && !prober->options.once)
        return;
    uint64_t first_ms = until_due_ms(clock_boot_ms(), prober->host_phase_ms, prober->limits.every_ms);
    (void) uv_timer_start(&prober->host_timer, prober_on_host_timer, prober->options.once ? 0 : first_ms, 0);   /* cannot fail */
}

/* ---------------------------------------------------------------- the door */

int prober_start(const struct prober_options *options, struct prober **out, struct error *err)
{
    (void) err;   /* nothing here can fail yet; whoever starts us must not have to know */
    struct prober *prober = mem_new(sizeof *prober);
    prober->options = *options;
    (void) uv_timer_init(options->loop, &prober->host_timer);   /* cannot fail */
    prober->host_timer.data = prober;
    prober->handles_open = 1;
    add_host(prober);
    add_jobs(prober);
    *out = prober;
    return 0;
}

static void part_closed(struct prober *prober)
{
    if (--prober->handles_open > 0)
        return;
    void (*stopped)(void *) = prober->stopped;
    void *context = prober->stopped_context;
    free(prober->jobs);
    free(prober);
    stopped(context);
}

static void job_on_closed(uv_handle_t *handle)
{
    part_closed(((struct job *) handle->data)->prober);
}

static void prober_on_timer_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

static void prober_on_host_stopped(void *context)
{
    part_closed(context);
}

void prober_stop(struct prober *prober, void (*stopped)(void *context), void *context)
{
    prober->stopped = stopped;
    prober->stopped_context = context;
    if (prober->host != NULL) {
        prober->handles_open++;
        host_stop(prober->host, prober_on_host_stopped, prober);
    }
    uv_close((uv_handle_t *) &prober->host_timer, prober_on_timer_closed);
    for (size_t i = 0; i < prober->n_jobs; i++) {
        struct job *job = &prober->jobs[i];
        if (job->tcp != NULL)
            tcp_cancel(steal(&job->tcp));
        if (job->http != NULL)
            http_client_cancel(steal(&job->http));
        if (job->held != NULL)
            egress_check_drop(prober->options.egress, &job->wait);
        free(steal(&job->held));
        uv_close((uv_handle_t *) &job->timer, job_on_closed);
    }
}
