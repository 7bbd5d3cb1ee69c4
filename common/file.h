/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: whole small files, read under a limit and written so that a crash leaves the old or the new one.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "common/buffer.h"
#include "common/error.h"

/* Reads the file into an initialised buffer, whose ceiling is the limit. 0, or a negative errno with words that name the file
 * (-EFBIG: larger than the limit; -EISDIR). The buffer then holds nothing. */
int file_read(const char *path, struct buffer *out, struct error *);

/* Reads a secret: as file_read, the trailing newline cut, at most 4 KiB; -EPERM when group or others may read it. */
int file_read_secret(const char *path, struct buffer *out, struct error *);

/* Writes beside and renames over, syncing file and directory. A negative errno with words; then the old file is untouched. */
int file_write(const char *path, const void *bytes, size_t len, mode_t mode, struct error *);

/* mkdir -p with this mode for what is missing. */
int file_make_directory(const char *path, mode_t mode, struct error *);
