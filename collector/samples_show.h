/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* tocsin-collector samples [--config FILE] [-o table|json] [SERVICE]: the exit code. */
int samples_main(int argc, char **argv);
