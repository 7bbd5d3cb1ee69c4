/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse: `tocsin-collector parse FEED FILE`: what a feed makes of a saved page.
 */
#pragma once

/* Exit code: 0 parsed, 3 the poll would count as failed, 2 wrong usage, 1 file unreadable. */
int parse_main(int argc, char **argv);
