/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify_socket: tells the service manager (systemd's sd_notify) how far we are. Without a NOTIFY_SOCKET, or built without
 * libsystemd, every call does nothing.
 */
#pragma once

#include <stdint.h>

/* Everything is up: state loaded, sockets bound. */
void notify_ready(void);

/* A reload begins; notify_ready ends it. */
void notify_reloading(void);

/* We are on our way out. */
void notify_stopping(void);

/* The main loop turned. */
void notify_watchdog(void);

/* One line for `systemctl status`. */
void notify_status(const char *sentence);

/* How often notify_watchdog is wanted, in milliseconds (half of WATCHDOG_USEC); 0: not at all. */
int64_t notify_watchdog_interval_ms(void);
