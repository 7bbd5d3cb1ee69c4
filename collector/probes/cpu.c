/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/cpu.h"

#include <errno.h>

#include "collector/probes/figures.h"

static bool is_core_line(struct text line)
{
    return line.len > 3 && text_starts_with(line, "cpu") && line.at[3] >= '0' && line.at[3] <= '9';
}

int cpu_parse(struct text in, struct cpu_sample *out, struct error *err)
{
    struct cpu_sample sample = {0};
    struct text line = {0};
    struct text word;
    if (!text_take_until(&in, '\n', &line) || !text_take_word(&line, 8, &word) || !text_is(word, "cpu"))
        return error_set(err, -EBADMSG, "/proc/stat: expected a first line that begins with \"cpu\"");

    int n = 0;
    for (; n < CPU_FIELDS && text_take_word(&line, FIGURE_BYTES_MAX, &word); n++) {
        if (!figure_parse(word, &sample.ticks[n]))
            return error_set(err, -EBADMSG, "/proc/stat: field %d of the first line is no number", n + 1);
    }
    if (n <= CPU_IDLE)
        return error_set(err, -EBADMSG, "/proc/stat: %d fields in the first line, expected at least 4", n);

    while (text_take_until(&in, '\n', &line))
        sample.cores += is_core_line(line);
    if (sample.cores == 0)
        sample.cores = 1;
    *out = sample;
    return 0;
}

static uint64_t total_of(const struct cpu_sample *sample)
{
    uint64_t total = 0;
    for (int i = 0; i < CPU_FIELDS; i++)
        total += sample->ticks[i];
    return total;
}

void cpu_take(struct cpu *cpu, const struct cpu_sample *sample, const struct host_limits *limits, int64_t now_ms)
{
    struct window_shape shape = {limits->window_ms, limits->every_ms};
    struct cpu_sample last = cpu->last;
    bool has_base = cpu->has_last && total_of(sample) >= total_of(&last);   /* else: first, reboot, hotplug */
    cpu->last = *sample;
    cpu->has_last = true;
    cpu->total = 0;
    if (!cpu->busy.started)
        window_start(&cpu->busy, now_ms);
    if (!has_base)
        return;

    /* Iowait and idle may run backwards by themselves: that field alone counts as 0. */
    for (int i = 0; i < CPU_FIELDS; i++) {
        cpu->delta[i] = sample->ticks[i] > last.ticks[i] ? sample->ticks[i] - last.ticks[i] : 0;
        cpu->total += cpu->delta[i];
    }
    uint64_t busy = cpu->delta[CPU_USER] + cpu->delta[CPU_SYSTEM] + cpu->delta[CPU_IRQ] + cpu->delta[CPU_SOFTIRQ];
    if (cpu->total > 0)
        window_add(&cpu->busy, now_ms, (struct share) {busy, cpu->total}, &shape);
}

static void add_metrics(const struct cpu *cpu, struct verdict *out)
{
    uint64_t busy = cpu->delta[CPU_USER] + cpu->delta[CPU_SYSTEM] + cpu->delta[CPU_IRQ] + cpu->delta[CPU_SOFTIRQ];
    if (cpu->has_last)
        (void) verdict_metric(out, "cpu_cores", cpu->last.cores, "");
    if (cpu->total == 0)
        return;   /* no interval, no rate: never a 0 */
    (void) verdict_metric(out, "cpu_busy_ratio", share_ratio((struct share) {busy, cpu->total}), "ratio");
    (void) verdict_metric(out, "cpu_steal_ratio", share_ratio((struct share) {cpu->delta[CPU_STEAL], cpu->total}), "ratio");
    (void) verdict_metric(out, "cpu_iowait_ratio", share_ratio((struct share) {cpu->delta[CPU_IOWAIT], cpu->total}), "ratio");
    (void) verdict_metric(out, "cpu_nice_ratio", share_ratio((struct share) {cpu->delta[CPU_NICE], cpu->total}), "ratio");
}

void cpu_judge(const struct cpu *cpu, const struct host_limits *limits, int64_t now_ms, struct verdict *out)
{
    struct window_shape shape = {limits->window_ms, limits->every_ms};
    add_metrics(cpu, out);
    if (!window_is_ready(&cpu->busy, &shape, now_ms)) {
        out->silent = true;
        return;
    }

    char percent[FIGURE_TEXT_BYTES];
    char span[FIGURE_TEXT_BYTES];
    char limit[FIGURE_TEXT_BYTES];
    struct share share = window_share(&cpu->busy, &shape, now_ms);
    int64_t looked_ms = now_ms - cpu->busy.since_ms;
    bool above = share_above(share, limits->cpu_permille);
    verdict_ok(out, above ? STATUS_DEGRADED : STATUS_OPERATIONAL, "%s busy over %s on %u CPUs%s%s",
               figure_percent(percent, share), figure_span(span, looked_ms < shape.length_ms ? looked_ms : shape.length_ms),
               cpu->last.cores, above ? ", limit " : "", above ? figure_permille(limit, limits->cpu_permille) : "");
}
