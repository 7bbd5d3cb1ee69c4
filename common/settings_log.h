/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_log: the rows of the log: section, for a configuration with members log (struct log_config) and log_file.
 */
#pragma once

#include "common/log.h"
#include "common/settings.h"

/* In the order of enum log_level. */
#define SETTINGS_LOG_LEVELS ((const char *const[]) {"debug", "info", "warning", "error", NULL})

#define SETTINGS_LOG_ROWS(type)                                                                                        \
    {"level", SETTING_ENUM, SETTING_AT(type, log.level), .choices = SETTINGS_LOG_LEVELS, .fallback = "info",           \
     .environment = "LOG_LEVEL", .sentence = "Lines below this level are not written."},                               \
    {"json", SETTING_BOOL, SETTING_AT(type, log.json), .fallback = "true", .environment = "LOG_JSON",                  \
     .sentence = "One JSON object a line; false: pretty lines for a terminal."},                                       \
    {"file", SETTING_PATH, SETTING_AT(type, log_file), .environment = "LOG_FILE",                                      \
     .sentence = "Where the lines go; without it to stderr."}
