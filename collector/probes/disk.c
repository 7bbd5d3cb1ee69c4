/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/disk.h"

#include <stdio.h>
#include <string.h>

#include "collector/probes/figures.h"
#include "collector/probes/root.h"
#include "collector/probes/window.h"

enum { INODES_DEGRADED = 900, INODES_PARTIAL = 970, CLEAR_PERCENT = 90 };

static uint64_t bytes_of(uint64_t blocks, uint64_t block_bytes)
{
    uint64_t bytes;

    return __builtin_mul_overflow(blocks, block_bytes, &bytes) ? UINT64_MAX : bytes;
}

static struct share space_of(const struct disk_usage *usage)
{
    uint64_t used = usage->blocks > usage->free ? usage->blocks - usage->free : 0;
    uint64_t whole;

    return (struct share) {used, __builtin_add_overflow(used, usage->available, &whole) ? UINT64_MAX : whole};
}

static struct share inodes_of(const struct disk_usage *usage)
{
    return (struct share) {usage->files > usage->files_free ? usage->files - usage->files_free : 0, usage->files};
}

/* Above the limit, or above 90 % of it when it was above before: a level must not flutter at its edge. */
static bool still_above(struct share share, int permille, bool before)
{
    return share_above(share, before ? permille * CLEAR_PERCENT / 100 : permille);
}

static enum status judge_space(struct disk *disk, const struct disk_usage *usage, const struct host_limits *limits)
{
    struct share share = space_of(usage);
    /* Above the degraded limit the larger one holds on; below it nothing is wrong, whatever 90 % of the larger may be. */
    disk->space_major = still_above(share, limits->disk_major_permille, disk->space_major)
                        && share_above(share, limits->disk_permille);
    if (disk->space_major) {
        uint64_t available = bytes_of(usage->available, usage->block_bytes);
        bool is_little = limits->disk_major_below_bytes == 0 || available < (uint64_t) limits->disk_major_below_bytes;
        return is_little ? STATUS_MAJOR_OUTAGE : STATUS_PARTIAL_OUTAGE;
    }
    return share_above(share, limits->disk_permille) ? STATUS_DEGRADED : STATUS_OPERATIONAL;
}

static enum status judge_inodes(struct disk *disk, const struct disk_usage *usage)
{
    struct share share = inodes_of(usage);
    if (still_above(share, INODES_PARTIAL, disk->inodes == STATUS_PARTIAL_OUTAGE))
        disk->inodes = STATUS_PARTIAL_OUTAGE;
    else if (still_above(share, INODES_DEGRADED, disk->inodes >= STATUS_DEGRADED))
        disk->inodes = STATUS_DEGRADED;
    else
        disk->inodes = STATUS_OPERATIONAL;
    return disk->inodes;
}

/* NAME{mountpoint="PATH"}; a path that does not fit gives a metric nobody could tell apart, hence none. */
static void metric(struct verdict *out, const struct mount *mount, const char *name, double value, const char *unit)
{
    char labelled[sizeof out->metrics[0].name];
    int n = snprintf(labelled, sizeof labelled, "%s{mountpoint=\"%s\"}", name, mount->path);
    if (n > 0 && (size_t) n < sizeof labelled && strpbrk(mount->path, "\"\\\n") == NULL)
        (void) verdict_metric(out, labelled, value, unit);   /* six of them always have room */
}

static void add_metrics(const struct mount *mount, const struct disk_usage *usage, struct verdict *out)
{
    struct share space = space_of(usage);
    uint64_t used = usage->blocks > usage->free ? usage->blocks - usage->free : 0;
    metric(out, mount, "filesystem_size_bytes", (double) bytes_of(usage->blocks, usage->block_bytes), "bytes");
    metric(out, mount, "filesystem_available_bytes", (double) bytes_of(usage->available, usage->block_bytes), "bytes");
    metric(out, mount, "filesystem_used_bytes", (double) bytes_of(used, usage->block_bytes), "bytes");
    metric(out, mount, "filesystem_used_ratio", share_ratio(space), "ratio");
    if (usage->files > 0)
        metric(out, mount, "filesystem_inodes_used_ratio", share_ratio(inodes_of(usage)), "ratio");
    metric(out, mount, "filesystem_readonly", mount->read_only ? 1 : 0, "");
}

static void judge_answer(struct disk *disk, const struct mount *mount, const struct disk_usage *usage,
                         const struct host_limits *limits, struct verdict *out)
{
    if (usage->blocks == 0) {
        out->silent = true;
        return;
    }
    add_metrics(mount, usage, out);

    char percent[FIGURE_TEXT_BYTES];
    char bytes[FIGURE_TEXT_BYTES];
    char inodes[FIGURE_TEXT_BYTES];
    enum status space = judge_space(disk, usage, limits);
    enum status files = judge_inodes(disk, usage);
    bool became_read_only = mount->read_only && disk->seen_writable;
    disk->seen_writable = disk->seen_writable || !mount->read_only;

    figure_percent(percent, space_of(usage));
    figure_bytes(bytes, bytes_of(usage->available, usage->block_bytes));
    figure_percent(inodes, inodes_of(usage));
    if (became_read_only)
        verdict_ok(out, STATUS_MAJOR_OUTAGE, "%s has become read-only (%s full)", mount->path, percent);
    else if (files > space)
        verdict_ok(out, files, "%s: %s of the inodes used; %s full, %s left", mount->path, inodes, percent, bytes);
    else
        verdict_ok(out, space, "%s %s full, %s left", mount->path, percent, bytes);
}

void disk_judge(struct disk *disk, const struct mount *mount, const struct disk_reading *reading,
                const struct host_limits *limits, struct verdict *out)
{
    char span[FIGURE_TEXT_BYTES];
    switch (reading->answer) {
    case DISK_ANSWERED:
        judge_answer(disk, mount, &reading->usage, limits, out);
        return;
    case DISK_STUCK:
        verdict_ok(out, STATUS_MAJOR_OUTAGE, "%s does not answer for %s", mount->path,
                   figure_span(span, reading->stuck_ms));
        return;
    case DISK_NOT_ASKED:
        verdict_fail(out, "timeout", "%s was not asked: too many other file systems do not answer", mount->path);
        return;
    case DISK_FAILED:
        verdict_fail(out, root_reason(reading->code), "%s: %s", mount->path, strerror(-reading->code));
        return;
    }
}
