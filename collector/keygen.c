/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/keygen.h"

#include <stdio.h>
#include <string.h>

#include "common/keys.h"

static const char usage[] =
    "usage: tocsin-collector keygen BASE\n"
    "\n"
    "Makes a key pair: BASE.key (secret, mode 0600) and BASE.pub, and prints the public key. Existing files are left alone.\n"
    "\n"
    "examples:\n"
    "  tocsin-collector keygen /etc/tocsin/collector\n"
    "  tocsin-collector keygen server && cat server.pub\n";

int keygen_main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void) fputs(usage, stdout);
        return 0;
    }
    if (argc != 2 || argv[1][0] == '-' || argv[1][0] == '\0') {
        (void) fputs(usage, stderr);
        return 2;
    }

    struct key_pair pair;
    struct error err = {0};
    if (key_pair_generate(&pair, &err) < 0 || key_pair_save(argv[1], &pair, &err) < 0) {
        (void) fprintf(stderr, "tocsin-collector keygen: %s\n", err.text);
        return 1;
    }
    (void) printf("%s\n", pair.public_key);
    return 0;
}
