/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon: puts the aggregator together, keeps it running, takes it apart.
 *
 * SIGHUP reads configuration and keys again. SIGTERM and SIGINT stop hearing collectors, let what is on the wire to
 * receivers finish, answer who waits, and end with 0 within ten seconds; a second one ends at once. An end by itself is
 * not with 0.
 */
#pragma once

/* run --config FILE: returns the exit code. Refusals to start are said to stderr in words. */
int daemon_run(int argc, char **argv);
