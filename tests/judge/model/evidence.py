# SPDX-License-Identifier: Apache-2.0
"""Evidence and readiness (V)."""
from .config import COMPUTED_AREAS
from .words import S

BASE = {"pass": 1000, "warn": 700, "fail": 0}
WORST_FIRST = ("missing", "failed", "expired", "stale", "warning", "ok")


def put(e, rec):
    if rec["area"] in COMPUTED_AREAS or rec["area"] not in [a["area"] for a in e.config.areas]:
        return e.reject(rec, "no_such_area")
    at = min(rec.get("at", e.now), e.now)
    known = e.records.setdefault(rec["area"], {}).get(rec["subject"])
    if known is None or at >= known[0]:
        e.records[rec["area"]][rec["subject"]] = (at, rec["result"])


def judge(e, area, at, result):
    """V1, V2 for one record: (score, state)."""
    age, fresh, expire = e.now - at, area["fresh_s"] * S, area["expire_s"] * S
    factor = 1000 if age <= fresh else 0 if age >= expire else 1000 * (expire - age) // (expire - fresh)
    score = BASE[result] * factor // 1000
    if result == "fail":
        return score, "failed"
    if age > fresh:
        return score, "expired" if age >= expire else "stale"
    return score, "warning" if result == "warn" else "ok"


def incidents(e):
    """V3."""
    if any(s.cfg.tier == 1 and s.rank == 3 for s in e.services.values()):
        return 0, "failed"
    return (700, "warning") if any(s.rank > 0 for s in e.services.values()) else (1000, "ok")


def monitoring(e):
    n = len(e.services)
    k = sum(s.e is not None for s in e.services.values())
    if k == n:
        return 1000, "ok"
    return 1000 * k // n, "failed" if 2 * k < n else "warning"


def of_area(e, area):
    if area["area"] == "incidents":
        return incidents(e)
    if area["area"] == "monitoring":
        return monitoring(e)
    found = [judge(e, area, *record) for record in e.records.get(area["area"], {}).values()]
    if not found:
        return 0, "missing"
    return min(score for score, _ in found), min((state for _, state in found), key=WORST_FIRST.index)


def report(e):
    """V4."""
    found = [(area, *of_area(e, area)) for area in e.config.areas]
    weights = sum(area["weight"] for area, _, _ in found)
    score = sum(area["weight"] * one for area, one, _ in found) // weights if weights else 0
    if any(area["required"] and state in ("missing", "failed", "expired") for area, _, state in found):
        overall = "not_ready"
    else:
        overall = "ready" if all(state == "ok" for _, _, state in found) else "limited"
    e.emit("report", what="readiness", score=score, state=overall,
           areas=[{"area": area["area"], "score": one, "state": state} for area, one, state in found])
