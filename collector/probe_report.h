/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_report: what a probe's verdict is told as. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "collector/probes/probe.h"
#include "proto/wire.pb.h"

/* Whom a verdict is about. */
struct probe_subject {
    const char *service;     /* ""; the host's own check */
    int64_t every_ms;
    int64_t at_boot_ms;
};

/* A Report of kind probe: the level, or a fail with its reason. False: the verdict is silent. */
bool probe_report(const struct probe_subject *, const struct verdict *, Item *out);

/* The host's Metrics; false: it has none, or is a service's, whose metrics the schema does not know. */
bool probe_metrics(const struct probe_subject *, const struct verdict *, Item *out);
