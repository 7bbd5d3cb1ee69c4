# SPDX-License-Identifier: Apache-2.0
"""What an alert is made of: which are open, their level, tier, subjects, channels; how they are told and closed."""
from . import dependency, health, maintenance, observe, slo
from .state import Alert
from .words import LEVELS, MASS_KEY, SLO_KINDS, S, status_word


def conditions(e):
    """§6: (key, class, subject) of every condition that holds."""
    for s in e.services.values():
        if s.rank > 0:
            yield s.key, "service", s
        for source in s.sources.values():
            if source.poller != "ok":
                yield source.key, "poller", source
        for kind in SLO_KINDS:
            if s.burns[kind].open:
                yield f"slo:{s.id}:{kind}", "slo", (s, kind)
    for collector in e.collectors.values():
        if collector.state != "ok":
            yield collector.key, "collector", collector
    if e.mass_silence:
        yield MASS_KEY, "self", None


def open_new(e):
    for key, cls, subject in conditions(e):
        if key not in e.alerts:
            e.alerts[key] = Alert(key, cls, subject)


def level(e, alert):
    """(lv of §7, the word for it)."""
    if alert.cls == "service":
        return alert.subject.rank, LEVELS[alert.subject.rank]
    if alert.cls == "slo":
        s, kind = alert.subject
        return (1, kind) if s.burns[kind].open else (0, "ok")
    if alert.cls == "self":
        return (1, "mass_silence") if e.mass_silence else (0, "ok")
    state = alert.subject.poller if alert.cls == "poller" else alert.subject.state
    return (0, "ok") if state == "ok" else (1, state)


def service_of(e, alert):
    """The service whose parameters and tier hold for this alert, or None."""
    if alert.cls == "service":
        return alert.subject
    if alert.cls == "poller":
        return e.services[alert.subject.service]
    return alert.subject[0] if alert.cls == "slo" else None


def params(e, alert):
    s = service_of(e, alert)
    return s.p if s else e.p


def channels(e, alert):
    """R1, R2, D7."""
    s = service_of(e, alert)
    if s is None:
        return e.config.channels(alert.cls, 1)
    if alert.cls == "poller":
        return e.config.channels("poller", s.cfg.tier)
    if alert.cls == "slo":
        return e.config.channels("slo", s.cfg.tier, slo=alert.subject[1])
    tier, rank = dependency.loudness(e, s) if s.aggregate else (s.cfg.tier, s.rank)
    return e.config.channels("service", tier, level=rank)


def maintained(e, alert):
    """Check 2 with M2."""
    if alert.cls == "service":
        s = alert.subject
        major = s.h == 3 and observe.vendor_and_probe(e, s)[0] == 3
        return maintenance.hindrance(e, [s.key, s.id, "*"], vendor_too=not major)
    if alert.cls == "slo":
        return maintenance.hindrance(e, [alert.key, alert.subject[0].id, "*"])
    if alert.cls == "poller":
        return maintenance.hindrance(e, health.poller_subjects(alert.subject))
    if alert.cls == "collector":
        return maintenance.hindrance(e, health.collector_subjects(alert.subject))
    return maintenance.hindrance(e, [alert.key])


def class_hindrance(e, alert, kind):
    """Check 3."""
    if alert.cls == "service":
        return dependency.hindrance(e, alert.subject, alert, kind)
    if alert.cls == "poller":
        return health.poller_hindrance(e, alert.subject)
    if alert.cls == "collector":
        return health.collector_hindrance(e, alert.subject)
    return slo.hindrance(e, *alert.subject) if alert.cls == "slo" else (None, None)


def notify(e, alert, kind, word, where, reason=None):
    """One line, with what its class and kind carry (§16)."""
    line = {"kind": kind, "key": alert.key, "level": word, "channels": list(where), "incident": None}
    if alert.cls == "self":
        line.update(silent=e.mass_count, known=len(e.collectors))
    if alert.cls == "service":
        s = alert.subject
        line.update(incident=e.incidents[s.incident].id, since=s.since, said=observe.said(e, s))
        if kind in ("raise", "escalate", "aggregate"):
            line["impact"] = impact(e, s)
            if s.aggregate:
                line["affected"] = [one.id for one in dependency.explained(e, s)]
    if reason:
        line["reason"] = reason
    e.emit("notify", **line)


def impact(e, s):
    """B1."""
    tiers = [e.services[one].cfg.tier for one in s.cfg.dependents]
    return {"dependents": len(tiers), "tiers": [tiers.count(1), tiers.count(2), tiers.count(3)]}


def send(e, alert, kind, where):
    """N4."""
    lv, word = level(e, alert)
    notify(e, alert, kind, word, where)
    alert.told, alert.last_sent = lv, e.now
    alert.channels += [one for one in where if one not in alert.channels]
    alert.held.pop(kind, None)
    if kind == "escalate":
        alert.escalates += 1
    if kind in ("raise", "escalate", "aggregate") and alert.cls == "service" and alert.subject.aggregate:
        dependency.paid(e, alert.subject)


def suppress(e, alert, kind, reason, by=None):
    """N5."""
    this = (level(e, alert)[1], reason, by)
    if alert.held.get(kind) == this:
        return
    if kind != "reminder":
        alert.held[kind] = this
    e.emit("suppress", kind=kind, key=alert.key, level=this[0], reason=reason, by=by)


def close(e, alert):
    del e.alerts[alert.key]


def end_alerts(e, keys):
    """N7: what becomes of alerts whose subject goes."""
    for key in sorted(keys):
        alert = e.alerts.get(key)
        if alert is None:
            continue
        if alert.told:
            notify(e, alert, "resolve", "operational" if alert.cls == "service" else "ok", alert.channels, "config_removed")
        if alert.cls == "slo":
            slo.close(e, *alert.subject)
        close(e, alert)


def report(e, rec):
    """What a service is, for people."""
    s = e.services.get(rec["service"])
    if s is None:
        return e.reject(rec, "no_such_service")
    alert = e.alerts.get(s.key)
    shown = None
    if alert:
        shown = {"level": level(e, alert)[1], "announced": alert.told > 0, "acked": alert.ack is not None,
                 "incident": e.incidents[s.incident].id}
    e.emit("report", what="service", service=s.id, effective=status_word(s.e), hard=status_word(s.h), flapping=s.flapping,
           pollers={name: source.poller for name, source in s.sources.items()}, alert=shown, uptime_ppm=slo.uptime(e, s),
           slo=slo.report(e, s), said=observe.said(e, s), next=next_step(e, s), held=held(alert))


def next_step(e, s):
    from . import confirm
    if s.e is None or s.manual or s.e == s.rank:
        return None
    ladder = confirm.ladder_to(s, s.e)
    polls, dwell = confirm.needs(s, s.e)
    return {"to": LEVELS[s.e], "polls": ladder.n, "need": polls, "at": ladder.since + dwell}


def held(alert):
    for kind in ("raise", "escalate", "improve", "aggregate", "resolve"):
        if alert and kind in alert.held:
            _, reason, by = alert.held[kind]
            return {"kind": kind, "reason": reason, "by": by}
    return None


def next_reminder(e, alert):
    return alert.last_sent + params(e, alert).dedup_window_s * S
