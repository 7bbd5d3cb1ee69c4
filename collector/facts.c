/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/facts.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "collector/config.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/mem.h"
#include "common/text.h"

enum { FACT_FILE_BYTES_MAX = 64 * 1024 };

#define COPY(to, from) ((void) text_copy((to), sizeof(to), (from)))   /* a fact that is too long is cut */

/* A file below the root; empty when it cannot be read. */
static void read_below(const struct collector_config *config, const char *path, struct buffer *out)
{
    char whole[4096];
    int n = snprintf(whole, sizeof whole, "%s%s", strcmp(config->root_dir, "/") == 0 ? "" : config->root_dir, path);

    buffer_init(out, FACT_FILE_BYTES_MAX);
    if (n > 0 && (size_t) n < sizeof whole)
        (void) file_read(whole, out, NULL);   /* an absent file is an absent fact */
}

/* PRETTY_NAME="Debian GNU/Linux 12 (bookworm)" without its quotes. */
static void read_os(const struct collector_config *config, HostFacts *facts)
{
    CLEANUP(buffer_done) struct buffer file;
    read_below(config, "/etc/os-release", &file);

    struct text rest = buffer_text(&file);
    struct text line;
    while (text_take_until(&rest, '\n', &line)) {
        if (!text_starts_with(line, "PRETTY_NAME="))
            continue;
        struct text value = {line.at + strlen("PRETTY_NAME="), line.len - strlen("PRETTY_NAME=")};
        if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
            value = (struct text) {value.at + 1, value.len - 2};
        COPY(facts->os, value);
        return;
    }
}

static void read_memory(const struct collector_config *config, HostFacts *facts)
{
    CLEANUP(buffer_done) struct buffer file;
    read_below(config, "/proc/meminfo", &file);

    struct text rest = buffer_text(&file);
    struct text line;
    struct text word;
    int64_t kib;
    while (text_take_until(&rest, '\n', &line)) {
        if (text_starts_with(line, "MemTotal:") && text_take_word(&line, 32, &word) && text_take_word(&line, 32, &word)
            && text_to_int64(word, 0, INT64_MAX / 1024, &kib)) {
            facts->memory_bytes = (uint64_t) kib * 1024;
            return;
        }
    }
}

static void note_unsupported(const struct collector_config *config, HostFacts *facts)
{
    CLEANUP(buffer_done) struct buffer psi;
    read_below(config, "/proc/pressure/cpu", &psi);
    if (psi.len == 0)
        COPY(facts->unsupported, text_of("pressure stall information"));
}

void facts_read(const struct collector_config *config, HostFacts *out)
{
    *out = (HostFacts) HostFacts_init_zero;

    struct utsname name;
    if (uname(&name) == 0) {
        COPY(out->kernel, text_of(name.release));
        COPY(out->architecture, text_of(name.machine));
        COPY(out->hostname, text_of(name.nodename));
    }
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    out->cpus = cpus > 0 ? (uint32_t) cpus : 0;
    COPY(out->role, text_of(config->role));
    COPY(out->scope, text_of("host"));
    out->booted_at_ms = clock_wall_ms() - clock_boot_ms();

    size_t room = ARRAY_SIZE(out->labels);
    for (size_t i = 0; i < config->labels.n && out->labels_count < room; i++)
        COPY(out->labels[out->labels_count++], text_of(config->labels.items[i]));

    read_os(config, out);
    read_memory(config, out);
    note_unsupported(config, out);
}
