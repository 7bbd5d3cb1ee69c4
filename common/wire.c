/* SPDX-License-Identifier: Apache-2.0 */
#include "common/wire.h"

#include <errno.h>
#include <math.h>
#include <pb_common.h>
#include <pb_decode.h>
#include <pb_encode.h>
#include <string.h>

#include "common/text.h"

/* ---------------------------------------------------------------- what nanopb leaves unchecked: text and enum words */

static uint32_t bad_text_field(const pb_msgdesc_t *, const void *message);

/* How many values this field holds: 0 for an absent one. */
static size_t field_count(const pb_field_iter_t *field)
{
    switch (PB_HTYPE(field->type)) {
    case PB_HTYPE_REPEATED:
        return field->pSize == &field->array_size ? field->array_size : *(const pb_size_t *) field->pSize;
    case PB_HTYPE_ONEOF:
        return *(const pb_size_t *) field->pSize == field->tag ? 1 : 0;
    case PB_HTYPE_OPTIONAL:
        return field->pSize == NULL || *(const bool *) field->pSize ? 1 : 0;
    default:
        return 1;
    }
}

static bool value_is_good(const pb_field_iter_t *field, const char *value)
{
    if (PB_LTYPE(field->type) == PB_LTYPE_STRING)
        return text_is_utf8(text_of(value));
    if (PB_LTYPE_IS_SUBMSG(field->type))
        return bad_text_field(field->submsg_desc, value) == 0;
    return true;
}

/* The tag of the first field with text that is not UTF-8, 0 when there is none. The schema nests three deep. */
static uint32_t bad_text_field(const pb_msgdesc_t *fields, const void *message)
{
    pb_field_iter_t field;
    if (!pb_field_iter_begin_const(&field, fields, message))
        return 0;
    do {
        size_t n = field_count(&field);
        for (size_t i = 0; i < n; i++) {
            if (!value_is_good(&field, (const char *) field.pData + i * field.data_size))
                return field.tag;
        }
    } while (pb_field_iter_next(&field));
    return 0;
}

static int check_report(const Report *report, struct error *err)
{
    if ((unsigned) report->kind > _SourceKind_MAX)
        return error_set(err, -EBADMSG, "observation of %s: source kind %u is none of ours", report->check,
                         (unsigned) report->kind);
    if ((unsigned) report->result > _Result_MAX)
        return error_set(err, -EBADMSG, "observation of %s: result %u is none of ours", report->check,
                         (unsigned) report->result);
    if ((unsigned) report->level > _Level_MAX)
        return error_set(err, -EBADMSG, "observation of %s: level %u is none of ours", report->check,
                         (unsigned) report->level);
    return 0;
}

static int check_metrics(const Metrics *metrics, struct error *err)
{
    for (size_t i = 0; i < metrics->metrics_count; i++) {
        if (!isfinite(metrics->metrics[i].value))
            return error_set(err, -EBADMSG, "metric %s of %s is not a finite number", metrics->metrics[i].name,
                             metrics->check);
    }
    return 0;
}

static int check_item(const Item *item, struct error *err)
{
    switch (item->which_body) {
    case Item_observation_tag:
        return check_report(&item->body.observation, err);
    case Item_metrics_tag:
        return check_metrics(&item->body.metrics, err);
    case Item_vendor_item_tag:
        if ((unsigned) item->body.vendor_item.kind > _VendorItemKind_MAX)
            return error_set(err, -EBADMSG, "vendor item of a kind that is none of ours");
        return 0;
    case Item_vendor_list_tag:
        if ((unsigned) item->body.vendor_list.kind > _VendorItemKind_MAX)
            return error_set(err, -EBADMSG, "vendor list of a kind that is none of ours");
        return 0;
    case Item_source_tag:
        if ((unsigned) item->body.source.kind > _SourceKind_MAX)
            return error_set(err, -EBADMSG, "source %s: kind %u is none of ours", item->body.source.check,
                             (unsigned) item->body.source.kind);
        return 0;
    default:
        return error_set(err, -EBADMSG, "item without content we know");
    }
}

/* ---------------------------------------------------------------- bytes to message */

/* One kind of message: its word, its schema, its longest encoding. */
struct message {
    const char *word;
    WireKind kind;
    const pb_msgdesc_t *fields;
    size_t bytes_max;
};

static const struct message hello_message = {"hello", WIRE_HELLO, Hello_fields, Hello_size};
static const struct message welcome_message = {"welcome", WIRE_WELCOME, Welcome_fields, Welcome_size};
static const struct message reject_message = {"reject", WIRE_REJECT, Reject_fields, Reject_size};
static const struct message ack_message = {"ack", WIRE_ACK, Ack_fields, Ack_size};
static const struct message poll_now_message = {"poll-now", WIRE_POLL_NOW, PollNow_fields, PollNow_size};
static const struct message header_message = {"batch header", WIRE_BATCH, Batch_fields, Batch_size};
static const struct message item_message = {"item", WIRE_UNSPECIFIED, Item_fields, Item_size};

static int read_message(const struct message *message, struct text bytes, void *out, struct error *err)
{
    if (bytes.len > message->bytes_max)
        return error_set(err, -EBADMSG, "%s of %zu bytes, at most %zu", message->word, bytes.len, message->bytes_max);

    pb_istream_t in = pb_istream_from_buffer((const pb_byte_t *) bytes.at, bytes.len);
    if (!pb_decode(&in, message->fields, out))
        return error_set(err, -EBADMSG, "%s of %zu bytes that is none: %s", message->word, bytes.len, PB_GET_ERROR(&in));

    uint32_t field = bad_text_field(message->fields, out);
    if (field != 0)
        return error_set(err, -EBADMSG, "%s: text in field %u is not UTF-8", message->word, field);
    return 0;
}

static int read_frame(const struct message *message, struct text frame, void *out, struct error *err)
{
    if (wire_kind(frame.at, frame.len) != message->kind)
        return error_set(err, -EBADMSG, "frame of %zu bytes is no %s", frame.len, message->word);
    return read_message(message, (struct text) {frame.at + 1, frame.len - 1}, out, err);
}

WireKind wire_kind(const void *frame, size_t len)
{
    if (len == 0)
        return WIRE_UNSPECIFIED;

    switch (*(const uint8_t *) frame) {
    case WIRE_HELLO: return WIRE_HELLO;
    case WIRE_BATCH: return WIRE_BATCH;
    case WIRE_WELCOME: return WIRE_WELCOME;
    case WIRE_REJECT: return WIRE_REJECT;
    case WIRE_ACK: return WIRE_ACK;
    case WIRE_POLL_NOW: return WIRE_POLL_NOW;
    default: return WIRE_UNSPECIFIED;
    }
}

int wire_decode_hello(const void *frame, size_t len, Hello *out, struct error *err)
{
    return read_frame(&hello_message, (struct text) {frame, len}, out, err);
}

int wire_decode_welcome(const void *frame, size_t len, Welcome *out, struct error *err)
{
    return read_frame(&welcome_message, (struct text) {frame, len}, out, err);
}

int wire_decode_reject(const void *frame, size_t len, Reject *out, struct error *err)
{
    return read_frame(&reject_message, (struct text) {frame, len}, out, err);
}

int wire_decode_ack(const void *frame, size_t len, Ack *out, struct error *err)
{
    return read_frame(&ack_message, (struct text) {frame, len}, out, err);
}

int wire_decode_poll_now(const void *frame, size_t len, PollNow *out, struct error *err)
{
    return read_frame(&poll_now_message, (struct text) {frame, len}, out, err);
}

/* ---------------------------------------------------------------- batches */

/* Takes a varint and as many bytes off the front. False: no length, or it points beyond the end. */
static bool take_delimited(struct text *in, struct text *piece)
{
    pb_istream_t stream = pb_istream_from_buffer((const pb_byte_t *) in->at, in->len);
    uint32_t len;
    if (!pb_decode_varint32(&stream, &len) || len > stream.bytes_left)
        return false;

    size_t prefix = in->len - stream.bytes_left;
    *piece = (struct text) {in->at + prefix, len};
    *in = (struct text) {in->at + prefix + len, in->len - prefix - len};
    return true;
}

static int check_lengths(struct text items, uint32_t n, struct error *err)
{
    for (uint32_t i = 0; i < n; i++) {
        struct text item;
        if (!take_delimited(&items, &item))
            return error_set(err, -EBADMSG, "batch of %u items ends within item %u", n, i + 1);
        if (item.len > WIRE_ITEM_BYTES_MAX)
            return error_set(err, -EBADMSG, "item %u of %zu bytes, at most %d", i + 1, item.len, WIRE_ITEM_BYTES_MAX);
    }
    if (items.len > 0)
        return error_set(err, -EBADMSG, "%zu bytes left over after %u items", items.len, n);
    return 0;
}

static int check_header(const Batch *header, struct error *err)
{
    uint64_t end;
    if (header->items > WIRE_ITEMS_MAX)
        return error_set(err, -EBADMSG, "batch of %u items, at most %d", header->items, WIRE_ITEMS_MAX);
    if (header->items > 0 && header->first_sequence == 0)
        return error_set(err, -EBADMSG, "batch that starts at sequence 0, expected 1 or more");
    if (__builtin_add_overflow(header->first_sequence, header->items, &end))
        return error_set(err, -EBADMSG, "batch whose sequence numbers pass 2^64");
    return 0;
}

int wire_batch_open(const void *frame, size_t len, struct wire_batch *out, struct error *err)
{
    if (wire_kind(frame, len) != WIRE_BATCH)
        return error_set(err, -EBADMSG, "frame of %zu bytes is no batch", len);
    if (len > WIRE_BATCH_BYTES_MAX)
        return error_set(err, -EBADMSG, "batch of %zu bytes, at most %d", len, WIRE_BATCH_BYTES_MAX);

    struct text rest = {(const char *) frame + 1, len - 1};
    struct text header;
    if (!take_delimited(&rest, &header))
        return error_set(err, -EBADMSG, "batch of %zu bytes ends within its header", len);
    int r = read_message(&header_message, header, &out->header, err);
    if (r == 0)
        r = check_header(&out->header, err);
    if (r == 0)
        r = check_lengths(rest, out->header.items, err);
    if (r < 0)
        return r;

    out->at = (const uint8_t *) rest.at;
    out->end = out->at + rest.len;
    out->items_left = out->header.items;
    return 0;
}

int wire_batch_next(struct wire_batch *batch, Item *out, struct error *err)
{
    if (batch->items_left == 0)
        return 0;

    struct text rest = {(const char *) batch->at, (size_t) (batch->end - batch->at)};
    struct text item;
    if (!take_delimited(&rest, &item)) {
        batch->items_left = 0;
        return error_set(err, -EBADMSG, "batch ends within an item");
    }
    batch->at = (const uint8_t *) rest.at;
    batch->items_left--;

    int r = read_message(&item_message, item, out, err);
    if (r == 0)
        r = check_item(out, err);
    return r < 0 ? r : 1;
}

/* ---------------------------------------------------------------- message to bytes */

static int write_frame(const struct message *message, const void *value, void *frame, size_t cap)
{
    if (cap == 0)
        return -EMSGSIZE;

    *(uint8_t *) frame = (uint8_t) message->kind;
    pb_ostream_t out = pb_ostream_from_buffer((pb_byte_t *) frame + 1, cap - 1);
    if (!pb_encode(&out, message->fields, value))
        return -EMSGSIZE;
    return (int) out.bytes_written + 1;
}

int wire_encode_hello(const Hello *hello, void *frame, size_t cap)
{
    return write_frame(&hello_message, hello, frame, cap);
}

int wire_encode_welcome(const Welcome *welcome, void *frame, size_t cap)
{
    return write_frame(&welcome_message, welcome, frame, cap);
}

int wire_encode_reject(const Reject *reject, void *frame, size_t cap)
{
    return write_frame(&reject_message, reject, frame, cap);
}

int wire_encode_ack(const Ack *ack, void *frame, size_t cap)
{
    return write_frame(&ack_message, ack, frame, cap);
}

int wire_encode_poll_now(const PollNow *poll_now, void *frame, size_t cap)
{
    return write_frame(&poll_now_message, poll_now, frame, cap);
}

int wire_encode_item(const Item *item, void *bytes, size_t cap)
{
    pb_ostream_t out = pb_ostream_from_buffer(bytes, cap);

    return pb_encode_delimited(&out, Item_fields, item) ? (int) out.bytes_written : -EMSGSIZE;
}

int wire_encode_batch(const Batch *batch, const struct wire_piece *items, size_t n_items, void *frame, size_t cap)
{
    if (n_items > WIRE_ITEMS_MAX || cap == 0)
        return -EMSGSIZE;
    if (cap > WIRE_BATCH_BYTES_MAX)
        cap = WIRE_BATCH_BYTES_MAX;

    Batch header = *batch;
    header.items = (uint32_t) n_items;   /* the count is what follows, whatever the caller noted */
    *(uint8_t *) frame = WIRE_BATCH;
    pb_ostream_t out = pb_ostream_from_buffer((pb_byte_t *) frame + 1, cap - 1);
    if (!pb_encode_delimited(&out, Batch_fields, &header))
        return -EMSGSIZE;
    for (size_t i = 0; i < n_items; i++) {
        if (!pb_write(&out, items[i].bytes, items[i].len))
            return -EMSGSIZE;
    }
    return (int) out.bytes_written + 1;
}
