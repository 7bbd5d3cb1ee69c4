# SPDX-License-Identifier: Apache-2.0
"""Dependency correlation (D): who explains whom, aggregates, and the holds of what they explain."""
from .state import Aggregate
from .words import S


def explainers(e, s):
    """D1: the ids of the services that explain this one."""
    if s.rank == 0:
        return set()
    if s.id not in e.explained:
        e.explained[s.id] = climb(e, s)
    return e.explained[s.id]


def climb(e, s):
    seen, left = set(), list(s.cfg.depends_on)
    while left:
        one = left.pop()
        if one not in seen and e.services[one].rank > 0:
            seen.add(one)
            left.extend(e.services[one].cfg.depends_on)
    return {one for one in seen if not e.config.same_cycle(one, s.id)}


def explained(e, u):
    """The services that this one explains, in byte order of id."""
    if u.rank == 0:
        return []
    return [s for s in e.services.values() if s.rank > 0 and u.id in explainers(e, s)]


def loudness(e, u):
    """(most critical tier, worst level) of U and all it explains."""
    group = [u, *explained(e, u)]
    return min(s.cfg.tier for s in group), max(s.rank for s in group)


def judge(e):
    """D2, and in D3 when a further aggregate is owed."""
    for u in e.services.values():
        if u.rank == 0:
            u.aggregate = None
        elif u.aggregate is None:
            if activates(e, u):
                u.aggregate = Aggregate(e.now)
        elif not u.aggregate.owed:
            tier, level = loudness(e, u)
            if tier < u.aggregate.told[0] or level > u.aggregate.told[1]:
                u.aggregate.owed = True
            else:
                u.aggregate.told = (tier, level)


def activates(e, u):
    if not u.cfg.dependents or explainers(e, u):
        return False
    recent = [s for s in explained(e, u) if e.now - s.bad_since <= e.p.correlation_window_s * S]
    return len(recent) >= e.p.correlation_threshold


def paid(e, u):
    """D3: a notification that carries `affected` was sent."""
    u.aggregate.owed = False
    u.aggregate.told = loudness(e, u)


def silencer(e, s):
    """D4: the id of the explainer whose aggregate silences this service, or None."""
    active = [e.services[one] for one in explainers(e, s) if e.services[one].aggregate]
    return min(active, key=lambda u: (u.aggregate.since, u.id)).id if active else None


def hindrance(e, s, alert, kind):
    """D4, D5, D6 for a raise, escalate or reminder: (reason, by)."""
    by = silencer(e, s)
    if by:
        alert.was_dependent |= kind in ("raise", "escalate")
        return "dependency", by
    if kind == "reminder":
        return None, None
    if alert.was_dependent:
        alert.was_dependent = False
        alert.grace_given = True
        alert.grace_until = e.now + e.p.dependency_grace_s * S
    if alert.grace_until is not None and e.now < alert.grace_until:
        return "upstream_grace", None
    above = explainers(e, s)
    if kind == "raise" and above and not alert.grace_given:
        if alert.held_since is None:
            alert.held_since = e.now
        if e.now < alert.held_since + e.p.correlation_hold_s * S:
            roots = [e.services[one] for one in above if not explainers(e, e.services[one])]
            return "correlation_hold", min(roots, key=lambda u: (u.bad_since, u.id)).id
    return None, None
