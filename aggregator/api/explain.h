/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain: GET /api/services/{id}/explain. The core answers the question, since the engine is its own; the answer is made
 * here, with what became of the messages. With at= the question is about a time that is over, and past.h's.
 */
#pragma once

struct problem;
struct reply;
struct request;

/* An act_fn: asks and waits. */
int explain_act(struct request *, struct reply *, struct problem *);
