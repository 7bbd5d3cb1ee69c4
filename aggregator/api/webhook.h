/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook: POST /api/webhooks/statuspage/{id}, a vendor says that its page has changed. It is a hint: what is right about it
 * makes the collectors that read the page read it now, and no state is taken from it.
 */
#pragma once

#include <stdbool.h>

struct api;
struct problem;
struct reply;
struct request;

/* False: the path is one of webhooks, and the configuration wants none: there is nothing at it. */
bool webhook_is_offered(struct api *, const char *path);

int webhook_statuspage(struct request *, struct reply *, struct problem *);
