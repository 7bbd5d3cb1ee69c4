/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/memory.h"

#include <errno.h>

#include "collector/probes/figures.h"
#include "common/mem.h"

enum field { TOTAL, FREE, AVAILABLE, BUFFERS, CACHED, SHMEM, DIRTY, HUGETLB, HUGE_TOTAL, HUGE_SIZE, FIELDS };

struct table {
    uint64_t value[FIELDS];
    bool has[FIELDS];
};

static uint64_t add(uint64_t a, uint64_t b)
{
    uint64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    uint64_t product;

    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* "MemTotal:       24684084 kB"; kB is 1024. Lines we do not know are none of our business. */
static void read_line(struct text line, struct table *table)
{
    static const char *const names[FIELDS] = {
        [TOTAL] = "MemTotal:", [FREE] = "MemFree:", [AVAILABLE] = "MemAvailable:", [BUFFERS] = "Buffers:",
        [CACHED] = "Cached:", [SHMEM] = "Shmem:", [DIRTY] = "Dirty:", [HUGETLB] = "Hugetlb:",
        [HUGE_TOTAL] = "HugePages_Total:", [HUGE_SIZE] = "Hugepagesize:",
    };
    struct text name;
    struct text number;
    struct text unit;
    uint64_t value;
    if (!text_take_word(&line, 64, &name) || !text_take_word(&line, FIGURE_BYTES_MAX, &number)
        || !figure_parse(number, &value))
        return;

    bool kilo = text_take_word(&line, 8, &unit) && text_is(unit, "kB");
    for (int i = 0; i < FIELDS; i++) {
        if (text_is(name, names[i])) {
            table->value[i] = kilo ? multiply(value, 1024) : value;
            table->has[i] = true;
        }
    }
}

/* "name type value"; what the cache holds beyond the least it keeps. */
static uint64_t zfs_can_give(struct text in)
{
    uint64_t size = 0;
    uint64_t least = 0;
    struct text line;
    while (text_take_until(&in, '\n', &line)) {
        struct text name;
        struct text type;
        struct text number;
        if (!text_take_word(&line, 64, &name) || !text_take_word(&line, 8, &type)
            || !text_take_word(&line, FIGURE_BYTES_MAX, &number))
            continue;
        if (text_is(name, "size"))
            (void) figure_parse(number, &size);   /* what cannot be read gives nothing back */
        else if (text_is(name, "c_min"))
            (void) figure_parse(number, &least);
    }
    return less(size, least);
}

int memory_parse(struct text meminfo, struct text arcstats, struct memory_sample *out, struct error *err)
{
    struct table table = {0};
    struct text line;
    while (text_take_until(&meminfo, '\n', &line))
        read_line(line, &table);
    if (!table.has[TOTAL])
        return error_set(err, -EBADMSG, "/proc/meminfo: no MemTotal");
    if (!table.has[AVAILABLE] && !table.has[FREE])
        return error_set(err, -EBADMSG, "/proc/meminfo: neither MemAvailable nor MemFree");

    uint64_t huge = table.has[HUGETLB] ? table.value[HUGETLB] : multiply(table.value[HUGE_TOTAL], table.value[HUGE_SIZE]);
    uint64_t total = less(table.value[TOTAL], huge);
    if (total == 0)
        return error_set(err, -EBADMSG, "/proc/meminfo: nothing but huge pages");

    uint64_t available = table.value[AVAILABLE];
    if (!table.has[AVAILABLE])
        available = less(add(add(table.value[FREE], table.value[BUFFERS]), table.value[CACHED]), table.value[SHMEM]);
    available = add(available, zfs_can_give(arcstats));
    if (available > total)
        available = total;   /* lxcfs shows more available than there is */
    *out = (struct memory_sample) {total, available, table.value[DIRTY], table.value[TOTAL]};
    return 0;
}

void memory_take(struct memory *memory, const struct memory_sample *sample, const struct host_limits *limits, int64_t now_ms)
{
    struct window_shape shape = {limits->window_ms, limits->every_ms};
    struct share used = {sample->total_bytes - sample->available_bytes, sample->total_bytes};
    memory->last = *sample;
    memory->has_last = true;
    window_add(&memory->used, now_ms, used, &shape);
}

void memory_judge(const struct memory *memory, const struct host_limits *limits, int64_t now_ms, struct verdict *out)
{
    struct window_shape shape = {limits->window_ms, limits->every_ms};
    const struct memory_sample *last = &memory->last;
    if (memory->has_last) {
        struct share used = {last->total_bytes - last->available_bytes, last->total_bytes};
        (void) verdict_metric(out, "memory_used_ratio", share_ratio(used), "ratio");
        (void) verdict_metric(out, "memory_available_bytes", (double) last->available_bytes, "bytes");
        (void) verdict_metric(out, "memory_total_bytes", (double) last->installed_bytes, "bytes");
        (void) verdict_metric(out, "memory_dirty_bytes", (double) last->dirty_bytes, "bytes");
    }
    if (!window_is_ready(&memory->used, &shape, now_ms)) {
        out->silent = true;
        return;
    }

    char percent[FIGURE_TEXT_BYTES];
    char span[FIGURE_TEXT_BYTES];
    char bytes[FIGURE_TEXT_BYTES];
    char limit[FIGURE_TEXT_BYTES];
    struct share share = window_share(&memory->used, &shape, now_ms);
    int64_t looked_ms = now_ms - memory->used.since_ms;
    bool above = share_above(share, limits->memory_permille);
    verdict_ok(out, above ? STATUS_DEGRADED : STATUS_OPERATIONAL, "%s used over %s, %s available now%s%s",
               figure_percent(percent, share), figure_span(span, looked_ms < shape.length_ms ? looked_ms : shape.length_ms),
               figure_bytes(bytes, last->available_bytes), above ? ", limit " : "",
               above ? figure_permille(limit, limits->memory_permille) : "");
}
