/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon: `tocsin-collector run`: one loop that polls, probes and publishes until it is told to stop.
 */
#pragma once

/* Exit code: 0 stopped when asked, 1 could not start, 2 wrong usage. */
int daemon_main(int argc, char **argv);
