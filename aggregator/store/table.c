/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aggregator/store/encode.h"
#include "aggregator/store/store_private.h"

#define ROW(message) {&message##_msg, message##_size, NULL}
#define HOT_ROW(message, encode) {&message##_msg, message##_size, encode}

const struct table_row store_tables[TABLE_COUNT] = {
    [TABLE_META]          = {"meta",          ROW(WorldRow),       false},
    [TABLE_COLLECTORS]    = {"collectors",    ROW(CollectorRow),   false},
    [TABLE_HOSTS]         = {"hosts",         ROW(HostRow),        false},
    [TABLE_SOURCES]       = {"sources",       HOT_ROW(SourceRow, encode_source_row), false},
    [TABLE_SERVICES]      = {"services",      HOT_ROW(ServiceState, encode_service_state), false},
    [TABLE_ALERTS]        = {"alerts",        ROW(AlertState),     false},
    [TABLE_ALERTS_CLOSED] = {"alerts_closed", ROW(ClosedAlertRow), true},
    [TABLE_JOURNAL]       = {"journal",       ROW(JournalRow),     true},
    [TABLE_CONFIGS]       = {"configs",       {NULL, 0, NULL},     false},
    [TABLE_TIMELINE]      = {"timeline",      HOT_ROW(TimelineRow, encode_timeline_row), true},
    [TABLE_SAMPLES]       = {"samples",       ROW(SampleRow),      false},
    [TABLE_OUTBOX]        = {"outbox",        ROW(OutboxRow),      true},
    [TABLE_TOLD]          = {"told",          ROW(ToldRow),        false},
    [TABLE_IDEMPOTENCY]   = {"idempotency",   ROW(IdempotencyRow), false},
    [TABLE_AUDIT]         = {"audit",         ROW(AuditRow),       true},
    [TABLE_SECURITY]      = {"security",      ROW(SecurityRow),    true},
    [TABLE_TOKENS]        = {"tokens",        ROW(TokenRow),       false},
    [TABLE_MAINTENANCE]   = {"maintenance",   ROW(WindowState),    false},
    [TABLE_GRACE]         = {"grace",         ROW(GraceState),     false},
    [TABLE_EVIDENCE]      = {"evidence",      ROW(EvidenceState),  false},
    [TABLE_SLO]           = {"slo",           ROW(SloState),       false},
    [TABLE_MINUTES]       = {"minutes",       ROW(MinutesState),   false},
    [TABLE_INCIDENTS]     = {"incidents",     ROW(IncidentState),  false},
    [TABLE_INCIDENT_MEMBERS] = {"incident_members", ROW(MemberState), false},
    [TABLE_VENDOR_ITEMS]  = {"vendor_items",  ROW(VendorItemRow),  false},
    [TABLE_VENDOR_VERSIONS] = {"vendor_versions", ROW(VendorVersionRow), false},
    [TABLE_RECEIVERS]     = {"receivers",     ROW(ReceiverRow),    false},
};

static const struct row_kind schema_row = ROW(SchemaRow);

const struct row_kind *store_row_kind(enum table table, const void *key, size_t len)
{
    if (table == TABLE_META && text_is((struct text) {key, len}, STORE_META_SCHEMA))
        return &schema_row;
    return &store_tables[table].row;
}

size_t store_row_bytes_max(void)
{
    size_t max = schema_row.encoded_max;
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        if (store_tables[table].row.encoded_max > max)
            max = store_tables[table].row.encoded_max;
    }
    return max;
}
