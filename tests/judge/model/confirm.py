# SPDX-License-Identifier: Apache-2.0
"""Confirmation (C): ladders run while E is at a level, H follows what they have proved."""
from . import incidents
from .state import Ladder
from .words import S, status_word


def run(e, s):
    """C1, with E known."""
    for ladders, true in ((s.worse, lambda level: s.e >= level), (s.better, lambda level: s.e <= level)):
        for level, ladder in ladders.items():
            if not true(level):
                ladders[level] = None
            elif ladder is None:
                ladders[level] = Ladder(e.now)


def count(s, source, level):
    """C2: the observation's own level supports the ladder."""
    for rung, ladder in s.worse.items():
        if ladder and level >= rung:
            ladder.counts[source] = ladder.counts.get(source, 0) + 1
    for rung, ladder in s.better.items():
        if ladder and level <= rung:
            ladder.counts[source] = ladder.counts.get(source, 0) + 1


def needs(s, level):
    """(polls, dwell in ms) of the step from H to this other level (C4, C5, I5)."""
    p = s.p
    if level < s.rank:
        if level > 0:
            return p.recovery_polls, p.improve_dwell_s * S
        return p.recovery_polls, (p.recur_dwell_s if s.recur >= p.recur_limit else p.recovery_dwell_s) * S
    polls, dwell = p.confirm_polls, p.min_dwell_s
    if s.rank >= 1:
        polls = polls if p.escalate_polls == -1 else p.escalate_polls
        dwell = dwell if p.escalate_dwell_s == -1 else p.escalate_dwell_s
    if level == 3 and p.major_dwell_s != -1:
        dwell = min(dwell, p.major_dwell_s)
    return polls, dwell * S


def ladder_to(s, level):
    return s.worse[level] if level > s.rank else s.better[level]


def decide(e, s):
    """C4, C5, C6: called while handling an observation that counted, and only then (C3)."""
    if s.h is None and s.e == 0:
        return change(e, s, 0, "first")
    for level in (*range(3, s.rank, -1), *range(0, s.rank)):
        ladder = ladder_to(s, level)
        polls, dwell = needs(s, level)
        if ladder and ladder.n >= polls and e.now - ladder.since >= dwell:
            return change(e, s, level, "confirm", ladder.n, e.now - ladder.since)


def change(e, s, level, via, polls=0, dwell_ms=0):
    before, s.h = s.h, level
    e.explained.clear()
    e.emit("hard", service=s.id, via=via, polls=polls, dwell_ms=dwell_ms,
           **{"from": status_word(before), "to": status_word(level)})
    if not before and level > 0:
        s.bad_since = e.now
        s.since = e.now if via == "manual" else s.worse[1].since
        incidents.enter(e, s)
