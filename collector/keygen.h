/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keygen: `tocsin-collector keygen BASE`: a CURVE key pair in BASE.key and BASE.pub.
 */
#pragma once

/* Exit code: 0, 1 when the files cannot be made, 2 wrong usage. */
int keygen_main(int argc, char **argv);
