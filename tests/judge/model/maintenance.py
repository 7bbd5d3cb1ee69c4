# SPDX-License-Identifier: Apache-2.0
"""Maintenance windows (M): when they are active, what they cover, the grace after them."""
from .state import Window
from .words import S


def put(e, rec):
    if rec["end"] <= rec["start"]:
        return e.reject(rec, "bad_window")
    origin = rec.get("origin", "operator")
    window = Window(rec["id"], list(rec["services"]), rec["start"], rec["end"], origin,
                    rec.get("slo_exclude", origin == "operator"))
    old = e.windows.pop(window.id, None)
    if window.end > e.now:
        e.windows[window.id] = window
        window.active = window.holds(e.now)
    if old and old.active:
        if not window.active:
            e.emit("maint", op="end", id=window.id)
        grace(e, [one for one in old.services if not (window.active and one in window.services)])
    elif window.active:
        e.emit("maint", op="start", id=window.id)


def end_now(e, rec):
    window = e.windows.pop(rec["id"], None)
    if window is None:
        return e.reject(rec, "no_such_window")
    if window.active:
        e.emit("maint", op="end", id=window.id)
        grace(e, window.services)


def step(e):
    """T5 (1): ends, then starts."""
    for name, window in sorted(e.windows.items()):
        if window.end <= e.now:
            del e.windows[name]
            if window.active:
                e.emit("maint", op="end", id=name)
                grace(e, window.services)
    for name, window in sorted(e.windows.items()):
        if not window.active and window.holds(e.now):
            window.active = True
            e.emit("maint", op="start", id=name)


def grace(e, subjects):
    """M3: for those subjects that no other active window lists."""
    for subject in subjects:
        if not any(w.holds(e.now) and subject in w.services for w in e.windows.values()):
            e.graces[subject] = max(e.graces.get(subject, 0), e.now + e.p.maint_end_grace_s * S)


def hindrance(e, subjects, vendor_too=True):
    """Check 2 for an alert that these subjects cover: (reason, by)."""
    by = [w.id for w in e.windows.values()
          if w.active and (vendor_too or w.origin != "vendor") and any(one in w.services for one in subjects)]
    if by:
        return "maintenance", min(by)
    if any(e.now < e.graces.get(one, e.now) for one in subjects):
        return "maintenance_grace", None
    return None, None


def excludes(e, service):
    """M4."""
    return any(w.active and w.slo_exclude and (service in w.services or "*" in w.services) for w in e.windows.values())


def leave(e, service):
    """X3: a removed service leaves the windows."""
    for window in e.windows.values():
        window.services = [one for one in window.services if one != service]
