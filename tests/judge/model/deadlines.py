# SPDX-License-Identifier: Apache-2.0
"""T4: the moments at which time alone may change something. More than needed does no harm (T8)."""
from . import alerts, slo
from .words import S, SLO_KINDS


def first(e):
    """The first deadline after now, or None."""
    now = e.now
    return min((d for d in every(e) if d is not None and d > now), default=None)


def every(e):
    for window in e.windows.values():
        yield window.start
        yield window.end
    yield from e.graces.values()
    for s in e.services.values():
        yield from of_service(s)
    for collector in e.collectors.values():
        yield collector.last_seen + e.p.collector_silent_s * S + 1
        yield collector.since + e.p.collector_hold_s * S
        yield collector.hold_until
    for alert in e.alerts.values():
        yield from of_alert(e, alert)
    if any(s.p.slo_enabled for s in e.services.values()):
        interval = e.p.slo_eval_s * S
        yield (e.now // interval + 1) * interval


def of_service(s):
    if s.manual:
        yield s.manual.until
    for source in s.sources.values():
        stale = source.stale_ms(s.p)
        yield source.last_any + stale + 1
        if source.last_ok is not None:
            yield source.last_ok + stale + 1


def of_alert(e, alert):
    if alert.ack:
        yield alert.ack.until
    if alert.told:
        yield alerts.next_reminder(e, alert)
    if alert.cls == "service":
        yield alert.grace_until
        if alert.held_since is not None:
            yield alert.held_since + e.p.correlation_hold_s * S
    elif alert.cls == "poller":
        yield alert.subject.hold_until
        if alert.subject.not_ok_since is not None:
            yield alert.subject.not_ok_since + e.p.poller_hold_s * S
    elif alert.cls == "slo":
        s, kind = alert.subject
        for one in SLO_KINDS:
            if s.burns[one].closed_announced is not None:
                yield s.burns[one].closed_announced + slo.recent_ms(e, s, kind)
