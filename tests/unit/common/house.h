/* SPDX-License-Identifier: Apache-2.0 */
/*
 * house: a directory of its own for a test that reads a configuration, as cmocka's state.
 */
#pragma once

#include <sys/types.h>

struct house {
    char directory[64];
    char config[128];            /* DIRECTORY/NAME: where the configuration goes */
};

/* Makes the directory, empty; for a test's set-up. */
int house_set_up(void **state, const char *name);

/* Removes it with what is in it; for a test's tear-down. */
int house_tear_down(void **state);

/* Writes a file there with this very mode; fails the test when it cannot. */
void house_put(const struct house *, const char *name, const char *text, mode_t mode);
