/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys: CURVE key pairs in files, and the directory of keys that may speak.
 *
 * A secret key stands alone in NAME.key (mode 0600), the public one in NAME.pub. A file in the directory of authorised
 * collectors is named after the collector; its first line is its public key (Z85, 40 characters), a second line "services"
 * lets it speak for configured services too.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "common/limits.h"

enum { KEY_TEXT_BYTES = 41, AUTHORIZED_MAX = 20000 };

struct key_pair {
    char public_key[KEY_TEXT_BYTES];
    char secret_key[KEY_TEXT_BYTES];
};

/* A new pair from the system's randomness. Negative errno when libzmq has no CURVE. */
int key_pair_generate(struct key_pair *, struct error *);

/* Writes BASE.key (0600) and BASE.pub (0644); -EEXIST when either is there. */
int key_pair_save(const char *base, const struct key_pair *, struct error *);

/* Reads BASE.key and derives the public key; checks BASE.pub against it when that exists. -EPERM: others may read it. */
int key_pair_load(const char *secret_path, struct key_pair *, struct error *);

/* The pair of a secret key in text. -EINVAL: not 40 characters of Z85; the words do not repeat it. */
int key_pair_from_secret(const char *secret_key, struct key_pair *, struct error *);

/* Whether these 40 characters are a Z85 key. */
bool key_is_valid(const char *);

struct authorized_key {
    char name[ID_BYTES_MAX + 1];
    char public_key[KEY_TEXT_BYTES];
    bool services;
};

/* The directory's content, sorted by public key; immutable. */
struct authorized_keys {
    struct authorized_key *keys;
    size_t n_keys;
    const struct authorized_key **by_name;   /* the same, sorted by name */
};

/* Reads the directory; files whose names start with a dot are skipped. -EINVAL with words that name the file: no key, a
 * name that is no id, one key under two names. A missing directory is -ENOENT. */
int authorized_keys_load(const char *directory, struct authorized_keys **out, struct error *);
void authorized_keys_free(struct authorized_keys *);

/* Who has this key; NULL: nobody. */
const struct authorized_key *authorized_keys_find(const struct authorized_keys *, const char *public_key);
const struct authorized_key *authorized_keys_find_name(const struct authorized_keys *, const char *name);

/* Adds or replaces one file. */
int authorized_keys_put(const char *directory, const struct authorized_key *, struct error *);
