# SPDX-License-Identifier: Apache-2.0
"""Observations (O), the poller of a source (P1), effective status (E)."""
from . import confirm, flap, health
from .state import Source
from .words import RANK, S, status_word


def handle(e, rec):
    health.hear(e, rec.get("collector"))                                    # O1
    service, source_id = rec["service"], rec["source"]
    if service not in e.services:                                           # O2
        return e.emit("drop", reason="unknown_service", service=service, source=source_id)
    s = e.services[service]
    obs = reading(e, rec)
    if rec.get("ot", e.now) > e.now + e.p.future_skew_s * S:                # O3
        e.emit("note", reason="future_clock", service=service, source=source_id)
    source = s.sources.get(source_id) or Source(service, source_id)
    reason = refusal(e, source, obs)
    if reason:
        return e.emit("drop", reason=reason, service=service, source=source_id)
    s.sources[source_id] = source
    accept(e, source, obs, rec)
    judge_poller(e, source)
    compute(e, s)
    if obs["result"] == "ok" and obs["level"] is not None and consulted(s, source) and s.e is not None:
        confirm.count(s, source.id, obs["level"])
        confirm.decide(e, s)
        flap.sample(e, s, source.id)


def reading(e, rec):
    result = rec.get("result", "ok")
    level = RANK.get(rec.get("status")) if result == "ok" else None
    return {"result": result, "level": level, "boot": rec.get("boot", 0), "seq": rec.get("seq"),
            "ot": min(rec.get("ot", e.now), e.now)}


def refusal(e, source, obs):
    """O4, O5: why this observation is dropped, or None."""
    seq, ot, said = source.seq, source.ot, source.said
    if source.boot is not None and obs["boot"] < source.boot:
        return "old_boot"
    if source.boot is not None and obs["boot"] > source.boot:
        seq = ot = None
    if seq is not None and obs["seq"] is not None:
        if obs["seq"] == seq:
            return "duplicate"
        if obs["seq"] < seq:
            return "out_of_order"
    elif ot is not None:
        if obs["ot"] < ot:
            return "out_of_order"
        if obs["ot"] == ot and said == (obs["result"], obs["level"]):
            return "duplicate"
    return "late" if e.now - obs["ot"] > e.p.late_after_s * S else None


def accept(e, source, obs, rec):
    source.boot, source.seq, source.ot = obs["boot"], obs["seq"], obs["ot"]
    source.said = (obs["result"], obs["level"])
    source.stype = rec.get("stype", "vendor")
    source.collector = rec.get("collector")
    source.every = rec.get("every", source.every)
    source.last_any = e.now
    if obs["result"] == "fail":                                             # O6
        source.fail_streak += 1
        source.ok_streak = 0
    else:
        source.fail_streak = 0
        source.ok_streak += 1
        source.last_ok = e.now
        source.status = obs["level"]


def judge_poller(e, source):
    """P1; a change is written."""
    p = e.services[source.service].p
    if source.fail_streak >= p.poller_failure_threshold:
        source.broken = True
    elif source.ok_streak >= p.poller_recovery_threshold:
        source.broken = False
    silent = e.now - source.last_any > source.stale_ms(p)
    to = "silent" if silent else "broken" if source.broken else "ok"
    if to == source.poller:
        return
    if source.poller == "ok":
        source.not_ok_since = e.now
    if to == "ok":
        source.not_ok_since = source.hold_until = None
    e.emit("poller", service=source.service, source=source.id, **{"from": source.poller, "to": to})
    source.poller = to


def votes(e, s, source):
    """E1."""
    return (source.status is not None and e.now - source.last_ok <= source.stale_ms(s.p)
            and source.fail_streak < s.p.poller_failure_threshold)


def vendor_and_probe(e, s):
    """(V, P) of E2 and E3."""
    vendor, probes = None, []
    for source in s.sources.values():
        if not votes(e, s, source):
            continue
        if source.stype == "probe":
            probes.append(source.status)
        elif vendor is None or source.status > vendor:
            vendor = source.status
    n, quorum = len(probes), s.p.quorum
    if n == 0 or n < quorum:
        return vendor, None
    need = quorum if quorum > 0 else n // 2 + 1
    return vendor, max(level for level in range(4) if sum(one >= level for one in probes) >= need)


def said(e, s):
    vendor, probe = vendor_and_probe(e, s)
    return {"vendor": status_word(vendor), "probe": status_word(probe)}


def effective(e, s):
    """E4, or the manual status."""
    if s.manual:
        return s.manual.level
    vendor, probe = vendor_and_probe(e, s)
    combine = s.p.combine
    if combine == "vendor":
        return vendor
    if combine == "probe":
        return probe
    if vendor is None or probe is None:
        return probe if vendor is None else vendor
    return max(vendor, probe) if combine == "worst" else min(vendor, probe)


def consulted(s, source):
    """E5."""
    if s.manual:
        return False
    return s.p.combine not in ("vendor", "probe") or s.p.combine == source.stype


def compute(e, s):
    """E anew, from whatever cause: E6, C7, C1, the stretches of F7."""
    before, now = s.e, effective(e, s)
    if before != now:
        s.e = now
        e.emit("status", service=s.id, **{"from": status_word(before), "to": status_word(now)})
    if now is None:
        if before is not None:
            s.unknown_since = e.now
        return
    if s.unknown_since is not None and e.now - s.unknown_since > s.p.unknown_reset_s * S:      # C7
        s.reset_ladders()
        s.clear_debt()
        s.last_known = None
    s.unknown_since = None
    confirm.run(e, s)
    if now > 0 and not s.last_known and s.p.flap_enabled:
        s.stretches += 1
    s.last_known = now
