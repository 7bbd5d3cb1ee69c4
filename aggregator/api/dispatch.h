/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatch: from a whole request to its answer: checks, endpoint, access, the cached answer or a new one.
 */
#pragma once

#include <microhttpd.h>

#include "aggregator/api/request.h"

/* The headers are there: refuses what cannot be trusted. Nothing else is answered at this point. */
enum MHD_Result dispatch_begin(struct request *, const char *version);

/* The body is there, or the wait for a commit is over. */
enum MHD_Result dispatch_answer(struct request *);
