/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/recorded.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READERS_MAX = 8, PATH_BYTES_MAX = 4096 };

static int join(const char *directory, const char *name, char file[static PATH_BYTES_MAX], struct error *err)
{
    int len = snprintf(file, PATH_BYTES_MAX, "%s%s%s", directory, name[0] == '\0' ? "" : "/", name);

    if (len < 0 || len >= PATH_BYTES_MAX)
        return error_set(err, -ENAMETOOLONG, "%.200s…: the path is too long", directory);
    return 0;
}

static int find_file(const char *path, char file[static PATH_BYTES_MAX], struct error *err)
{
    struct stat is;
    if (stat(path, &is) != 0 || !S_ISDIR(is.st_mode))
        return join(path, "", file, err);

    int r = join(path, "data.mdb", file, err);    /* LMDB's own name, under which mdb_copy writes */
    bool is_copy = r == 0 && access(file, F_OK) == 0;
    r = join(path, "tocsin.mdb", file, err);
    if (r == 0 && is_copy && access(file, F_OK) != 0)
        r = join(path, "data.mdb", file, err);
    return r;
}

int recorded_open(const char *path, struct store **out, struct error *err)
{
    char file[PATH_BYTES_MAX];
    int r = find_file(path, file, err);
    if (r < 0)
        return r;

    return store_open(&(struct store_options) {.path = file, .readers_max = READERS_MAX, .read_only = true}, out, err);
}

bool recorded_is_same(const char *path, const char *other)
{
    char files[2][PATH_BYTES_MAX];
    struct stat of[2];

    if (find_file(path, files[0], NULL) < 0 || find_file(other, files[1], NULL) < 0)
        return false;
    return stat(files[0], &of[0]) == 0 && stat(files[1], &of[1]) == 0 && of[0].st_dev == of[1].st_dev &&
        of[0].st_ino == of[1].st_ino;
}

int recorded_world(struct store *store, WorldRow *out, struct error *err)
{
    struct store_txn *txn;
    int r = store_read(store, &txn);
    if (r < 0)
        return error_set(err, r, "the store cannot be read: %s", strerror(-r));

    r = store_get(txn, TABLE_META, key_name(STORE_META_WORLD), out);
    store_end(txn);
    return r < 0 ? error_set(err, r, "the store: its world row cannot be read") : r;
}

struct json_t *recorded_config(struct store *store, const char *digest, struct error *err)
{
    struct store_txn *txn;
    struct text text;
    json_t *config = NULL;
    int r = store_read(store, &txn);
    if (r < 0) {
        (void) error_set(err, r, "the store cannot be read: %s", strerror(-r));
        return NULL;
    }

    r = store_get_bytes(txn, TABLE_CONFIGS, key_name(digest), &text);
    if (r == 0)
        config = json_loadb(text.at, text.len, 0, NULL);
    store_end(txn);
    if (config == NULL)
        (void) error_set(err, -EBADMSG, "the store: configuration %.16s… is not there", digest);
    return config;
}
