# SPDX-License-Identifier: Apache-2.0
"""Health of collectors (K): silence, blindness, mass silence, and what is forgotten."""
from . import maintenance, observe
from .state import Collector
from .words import S


def share(n, pct):
    """ceil(n * pct / 100)."""
    return -(-n * pct // 100)


def carried(e, collector):
    """Its sources, in byte order of service and source."""
    return [source for s in e.services.values() for _, source in sorted(s.sources.items()) if source.collector == collector]


def hear(e, name):
    """O1, K1."""
    if name is None:
        return
    collector = e.collectors.get(name)
    if collector is None:
        e.collectors[name] = Collector(name, e.now, since=e.now)
        return
    collector.last_seen = e.now
    if collector.state != "silent":
        return
    turn(e, collector, "ok")
    for source in carried(e, name):
        source.last_any = e.now
        observe.judge_poller(e, source)


def turn(e, collector, to):
    e.emit("collector", collector=collector.id, **{"from": collector.state, "to": to})
    if collector.state == "blind":                                          # K6: pollers still not ok wait
        for source in carried(e, collector.id):
            if source.poller != "ok":
                source.hold_until = e.now + e.p.poller_hold_s * S
    collector.state, collector.since = to, e.now
    if to == "ok":
        collector.hold_until = None


def judge_silence(e):
    """K1, in a pass."""
    for _, collector in sorted(e.collectors.items()):
        if collector.state != "silent" and e.now - collector.last_seen > e.p.collector_silent_s * S:
            turn(e, collector, "silent")


def surprising(e, key, subjects):
    """Neither announced nor in maintenance or its grace."""
    alert = e.alerts.get(key)
    return not (alert and alert.told) and maintenance.hindrance(e, subjects)[0] is None


def judge_blindness(e):
    """K6, at the settle."""
    for name, collector in sorted(e.collectors.items()):
        if collector.state == "silent":
            continue
        sources = carried(e, name)
        broken = [s for s in sources if s.poller == "broken" and surprising(e, s.key, poller_subjects(s))]
        blind = len(broken) >= max(e.p.blind_min, share(len(sources), e.p.blind_pct))
        if blind != (collector.state == "blind"):
            turn(e, collector, "blind" if blind else "ok")


def judge_mass_silence(e):
    """K3, K4, at the settle after blindness."""
    lost = [c for c in e.collectors.values() if c.state != "ok"]
    e.mass_count = sum(surprising(e, c.key, collector_subjects(c)) for c in lost)
    limit = max(e.p.mass_silence_min, min(e.p.mass_silence_cap, share(len(e.collectors), e.p.mass_silence_pct)))
    active = e.mass_count >= limit
    if e.mass_silence and not active:
        for collector in lost:
            collector.hold_until = e.now + e.p.collector_silent_s * S
    e.mass_silence = active


def collector_subjects(collector):
    """M2: what covers its alert."""
    return [collector.key, "*"]


def poller_subjects(source):
    subjects = [source.key, source.service, "*"]
    return subjects + [f"collector:{source.collector}"] if source.collector is not None else subjects


def before(now, since, seconds):
    return since is not None and now < since + seconds * S


def collector_hindrance(e, collector):
    """K2."""
    if e.mass_silence:
        return "mass_silence", None
    held = collector.hold_until is not None and e.now < collector.hold_until
    if before(e.now, collector.since, e.p.collector_hold_s) or held:
        return "collector_hold", None
    return None, None


def poller_hindrance(e, source):
    """P3."""
    collector = e.collectors.get(source.collector)
    if collector is None:
        return None, None
    if collector.state != "ok":
        return f"collector_{collector.state}", None
    held = source.hold_until is not None and e.now < source.hold_until
    if len(carried(e, collector.id)) >= e.p.blind_min and (before(e.now, source.not_ok_since, e.p.poller_hold_s) or held):
        return "poller_hold", None
    return None, None


def forget(e, rec):
    """K5."""
    if "collector" in rec:
        if rec["collector"] not in e.collectors:
            return e.reject(rec, "no_such_collector")
        sources = carried(e, rec["collector"])
        del e.collectors[rec["collector"]]
        keys = [f"collector:{rec['collector']}"]
    else:
        s = e.services.get(rec["service"])
        if s is None or rec["source"] not in s.sources:
            return e.reject(rec, "no_such_source")
        sources, keys = [s.sources[rec["source"]]], []
    e.end_alerts(keys + [source.key for source in sources])
    touched = sorted({source.service for source in sources})
    for source in sources:
        drop_source(e.services[source.service], source.id)
    for service in touched:
        if not e.services[service].sources:
            e.emit("note", reason="unwatched", service=service, source=None)
    for service in touched:
        observe.compute(e, e.services[service])


def drop_source(s, source):
    del s.sources[source]
    s.round.discard(source)
    for ladder in (*s.worse.values(), *s.better.values()):
        if ladder:
            ladder.counts.pop(source, None)
