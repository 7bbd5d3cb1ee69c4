/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root: small files of the kernel, read below a directory that is "/" but in tests.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"

enum { ROOT_FILE_BYTES = 64 * 1024, ROOT_PATH_BYTES = 4096 };

/* Reads the file's first bytes, as many as the buffer may hold: what a kernel adds at the end is not needed. 0, or a
 * negative errno and the buffer is empty. */
int root_read(const char *root, const char *path, struct buffer *out);

bool root_has(const char *root, const char *path);

/* Root and path in one; false: too long. */
bool root_join(char out[static ROOT_PATH_BYTES], const char *root, const char *path);

/* The one word for a file that could not be read: permission, gone or io. */
const char *root_reason(int code);
