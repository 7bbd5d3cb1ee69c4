/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/assets.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>
#include <zlib.h>

#include "common/mem.h"

const struct asset *asset_get(const char *name)
{
    const struct asset *found = NULL;

    for (size_t i = 0; i < n_assets && found == NULL; i++) {
        if (strcmp(assets[i].name, name) == 0)
            found = &assets[i];
    }
    assert(found != NULL);
    return found;
}

const char *asset_path(const char *name)
{
    return asset_get(name)->path;
}

unsigned char *asset_unpack(const struct asset *asset)
{
    unsigned char *bytes = mem_new(asset->len);
    uLongf len = asset->len;

    int r = uncompress(bytes, &len, asset->packed, asset->packed_len);
    assert(r == Z_OK && len == asset->len);    /* the build packed it */
    return bytes;
}

static int give(const struct request *request, const struct asset *asset, struct reply *reply)
{
    CLEANUP(mem_freep) unsigned char *bytes = asset_unpack(asset);
    uint8_t digest[crypto_hash_sha256_BYTES];

    reply->type = asset->type;
    reply->varies = true;
    (void) crypto_hash_sha256(digest, bytes, asset->len);
    int r = buffer_put(&reply->body, bytes, asset->len);
    if (headers_accept_gzip(&request->headers))
        reply_compress(reply);
    reply_tag(reply, digest);
    return r;
}

int asset_act(struct request *request, struct reply *reply, struct problem *problem)
{
    for (size_t i = 0; i < n_assets; i++) {
        if (strcmp(assets[i].path, request->path) == 0) {
            reply->cache_control = "public, max-age=31536000, immutable";
            return give(request, &assets[i], reply);
        }
    }
    return problem_set(problem, PROBLEM_NOT_FOUND, "no file has this name");
}

int asset_openapi(struct request *request, struct reply *reply, struct problem *problem)
{
    (void) problem;
    reply->cache_control = "no-cache";
    return give(request, asset_get("openapi.json"), reply);
}
