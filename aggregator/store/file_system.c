/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What LMDB needs of the ground it stands on: locks and maps that hold within one machine, and room.
 */
#include <linux/magic.h>
#include <sys/statvfs.h>

#include "aggregator/store/store_private.h"
#include "common/mem.h"

/* Below this a commit of any size may be the one that did not fit. */
enum { ROOM_BYTES_MIN = 1024 * 1024 };

/* FUSE is let in: it may be a network (sshfs) or a local disk (ntfs-3g, gocryptfs), and the number does not tell. */
static const struct { long type; const char *name; } networks[] = {
    { NFS_SUPER_MAGIC,  "NFS" },
    { SMB_SUPER_MAGIC,  "SMB" },
    { CIFS_SUPER_MAGIC, "CIFS" },
    { SMB2_SUPER_MAGIC, "SMB2" },
    { CEPH_SUPER_MAGIC, "Ceph" },
    { V9FS_MAGIC,       "9p" },
    { AFS_SUPER_MAGIC,  "AFS" },
    { AFS_FS_MAGIC,     "AFS" },      /* the kernel's own client */
    { CODA_SUPER_MAGIC, "Coda" },
    { 0x0BD00BD0L,      "Lustre" },   /* not in the kernel's headers */
};

const char *file_system_network_name(long type)
{
    for (size_t i = 0; i < ARRAY_SIZE(networks); i++) {
        if ((networks[i].type & 0xFFFFFFFFL) == (type & 0xFFFFFFFFL))   /* f_type is sign-extended on some machines */
            return networks[i].name;
    }
    return NULL;
}

bool file_system_is_volatile(long type)
{
    return type == TMPFS_MAGIC || (type & 0xFFFFFFFFL) == RAMFS_MAGIC;
}

bool file_system_is_full(const char *path)
{
    struct statvfs fs;

    return statvfs(path, &fs) == 0 && (uint64_t) fs.f_bavail * fs.f_frsize < ROOM_BYTES_MIN;
}
