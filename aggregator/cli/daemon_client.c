/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/cli/daemon_client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/mem.h"

enum { CONNECT_TIMEOUT_MS = 5000, TIMEOUT_MS = 20000, URL_BYTES_MAX = 1024 };

struct daemon_client {
    char *socket_path;         /* NULL: by address */
    char *base;                /* without a trailing slash */
    char *token;               /* NULL: none */
};

struct daemon_client *daemon_client_local(const char *data_dir)
{
    struct daemon_client *client = mem_new(sizeof *client);
    char path[4096];

    (void) snprintf(path, sizeof path, "%s/api.sock", data_dir);   /* a longer one is refused when connecting */
    client->socket_path = mem_copy_string(path);
    client->base = mem_copy_string("http://localhost");
    return client;
}

struct daemon_client *daemon_client_at(const char *url, const char *token)
{
    struct daemon_client *client = mem_new(sizeof *client);
    size_t len = strlen(url);

    while (len > 0 && url[len - 1] == '/')
        len--;
    client->base = mem_copy_text((struct text) {url, len});
    client->token = token == NULL ? NULL : mem_copy_string(token);
    return client;
}

void daemon_client_free(struct daemon_client *client)
{
    if (client == NULL)
        return;
    free(client->socket_path);
    free(client->base);
    free(client->token);
    free(client);
}

/* ---------------------------------------------------------------- one request */

static void curl_freep(CURL **curl)
{
    curl_easy_cleanup(*curl);
}

static void slist_freep(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

static size_t daemon_client_on_body(char *bytes, size_t size, size_t n, void *context)
{
    return buffer_put(context, bytes, size * n) < 0 ? 0 : size * n;   /* 0: too long, curl gives up */
}

static struct curl_slist *make_headers(const struct daemon_client *client)
{
    char line[URL_BYTES_MAX];
    struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json");

    list = curl_slist_append(list, "Content-Type: application/json");
    if (client->token != NULL && (size_t) snprintf(line, sizeof line, "Authorization: Bearer %s", client->token) < sizeof line)
        list = curl_slist_append(list, line);
    return list;
}

static void set_options(CURL *curl, const struct daemon_client *client, const char *method)
{
    (void) curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    (void) curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void) curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void) curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void) curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long) CONNECT_TIMEOUT_MS);
    (void) curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long) TIMEOUT_MS);
    (void) curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, daemon_client_on_body);
    if (client->socket_path != NULL)
        (void) curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->socket_path);
}

static int perform(CURL *curl, const struct daemon_client *client, struct error *err)
{
    char words[CURL_ERROR_SIZE] = "";
    (void) curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
    CURLcode code = curl_easy_perform(curl);
    (void) curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    if (code == CURLE_OK)
        return 0;

    const char *where = client->socket_path != NULL ? client->socket_path : client->base;
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST)
        return error_set(err, -ECONNREFUSED, "no aggregator answers at %s", where);   /* curl's words name a port 80 */
    return error_set(err, -EIO, "the aggregator at %s: %s", where, words[0] != '\0' ? words : curl_easy_strerror(code));
}

int daemon_client_call(struct daemon_client *client, const char *method, const char *path, const json_t *body,
                       struct daemon_reply *out, struct error *err)
{
    char url[URL_BYTES_MAX];
    if ((size_t) snprintf(url, sizeof url, "%s%s", client->base, path) >= sizeof url)
        return error_set(err, -ENAMETOOLONG, "address of more than %d bytes", URL_BYTES_MAX - 1);
    CLEANUP(curl_freep) CURL *curl = curl_easy_init();
    if (curl == NULL)
        return error_set(err, -ENOMEM, "libcurl cannot be set up");

    CLEANUP(slist_freep) struct curl_slist *headers = make_headers(client);
    CLEANUP(mem_freep) char *sent = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    CLEANUP(buffer_done) struct buffer answer;
    buffer_init(&answer, DAEMON_BODY_BYTES_MAX);
    set_options(curl, client, method);
    (void) curl_easy_setopt(curl, CURLOPT_URL, url);
    (void) curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void) curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    if (sent != NULL)
        (void) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sent);

    int r = perform(curl, client, err);
    if (r < 0)
        return r;
    struct daemon_reply reply = {0};
    (void) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
    reply.body = json_loadb(answer.len == 0 ? "" : answer.bytes, answer.len, JSON_REJECT_DUPLICATES, NULL);
    *out = reply;
    return 0;
}

int daemon_client_problem(const struct daemon_reply *reply, struct error *err)
{
    const char *title = json_string_value(json_object_get(reply->body, "title"));
    const char *detail = json_string_value(json_object_get(reply->body, "detail"));

    const json_t *fault = json_array_get(json_object_get(reply->body, "errors"), 0);
    const char *pointer = json_string_value(json_object_get(fault, "pointer"));
    const char *wrong = json_string_value(json_object_get(fault, "detail"));

    (void) error_set(err, -EPROTO, "the aggregator answers %ld%s%s%s%s", reply->status, title == NULL ? "" : ": ",
                     title == NULL ? "" : title, detail == NULL ? "" : ": ", detail == NULL ? "" : detail);
    if (pointer == NULL || wrong == NULL)
        return err->code;
    const struct error whole = *err;
    return error_set(err, -EPROTO, "%s: %s %s", whole.text, pointer[0] == '/' ? pointer + 1 : pointer, wrong);
}

json_t *daemon_client_get(struct daemon_client *client, const char *path, struct error *err)
{
    struct daemon_reply reply = {0};
    if (daemon_client_call(client, "GET", path, NULL, &reply, err) < 0)
        return NULL;
    if (reply.status == 200 && reply.body != NULL)
        return reply.body;

    (void) daemon_client_problem(&reply, err);
    (void) error_context(err, "GET %s", path);
    json_decref(reply.body);
    return NULL;
}
