/* SPDX-License-Identifier: Apache-2.0 */
/* The records of evidence, the newest of each area and subject, and what they are worth together (V1..V4). */
#include "aggregator/engine/engine_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { RECORD_KEY_BYTES = sizeof((Evidence *) 0)->area + sizeof((Evidence *) 0)->subject };

/* AREA 0 SUBJECT; returns its length. */
static size_t key_of(const Evidence *said, char key[static RECORD_KEY_BYTES])
{
    size_t area = strlen(said->area) + 1;
    size_t subject = strlen(said->subject);

    memcpy(key, said->area, area);
    memcpy(key + area, said->subject, subject);
    return area + subject;
}

static struct record *record_find(const struct engine *engine, const Evidence *said)
{
    char key[RECORD_KEY_BYTES];
    struct record *record;

    HASH_FIND(hh, engine->records, key, key_of(said, key), record);
    return record;
}

static struct record *record_new(struct engine *engine, const Evidence *said)
{
    char key[RECORD_KEY_BYTES];
    size_t len = key_of(said, key);

    struct record *record = mem_new(sizeof *record + len);
    memcpy(record->key, key, len);
    HASH_ADD_KEYPTR(hh, engine->records, record->key, len, record);
    return record;
}

/* A place in the configuration; n_areas: none takes records under this name. */
static size_t area_find(const struct engine_config *config, const char *name)
{
    size_t i = 0;

    while (i < config->n_areas && strcmp(config->areas[i].name, name) != 0)
        i++;
    return i < config->n_areas && area_kind_of(name) == AREA_RECORDED ? i : config->n_areas;
}

static bool is_full(const struct engine *engine, const char *area)
{
    size_t n = 0;

    for (const struct record *record = engine->records; record != NULL; record = record->hh.next)
        n += strcmp(record->row.evidence.area, area) == 0;
    return n >= EVIDENCE_SUBJECTS_MAX || HASH_COUNT(engine->records) >= EVIDENCE_RECORDS_MAX;
}

static void reject(struct engine *engine, enum reason reason, struct effects *effects)
{
    struct decision *decision = effects_add(effects, DECISION_REJECT, engine->now_ms);

    decision->op = "evidence";
    decision->reason = reason;
}

/* A subject that is no more proves nothing, and must not make us unready for ever. */
static void withdraw(struct engine *engine, const Evidence *said, struct effects *effects)
{
    struct record *record = record_find(engine, said);

    if (record == NULL) {
        reject(engine, REASON_NO_SUCH_EVIDENCE, effects);
        return;
    }
    list_drop(&record->dirty);
    HASH_DEL(engine->records, record);
    struct removed *removed = mem_new(sizeof *removed);
    removed->kind = REMOVED_EVIDENCE;
    removed->record = record;
    list_add(&engine->removed, &removed->link);
}

void evidence_command(struct engine *engine, const Evidence *said, struct effects *effects)
{
    if (said->result == EVIDENCE_UNSPECIFIED) {
        withdraw(engine, said, effects);
        return;
    }
    if (engine->config == NULL || area_find(engine->config, said->area) == engine->config->n_areas) {
        reject(engine, REASON_NO_SUCH_AREA, effects);
        return;
    }

    int64_t at_ms = said->has_at_ms && said->at_ms < engine->now_ms ? said->at_ms : engine->now_ms;
    struct record *record = record_find(engine, said);
    if (record != NULL && at_ms < record->row.evidence.at_ms)
        return;    /* what we have is newer */
    if (record == NULL && is_full(engine, said->area)) {
        reject(engine, REASON_TOO_MANY_SUBJECTS, effects);
        return;
    }
    if (record == NULL)
        record = record_new(engine, said);
    record->row = (EvidenceState) {.has_evidence = true, .evidence = *said, .taken_at_ms = engine->now_ms};
    record->row.evidence.has_at_ms = true;
    record->row.evidence.at_ms = at_ms;
    list_add(&engine->dirty_records, &record->dirty);
}

int evidence_load(struct engine *engine, const EvidenceState *row)
{
    const Evidence *evidence = &row->evidence;
    bool good = row->has_evidence && evidence->area[0] != '\0' && evidence->has_at_ms &&
        evidence->result >= EVIDENCE_PASS && evidence->result <= EVIDENCE_FAIL &&
        HASH_COUNT(engine->records) < EVIDENCE_RECORDS_MAX && record_find(engine, evidence) == NULL;
    if (!good)
        return -EINVAL;

    record_new(engine, evidence)->row = *row;
    return 0;
}

void evidence_free(struct engine *engine)
{
    struct record *record;
    struct record *next;

    HASH_ITER(hh, engine->records, record, next) {
        HASH_DEL(engine->records, record);
        free(record);
    }
}

void engine_readiness(const struct engine *engine, struct readiness *out)
{
    const struct engine_config *config = engine->config;
    struct service_tally tally = tally_get(engine);

    readiness_begin(out, config->areas, config->n_areas, &tally);
    for (const struct record *record = engine->records; record != NULL; record = record->hh.next) {
        const Evidence *evidence = &record->row.evidence;
        size_t area = area_find(config, evidence->area);
        /* A row that was stored under a later clock is of now. */
        int64_t age_ms = engine->now_ms > evidence->at_ms ? engine->now_ms - evidence->at_ms : 0;
        if (area < config->n_areas)    /* else its area left the configuration, and may come back */
            readiness_add(out, area, area_judge(&config->areas[area], evidence->result, age_ms));
    }
    readiness_conclude(out, config->areas);
}
