/* SPDX-License-Identifier: Apache-2.0 */
/*
 * once: `tocsin-collector once`: the newcomer's first success.
 */
#pragma once

/* Polls and probes everything once and prints it. Exit code: 0 everything could be found out, 1 something could not (or
 * could not start), 2 wrong usage. */
int once_main(int argc, char **argv);
