/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/inbox/health.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/text.h"

enum { WORDS_BYTES = 256 };

struct health {
    pthread_mutex_t *mutex;                     /* guards words; of its own, so that readers may hold a const health */
    char (*words)[WORDS_BYTES];                 /* one a part; "" is ready */
    _Atomic int64_t beat_mono_ms;
    int64_t started_at_ms;
};

static const char *const part_names[HEALTH_PART_COUNT] = {
    [HEALTH_STORE] = "store",
    [HEALTH_CONFIG] = "config",
    [HEALTH_WIRE] = "wire",
    [HEALTH_NOTIFIER] = "notifier",
};

const char *health_part_name(enum health_part part)
{
    assert(part >= 0 && part < HEALTH_PART_COUNT);
    return part_names[part];
}

struct health *health_new(void)
{
    struct health *health = mem_new(sizeof *health);
    health->mutex = mem_new(sizeof *health->mutex);
    int r = pthread_mutex_init(health->mutex, NULL);
    assert(r == 0);
    health->words = mem_new_array(HEALTH_PART_COUNT, sizeof *health->words);
    for (size_t part = 0; part < HEALTH_PART_COUNT; part++)
        (void) snprintf(health->words[part], WORDS_BYTES, "starting");
    health->started_at_ms = clock_wall_ms();
    atomic_init(&health->beat_mono_ms, clock_mono_ms());
    return health;
}

void health_free(struct health *health)
{
    if (health == NULL)
        return;
    (void) pthread_mutex_destroy(health->mutex);
    free(health->mutex);
    free(health->words);
    free(health);
}

void health_beat(struct health *health)
{
    atomic_store_explicit(&health->beat_mono_ms, clock_mono_ms(), memory_order_relaxed);
}

int64_t health_beat_age_ms(const struct health *health)
{
    return clock_mono_ms() - atomic_load_explicit(&health->beat_mono_ms, memory_order_relaxed);
}

void health_set(struct health *health, enum health_part part, const char *words)
{
    assert(part >= 0 && part < HEALTH_PART_COUNT);

    (void) pthread_mutex_lock(health->mutex);
    (void) text_copy(health->words[part], WORDS_BYTES, text_of(words));   /* cut words still say which part */
    (void) pthread_mutex_unlock(health->mutex);
}

bool health_part(const struct health *health, enum health_part part, char *words, size_t cap)
{
    assert(part >= 0 && part < HEALTH_PART_COUNT);

    (void) pthread_mutex_lock(health->mutex);
    (void) snprintf(words, cap, "%s", health->words[part]);
    bool ready = health->words[part][0] == '\0';
    (void) pthread_mutex_unlock(health->mutex);
    return ready;
}

bool health_ready(const struct health *health, char *words, size_t cap)
{
    char of_part[WORDS_BYTES];
    for (size_t part = 0; part < HEALTH_PART_COUNT; part++) {
        if (health_part(health, (enum health_part) part, of_part, sizeof of_part))
            continue;
        (void) snprintf(words, cap, "%s: %s", part_names[part], of_part);
        return false;
    }
    (void) snprintf(words, cap, "%s", "");
    return true;
}

int64_t health_started_at_ms(const struct health *health)
{
    return health->started_at_ms;
}
