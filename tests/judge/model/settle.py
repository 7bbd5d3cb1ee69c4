# SPDX-License-Identifier: Apache-2.0
"""Settle (T6, N): what is sent and what is held at the end of each input and each pass."""
from . import alerts, dependency, health, incidents


def run(e):
    health.judge_blindness(e)
    health.judge_mass_silence(e)
    dependency.judge(e)
    alerts.open_new(e)
    for _, alert in sorted(e.alerts.items()):
        walk(e, alert)
    incidents.resolve(e)


def walk(e, alert):
    lv = alerts.level(e, alert)[0]
    lapse_of_worse(e, alert, lv)
    if lv == 0:
        over(e, alert)
    else:
        pending(e, alert, lv)
    alert.remind_now = False


def lapse_of_worse(e, alert, lv):
    """A2."""
    ack = alert.ack
    if ack and not ack.sticky and lv > ack.level:
        alert.ack = None
        e.emit("ack", op="lapse", key=alert.key, by=ack.by, reason="escalated")


def over(e, alert):
    """N1."""
    if not alert.told:
        alerts.suppress(e, alert, "resolve", "not_announced")
        return alerts.close(e, alert)
    if alert.cls == "service" and alert.subject.flapping:
        alerts.suppress(e, alert, "resolve", "flapping")
        return no_longer_wanted(alert, {"resolve"})
    alerts.notify(e, alert, "resolve", alerts.level(e, alert)[1], alert.channels)
    alerts.close(e, alert)


def pending(e, alert, lv):
    """N2 to N6, D3."""
    told = alert.told
    kind = "raise" if told == 0 else "escalate" if lv > told else "improve" if lv < told else None
    reason = attempt(e, alert, kind) if kind else None
    wanted = {kind}
    if wants_reminder(e, alert, kind, reason, lv == told) and attempt(e, alert, "reminder") is None:
        wanted.clear()      # receivers know the level now
    if wants_aggregate(alert, kind, reason):
        wanted.add("aggregate")
        if attempt(e, alert, "aggregate") is None:
            wanted.clear()
    no_longer_wanted(alert, wanted)


def no_longer_wanted(alert, wanted):
    """N5."""
    alert.held = {kind: why for kind, why in alert.held.items() if kind in wanted}


def wants_reminder(e, alert, kind, reason, same):
    """N6, A3."""
    if kind is not None and not (kind == "improve" and reason in ("improve_off", "recurring")):
        return False
    due = alerts.params(e, alert).reminders and e.now >= alerts.next_reminder(e, alert)
    return due or (alert.remind_now and same)


def wants_aggregate(alert, kind, reason):
    """D3. A reminder leaves nothing wanted, whatever became of it."""
    if alert.cls != "service" or not alert.subject.aggregate or not alert.subject.aggregate.owed or not alert.told:
        return False
    return kind in (None, "improve") or reason == "acknowledged"


def attempt(e, alert, kind):
    """Sends, or says why not: the reason, None when sent."""
    where = alert.channels if kind == "improve" else alerts.channels(e, alert)
    reason, by = hindrance(e, alert, kind, where)
    if reason is None:
        alerts.send(e, alert, kind, list(where))
        return None
    alerts.suppress(e, alert, kind, reason, by)
    if kind == "reminder":
        alert.last_sent = e.now
    return reason


def hindrance(e, alert, kind, where):
    """N3: the first check that applies."""
    if kind != "improve" and not where:
        return "no_route", None
    reason, by = alerts.maintained(e, alert)
    if reason:
        return reason, by
    if kind == "aggregate":
        by = dependency.silencer(e, alert.subject)
        return ("dependency", by) if by else (None, None)
    if kind == "improve":
        return improve_hindrance(alert), None
    reason, by = alerts.class_hindrance(e, alert, kind)
    if reason:
        return reason, by
    if kind == "reminder" and alert.cls == "service" and alert.subject.flapping:
        return "flapping", None
    ack = alert.ack
    if ack and (kind == "reminder" or ack.sticky or alerts.level(e, alert)[0] <= ack.level):
        return "acknowledged", ack.by
    return None, None


def improve_hindrance(alert):
    """Checks 4 and 6; only service alerts have more than one level."""
    s = alert.subject
    if s.flapping:
        return "flapping"
    if not s.p.notify_improve:
        return "improve_off"
    return "recurring" if alert.escalates >= s.p.recur_limit else None
