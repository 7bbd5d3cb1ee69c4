/* SPDX-License-Identifier: Apache-2.0 */
#include "common/notify_socket.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"

#ifdef TOCSIN_SYSTEMD
#include <systemd/sd-daemon.h>

static void tell(const char *state)
{
    (void) sd_notify(0, state);   /* 0 without a socket; a manager that does not listen is no fault of ours */
}

int64_t notify_watchdog_interval_ms(void)
{
    uint64_t period_us;

    return sd_watchdog_enabled(0, &period_us) > 0 ? (int64_t) (period_us / 2000) : 0;
}
#else
static void tell(const char *state)
{
    (void) state;
}

int64_t notify_watchdog_interval_ms(void)
{
    return 0;
}
#endif

void notify_ready(void)
{
    tell("READY=1");
}

void notify_reloading(void)
{
    char state[64];
    (void) snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono_us());
    tell(state);
}

void notify_stopping(void)
{
    tell("STOPPING=1");
}

void notify_watchdog(void)
{
    tell("WATCHDOG=1");
}

void notify_status(const char *sentence)
{
    char state[256];
    (void) snprintf(state, sizeof state, "STATUS=%s", sentence);
    tell(state);
}
