/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: `tocsin-collector check`: reads the configuration whole and says what is wrong with it.
 */
#pragma once

/* Exit code: 0 good (warnings are told), 1 refused, 2 wrong usage. */
int check_main(int argc, char **argv);
