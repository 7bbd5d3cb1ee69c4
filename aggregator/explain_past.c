/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/explain_past.h"

#include <malloc.h>

#include "aggregator/api/body.h"
#include "aggregator/api/explain_json.h"
#include "aggregator/api/problem.h"
#include "aggregator/engine/explain.h"
#include "common/clock.h"
#include "common/timestamp.h"

enum {
    INPUTS_MAX = 6 * 1000 * 1000,      /* two seconds of a core, at 3.3 million a second (bench/journal_make, 200 vendors, 30 days) */
    BODY_BYTES_MAX = 1 << 20,
};

/* ---------------------------------------------------------------- the answer */

/* What it rests on: for an engine that began with less than all inputs the time since then is exact, as far as nothing from
 * before still matters. */
static json_t *replayed_json(const struct moment *moment)
{
    struct replay_missing missing = replay_journal_missing(moment->session.journal);
    json_t *object = json_object();

    body_int(object, "inputs", (int64_t) moment->n_inputs);
    body_int(object, "inputs_missing", (int64_t) missing.n);
    body_time(object, "exact_from", missing.n == 0 ? 0 : missing.whole_from_ms);
    body_int(object, "configs_unreadable", (int64_t) moment->n_unreadable);
    return object;
}

json_t *explain_moment(const struct moment *moment, const char *service)
{
    struct explanation *why = engine_explain(moment->player.engine, service, 0);
    if (why == NULL)
        return NULL;

    json_t *document = explain_json(why, moment->player.config, NULL, NULL);
    explanation_free(why);
    body_put(document, "replayed", replayed_json(moment));
    return document;
}

static int render(const struct moment *moment, const char *service, char **body, struct problem *problem)
{
    char at[RFC3339_BYTES];
    struct buffer bytes;

    json_t *document = explain_moment(moment, service);
    if (document == NULL)
        return problem_set(problem, PROBLEM_NOT_FOUND, "no service had the id %.112s at %s", service,
                           clock_to_rfc3339(engine_now(moment->player.engine), at));
    buffer_init(&bytes, BODY_BYTES_MAX);
    if (body_write(document, &bytes) < 0) {
        buffer_done(&bytes);
        return problem_set(problem, PROBLEM_INTERNAL, "the explanation has more than %d bytes", BODY_BYTES_MAX);
    }
    *body = buffer_take(&bytes);
    return 0;
}

/* ---------------------------------------------------------------- the way there */

static int refuse_distance(const struct moment *moment, struct problem *problem)
{
    char at[RFC3339_BYTES];

    return problem_set(problem, PROBLEM_TOO_FAR, "of %llu recorded inputs %d are replayed here, which lead to %s only; "
                       "tocsin-aggregator explain --journal STORE --at TIME goes on, and starts nearer with --base COPY",
                       (unsigned long long) replay_journal_recorded(moment->session.journal), INPUTS_MAX,
                       clock_to_rfc3339(moment->last_ms, at));
}

static int finish(struct moment *moment, enum moment_end end, const struct past_question *question, char **body,
                  struct problem *problem)
{
    char at[RFC3339_BYTES];

    switch (end) {
    case MOMENT_ENDED:                 /* since the last input nobody said anything */
        player_let_pass(&moment->player, question->at_ms);
        return render(moment, question->service, body, problem);
    case MOMENT_REACHED:
        return render(moment, question->service, body, problem);
    case MOMENT_BEFORE:
        return problem_set(problem, PROBLEM_PARAMETER, "at is too early: the journal begins at %s",
                           clock_to_rfc3339(moment->first_ms, at));
    case MOMENT_EMPTY:
        return problem_set(problem, PROBLEM_PARAMETER, "at is too early: no configuration is recorded until then");
    case MOMENT_TOO_FAR:
        return refuse_distance(moment, problem);
    case MOMENT_GIVEN_UP:
        break;
    }
    return problem_set(problem, PROBLEM_UNAVAILABLE, "nobody waited for the answer");
}

int explain_past(void *store, const struct past_question *question, char **body, struct problem *problem)
{
    const struct moment_wanted wanted = {
        .at_ms = question->at_ms > 0 ? question->at_ms : 1,    /* the first configuration stands at 0, before all time */
        .inputs_max = INPUTS_MAX,
        .given_up = question->given_up,
        .context = question->asker,
    };
    struct moment moment = {.is_quiet = true};
    struct error err = {0};

    int r = moment_borrow(&moment, store, &err);
    if (r == 0)
        r = moment_go(&moment, &wanted, &err);
    if (r < 0)
        r = problem_set(problem, PROBLEM_INTERNAL, "what was recorded cannot be replayed: %.200s", err.text);
    else
        r = finish(&moment, (enum moment_end) r, question, body, problem);
    moment_close(&moment);
    (void) malloc_trim(0);             /* an engine with all its services goes back */
    return r;
}
