/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subject: what a command line names to speak of: a service, or one check of a host.
 */
#pragma once

#include <stdbool.h>

/* The id of a service, or HOST:CHECK: may stand in a path unescaped. */
bool cli_is_subject(const char *);
