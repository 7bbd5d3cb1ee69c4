/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/query.h"

#include <string.h>

#include "common/timestamp.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool percent_decode(struct text in, bool plus_is_blank, char *out, size_t cap, size_t *len)
{
    size_t n = 0;

    for (size_t i = 0; i < in.len; i++) {
        int c = (unsigned char) in.at[i];
        if (c == '%') {
            int high = i + 2 < in.len ? hex_value(in.at[i + 1]) : -1;
            int low = i + 2 < in.len ? hex_value(in.at[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = high * 16 + low;
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if (c < ' ' || c == 0x7f || n == cap)
            return false;
        out[n++] = (char) c;
    }
    *len = n;
    return text_is_utf8((struct text) {out, n});
}

static bool is_allowed(struct text name, const char *const *allowed)
{
    for (size_t i = 0; allowed != NULL && allowed[i] != NULL; i++) {
        if (text_is(name, allowed[i]))
            return true;
    }
    return false;
}

static int add(struct query *query, struct text pair, size_t *used, struct problem *problem)
{
    struct text raw_name = {NULL, 0};
    (void) text_take_until(&pair, '=', &raw_name);
    if (query->n == QUERY_PARAMETERS_MAX)
        return problem_set(problem, PROBLEM_PARAMETER, "more than %d query parameters", QUERY_PARAMETERS_MAX);

    struct text *decoded[2] = {&query->parameters[query->n].name, &query->parameters[query->n].value};
    const struct text raw[2] = {raw_name, pair};
    for (int i = 0; i < 2; i++) {
        size_t len;
        if (!percent_decode(raw[i], true, query->bytes + *used, sizeof query->bytes - *used, &len))
            return problem_set(problem, PROBLEM_PARAMETER, "the query is too long or badly escaped");
        *decoded[i] = (struct text) {query->bytes + *used, len};
        *used += len;
    }
    query->n++;
    return 0;
}

int query_parse(struct text raw, const char *const *allowed, struct query *out, struct problem *problem)
{
    struct text pair;
    size_t used = 0;

    out->n = 0;
    while (text_take_until(&raw, '&', &pair)) {
        if (pair.len == 0)
            continue;
        int r = add(out, pair, &used, problem);
        if (r < 0)
            return r;
        struct text name = out->parameters[out->n - 1].name;
        if (!is_allowed(name, allowed)) {
            char shown[64];
            (void) text_copy(shown, sizeof shown, name);
            problem_point(problem, "?", "no parameter is named %s", shown);
            return problem_set(problem, PROBLEM_PARAMETER, "this path has no query parameter %s", shown);
        }
    }
    return 0;
}

bool query_get(const struct query *query, const char *name, struct text *value)
{
    for (size_t i = 0; i < query->n; i++) {
        if (text_is(query->parameters[i].name, name)) {
            *value = query->parameters[i].value;
            return true;
        }
    }
    return false;
}

bool query_admits(const struct query *query, const char *name, const char *value)
{
    bool asked = false;

    for (size_t i = 0; i < query->n; i++) {
        if (!text_is(query->parameters[i].name, name))
            continue;
        if (text_is(query->parameters[i].value, value))
            return true;
        asked = true;
    }
    return !asked;
}

int query_limit(const struct query *query, size_t *out, struct problem *problem)
{
    struct text value;
    int64_t limit = LIMIT_DEFAULT;

    if (query_get(query, "limit", &value) && !text_to_int64(value, 1, LIMIT_MAX, &limit))
        return problem_set(problem, PROBLEM_PARAMETER, "limit must be a whole number from 1 to %d", LIMIT_MAX);
    *out = (size_t) limit;
    return 0;
}

int query_time(const struct query *query, const char *name, int64_t now_ms, int64_t *at_ms, bool *relative,
               struct problem *problem)
{
    struct text value;
    int64_t ago_ms;

    *relative = false;
    if (!query_get(query, name, &value))
        return 0;
    if (timestamp_parse_ago(value, &ago_ms)) {
        *relative = true;
        *at_ms = now_ms - ago_ms;
        return 0;
    }
    if (timestamp_parse(value, at_ms))
        return 0;
    return problem_set(problem, PROBLEM_PARAMETER,
                       "%s must be a time such as 2026-11-21T10:22:00Z, or relative such as -6h", name);
}
