/* SPDX-License-Identifier: Apache-2.0 */
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"

enum { SECRET_BYTES_MAX = 4096, CHUNK_BYTES = 64 * 1024 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void) close(*fd);   /* read, or synced before: nothing to lose */
}

static int fail(struct error *err, const char *what, const char *path)
{
    int code = -errno;

    return error_set(err, code, "%s %s: %s", what, path, strerror(-code));
}

static int read_fd(int fd, const char *path, struct buffer *out, struct error *err)
{
    CLEANUP(mem_freep) char *chunk = mem_new(CHUNK_BYTES);
    for (;;) {
        ssize_t n = read(fd, chunk, CHUNK_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(err, "reading", path);
        if (n == 0)
            return 0;
        if (buffer_put(out, chunk, (size_t) n) < 0)
            return error_set(err, -EFBIG, "%s is larger than %zu bytes", path, out->max_bytes);
    }
}

int file_read(const char *path, struct buffer *out, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(err, "opening", path);

    int r = read_fd(fd, path, out, err);
    if (r < 0)
        buffer_reset(out);
    return r;
}

int file_read_secret(const char *path, struct buffer *out, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(err, "opening", path);

    struct stat st;
    if (fstat(fd, &st) < 0)
        return fail(err, "looking at", path);
    if ((st.st_mode & 077) != 0)
        return error_set(err, -EPERM, "%s has mode %04o and may be read by others: expected 0600", path,
                         (unsigned) (st.st_mode & 07777));
    if (st.st_size > SECRET_BYTES_MAX)
        return error_set(err, -EFBIG, "%s of %lld bytes, at most %d", path, (long long) st.st_size, SECRET_BYTES_MAX);

    int r = read_fd(fd, path, out, err);
    if (r < 0) {
        buffer_reset(out);
        return r;
    }
    while (out->len > 0 && (out->bytes[out->len - 1] == '\n' || out->bytes[out->len - 1] == '\r'))
        out->bytes[--out->len] = '\0';
    return 0;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = write(fd, bytes + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        done += (size_t) n;
    }
    return 0;
}

static int sync_directory_of(const char *path)
{
    CLEANUP(mem_freep) char *copy = mem_copy_string(path);
    CLEANUP(close_fd) int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    return fsync(fd) < 0 ? -errno : 0;
}

int file_write(const char *path, const void *bytes, size_t len, mode_t mode, struct error *err)
{
    /* A dot in front: a directory whose files mean something never shows a half-written one. */
    char beside[4096];
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    int n = snprintf(beside, sizeof beside, "%.*s.%s.%ld.tmp", (int) (name - path), path, name, (long) getpid());
    if (n < 0 || (size_t) n >= sizeof beside)
        return error_set(err, -ENAMETOOLONG, "%s: name too long", path);

    CLEANUP(close_fd) int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return fail(err, "creating", beside);

    int r = write_all(fd, bytes, len);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (r == 0 && rename(beside, path) < 0)
        r = -errno;
    if (r < 0) {
        (void) unlink(beside);   /* what is left of a failed write helps nobody */
        return error_set(err, r, "writing %s: %s", path, strerror(-r));
    }

    r = sync_directory_of(path);
    return r < 0 ? error_set(err, r, "syncing the directory of %s: %s", path, strerror(-r)) : 0;
}

int file_make_directory(const char *path, mode_t mode, struct error *err)
{
    CLEANUP(mem_freep) char *copy = mem_copy_string(path);
    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, mode) < 0 && errno != EEXIST)
            return fail(err, "creating", copy);
        *slash = '/';
    }
    if (mkdir(copy, mode) < 0 && errno != EEXIST)
        return fail(err, "creating", copy);
    return 0;
}
