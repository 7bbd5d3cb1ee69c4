/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/session.h"

#include <errno.h>
#include <stdbool.h>

#include "aggregator/replay/recorded.h"
#include "common/mem.h"

int session_open(struct session *session, const char *journal, const char *base, struct error *err)
{
    if (base != NULL && recorded_is_same(journal, base))
        return error_set(err, -EINVAL, "%s: the base is the journal's own store: an earlier copy is expected", base);
    if (base != NULL && replay_base_open(base, &session->base, err) < 0)
        return error_context(err, "%s", base);
    int r = replay_journal_open(journal, session->base, &session->journal, err);
    if (r == 0)
        r = replay_hosts_read(replay_journal_store(session->journal), &session->hosts, err);
    return r < 0 ? error_context(err, "%s", journal) : 0;
}

int session_borrow(struct session *session, struct store *store, struct error *err)
{
    int r = replay_journal_borrow(store, &session->journal, err);

    return r < 0 ? r : replay_hosts_read(store, &session->hosts, err);
}

static bool is_gap(const struct replay_input *input)
{
    return input->form == REPLAY_COMMAND && input->command.which_input == Command_gap_tag;
}

/* The clock of an engine does not go back: what comes later is later, whatever its time says. */
static void end_at(const struct players *players, const struct replay_input *beyond, int64_t until_ms)
{
    for (size_t i = 0; i < players->n && !is_gap(beyond); i++)    /* before a gap nothing acts */
        player_let_pass(&players->at[i], until_ms - 1);
}

int session_play(struct session *session, const struct players *players, int64_t until_ms, struct error *err)
{
    CLEANUP(mem_freep) struct replay_input *input = mem_new(sizeof *input);
    int r;

    while ((r = replay_journal_next(session->journal, input, err)) == 1) {
        bool ends = input->at_ms >= until_ms;
        if (session->first_ms == 0)
            session->first_ms = input->at_ms;
        session->last_ms = ends ? until_ms : input->at_ms;
        for (size_t i = 0; i < players->n && !ends; i++)
            player_feed(&players->at[i], input);
        if (ends)
            end_at(players, input, until_ms);
        replay_input_done(input);
        if (ends)
            return 0;
    }
    return r;
}

void session_close(struct session *session)
{
    replay_journal_close(steal(&session->journal));
    replay_base_close(steal(&session->base));
    replay_hosts_done(&session->hosts);
}
