/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *) (const void *) address;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) (const void *) address;
    return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    memcpy(&v4, address, sizeof v4);
    memcpy(&v6, address, sizeof v6);
    return ntohs(address->ss_family == AF_INET ? v4.sin_port : v6.sin6_port);
}

static int open_and_bind(const struct addrinfo *found, struct listening *out)
{
    struct sockaddr_storage bound = {0};
    socklen_t len = sizeof bound;
    const int on = 1;

    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);   /* a restart needs no minute's wait */
    if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0
        || getsockname(fd, (struct sockaddr *) &bound, &len) != 0) {
        int r = -errno;
        (void) close(fd);
        return r;
    }
    *out = (struct listening) {fd, port_of(&bound), is_loopback(&bound)};
    return 0;
}

int listen_tcp(const char *host, uint16_t port, struct listening *out, struct error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found;
    char service[8];

    (void) snprintf(service, sizeof service, "%u", port);
    int failed = getaddrinfo(host, service, &hints, &found);
    if (failed != 0)
        return error_set(err, -EADDRNOTAVAIL, "http.host: %s is no address of ours: %s", host, gai_strerror(failed));
    int r = open_and_bind(found, out);
    freeaddrinfo(found);
    return r == 0 ? 0 : error_set(err, r, "cannot listen on http://%s:%u: %s", host, port, strerror(-r));
}

static bool is_alive(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool alive = fd >= 0 && connect(fd, (const struct sockaddr *) address, sizeof *address) == 0;

    if (fd >= 0)
        (void) close(fd);
    return alive;
}

int listen_unix(const char *path, int *out, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return error_set(err, -ENAMETOOLONG, "the path of the Unix socket has %zu bytes, at most %zu: %s", strlen(path),
                         sizeof address.sun_path - 1, path);
    memcpy(address.sun_path, path, strlen(path));
    if (is_alive(&address))
        return error_set(err, -EADDRINUSE, "somebody answers on %s", path);
    (void) unlink(path);                     /* left over by a process that was killed, or not there */

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set(err, -errno, "no Unix socket: %s", strerror(errno));
    (void) fchmod(fd, 0600);                 /* before bind: there is no moment at which others may connect */
    if (bind(fd, (struct sockaddr *) &address, sizeof address) != 0 || chmod(path, 0600) != 0 || listen(fd, BACKLOG) != 0) {
        int r = -errno;
        (void) close(fd);
        return error_set(err, r, "cannot listen on %s: %s", path, strerror(-r));
    }
    *out = fd;
    return 0;
}
