/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a peer sends: every decoder over the same bytes. What was read is written and read again. */
#include <stdint.h>
#include <stdlib.h>

#include "common/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void read_batch(const uint8_t *data, size_t len)
{
    struct wire_batch batch;
    struct error err;
    if (wire_batch_open(data, len, &batch, &err) < 0)
        return;

    static Item item;
    static uint8_t bytes[WIRE_PIECE_BYTES_MAX];
    for (int r; (r = wire_batch_next(&batch, &item, &err)) != 0;) {
        if (r == 1 && wire_encode_item(&item, bytes, sizeof bytes) < 0)
            abort();   /* what was read fits the room named for it */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static union { Hello hello; Welcome welcome; Reject reject; Ack ack; PollNow poll_now; } out;
    static uint8_t frame[WIRE_MESSAGE_BYTES_MAX];
    struct error err;

    if (wire_decode_hello(data, len, &out.hello, &err) == 0 && wire_encode_hello(&out.hello, frame, sizeof frame) < 0)
        abort();
    if (wire_decode_welcome(data, len, &out.welcome, &err) == 0 && wire_encode_welcome(&out.welcome, frame, sizeof frame) < 0)
        abort();
    if (wire_decode_reject(data, len, &out.reject, &err) == 0 && wire_encode_reject(&out.reject, frame, sizeof frame) < 0)
        abort();
    if (wire_decode_ack(data, len, &out.ack, &err) == 0 && wire_encode_ack(&out.ack, frame, sizeof frame) < 0)
        abort();
    if (wire_decode_poll_now(data, len, &out.poll_now, &err) == 0
        && wire_encode_poll_now(&out.poll_now, frame, sizeof frame) < 0)
        abort();
    read_batch(data, len);
    return 0;
}
