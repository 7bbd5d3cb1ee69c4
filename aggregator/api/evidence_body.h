/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence_body: the body of POST /api/admin/evidence, read strictly (see admin_body.h). Pure: whether there is such an area
 * is the engine's to say.
 */
#pragma once

#include "aggregator/api/problem.h"
#include "common/text.h"
#include "proto/observation.pb.h"

/* As it goes to the engine, but who reports it; EVIDENCE_UNSPECIFIED: the record is withdrawn. 0, or -EPROTO and a
 * problem. */
int evidence_body_parse(struct text, Evidence *out, struct problem *);
