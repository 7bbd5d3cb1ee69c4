/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/assets.h"
#include "aggregator/api/auth.h"
#include "aggregator/api/endpoints.h"
#include "common/mem.h"

static json_t *document(void)
{
    const struct asset *asset = asset_get("openapi.json");
    json_error_t fault;
    CLEANUP(mem_freep) unsigned char *bytes = asset_unpack(asset);
    json_t *json = json_loadb((const char *) bytes, asset->len, JSON_REJECT_DUPLICATES, &fault);

    if (json == NULL)
        fail_msg("openapi.json, line %d: %s", fault.line, fault.text);
    return json;
}

static void lower(const char *method, char out[static 8])
{
    size_t i = 0;

    for (; method[i] != '\0' && i < 7; i++)
        out[i] = (char) (method[i] | 0x20);
    out[i] = '\0';
}

/* The name of a parameter, through one reference. */
static const json_t *parameter(const json_t *json, const json_t *entry)
{
    const char *reference = json_string_value(json_object_get(entry, "$ref"));

    if (reference == NULL)
        return entry;
    return json_object_get(json_object_get(json_object_get(json, "components"), "parameters"), strrchr(reference, '/') + 1);
}

static bool takes(const struct endpoint *endpoint, const char *name)
{
    for (size_t i = 0; endpoint->query != NULL && endpoint->query[i] != NULL; i++) {
        if (strcmp(endpoint->query[i], name) == 0)
            return true;
    }
    return false;
}

static void compare_query(const json_t *json, const struct endpoint *endpoint, const json_t *operation)
{
    size_t n_table = 0, n_document = 0, i;
    const json_t *entry;

    json_array_foreach(json_object_get(operation, "parameters"), i, entry) {
        const json_t *found = parameter(json, entry);
        if (strcmp(json_string_value(json_object_get(found, "in")), "query") != 0)
            continue;
        n_document++;
        if (!takes(endpoint, json_string_value(json_object_get(found, "name"))))
            fail_msg("%s %s takes no %s", endpoint->method, endpoint->pattern, json_string_value(json_object_get(found, "name")));
    }
    while (endpoint->query != NULL && endpoint->query[n_table] != NULL)
        n_table++;
    if (n_table != n_document)
        fail_msg("%s %s: %zu query parameters, %zu in the document", endpoint->method, endpoint->pattern, n_table, n_document);
}

static void test_table_and_document_are_equal_both_ways(void **state)
{
    json_t *json = document();
    const json_t *paths = json_object_get(json, "paths");
    const char *path, *method;
    json_t *methods, *operation;
    size_t n_operations = 0;
    (void) state;

    for (size_t i = 0; i < n_endpoints; i++) {
        char name[8];
        lower(endpoints[i].method, name);
        const json_t *found = json_object_get(json_object_get(paths, endpoints[i].pattern), name);
        if (found == NULL)
            fail_msg("%s %s is not in the document", endpoints[i].method, endpoints[i].pattern);
        assert_string_equal(json_string_value(json_object_get(found, "summary")), endpoints[i].summary);
        assert_string_equal(json_string_value(json_object_get(found, "x-role")), role_name(endpoints[i].role));
        compare_query(json, &endpoints[i], found);
    }
    json_object_foreach((json_t *) paths, path, methods) {
        json_object_foreach(methods, method, operation)
            n_operations++;
    }
    assert_int_equal(n_operations, n_endpoints);
    json_decref(json);
}

/* Every reference of the document leads somewhere. */
static void follow(const json_t *json, const json_t *value)
{
    const char *name;
    json_t *member;
    size_t i;

    if (json_is_array(value)) {
        json_array_foreach(value, i, member)
            follow(json, member);
        return;
    }
    json_object_foreach((json_t *) value, name, member) {
        char section[32], leaf[64];
        if (strcmp(name, "$ref") != 0) {
            follow(json, member);
            continue;
        }
        assert_int_equal(sscanf(json_string_value(member), "#/components/%31[^/]/%63s", section, leaf), 2);
        if (json_object_get(json_object_get(json_object_get(json, "components"), section), leaf) == NULL)
            fail_msg("%s leads nowhere", json_string_value(member));
    }
}

static void test_references_lead_somewhere(void **state)
{
    json_t *json = document();
    (void) state;

    follow(json, json);
    json_decref(json);
}

static void test_each_endpoint_does_one_thing(void **state)
{
    (void) state;
    for (size_t i = 0; i < n_endpoints; i++) {
        assert_int_equal((endpoints[i].render == NULL) + (endpoints[i].act == NULL), 1);
        if (strncmp(endpoints[i].pattern, "/api/admin/", 11) == 0 && endpoints[i].role < ROLE_OPERATOR)
            fail_msg("%s is open", endpoints[i].pattern);
        if (strcmp(endpoints[i].method, "GET") != 0 && strncmp(endpoints[i].pattern, "/api/admin/", 11) != 0
            && strncmp(endpoints[i].pattern, "/api/webhooks/", 14) != 0)    /* whose path is a secret */
            fail_msg("%s writes outside of admin", endpoints[i].pattern);
        if (endpoints[i].role > ROLE_VIEWER)
            assert_int_equal(endpoints[i].views, 0);    /* never cached */
    }
}

static void test_paths_are_matched_exactly(void **state)
{
    static const struct { const char *method, *path, *pattern, *item, *allow; } cases[] = {
        {"GET", "/", "/", "", ""},
        {"HEAD", "/api/services", "/api/services", "", ""},
        {"GET", "/api/services/web-1:disk.root", "/api/services/{id}", "web-1:disk.root", ""},
        {"DELETE", "/api/admin/tokens/bot", "/api/admin/tokens/{name}", "bot", ""},
        {"POST", "/api/admin/alerts/AAAB/acknowledge", "/api/admin/alerts/{id}/acknowledge", "AAAB", ""},
        {"DELETE", "/api/admin/alerts/AAAB/acknowledge", "/api/admin/alerts/{id}/acknowledge", "AAAB", ""},
        {"GET", "/api/admin/alerts/AAAB/acknowledge", NULL, NULL, "POST, DELETE"},
        {"POST", "/api/admin/alerts/AAAB", NULL, NULL, ""},
        {"POST", "/api/admin/alerts//acknowledge", NULL, NULL, ""},
        {"POST", "/api/admin/alerts/AAAB/acknowledge/", NULL, NULL, ""},
        {"POST", "/api/admin/alerts/AAAB/CCCD/acknowledge", NULL, NULL, ""},
        {"DELETE", "/api/admin/collectors/web1", "/api/admin/collectors/{name}", "web1", ""},
        {"DELETE", "/api/admin/services/gh/sources/web1/page", "/api/admin/services/{id}/sources/{source}",
         "gh/sources/web1/page", ""},
        {"DELETE", "/api/admin/services/gh/sources/p", "/api/admin/services/{id}/sources/{source}", "gh/sources/p", ""},
        {"DELETE", "/api/admin/services/gh/sources/", NULL, NULL, ""},
        {"DELETE", "/api/admin/services/gh/sources", NULL, NULL, ""},
        {"DELETE", "/api/admin/services//sources/p", NULL, NULL, ""},
        {"DELETE", "/api/admin/services/gh/source/p", NULL, NULL, ""},
        {"GET", "/api/admin/services/gh/sources/p", NULL, NULL, "DELETE"},
        {"GET", "/api/services/", NULL, NULL, ""},
        {"GET", "/api/services/a/b", NULL, NULL, ""},
        {"GET", "//api/services", NULL, NULL, ""},
        {"GET", "/API/services", NULL, NULL, ""},
        {"GET", "", NULL, NULL, ""},
        {"POST", "/api/services", NULL, NULL, "GET, HEAD"},
        {"PUT", "/api/admin/tokens", NULL, NULL, "GET, HEAD, POST"},
        {"get", "/api/services", NULL, NULL, "GET, HEAD"},
        {"OPTIONS", "/api/admin/status", NULL, NULL, "POST"},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char item[ENDPOINT_ITEM_BYTES_MAX + 1], allow[32];
        const struct endpoint *found = endpoint_find(cases[i].method, cases[i].path, item, allow);
        if ((found == NULL) != (cases[i].pattern == NULL))
            fail_msg("%s %s", cases[i].method, cases[i].path);
        if (found != NULL) {
            assert_string_equal(found->pattern, cases[i].pattern);
            assert_string_equal(item, cases[i].item);
        } else {
            assert_string_equal(allow, cases[i].allow);
        }
    }
}

/* X01, X08: every endpoint against every caller, with reads open and closed. */
static void test_role_by_endpoint(void **state)
{
    (void) state;
    for (size_t i = 0; i < n_endpoints; i++) {
        Role needed = endpoints[i].role;
        for (int open = 0; open < 2; open++) {
            enum auth_verdict nobody = needed == ROLE_UNSPECIFIED || (needed == ROLE_VIEWER && open) ? AUTH_PASS : AUTH_WHO;
            assert_int_equal(auth_judge(needed, open, CREDENTIAL_NONE, ROLE_UNSPECIFIED), nobody);
            assert_int_equal(auth_judge(needed, open, CREDENTIAL_WRONG, ROLE_UNSPECIFIED),
                             needed == ROLE_UNSPECIFIED ? AUTH_PASS : AUTH_WHO);
            for (int role = ROLE_VIEWER; role <= ROLE_ADMIN; role++)
                assert_int_equal(auth_judge(needed, open, CREDENTIAL_GOOD, (Role) role), (int) needed <= role ? AUTH_PASS : AUTH_NOT_ENOUGH);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_and_document_are_equal_both_ways),
        cmocka_unit_test(test_references_lead_somewhere),
        cmocka_unit_test(test_each_endpoint_does_one_thing),
        cmocka_unit_test(test_paths_are_matched_exactly),
        cmocka_unit_test(test_role_by_endpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
