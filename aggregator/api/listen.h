/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listen: the two sockets, bound by us so that the words name the address.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

struct listening {
    int fd;
    uint16_t port;
    bool loopback;                     /* nobody but this machine reaches it */
};

/* HOST is a name or an address; port 0: the kernel's choice. Negative errno with words. */
int listen_tcp(const char *host, uint16_t port, struct listening *out, struct error *);

/* A Unix socket of mode 0600; one that stands there and answers nobody is replaced. Negative errno with words. */
int listen_unix(const char *path, int *fd, struct error *);
