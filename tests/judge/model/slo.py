# SPDX-License-Identifier: Apache-2.0
"""SLO burn (S) and uptime."""
from . import maintenance
from .words import MINUTE, S, SLO_KINDS, hours

WINDOWS = {"fast": (hours(1), 5), "slow": (hours(6), 30), "ticket": (hours(72), hours(6))}     # long, short; minutes
REPORTED = {"5m": 5, "30m": 30, "1h": hours(1), "6h": hours(6), "3d": hours(72)}


def integrate(e, s, start, end):
    """S1, M4: from start to end nothing changes."""
    if s.e is None or maintenance.excludes(e, s.id):
        return
    p = s.p
    s.history.add(start, end, (0, p.weight_degraded, p.weight_partial, p.weight_major)[s.e])


def budget_ppm(s):
    return 1000000 - s.p.slo_target


def last_minutes(e, s, width):
    m = e.now // MINUTE
    return s.history.window(m - width, m)


def floor_ms(s, width):
    """S3: in ms, a whole number since a minute is 600 ms for each per cent."""
    return width * MINUTE * s.p.slo_min_coverage_pct // 100


def exceeds(e, s, width, x_milli):
    """S4."""
    known, _, bad = last_minutes(e, s, width)
    return bad * 1000000 > x_milli * budget_ppm(s) * max(known, floor_ms(s, width))


def burn_milli(e, s, width):
    known, _, bad = last_minutes(e, s, width)
    return bad * 1000000 // (budget_ppm(s) * max(known, floor_ms(s, width)))


def x_milli(e, kind):
    return {"fast": e.p.slo_fast, "slow": e.p.slo_slow, "ticket": e.p.slo_ticket}[kind]


def step(e):
    """T5 (6), S3."""
    if e.now % (e.p.slo_eval_s * S) != 0:
        return
    for s in e.services.values():
        if s.p.slo_enabled:
            for kind in SLO_KINDS:
                evaluate(e, s, kind)


def evaluate(e, s, kind):
    """S5, S6."""
    burn, x = s.burns[kind], x_milli(e, kind)
    long, short = WINDOWS[kind]
    short_exceeds = exceeds(e, s, short, x)
    if not (short_exceeds or burn.open):
        return
    long_exceeds = exceeds(e, s, long, x)
    enough = last_minutes(e, s, long)[1] >= s.p.slo_min_bad_s * S
    if long_exceeds and short_exceeds and enough:
        if not burn.open:
            again = burn.closed is not None and e.now - burn.closed <= e.p.reopen_window_s * S
            burn.recur = burn.recur + 1 if again else 0
        burn.open, burn.resets = True, 0
    elif burn.open:
        if short_exceeds:
            burn.resets = 0
        elif last_minutes(e, s, short)[0] >= floor_ms(s, short) and not (burn.recur >= s.p.recur_limit and long_exceeds):
            burn.resets += 1
        if burn.resets >= s.p.slo_reset_evals:
            close(e, s, kind)


def close(e, s, kind):
    burn = s.burns[kind]
    burn.open, burn.resets, burn.closed = False, 0, e.now
    alert = e.alerts.get(f"slo:{s.id}:{kind}")
    if alert and alert.told:
        burn.closed_announced = e.now


def hindrance(e, s, kind):
    """S7."""
    higher = [s.burns[one] for one in SLO_KINDS[:SLO_KINDS.index(kind)]]
    if any(burn.open for burn in higher):
        return "higher_burn_open", None
    if any(burn.closed_announced is not None and e.now < burn.closed_announced + recent_ms(e, s, kind) for burn in higher):
        return "higher_burn_recent", None
    return None, None


def recent_ms(e, s, kind):
    return WINDOWS[kind][1] * MINUTE + s.p.slo_reset_evals * e.p.slo_eval_s * S


def thirty_days(e, s):
    m = e.now // MINUTE
    return s.history.window(60 * (m // 60) - 719 * 60, m)


def report(e, s):
    """S8 and the burn of each window; None where no SLO is kept."""
    if not s.p.slo_enabled:
        return None
    whole = 2592 * budget_ppm(s)
    return {"budget_remaining_ppm": (1000000 * whole - thirty_days(e, s)[2] * 1000) // whole,
            "burn_milli": {name: burn_milli(e, s, width) for name, width in REPORTED.items()}}


def uptime(e, s):
    """S9."""
    m = e.now // MINUTE
    h = 60 * (m // 60)
    found = {}
    for name, first in (("24h", m - 1440), ("7d", h - 167 * 60), ("30d", h - 719 * 60)):
        known, _, bad = s.history.window(first, m)
        found[name] = (1000 * known - bad) * 1000 // known if known else None
    return found
