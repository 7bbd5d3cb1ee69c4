/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

bool root_join(char out[static ROOT_PATH_BYTES], const char *root, const char *path)
{
    size_t len = strlen(root);
    while (len > 0 && root[len - 1] == '/')
        len--;
    int n = snprintf(out, ROOT_PATH_BYTES, "%.*s/%s", (int) len, root, path[0] == '/' ? path + 1 : path);
    return n > 0 && n < ROOT_PATH_BYTES;
}

int root_read(const char *root, const char *path, struct buffer *out)
{
    char joined[ROOT_PATH_BYTES];
    buffer_reset(out);
    if (!root_join(joined, root, path))
        return -ENAMETOOLONG;
    int fd = open(joined, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;

    int r = 0;
    char chunk[4096];
    while (out->len < out->max_bytes) {
        size_t room = out->max_bytes - out->len;
        ssize_t n = read(fd, chunk, room < sizeof chunk ? room : sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            r = n < 0 ? -errno : 0;
            break;
        }
        (void) buffer_put(out, chunk, (size_t) n);   /* fits: it was bounded by the room */
    }
    (void) close(fd);   /* read only: nothing to lose */
    if (r < 0)
        buffer_reset(out);
    return r;
}

bool root_has(const char *root, const char *path)
{
    char joined[ROOT_PATH_BYTES];

    return root_join(joined, root, path) && access(joined, F_OK) == 0;
}

const char *root_reason(int code)
{
    switch (-code) {
    case EACCES:
    case EPERM:
        return "permission";
    case ENOENT:
    case ENODEV:
        return "gone";
    default:
        return "io";
    }
}
