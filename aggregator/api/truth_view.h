/* SPDX-License-Identifier: Apache-2.0 */
/*
 * truth_view: which of a service's page and our own probes sees red (common/truth), from its rows.
 */
#pragma once

#include <jansson.h>

#include "aggregator/api/service_view.h"

/* Of a view whose sources have been read; in the reader's arena. NULL: it has not both a page and probes. */
const struct truth_told *truth_view_read(const struct service_reader *, const struct service_view *);

/* null for NULL. */
json_t *truth_json(const struct truth_told *);
