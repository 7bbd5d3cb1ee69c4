/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: the engine over recorded inputs. Lines in, decisions out, in the order in which they are made; the same engine
 * as the daemon's, with no store, no network and no clock but that of the inputs.
 */
#pragma once

enum { REPLAY_MORE = 4 };

/* tocsin-aggregator replay. The exit code: 0; 1 when input or output failed; 2 wrong usage or a configuration that cannot
 * be used; REPLAY_MORE: --fail-if-more. */
int replay_run(int argc, char **argv);
