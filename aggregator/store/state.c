/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/store/state.h"

#define WHOLE(name, type)       {StateRow_##name##_tag, sizeof(type), 0, sizeof(type)}
#define PART(name, type, field) {StateRow_##name##_tag, sizeof(type), offsetof(type, field), sizeof(((type *) 0)->field)}

/* Without a default: who adds a table says here whether an engine starts from it. */
struct store_state store_state_of(enum table table)
{
    switch (table) {
    case TABLE_COLLECTORS:        return (struct store_state) PART(collector, CollectorRow, state);
    case TABLE_SOURCES:           return (struct store_state) PART(source, SourceRow, state);
    case TABLE_SERVICES:          return (struct store_state) WHOLE(service, ServiceState);
    case TABLE_ALERTS:            return (struct store_state) WHOLE(alert, AlertState);
    case TABLE_EVIDENCE:          return (struct store_state) WHOLE(evidence, EvidenceState);
    case TABLE_MAINTENANCE:       return (struct store_state) WHOLE(window, WindowState);
    case TABLE_GRACE:             return (struct store_state) WHOLE(grace, GraceState);
    case TABLE_SLO:               return (struct store_state) WHOLE(slo, SloState);
    case TABLE_MINUTES:           return (struct store_state) WHOLE(minutes, MinutesState);
    case TABLE_INCIDENTS:         return (struct store_state) WHOLE(incident, IncidentState);
    case TABLE_INCIDENT_MEMBERS:  return (struct store_state) WHOLE(member, MemberState);
    case TABLE_META:       /* its engine row is part of the world */
    case TABLE_HOSTS:
    case TABLE_ALERTS_CLOSED:
    case TABLE_JOURNAL:
    case TABLE_CONFIGS:
    case TABLE_TIMELINE:
    case TABLE_SAMPLES:
    case TABLE_OUTBOX:
    case TABLE_TOLD:
    case TABLE_IDEMPOTENCY:
    case TABLE_AUDIT:
    case TABLE_SECURITY:
    case TABLE_TOKENS:
    case TABLE_VENDOR_ITEMS:
    case TABLE_VENDOR_VERSIONS:
    case TABLE_RECEIVERS:
    case TABLE_COUNT:
        break;
    }
    return (struct store_state) {0};
}
