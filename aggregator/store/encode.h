/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode: the rows that are written with each observation, to the very bytes that pb_encode would make of them, three
 * to five times as fast. nanopb finds the length of a submessage by encoding it, which two levels down is done four
 * times; here it is written once and its length put in front. Made from nanopb's own lists of fields: a field that is
 * added to a schema is encoded here too, and one of a form that is not known here does not compile. Pure; included by
 * the store alone.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "proto/observation.pb.h"

/* The message into out, which has room for its longest encoding. Returns the length. */
size_t encode_source_row(const void *message, uint8_t *out);
size_t encode_service_state(const void *message, uint8_t *out);
size_t encode_timeline_row(const void *message, uint8_t *out);
size_t encode_observation(const Observation *, uint8_t *out);
