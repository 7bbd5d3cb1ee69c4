/* SPDX-License-Identifier: Apache-2.0 */
#include "common/keys.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#include "common/file.h"
#include "common/mem.h"
#include "common/text.h"

enum { PATH_BYTES = 4096, KEY_FILE_BYTES_MAX = 1024, KEY_CHARACTERS = KEY_TEXT_BYTES - 1, KEY_BYTES = 32 };

/* ---------------------------------------------------------------- a pair of keys */

bool key_is_valid(const char *key)
{
    static const char z85[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
    uint8_t bytes[KEY_BYTES];

    return strlen(key) == KEY_CHARACTERS && strspn(key, z85) == KEY_CHARACTERS && zmq_z85_decode(bytes, key) != NULL;
}

int key_pair_generate(struct key_pair *out, struct error *err)
{
    if (zmq_curve_keypair(out->public_key, out->secret_key) != 0)
        return error_set(err, -errno, "making a key pair: %s", zmq_strerror(errno));
    return 0;
}

static int path_of(char out[static PATH_BYTES], const char *base, const char *suffix, struct error *err)
{
    int n = snprintf(out, PATH_BYTES, "%s%s", base, suffix);
    if (n < 0 || n >= PATH_BYTES)
        return error_set(err, -ENAMETOOLONG, "%s%s: name too long", base, suffix);
    return 0;
}

static int write_key(const char *path, const char *key, mode_t mode, struct error *err)
{
    char line[KEY_TEXT_BYTES + 1];
    int n = snprintf(line, sizeof line, "%s\n", key);

    return file_write(path, line, (size_t) n, mode, err);
}

static int refuse_existing(const char *path, struct error *err)
{
    struct stat st;
    if (lstat(path, &st) == 0)
        return error_set(err, -EEXIST, "%s is there already; keys are not overwritten", path);
    return 0;
}

int key_pair_save(const char *base, const struct key_pair *pair, struct error *err)
{
    char secret[PATH_BYTES];
    char public[PATH_BYTES];
    int r = path_of(secret, base, ".key", err);
    if (r == 0)
        r = path_of(public, base, ".pub", err);
    if (r == 0)
        r = refuse_existing(secret, err);
    if (r == 0)
        r = refuse_existing(public, err);
    if (r == 0)
        r = write_key(secret, pair->secret_key, 0600, err);
    if (r == 0)
        r = write_key(public, pair->public_key, 0644, err);
    return r;
}

/* BASE.pub beside BASE.key, when it is there, must be the other half. */
static int check_public_file(const char *secret_path, const char *public_key, struct error *err)
{
    size_t len = strlen(secret_path);
    if (len < 4 || strcmp(secret_path + len - 4, ".key") != 0)
        return 0;

    CLEANUP(mem_freep) char *base = mem_copy_text((struct text) {secret_path, len - 4});
    char path[PATH_BYTES];
    int r = path_of(path, base, ".pub", err);
    if (r < 0)
        return r;

    CLEANUP(buffer_done) struct buffer content;
    buffer_init(&content, KEY_FILE_BYTES_MAX);
    r = file_read(path, &content, err);
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return r;
    if (!text_is(text_trim(buffer_text(&content)), public_key))
        return error_set(err, -EINVAL, "%s is not the public half of %s", path, secret_path);
    return 0;
}

int key_pair_from_secret(const char *secret_key, struct key_pair *out, struct error *err)
{
    struct key_pair pair = {0};
    if (!key_is_valid(secret_key))
        return error_set(err, -EINVAL, "this holds no secret key: expected 40 characters of Z85 on one line");
    memcpy(pair.secret_key, secret_key, KEY_CHARACTERS);
    if (zmq_curve_public(pair.public_key, pair.secret_key) != 0)
        return error_set(err, -errno, "deriving the public key: %s", zmq_strerror(errno));
    *out = pair;
    explicit_bzero(&pair, sizeof pair);
    return 0;
}

int key_pair_load(const char *secret_path, struct key_pair *out, struct error *err)
{
    CLEANUP(buffer_done) struct buffer content;
    buffer_init(&content, KEY_FILE_BYTES_MAX);
    int r = file_read_secret(secret_path, &content, err);
    if (r < 0)
        return r;

    struct key_pair pair;
    char key[KEY_TEXT_BYTES + 1];
    (void) text_copy(key, sizeof key, text_trim(buffer_text(&content)));   /* a longer one is no key, and cut still none */
    r = key_pair_from_secret(key, &pair, err);
    explicit_bzero(key, sizeof key);
    if (r < 0)
        return error_context(err, "%s", secret_path);

    r = check_public_file(secret_path, pair.public_key, err);
    if (r == 0)
        *out = pair;
    explicit_bzero(&pair, sizeof pair);
    explicit_bzero(content.bytes, content.cap);
    return r;
}

/* ---------------------------------------------------------------- the directory of keys */

static int read_authorized(const char *directory, const char *name, struct authorized_key *out, struct error *err)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (n < 0 || (size_t) n >= sizeof path)
        return error_set(err, -ENAMETOOLONG, "%s/%s: name too long", directory, name);
    if (!text_is_id(text_of(name), ID_BYTES_MAX))
        return error_set(err, -EINVAL, "%s: the file's name is the collector's: expected [a-z0-9][a-z0-9._-]*, at most %d bytes",
                         path, ID_BYTES_MAX);

    CLEANUP(buffer_done) struct buffer content;
    buffer_init(&content, KEY_FILE_BYTES_MAX);
    int r = file_read(path, &content, err);
    if (r < 0)
        return r;

    struct authorized_key key = {0};
    struct text rest = text_trim(buffer_text(&content));
    struct text line = {0};
    (void) text_take_until(&rest, '\n', &line);   /* an empty file leaves an empty line */
    line = text_trim(line);
    if (line.len == KEY_CHARACTERS)
        memcpy(key.public_key, line.at, line.len);
    if (!key_is_valid(key.public_key))
        return error_set(err, -EINVAL, "%s:1: expected a public key, 40 characters of Z85", path);
    rest = text_trim(rest);
    if (rest.len > 0 && !text_is(rest, "services"))
        return error_set(err, -EINVAL, "%s:2: expected \"services\" or nothing", path);

    key.services = rest.len > 0;
    (void) text_copy(key.name, sizeof key.name, text_of(name));   /* fits: it is an id */
    *out = key;
    return 0;
}

static int by_public_key(const void *a, const void *b)
{
    return strcmp(((const struct authorized_key *) a)->public_key, ((const struct authorized_key *) b)->public_key);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct authorized_key *const *) a)->name, (*(const struct authorized_key *const *) b)->name);
}

static int sort_keys(struct authorized_keys *keys, const char *directory, struct error *err)
{
    if (keys->n_keys == 0)
        return 0;

    qsort(keys->keys, keys->n_keys, sizeof *keys->keys, by_public_key);
    for (size_t i = 1; i < keys->n_keys; i++) {
        if (by_public_key(&keys->keys[i - 1], &keys->keys[i]) == 0)
            return error_set(err, -EINVAL, "%s: %s and %s hold the same key; each collector has its own", directory,
                             keys->keys[i - 1].name, keys->keys[i].name);
    }
    keys->by_name = mem_new_array(keys->n_keys, sizeof *keys->by_name);
    for (size_t i = 0; i < keys->n_keys; i++)
        keys->by_name[i] = &keys->keys[i];
    qsort(keys->by_name, keys->n_keys, sizeof *keys->by_name, by_name);
    return 0;
}

static int read_directory(DIR *dir, const char *directory, struct authorized_keys *keys, struct error *err)
{
    size_t cap = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL)
            return errno == 0 ? 0 : error_set(err, -errno, "reading %s: %s", directory, strerror(errno));
        if (entry->d_name[0] == '.')
            continue;
        if (keys->n_keys == AUTHORIZED_MAX)
            return error_set(err, -EFBIG, "%s holds more than %d keys", directory, AUTHORIZED_MAX);
        if (keys->n_keys == cap) {
            cap = cap == 0 ? 16 : cap * 2;
            keys->keys = mem_resize(keys->keys, cap, sizeof *keys->keys);
        }
        int r = read_authorized(directory, entry->d_name, &keys->keys[keys->n_keys], err);
        if (r < 0)
            return r;
        keys->n_keys++;
    }
}

int authorized_keys_load(const char *directory, struct authorized_keys **out, struct error *err)
{
    DIR *dir = opendir(directory);
    if (dir == NULL)
        return error_set(err, -errno, "opening %s: %s", directory, strerror(errno));

    struct authorized_keys *keys = mem_new(sizeof *keys);
    int r = read_directory(dir, directory, keys, err);
    (void) closedir(dir);   /* read only: nothing to lose */
    if (r == 0)
        r = sort_keys(keys, directory, err);
    if (r < 0) {
        authorized_keys_free(keys);
        return r;
    }
    *out = keys;
    return 0;
}

void authorized_keys_free(struct authorized_keys *keys)
{
    if (keys == NULL)
        return;
    free(keys->by_name);
    free(keys->keys);
    free(keys);
}

const struct authorized_key *authorized_keys_find(const struct authorized_keys *keys, const char *public_key)
{
    struct authorized_key wanted = {0};
    if (keys->n_keys == 0 || strlen(public_key) != KEY_CHARACTERS)
        return NULL;
    memcpy(wanted.public_key, public_key, KEY_CHARACTERS);
    return bsearch(&wanted, keys->keys, keys->n_keys, sizeof *keys->keys, by_public_key);
}

const struct authorized_key *authorized_keys_find_name(const struct authorized_keys *keys, const char *name)
{
    struct authorized_key wanted = {0};
    const struct authorized_key *key = &wanted;
    if (keys->n_keys == 0 || !text_copy(wanted.name, sizeof wanted.name, text_of(name)))
        return NULL;

    const struct authorized_key *const *found =
        bsearch(&key, keys->by_name, keys->n_keys, sizeof *keys->by_name, by_name);
    return found == NULL ? NULL : *found;
}

int authorized_keys_put(const char *directory, const struct authorized_key *key, struct error *err)
{
    if (!text_is_id(text_of(key->name), ID_BYTES_MAX))
        return error_set(err, -EINVAL, "\"%s\" is no collector's name: expected [a-z0-9][a-z0-9._-]*, at most %d bytes",
                         key->name, ID_BYTES_MAX);
    if (!key_is_valid(key->public_key))
        return error_set(err, -EINVAL, "the key of %s is no public key: expected 40 characters of Z85", key->name);

    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/%s", directory, key->name);
    if (n < 0 || (size_t) n >= sizeof path)
        return error_set(err, -ENAMETOOLONG, "%s/%s: name too long", directory, key->name);

    char content[KEY_TEXT_BYTES + sizeof "\nservices\n"];
    n = snprintf(content, sizeof content, "%s\n%s", key->public_key, key->services ? "services\n" : "");
    return file_write(path, content, (size_t) n, 0644, err);
}
