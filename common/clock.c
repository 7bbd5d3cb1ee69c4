/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"

#include <stdio.h>
#include <time.h>

#ifdef TOCSIN_FAILPOINTS
#include <stdlib.h>

static int64_t offset_ms(const char *variable)
{
    const char *path = getenv(variable);
    if (path == NULL)
        return 0;

    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    long long value = 0;
    if (fscanf(file, "%lld", &value) != 1)
        value = 0;
    (void) fclose(file);   /* read only: nothing to lose */
    return value;
}
#else
static int64_t offset_ms(const char *variable)
{
    (void) variable;
    return 0;
}
#endif

static int64_t read_us(clockid_t id)
{
    struct timespec now;
    (void) clock_gettime(id, &now);   /* fails only for an unknown clock */
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000 + offset_ms("TOCSIN_CLOCK_OFFSET_FILE");
}

int64_t clock_mono_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000 + offset_ms("TOCSIN_CLOCK_SKIP_FILE");
}

int64_t clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t clock_boot_ms(void)
{
    return read_us(CLOCK_BOOTTIME) / 1000 + offset_ms("TOCSIN_CLOCK_SKIP_FILE");
}

char *clock_to_rfc3339(int64_t wall_ms, char out[static RFC3339_BYTES])
{
    const int64_t last_ms = 253402300799999;   /* 9999-12-31T23:59:59.999Z */
    if (wall_ms < 0)
        wall_ms = 0;
    if (wall_ms > last_ms)
        wall_ms = last_ms;

    time_t seconds = (time_t) (wall_ms / 1000);
    struct tm tm;
    (void) gmtime_r(&seconds, &tm);   /* in range by the clamp above */
    (void) snprintf(out, RFC3339_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned) (tm.tm_year + 1900) % 10000,
                    (unsigned) (tm.tm_mon + 1) % 100, (unsigned) tm.tm_mday % 100, (unsigned) tm.tm_hour % 100,
                    (unsigned) tm.tm_min % 100, (unsigned) tm.tm_sec % 100, (unsigned) (wall_ms % 1000));
    return out;
}
