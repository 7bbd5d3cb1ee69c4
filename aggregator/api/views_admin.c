/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reads for those who operate it: audit, tokens. Never cached, newest first where there is an order.
 */
#include <errno.h>

#include "aggregator/api/auth.h"
#include "aggregator/api/body.h"
#include "aggregator/api/views.h"

static json_t *audit_json(struct render *render, const struct store_key *key, const void *of)
{
    const AuditRow *row = of;
    json_t *object = json_object();
    char id[2 * STORE_KEY_BYTES_MAX + 1];
    (void) render;

    key_to_hex(key, id);
    body_text(object, "id", id);
    body_time(object, "at", row->at_ms);
    body_text(object, "who", row->who);
    body_text(object, "role", row->role);
    body_text(object, "action", row->action);
    body_text(object, "resource", row->resource);
    body_text(object, "reason", row->reason);
    body_text(object, "detail", row->detail);
    body_text(object, "request_id", row->request_id);
    body_text(object, "address", row->address);
    return object;
}

int views_audit(struct render *render)
{
    AuditRow row;
    json_t *list = views_table(render, &(struct table_list) {
        .table = TABLE_AUDIT, .backwards = true, .row = &row, .item = audit_json,
    });

    return list == NULL ? -EPROTO : body_write(list, render->out);
}

static json_t *token_json(struct render *render, const struct store_key *key, const void *of)
{
    const TokenRow *row = of;
    json_t *object = json_object();
    (void) render;
    (void) key;

    body_text(object, "name", row->name);
    body_text(object, "role", role_name(row->role));
    body_time(object, "created_at", row->created_at_ms);
    body_text(object, "created_by", row->created_by);
    body_time(object, "last_used_at", row->last_used_ms);
    body_time(object, "revoked_at", row->revoked_at_ms);
    return object;
}

int views_tokens(struct render *render)
{
    TokenRow row;
    json_t *list = views_table(render, &(struct table_list) {.table = TABLE_TOKENS, .row = &row, .item = token_json});

    return list == NULL ? -EPROTO : body_write(list, render->out);
}
