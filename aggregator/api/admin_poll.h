/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_poll: POST /api/admin/services/{id}/poll, the page of a service is read now.
 */
#pragma once

struct problem;
struct reply;
struct request;

int admin_poll(struct request *, struct reply *, struct problem *);
