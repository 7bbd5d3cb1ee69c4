/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings.h"

#include <string.h>
#include <unistd.h>

#include "common/limits.h"

/* What may stand between http:// and the first slash: no user, no blank, nothing that a reader would take for another host. */
static bool is_authority(struct text authority)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]%";
    for (size_t i = 0; i < authority.len; i++) {
        if (memchr(allowed, authority.at[i], sizeof allowed - 1) == NULL)
            return false;
    }
    return authority.len > 0 && authority.at[0] != ':' && authority.at[0] != '.';
}

bool setting_is_url(struct text url)
{
    size_t scheme = text_starts_with(url, "https://") ? 8 : text_starts_with(url, "http://") ? 7 : 0;
    if (scheme == 0)
        return false;

    struct text rest = {url.at + scheme, url.len - scheme};
    size_t host = 0;
    while (host < rest.len && rest.at[host] != '/' && rest.at[host] != '?' && rest.at[host] != '#')
        host++;
    for (size_t i = host; i < rest.len; i++) {
        unsigned char c = (unsigned char) rest.at[i];
        if (c <= 0x20 || c == 0x7f)
            return false;
    }
    return is_authority((struct text) {rest.at, host});
}

bool setting_is_host(struct text host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.at[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-'
                    || c == '_' || c == ':' || c == '%';
        if (!good)
            return false;
    }
    return host.len > 0;
}

bool setting_is_label(struct text label)
{
    const char *equals = label.len == 0 ? NULL : memchr(label.at, '=', label.len);
    if (equals == NULL)
        return false;
    struct text name = {label.at, (size_t) (equals - label.at)};
    return text_is_id(name, ID_BYTES_MAX) && label.len - name.len - 1 > 0;
}

bool setting_is_endpoint(struct text endpoint)
{
    if (text_starts_with(endpoint, "ipc://"))
        return endpoint.len > 6;
    if (!text_starts_with(endpoint, "tcp://"))
        return false;

    size_t colon = endpoint.len;
    while (colon > 6 && endpoint.at[colon - 1] != ':')
        colon--;
    struct text port = {endpoint.at + colon, endpoint.len - colon};
    struct text host = {endpoint.at + 6, colon > 6 ? colon - 7 : 0};
    int64_t number;
    return (text_is(host, "*") || is_authority(host)) && (text_is(port, "*") || text_to_int64(port, 1, 65535, &number));
}

bool setting_endpoint_is_local(const char *endpoint)
{
    struct text text = text_of(endpoint);

    return text_starts_with(text, "ipc://") || text_starts_with(text, "tcp://127.0.0.1:")
           || text_starts_with(text, "tcp://[::1]:");
}

char *config_default_path(const char *name)
{
    static const char *const directories[] = {"conf", "/etc/tocsin"};
    static const char *const endings[] = {".local.yaml", ".yaml"};

    for (size_t i = 0; i < ARRAY_SIZE(directories) * ARRAY_SIZE(endings); i++) {
        char path[256];
        (void) snprintf(path, sizeof path, "%s/%s%s", directories[i / ARRAY_SIZE(endings)], name,
                        endings[i % ARRAY_SIZE(endings)]);
        if (access(path, F_OK) == 0)
            return mem_copy_string(path);
    }
    return mem_copy_string("");
}
