/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts: which hosts: rule of a configuration a registered service falls under. The journal says under which rule of its
 * own time each did; another configuration's rules are judged anew, by the labels that the hosts have told last.
 */
#pragma once

#include "aggregator/config/config.h"
#include "aggregator/store/store.h"
#include "common/error.h"
#include "proto/observation.pb.h"

struct replay_host;
struct replay_hosts {                  /* all zero is valid: hosts without labels */
    struct replay_host *by_name;       /* owned */
};

/* 0, or a negative errno with words. */
int replay_hosts_read(struct store *, struct replay_hosts *out, struct error *);

/* Tier and rule of a host's check by this configuration. */
void replay_hosts_judge(const struct replay_hosts *, const struct aggregator_config *, Register *);

/* Frees; leaves all zero. */
void replay_hosts_done(struct replay_hosts *);
