# SPDX-License-Identifier: Apache-2.0
"""Manual status (U)."""
from . import confirm, observe
from .state import Manual
from .words import LEVELS, RANK, S


def put(e, rec):
    s = e.services.get(rec["service"])
    if s is None:
        return e.reject(rec, "no_such_service")
    if rec["status"] is not None:
        return begin(e, s, rec)
    if s.manual is None:
        return e.reject(rec, "no_such_manual")
    return end(e, s, "removed", rec.get("by"))


def begin(e, s, rec):
    """U1."""
    ttl = rec.get("ttl_s", s.p.manual_ttl_s if s.sources else 0)
    s.manual = Manual(RANK.get(rec["status"]), rec.get("by"), e.now + ttl * S if ttl else None)
    e.emit("manual", op="set", service=s.id, by=s.manual.by, until=s.manual.until, reason=None)
    s.reset_ladders()
    observe.compute(e, s)
    level = s.manual.level
    if level is None:
        return
    alert = e.alerts.get(s.key)
    if s.h != level:
        confirm.change(e, s, level, "manual")
    elif alert and alert.told and alert.told == level:
        e.emit("suppress", kind="raise", key=s.key, level=LEVELS[level], reason="dedup", by=None)


def end(e, s, reason, by):
    """U2."""
    s.manual = None
    e.emit("manual", op="end", service=s.id, by=by, until=None, reason=reason)
    s.reset_ladders()
    if reason == "removed":
        observe.compute(e, s)


def step(e):
    """T5 (3): E follows in step (4)."""
    for s in e.services.values():
        if s.manual and s.manual.until is not None and e.now >= s.manual.until:
            end(e, s, "expired", None)
