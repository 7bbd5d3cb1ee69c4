/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/moment.h"

#include "common/mem.h"

enum { ASK_EVERY = 256 };              /* inputs: some hundred microseconds */

static void pass_decision(void *context, const struct decision *decision)
{
    (void) context;
    (void) decision;
}

static void count_reject(void *context, const int64_t *t, const char *kind, enum reason reason)
{
    struct moment *moment = context;

    (void) t;
    (void) kind;
    moment->n_unreadable += reason == REASON_BAD_CONFIG;
}

static int start(struct moment *moment, struct error *err)
{
    moment->player = (struct player) {.decided = pass_decision, .rejected = count_reject, .context = moment,
                                      .hosts = &moment->session.hosts, .is_quiet = moment->is_quiet};
    return player_start(&moment->player, NULL, moment->session.base, err);
}

int moment_open(struct moment *moment, const char *journal, const char *base, struct error *err)
{
    int r = session_open(&moment->session, journal, base, err);

    return r < 0 ? r : start(moment, err);
}

int moment_borrow(struct moment *moment, struct store *store, struct error *err)
{
    int r = session_borrow(&moment->session, store, err);

    return r < 0 ? r : start(moment, err);
}

static bool is_gap(const struct replay_input *input)
{
    return input->form == REPLAY_COMMAND && input->command.which_input == Command_gap_tag;
}

/* One input is later than the moment, or one too many: whether there is no need to go on. */
static bool take(struct moment *moment, const struct moment_wanted *wanted, const struct replay_input *input)
{
    if (moment->first_ms == 0)         /* the first configuration of a store comes before all time, at 0 */
        moment->first_ms = input->at_ms;
    if (input->at_ms > wanted->at_ms) {
        if (moment->n_inputs > 0 && !is_gap(input))    /* before a gap nothing acts */
            player_let_pass(&moment->player, wanted->at_ms);
        return true;
    }
    if (moment->n_inputs == wanted->inputs_max)
        return true;
    player_feed(&moment->player, input);
    moment->last_ms = input->at_ms;
    moment->n_inputs++;
    return false;
}

/* Where it ended: with an input that it did not take, or with the journal. */
static enum moment_end end_of(const struct moment *moment, const struct moment_wanted *wanted, const struct replay_input *beyond)
{
    if (wanted->at_ms < moment->first_ms)
        return MOMENT_BEFORE;
    if (beyond != NULL && beyond->at_ms <= wanted->at_ms)
        return MOMENT_TOO_FAR;
    if (moment->last_ms == 0 || moment->player.config == NULL)
        return MOMENT_EMPTY;
    return beyond == NULL && wanted->at_ms != INT64_MAX ? MOMENT_ENDED : MOMENT_REACHED;
}

int moment_go(struct moment *moment, const struct moment_wanted *wanted, struct error *err)
{
    CLEANUP(mem_freep) struct replay_input *input = mem_new(sizeof *input);
    int r;

    while ((r = replay_journal_next(moment->session.journal, input, err)) == 1) {
        bool there = take(moment, wanted, input);
        enum moment_end end = end_of(moment, wanted, input);
        replay_input_done(input);
        if (there)
            return (int) end;
        if (wanted->given_up != NULL && moment->n_inputs % ASK_EVERY == 0 && wanted->given_up(wanted->context))
            return MOMENT_GIVEN_UP;
    }
    return r < 0 ? r : (int) end_of(moment, wanted, NULL);
}

void moment_close(struct moment *moment)
{
    player_done(&moment->player);
    session_close(&moment->session);
}
