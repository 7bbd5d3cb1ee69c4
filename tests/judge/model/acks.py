# SPDX-License-Identifier: Apache-2.0
"""Acknowledgement (A)."""
from . import alerts
from .state import Ack
from .words import S


def put(e, rec):
    """A1."""
    alert = e.alerts.get(rec["key"])
    if alert is None:
        return e.reject(rec, "no_such_alert")
    ttl = e.p.ack_ttl_s
    until = rec.get("until", e.now + ttl * S if ttl else 0) or None
    alert.ack = Ack(rec["by"], alerts.level(e, alert)[0], until, rec.get("sticky", False))
    e.emit("ack", op="set", key=alert.key, by=rec["by"], reason=None)
    expire(e, alert)


def remove(e, rec):
    alert = e.alerts.get(rec["key"])
    if alert is None or alert.ack is None:
        return e.reject(rec, "no_such_ack")
    by, alert.ack = alert.ack.by, None
    e.emit("ack", op="lapse", key=alert.key, by=by, reason="removed")


def step(e):
    """T5 (2)."""
    for _, alert in sorted(e.alerts.items()):
        expire(e, alert)


def expire(e, alert):
    """A3."""
    ack = alert.ack
    if ack and ack.until is not None and e.now >= ack.until:
        alert.ack = None
        alert.remind_now = alert.told > 0
        e.emit("ack", op="lapse", key=alert.key, by=ack.by, reason="expired")
