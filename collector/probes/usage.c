/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/usage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "collector/probes/root.h"
#include "common/mem.h"

enum { REQUESTS_MAX = MOUNTS_MAX + USAGE_STUCK_MAX };

struct request {
    uv_work_t work;
    struct usage_asker *asker;         /* NULL: nobody waits any more */
    usage_read_fn read;
    char path[ROOT_PATH_BYTES];
    int64_t asked_ms;
    bool running;
    bool refused;                      /* not asked: too many are stuck */
    int code;
    struct disk_usage usage;
};

struct usage_asker {
    struct usage_options options;
    struct request *requests[REQUESTS_MAX];   /* one a path; owned here unless running without us */
    size_t n;
};

static int read_statvfs(const char *path, struct disk_usage *out)
{
    struct statvfs st;
    if (statvfs(path, &st) < 0)
        return -errno;
    *out = (struct disk_usage) {
        .block_bytes = st.f_frsize != 0 ? st.f_frsize : st.f_bsize,
        .blocks = st.f_blocks, .free = st.f_bfree, .available = st.f_bavail,
        .files = st.f_files, .files_free = st.f_ffree,
    };
    return 0;
}

static void usage_on_work(uv_work_t *work)
{
    struct request *request = work->data;
    request->code = request->read(request->path, &request->usage);
}

static void usage_on_answer(uv_work_t *work, int status)
{
    struct request *request = work->data;
    struct usage_asker *asker = request->asker;
    request->running = false;
    if (status < 0)
        request->code = -ECANCELED;
    if (asker == NULL)
        free(request);
    else
        asker->options.changed(asker->options.context);
}

struct usage_asker *usage_new(const struct usage_options *options)
{
    struct usage_asker *asker = mem_new(sizeof *asker);
    asker->options = *options;
    if (asker->options.read == NULL)
        asker->options.read = read_statvfs;
    if (asker->options.deadline_ms == 0)
        asker->options.deadline_ms = USAGE_DEADLINE_MS;
    return asker;
}

static struct request *find(const struct usage_asker *asker, const char *path)
{
    for (size_t i = 0; i < asker->n; i++) {
        if (strcmp(asker->requests[i]->path, path) == 0)
            return asker->requests[i];
    }
    return NULL;
}

static bool is_stuck(const struct usage_asker *asker, const struct request *request, int64_t now_ms)
{
    return request->running && now_ms - request->asked_ms >= asker->options.deadline_ms;
}

static size_t count_stuck(const struct usage_asker *asker, int64_t now_ms)
{
    size_t n = 0;
    for (size_t i = 0; i < asker->n; i++)
        n += is_stuck(asker, asker->requests[i], now_ms);
    return n;
}

/* A slot for this path: its own, a new one, or that of the mount nobody has asked about for longest. NULL: all are busy. */
static struct request *slot_for(struct usage_asker *asker, const char *path)
{
    struct request *request = find(asker, path);
    if (request != NULL)
        return request;
    if (asker->n < REQUESTS_MAX) {
        request = mem_new(sizeof *request);
        asker->requests[asker->n++] = request;
        return request;
    }
    for (size_t i = 0; i < asker->n; i++) {
        struct request *old = asker->requests[i];
        if (!old->running && (request == NULL || old->asked_ms < request->asked_ms))
            request = old;
    }
    return request;
}

void usage_ask(struct usage_asker *asker, const char *path, int64_t now_ms)
{
    struct request *request = slot_for(asker, path);
    if (request == NULL || request->running || strlen(path) >= sizeof request->path)
        return;

    *request = (struct request) {.asker = asker, .read = asker->options.read, .asked_ms = now_ms};
    memcpy(request->path, path, strlen(path) + 1);
    request->work.data = request;
    if (count_stuck(asker, now_ms) >= USAGE_STUCK_MAX) {
        request->refused = true;
        return;
    }
    request->running = uv_queue_work(asker->options.loop, &request->work, usage_on_work, usage_on_answer) == 0;
    if (!request->running)
        request->code = -EAGAIN;
}

enum usage_state usage_get(const struct usage_asker *asker, const char *path, int64_t now_ms, struct disk_reading *out)
{
    const struct request *request = find(asker, path);
    if (request != NULL && request->running && !is_stuck(asker, request, now_ms))
        return USAGE_WAITING;

    *out = (struct disk_reading) {.answer = DISK_NOT_ASKED};
    if (request == NULL || request->refused)
        return USAGE_READY;
    if (request->running) {
        out->answer = DISK_STUCK;
        out->stuck_ms = now_ms - request->asked_ms;
    } else {
        out->answer = request->code < 0 ? DISK_FAILED : DISK_ANSWERED;
        out->code = request->code;
        out->usage = request->usage;
    }
    return USAGE_READY;
}

void usage_free(struct usage_asker *asker)
{
    if (asker == NULL)
        return;
    for (size_t i = 0; i < asker->n; i++) {
        if (asker->requests[i]->running)
            asker->requests[i]->asker = NULL;   /* frees itself when it comes back */
        else
            free(asker->requests[i]);
    }
    free(asker);
}
