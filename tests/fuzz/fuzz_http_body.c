/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/admin_body.h"
#include "common/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct text body = {(const char *) bytes, len};
    struct status_body status;
    struct ack_body ack;
    struct token_body token;
    struct collector_body collector;
    struct problem problems[5] = {0};
    struct buffer out;

    (void) status_body_parse(body, &status, &problems[0]);
    (void) token_body_parse(body, &token, &problems[1]);
    (void) collector_body_parse(body, &collector, &problems[2]);
    (void) empty_body_parse(body, &problems[3]);
    (void) ack_body_parse(body, &ack, &problems[4]);
    buffer_init(&out, 1 << 20);
    for (size_t i = 0; i < ARRAY_SIZE(problems); i++)    /* what was refused is told again */
        problem_render(&problems[i], "fuzz", &out);
    buffer_done(&out);
    return 0;
}
