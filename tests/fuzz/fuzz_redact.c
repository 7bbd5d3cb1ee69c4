/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_redact: any bytes as an answer that is kept as a sample. What is kept is text without control characters, no longer than
 * its buffer.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collector/redact.h"
#include "common/mem.h"

enum { KEPT_BYTES_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    CLEANUP(buffer_done) struct buffer out;

    buffer_init(&out, KEPT_BYTES_MAX);
    redact((struct text) {(const char *) bytes, len}, KEPT_BYTES_MAX / 2, &out);
    if (out.len > KEPT_BYTES_MAX || !text_is_utf8(buffer_text(&out)))
        abort();
    for (size_t i = 0; i < out.len; i++) {
        unsigned char c = (unsigned char) out.bytes[i];
        if ((c < ' ' && c != '\t' && c != '\n') || c == 0x7f)
            abort();
    }
    return 0;
}
