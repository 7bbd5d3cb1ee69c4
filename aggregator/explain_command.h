/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_command: the subcommand `explain`. It asks the daemon; or it replays a journal up to a moment and asks there.
 */
#pragma once

/* The subcommand; argv[0] is its name. Returns the exit code. */
int explain_run(int argc, char **argv);
