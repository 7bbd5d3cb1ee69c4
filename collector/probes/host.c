/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/host.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collector/probes/cpu.h"
#include "collector/probes/disk.h"
#include "collector/probes/load.h"
#include "collector/probes/memory.h"
#include "collector/probes/names.h"
#include "collector/probes/root.h"
#include "common/clock.h"
#include "common/mem.h"

/* What is remembered of a mount, as long as it is the same one. */
struct memory_of_mount {
    uint64_t identity;                 /* of path and device */
    struct disk disk;
};

struct host {
    struct host_options options;
    struct cpu cpu;
    struct memory memory;
    struct mounts mounts;
    struct memory_of_mount remembered[MOUNTS_MAX];
    size_t n_remembered;
    bool has_mounts;                   /* read at least once */
    bool mounts_differ;                /* from those of the turn before */
    struct usage_asker *asker;
    uv_timer_t deadline;               /* of a turn */
    bool turning;
    int64_t turn_at_ms;
    void (*stopped)(void *context);
    void *stopped_context;
};

/* ---------------------------------------------------------------- reading */

bool host_has_psi(const char *root)
{
    return root_has(root, "proc/pressure/cpu");
}

void host_read_mounts(const char *root, const struct host_limits *limits, struct mounts *out)
{
    /* Those of process 1 are the host's; ours may be a container's. But they may be closed to us. */
    CLEANUP(buffer_done) struct buffer file;
    buffer_init(&file, MOUNTINFO_BYTES);
    if (root_read(root, "proc/1/mountinfo", &file) < 0 || file.len == 0)
        (void) root_read(root, "proc/self/mountinfo", &file);   /* neither: there is nothing to look at */
    mounts_parse(buffer_text(&file), limits, out);
}

static bool same_mounts(const struct mounts *a, const struct mounts *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->mounts[i].check, b->mounts[i].check) == 0;
    return same;
}

static void read_mounts(struct host *host)
{
    CLEANUP(mem_freep) struct mounts *now = mem_new(sizeof *now);
    host_read_mounts(host->options.root, host->options.limits, now);
    host->mounts_differ = host->has_mounts && !same_mounts(now, &host->mounts);
    host->has_mounts = true;
    host->mounts = *now;
}

static uint64_t identity_of(const struct mount *mount)
{
    return name_hash(mount->path) * 31 + name_hash(mount->device);
}

static bool is_mounted(const struct host *host, uint64_t identity)
{
    for (size_t i = 0; i < host->mounts.n; i++) {
        if (identity_of(&host->mounts.mounts[i]) == identity)
            return true;
    }
    return false;
}

/* The memory of this mount: its own, or a fresh one in place of a mount that is gone. */
static struct disk *remember(struct host *host, const struct mount *mount)
{
    uint64_t identity = identity_of(mount);
    struct memory_of_mount *fresh = NULL;
    for (size_t i = 0; i < host->n_remembered; i++) {
        if (host->remembered[i].identity == identity)
            return &host->remembered[i].disk;
        if (!is_mounted(host, host->remembered[i].identity))
            fresh = &host->remembered[i];
    }
    if (fresh == NULL) {
        assert(host->n_remembered < MOUNTS_MAX);   /* as many as mounts, and this one is not among them */
        fresh = &host->remembered[host->n_remembered++];
    }
    *fresh = (struct memory_of_mount) {.identity = identity};
    return &fresh->disk;
}

static void path_of(const struct host *host, const struct mount *mount, char out[static ROOT_PATH_BYTES])
{
    if (!root_join(out, host->options.root, mount->path))
        out[0] = '\0';   /* names nothing, and is told as such */
}

/* ---------------------------------------------------------------- telling */

static void tell(struct host *host, struct verdict *verdict, const char *check)
{
    (void) text_copy(verdict->check, sizeof verdict->check, text_of(check));   /* ours: short enough */
    host->options.tell(host->options.context, verdict);
}

static void fail_file(struct verdict *out, int code, const char *path)
{
    verdict_fail(out, root_reason(code), "%s: %s", path, strerror(-code));
}

static uint32_t tell_cpu(struct host *host, struct buffer *file)
{
    struct verdict verdict = {0};
    struct cpu_sample sample = {.cores = 1};
    struct error err = {0};
    int r = root_read(host->options.root, "proc/stat", file);
    if (r < 0) {
        fail_file(&verdict, r, "/proc/stat");
    } else if (cpu_parse(buffer_text(file), &sample, &err) < 0) {
        verdict_fail(&verdict, "parse", "%s", err.text);
    } else {
        cpu_take(&host->cpu, &sample, host->options.limits, host->turn_at_ms);
        cpu_judge(&host->cpu, host->options.limits, host->turn_at_ms, &verdict);
    }
    tell(host, &verdict, "cpu");
    return sample.cores;
}

static void tell_memory(struct host *host, struct buffer *file)
{
    struct verdict verdict = {0};
    struct memory_sample sample;
    struct error err = {0};
    CLEANUP(buffer_done) struct buffer arcstats;
    buffer_init(&arcstats, ROOT_FILE_BYTES);
    (void) root_read(host->options.root, "proc/spl/kstat/zfs/arcstats", &arcstats);   /* absent on most hosts */

    int r = root_read(host->options.root, "proc/meminfo", file);
    if (r < 0) {
        fail_file(&verdict, r, "/proc/meminfo");
    } else if (memory_parse(buffer_text(file), buffer_text(&arcstats), &sample, &err) < 0) {
        verdict_fail(&verdict, "parse", "%s", err.text);
    } else {
        memory_take(&host->memory, &sample, host->options.limits, host->turn_at_ms);
        memory_judge(&host->memory, host->options.limits, host->turn_at_ms, &verdict);
    }
    tell(host, &verdict, "memory");
}

static void tell_load(struct host *host, struct buffer *file, uint32_t cores)
{
    struct verdict verdict = {0};
    struct load_sample sample;
    struct error err = {0};
    bool has_psi = host_has_psi(host->options.root);
    int r = root_read(host->options.root, "proc/loadavg", file);
    if (r < 0)
        fail_file(&verdict, r, "/proc/loadavg");
    else if (load_parse(buffer_text(file), &sample, &err) < 0)
        verdict_fail(&verdict, "parse", "%s", err.text);
    else
        load_judge(&sample, cores, has_psi, host->options.limits, &verdict);
    if (verdict.n_metrics > 0 || !has_psi)   /* nobody asked about a load that is not judged */
        tell(host, &verdict, "load");
}

static void tell_mounts(struct host *host)
{
    for (size_t i = 0; i < host->mounts.n; i++) {
        const struct mount *mount = &host->mounts.mounts[i];
        struct verdict verdict = {0};
        struct disk_reading reading = {.answer = DISK_NOT_ASKED};
        char path[ROOT_PATH_BYTES];
        path_of(host, mount, path);
        (void) usage_get(host->asker, path, clock_boot_ms(), &reading);   /* waiting after the deadline: not asked */
        disk_judge(remember(host, mount), mount, &reading, host->options.limits, &verdict);
        tell(host, &verdict, mount->check);
    }
}

static void finish_turn(struct host *host)
{
    host->turning = false;
    (void) uv_timer_stop(&host->deadline);
    if (host->mounts_differ && host->options.mounts_changed != NULL)
        host->options.mounts_changed(host->options.context);

    CLEANUP(buffer_done) struct buffer file;
    buffer_init(&file, ROOT_FILE_BYTES);
    uint32_t cores = tell_cpu(host, &file);
    tell_memory(host, &file);
    tell_load(host, &file, cores);
    tell_mounts(host);
    host->options.turn_done(host->options.context);
}

static void finish_when_answered(struct host *host)
{
    if (!host->turning)
        return;
    int64_t now_ms = clock_boot_ms();
    for (size_t i = 0; i < host->mounts.n; i++) {
        char path[ROOT_PATH_BYTES];
        struct disk_reading reading;
        path_of(host, &host->mounts.mounts[i], path);
        if (usage_get(host->asker, path, now_ms, &reading) == USAGE_WAITING)
            return;
    }
    finish_turn(host);
}

static void host_on_usage(void *context)
{
    struct host *host = context;
    finish_when_answered(host);
}

static void host_on_deadline(uv_timer_t *deadline)
{
    struct host *host = deadline->data;
    finish_turn(host);
}

/* ---------------------------------------------------------------- the door */

struct host *host_new(const struct host_options *options)
{
    struct host *host = mem_new(sizeof *host);
    host->options = *options;
    if (host->options.usage_deadline_ms == 0)
        host->options.usage_deadline_ms = USAGE_DEADLINE_MS;
    host->asker = usage_new(&(struct usage_options) {
        .loop = options->loop, .read = options->read_usage, .deadline_ms = host->options.usage_deadline_ms,
        .changed = host_on_usage, .context = host,
    });
    (void) uv_timer_init(options->loop, &host->deadline);   /* cannot fail */
    host->deadline.data = host;
    return host;
}

void host_turn(struct host *host, int64_t now_ms)
{
    if (host->turning)
        return;

    host->turning = true;
    host->turn_at_ms = now_ms;
    read_mounts(host);
    for (size_t i = 0; i < host->mounts.n; i++) {
        char path[ROOT_PATH_BYTES];
        path_of(host, &host->mounts.mounts[i], path);
        usage_ask(host->asker, path, clock_boot_ms());
    }
    /* A little after the mounts' own deadline, so that a late one is late by then; cannot fail. */
    (void) uv_timer_start(&host->deadline, host_on_deadline, (uint64_t) host->options.usage_deadline_ms + 50, 0);
    finish_when_answered(host);
}

static void host_on_closed(uv_handle_t *handle)
{
    struct host *host = handle->data;
    void (*stopped)(void *) = host->stopped;
    void *context = host->stopped_context;

    usage_free(host->asker);
    free(host);
    stopped(context);
}

void host_stop(struct host *host, void (*stopped)(void *context), void *context)
{
    host->turning = false;
    host->stopped = stopped;
    host->stopped_context = context;
    uv_close((uv_handle_t *) &host->deadline, host_on_closed);
}
