/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits: the sizes that several rooms must agree on, each a promise of the schema (proto/{observation,wire,rows}.options).
 */
#pragma once

enum {
    ID_BYTES_MAX = 64,            /* service ids, collector names */
    CHECK_BYTES_MAX = 40,         /* check ids */
    SERVICE_BYTES_MAX = 112,      /* NAME:CHECK */
    SOURCE_BYTES_MAX = 112,       /* NAME/CHECK */
    KEY_BYTES_MAX = 255,          /* alert keys */
    CHANNEL_BYTES_MAX = 32,
    ALERT_CHANNELS_MAX = 8,
    DETAIL_BYTES_MAX = 512,
    LINK_BYTES_MAX = 256,
    NAME_BYTES_MAX = 112,         /* a service's name for people */
    SERVICES_MAX = 10000,         /* configured ones */
    DEPENDS_MAX = 64,
    LABELS_MAX = 16,
    INCIDENT_BYTES_MAX = 24,      /* ids of incidents */
};

/* An incident's id is this and its number. */
#define INCIDENT_PREFIX "inc-"
