/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/mounts.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "collector/probes/names.h"
#include "common/mem.h"

enum { LINE_FIELDS_BEFORE_TAGS = 6, WORD_BYTES = 4096 };

/* \040 \011 \012 \134 as the kernel writes them. False: too long. */
static bool unescape(struct text in, char *out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < in.len; i++) {
        char c = in.at[i];
        if (c == '\\' && i + 3 < in.len && in.at[i + 1] >= '0' && in.at[i + 1] <= '3' && in.at[i + 2] >= '0'
            && in.at[i + 2] <= '7' && in.at[i + 3] >= '0' && in.at[i + 3] <= '7') {
            c = (char) ((in.at[i + 1] - '0') << 6 | (in.at[i + 2] - '0') << 3 | (in.at[i + 3] - '0'));
            i += 3;
        }
        if (c == '\0' || n + 1 >= cap)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return n > 0;
}

static bool has_option(struct text options, const char *wanted)
{
    struct text option;
    while (text_take_until(&options, ',', &option)) {
        if (text_is(option, wanted))
            return true;
    }
    return false;
}

static bool is_worth_a_check(const struct mount *mount, const struct host_limits *limits)
{
    static const char *const types[] = {
        "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "bcachefs", "ntfs3",
    };
    bool known = false;
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        known = known || strcmp(mount->type, types[i]) == 0;
    if (strcmp(mount->type, "vfat") == 0)
        known = strcmp(mount->path, "/boot/efi") != 0;
    if (strcmp(mount->type, "overlay") == 0)
        known = strcmp(mount->path, "/") == 0;   /* a container's own disk; the others are images of other containers */

    for (size_t i = 0; known && i < limits->n_disk_exclude; i++)
        known = fnmatch(limits->disk_exclude[i], mount->path, 0) != 0;
    return known;
}

/* ID PARENT MAJOR:MINOR ROOT PATH OPTIONS [TAG...] - TYPE SOURCE SUPEROPTIONS. False: not such a line. */
static bool read_line(struct text line, struct mount *out)
{
    struct text words[LINE_FIELDS_BEFORE_TAGS];
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (!text_take_word(&line, WORD_BYTES, &words[i]))
            return false;
    }
    struct text word = {0};
    while (!text_is(word, "-")) {
        if (!text_take_word(&line, WORD_BYTES, &word))
            return false;
    }
    struct text type;
    struct text source;
    struct text super = {0};
    if (!text_take_word(&line, sizeof out->type - 1, &type) || !text_take_word(&line, WORD_BYTES, &source))
        return false;
    (void) text_take_word(&line, WORD_BYTES, &super);   /* without them: no super options */

    *out = (struct mount) {.read_only = has_option(words[5], "ro") || has_option(super, "ro")};
    (void) text_copy(out->type, sizeof out->type, type);   /* fits: it was taken with that bound */
    struct text pool = source;
    struct text device = words[2];
    if (text_is(type, "zfs") && text_take_until(&pool, '/', &device) && device.len == 0)
        return false;
    return unescape(words[4], out->path, sizeof out->path) && text_copy(out->device, sizeof out->device, device);
}

/* One a device: the shortest path, of equal ones the first in the alphabet. */
static void keep(struct mounts *mounts, const struct mount *mount)
{
    for (size_t i = 0; i < mounts->n; i++) {
        struct mount *held = &mounts->mounts[i];
        if (strcmp(held->device, mount->device) == 0) {
            size_t a = strlen(mount->path);
            size_t b = strlen(held->path);
            if (a < b || (a == b && strcmp(mount->path, held->path) < 0))
                *held = *mount;
            return;
        }
        if (strcmp(held->path, mount->path) == 0) {
            *held = *mount;   /* mounted over: the later one is what is seen there */
            return;
        }
    }
    if (mounts->n == MOUNTS_MAX)
        mounts->n_more++;
    else
        mounts->mounts[mounts->n++] = *mount;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct mount *) a)->path, ((const struct mount *) b)->path);
}

const struct mount *mounts_find(const struct mounts *mounts, const char *check)
{
    for (size_t i = 0; i < mounts->n; i++) {
        if (strcmp(mounts->mounts[i].check, check) == 0)
            return &mounts->mounts[i];
    }
    return NULL;
}

/* "/a/b" and "/a-b" would have one id: the later one gets a hash. */
static void name_checks(struct mounts *mounts)
{
    for (size_t i = 0; i < mounts->n; i++) {
        char check[CHECK_BYTES_MAX + 1];
        check_id(check, "disk", mounts->mounts[i].path, false);
        if (mounts_find(mounts, check) != NULL)
            check_id(check, "disk", mounts->mounts[i].path, true);
        memcpy(mounts->mounts[i].check, check, sizeof check);
    }
}

void mounts_parse(struct text in, const struct host_limits *limits, struct mounts *out)
{
    *out = (struct mounts) {0};
    struct text line;
    while (text_take_until(&in, '\n', &line)) {
        struct mount mount;
        if (read_line(line, &mount) && is_worth_a_check(&mount, limits))
            keep(out, &mount);
    }
    qsort(out->mounts, out->n, sizeof out->mounts[0], by_path);
    name_checks(out);
}
