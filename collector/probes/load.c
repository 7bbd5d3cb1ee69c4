/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/load.h"

#include <errno.h>

#include "collector/probes/figures.h"

/* "0.30" to 30: digits, a point, two digits. */
static bool parse_centi(struct text word, uint64_t *out)
{
    struct text whole;
    uint64_t units;
    uint64_t cents;
    if (!text_take_until(&word, '.', &whole) || word.len != 2 || !figure_parse(whole, &units) || units > 1000000
        || !figure_parse(word, &cents))
        return false;
    *out = units * 100 + cents;
    return true;
}

int load_parse(struct text in, struct load_sample *out, struct error *err)
{
    struct load_sample sample = {0};
    struct text word;
    for (int i = 0; i < 3; i++) {
        if (!text_take_word(&in, FIGURE_BYTES_MAX, &word) || !parse_centi(word, &sample.centi[i]))
            return error_set(err, -EBADMSG, "/proc/loadavg: word %d is no load such as 0.30", i + 1);
    }
    struct text running;
    if (!text_take_word(&in, 2 * FIGURE_BYTES_MAX, &word) || !text_take_until(&word, '/', &running)
        || !figure_parse(running, &sample.running) || !figure_parse(word, &sample.threads))
        return error_set(err, -EBADMSG, "/proc/loadavg: word 4 is not RUNNING/THREADS");
    *out = sample;
    return 0;
}

void load_judge(const struct load_sample *sample, uint32_t cores, bool has_psi, const struct host_limits *limits,
                struct verdict *out)
{
    (void) verdict_metric(out, "load1", (double) sample->centi[0] / 100, "");
    (void) verdict_metric(out, "load5", (double) sample->centi[1] / 100, "");
    (void) verdict_metric(out, "load15", (double) sample->centi[2] / 100, "");
    (void) verdict_metric(out, "threads_running", (double) sample->running, "");
    (void) verdict_metric(out, "threads", (double) sample->threads, "");
    if (has_psi) {
        out->silent = true;
        return;
    }

    bool above = sample->centi[2] * 10 > (uint64_t) limits->load_permille * cores;
    verdict_ok(out, above ? STATUS_DEGRADED : STATUS_OPERATIONAL, "load of 15 min %llu.%02llu on %u CPUs%s",
               (unsigned long long) (sample->centi[2] / 100), (unsigned long long) (sample->centi[2] % 100), cores,
               above ? ", above the limit" : "");
}
