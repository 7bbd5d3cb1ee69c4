# SPDX-License-Identifier: Apache-2.0
"""Incidents (I): which trouble belongs together, and when it is over."""
from . import dependency
from .state import Incident
from .words import S


def enter(e, s):
    """I1, I5: H of the service has just gone from 0 or unset to more."""
    op, incident = place(e, s)
    if op == "open":
        incident = Incident(e.incident_counter + 1, [], e.now)
        e.incident_counter += 1
        e.incidents[incident.number] = incident
    if s.id not in incident.members:
        incident.members.append(s.id)
    incident.resolved = None
    incident.last_join = e.now                                              # I2
    s.incident = incident.number
    s.recur = s.recur + 1 if op in ("rejoin", "reopen") else 0
    e.emit("incident", op=op, incident=incident.id, service=s.id)


def place(e, s):
    """I1: the first that applies of (a) to (d)."""
    opened = [i for i in e.incidents.values() if i.resolved is None]
    listed = [i for i in opened if s.id in i.members]
    if listed:
        return "rejoin", max(listed, key=lambda i: i.number)
    related = [i for i in opened if belongs(e, s, i)]
    if related:
        return "join", min(related, key=lambda i: i.number)
    last = e.incidents.get(s.incident)
    if last and last.resolved is not None and e.now - last.resolved <= e.p.reopen_window_s * S:
        return "reopen", last
    return "open", None


def belongs(e, s, incident):
    """I1 (b)."""
    fresh = e.now - incident.last_join <= e.p.correlation_window_s * S
    mine = dependency.explainers(e, s)
    for member in incident.members:
        m = e.services[member]
        if m.rank == 0:
            continue
        if m.id in mine and m.aggregate:
            return True
        if fresh and (m.id in mine or s.id in dependency.explainers(e, m) or e.config.same_cycle(m.id, s.id)):
            return True
    return False


def resolve(e):
    """I3: those with no member whose service alert is open."""
    for incident in sorted(e.incidents.values(), key=lambda i: i.id):
        if incident.resolved is None and not any(f"service:{m}" in e.alerts for m in incident.members):
            incident.resolved = e.now
            e.emit("incident", op="resolve", incident=incident.id, service=None)


def leave(e, service):
    """X3: a removed service leaves all incidents."""
    for incident in e.incidents.values():
        if service in incident.members:
            incident.members.remove(service)
