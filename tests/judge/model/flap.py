# SPDX-License-Identifier: Apache-2.0
"""Flapping (F): a ring of samples that sees fast changes, a debt that sees slow ones, and the notices of both."""
from . import dependency, maintenance
from .words import LEVELS, S

RING = 21
FULL = 1520


def integrate(s, ms):
    """F7: the debt over ms of time in which nothing changed."""
    if not s.p.flap_enabled or s.rank > 0 or s.e is None or s.manual:
        return
    if s.e > 0:
        s.debt = min(s.debt + 3 * ms, limit(s))
    else:
        s.debt = max(s.debt - ms, 0)
        if s.debt == 0:
            s.stretches = 0


def limit(s):
    return 3 * s.p.flap_bad_s * S


def weighted_changes(ring):
    """F2: S."""
    return sum(95 - 2 * j for j in range(len(ring) - 1) if ring[j] != ring[j + 1])


def sample(e, s, source):
    """F1, F3: after an observation of C2 kind."""
    if not s.p.flap_enabled:
        return
    if not s.ring or source in s.round:
        s.round = {source}
        s.ring = [s.e, *s.ring[:RING - 1]]
    else:
        s.round.add(source)
        s.ring[0] = s.e
    was = s.flapping
    total = weighted_changes(s.ring)
    if 100 * total >= s.p.flap_high_pct * FULL:
        s.ring_mark = True
    elif 100 * total < s.p.flap_low_pct * FULL:
        s.ring_mark = False
    if s.debt == 0:
        s.slow_mark = False
    elif s.debt >= limit(s) and s.stretches >= 2 and s.e > 0 and s.rank == 0:
        s.slow_mark = True
    if s.flapping != was:
        turn(e, s, 100 * total // FULL)


def turn(e, s, pct):
    if s.flapping:
        s.flap_via = "ring" if s.ring_mark else "slow"
        e.emit("flap", service=s.id, op="start", pct=pct, via=s.flap_via)
        notice_start(e, s)
    else:
        e.emit("flap", service=s.id, op="stop", pct=pct, via=s.flap_via)
        if s.flap_channels is not None:
            notify(e, s, "flap_stop", s.flap_channels)
        s.flap_channels = s.flap_via = None


def notice_start(e, s):
    """F5: told once, or suppressed for the first reason that applies."""
    channels = e.config.channels("flap", s.cfg.tier, level=max(s.ring))
    reason, by = hindrance(e, s, channels)
    if reason:
        e.emit("suppress", kind="flap_start", key=f"flap:{s.id}", level=LEVELS[max(s.ring)], reason=reason, by=by)
        return
    s.flap_channels, s.flap_sent = channels, e.now
    notify(e, s, "flap_start", channels)


def hindrance(e, s, channels):
    if not channels:
        return "no_route", None
    reason, by = maintenance.hindrance(e, [f"flap:{s.id}", s.id, "*"])
    if reason:
        return reason, by
    by = dependency.silencer(e, s)
    if by:
        return "dependency", by
    alert = e.alerts.get(s.key)
    if alert and alert.told:
        return "alert_open", None
    if s.flap_sent is not None and e.now - s.flap_sent < s.p.dedup_window_s * S:
        return "dedup", None
    return None, None


def notify(e, s, kind, channels):
    e.emit("notify", kind=kind, key=f"flap:{s.id}", level=LEVELS[max(s.ring)], channels=list(channels), incident=None)


def configured(s):
    """X3: debts are cut to the new limit; switched off, everything is cleared without a notice."""
    if s.p.flap_enabled:
        if s.debt > limit(s):
            s.debt = limit(s)
            s.stretches = s.stretches if s.debt else 0
        return
    s.ring, s.round = [], set()
    s.ring_mark = s.slow_mark = False
    s.flap_via = s.flap_channels = None
    s.clear_debt()
