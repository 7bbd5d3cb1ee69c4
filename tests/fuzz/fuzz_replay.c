/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "aggregator/replay/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct replay_input input;

    (void) replay_input_parse((struct text) {(const char *) bytes, len}, &input);
    replay_input_done(&input);
    return 0;
}
