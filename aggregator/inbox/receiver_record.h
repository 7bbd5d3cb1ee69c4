/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receiver_record: how sending to one receiver has gone: its last success and failure, and an hour of minutes. Pure. Written
 * by the core with the delivery that it is about, read by whoever shows it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/inbox/inbox.h"
#include "proto/rows.pb.h"

/* So many attempts on what was tried before, in one minute, are a storm. */
enum { RETRY_STORM_MINUTE = 100 };

/* An attempt came to its end; again: it was not the row's first. */
void receiver_record_note(ReceiverRow *, const struct delivery *, bool again, int64_t wall_ms);

/* Attempts that failed in the sixty minutes up to this one. */
uint32_t receiver_record_failures(const ReceiverRow *, int64_t wall_ms);

/* The most attempts on what was tried before, in this minute or the last. */
uint32_t receiver_record_retries(const ReceiverRow *, int64_t wall_ms);
