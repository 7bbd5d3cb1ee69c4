/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* tocsin-collector detect URL [-o table|json] [--allow-http] [--allow-private]: the exit code. */
int detect_main(int argc, char **argv);
