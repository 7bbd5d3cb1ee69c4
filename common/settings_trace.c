/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_private.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void settings_trace_add(struct settings_trace *trace, const char *path, char *value, char *origin)
{
    if (trace->n == trace->cap) {
        trace->cap = trace->cap == 0 ? 64 : 2 * trace->cap;
        trace->entries = mem_resize(trace->entries, trace->cap, sizeof *trace->entries);
    }
    trace->entries[trace->n++] = (struct settings_entry) {mem_copy_string(path), value, origin};
}

void settings_trace_set(struct settings_trace *trace, const char *path, const char *value, const char *origin)
{
    for (size_t i = 0; i < trace->n; i++) {
        struct settings_entry *entry = &trace->entries[i];
        if (strcmp(entry->path, path) == 0) {
            free(entry->value);
            free(entry->origin);
            entry->value = mem_copy_string(value);
            entry->origin = mem_copy_string(origin);
            return;
        }
    }
    settings_trace_add(trace, path, mem_copy_string(value), mem_copy_string(origin));
}

void settings_trace_print(const struct settings_trace *trace, FILE *out)
{
    for (size_t i = 0; i < trace->n; i++) {
        const struct settings_entry *entry = &trace->entries[i];
        int width = fprintf(out, "%s:%s%s", entry->path, entry->value[0] == '\0' ? "" : " ", entry->value);
        (void) fprintf(out, "%*s# %s\n", width < 0 || width > 54 ? 2 : 56 - width, "", entry->origin);
    }
}

void settings_digest(const struct settings_trace *const traces[], size_t n_traces, char out[static 65])
{
    crypto_hash_sha256_state hash;
    (void) crypto_hash_sha256_init(&hash);    /* cannot fail, as the two below */
    for (size_t t = 0; t < n_traces; t++) {
        for (size_t i = 0; i < traces[t]->n; i++) {
            const struct settings_entry *entry = &traces[t]->entries[i];
            (void) crypto_hash_sha256_update(&hash, (const unsigned char *) entry->path, strlen(entry->path) + 1);
            (void) crypto_hash_sha256_update(&hash, (const unsigned char *) entry->value, strlen(entry->value) + 1);
        }
    }
    unsigned char digest[crypto_hash_sha256_BYTES];
    (void) crypto_hash_sha256_final(&hash, digest);
    text_to_hex(digest, sizeof digest, out);
}

void settings_trace_done(struct settings_trace *trace)
{
    for (size_t i = 0; i < trace->n; i++) {
        free(trace->entries[i].path);
        free(trace->entries[i].value);
        free(trace->entries[i].origin);
    }
    free(trace->entries);
    *trace = (struct settings_trace) {0};
}
