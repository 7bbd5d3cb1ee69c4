/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare: replay --diff. The journal is played to two engines at once: one works by the configurations that were live,
 * the other by a new one; what they tell is compared.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/replay/session.h"

struct compare {
    const char *config_path;               /* as it is to be told */
    struct aggregator_config *config;      /* borrowed: the new one */
    int64_t since_ms, until_ms;            /* what is compared; 0 and INT64_MAX: all */
    int64_t more_max;                      /* notifications more than this are too many; -1: none are */
    bool as_json;
};

enum { COMPARE_MORE = 1 };

/* Plays and prints to stdout. 0; COMPARE_MORE: the new configuration sends too many more; or a negative errno with words. */
int compare_run(const struct compare *, struct session *, struct error *);
