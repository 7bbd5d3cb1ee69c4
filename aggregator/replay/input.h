/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input: one line of a replay as the engine takes it.
 *
 * A line is a JSON object with `t` (UTC ms, 0 to 2^53 - 1) and `kind`; the manual page lists the kinds and their fields.
 * Unknown fields are passed over; a field that is missing, of the wrong type or out of range makes the line unusable.
 *
 *     struct replay_input input;
 *     if (replay_input_parse(line, &input) == REPLAY_BAD_RECORD) ...   // input.kind says what it was meant to be
 *     replay_input_done(&input);
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/text.h"
#include "proto/observation.pb.h"

enum { REPLAY_LINE_BYTES_MAX = 1 << 20, REPLAY_KIND_BYTES_MAX = 32, REPLAY_BAD_RECORD = 1 };

enum replay_form { REPLAY_OBSERVATION, REPLAY_COMMAND, REPLAY_CONFIG, REPLAY_REPORT };

/* What a report is of. */
enum replay_report { REPLAY_REPORT_SERVICE, REPLAY_REPORT_READINESS };

struct replay_input {
    enum replay_form form;
    int64_t at_ms;
    bool has_observed_at;              /* of an observation; else it was observed when it arrived */
    const Observation *said;           /* of an observation: in here, or borrowed until the journal gives its next input */
    char kind[REPLAY_KIND_BYTES_MAX + 1];  /* as the line has it; "" when it has none that can be read */
    union {                            /* large: what the form does not speak of holds nothing that can be used */
        Observation observation;
        Command command;
        struct {
            enum replay_report what;
            char service[SERVICE_BYTES_MAX + 1];   /* of a service */
        } report;
    };
    json_t *config;                    /* owned; of a config */
};

/* An input that says nothing yet and owns nothing; the union is left as it is. */
void replay_input_init(struct replay_input *);

/* 0, or REPLAY_BAD_RECORD; replay_input_done() after either. */
int replay_input_parse(struct text line, struct replay_input *out);

/* Frees what it owns. */
void replay_input_done(struct replay_input *);
