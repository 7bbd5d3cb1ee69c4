/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confirm: from what the sources say now (E) to what is believed (H). Six ladders a service, C1..C5.
 *
 * worse[L], L = 1..3, runs while E >= L; better[L], L = 0..2, runs while E <= L. Each knows since when it runs and how
 * often one single source has supported it. A service that alternates between degraded and major is continuously
 * "at least degraded": one candidate that restarts at every change would never confirm that. Pure, no allocation.
 *
 *     ladders_follow(&ladders, rank of E, now);
 *     ladders_count(&ladders, source counts, rank of this observation);
 *     if (ladders_confirm(&ladders, &(struct confirm_from) {params, rank of H, recur}, now, &confirmed)) ...
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/params.h"

enum { LADDER_COUNT = 6 };

/* Where a ladder stands in the arrays: worse 1..3 first, then better 0..2. */
enum { LADDER_WORSE = -1, LADDER_BETTER = 3 };

struct ladder {
    int64_t since_ms;     /* when it started */
    uint32_t epoch;       /* grows with each start: a source's count of another epoch is 0 */
    uint32_t polls;       /* the largest count of any one source (C2) */
};

struct ladders {          /* all zero: none runs */
    struct ladder at[LADDER_COUNT];
    uint8_t running;      /* bit 1 << index */
};

/* What one source has contributed to one ladder. All zero: nothing. */
struct ladder_count {
    uint32_t epoch;
    uint32_t count;
};

struct confirmation {
    int rank;             /* the level H goes to, 0..3 */
    uint32_t polls;       /* of the ladder that was climbed */
    int64_t dwell_ms;
};

bool ladders_running(const struct ladders *, int index);

/* Stops all. */
void ladders_reset(struct ladders *);

/* C1: starts and stops ladders by the rank of E. Says whether any did. */
bool ladders_follow(struct ladders *, int rank, int64_t now_ms);

/* C2: one observation of this rank by the source whose counts are given (LADDER_COUNT of them), H being of hard_rank (0 while it
 * is unknown). Counted are the ladders that lead away from H. The others would only be asked once H has moved past their level,
 * and for that E has left them: they will have begun anew. So a service that is well counts nothing. */
void ladders_count(struct ladders *, struct ladder_count *counts, int rank, int hard_rank);

/* C2: n of each ladder is the largest count of any one source; this is what one more source has contributed. */
void ladders_recall(struct ladders *, const struct ladder_count *counts);

/* Nobody has contributed anything; followed by a ladders_recall for each source. */
void ladders_forget(struct ladders *);

/* Where a service stands. */
struct confirm_from {
    const struct params *params;
    int hard_rank;        /* of H */
    uint32_t recur;       /* I5: how often it has come back in a row */
};

/* C4, C5: whether H changes. False: *out is unchanged. */
bool ladders_confirm(const struct ladders *, const struct confirm_from *, int64_t now_ms, struct confirmation *out);

/* Polls and dwell (ms) that C4 or C5 asks of a step of H to this rank, which is another. */
struct confirm_need {
    int64_t polls;
    int64_t dwell_ms;
    enum param polls_by;  /* the parameter that says so */
    enum param dwell_by;
};
struct confirm_need confirm_need(const struct confirm_from *, int to_rank);
