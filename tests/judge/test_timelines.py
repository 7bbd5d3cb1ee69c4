# SPDX-License-Identifier: Apache-2.0
"""Timelines worked out by hand, one a rule or two: a few inputs, then everything the engine says on the subjects watched.

Times are seconds. An observation is (t, level) with the level O, D, P, M, or F for a poll that failed.
"""
import pytest

LEVELS = {"O": "operational", "D": "degraded", "P": "partial_outage", "M": "major_outage"}
DECISIVE = ("drop", "hard", "flap", "poller", "collector", "incident", "notify", "suppress", "ack", "maint")


def ms(seconds):
    return round(seconds * 1000)


def obs(t, level, service="a", source="p", **more):
    told = {"result": "fail"} if level == "F" else {"status": LEVELS[level]}
    return {"t": ms(t), "kind": "obs", "service": service, "source": source, **told, **more}


def polls(start, end, step, level, service="a", **more):
    return [obs(t, level, service, **more) for t in range(start, end + 1, step)]


def at(t, kind, **fields):
    return {"t": ms(t), "kind": kind, **fields}


def services(*names, engine=None, **more):
    return {"services": [{"id": name, **more} for name in names], "engine": engine or {}}


def short(d):
    """A decision as people write it: 600 raise service:a degraded."""
    t = d["t"] / 1000
    t = int(t) if t == int(t) else t
    if d["d"] == "notify":
        extra = [d.get("reason") or ""] + ["[%s]" % ",".join(d["affected"]) if "affected" in d else ""]
        return " ".join(filter(None, [str(t), d["kind"], d["key"], d["level"], *extra]))
    if d["d"] == "suppress":
        by = f" {d['by']}" if d["by"] else ""
        return f"{t} held {d['kind']} {d['key']} {d['reason']}{by}"
    keys = {"drop": ["reason"], "hard": ["service", "to"], "flap": ["service", "op", "via", "pct"], "poller": ["source", "to"],
            "collector": ["collector", "to"], "incident": ["op", "incident", "service"], "ack": ["op", "reason"],
            "maint": ["op", "id"], "status": ["service", "to"]}[d["d"]]
    return " ".join([str(t), d["d"], *(str(d[key]) for key in keys if d[key] is not None)])


def check(replay, config, inputs, watched, expected):
    inputs = sorted(inputs, key=lambda one: one["t"])
    said = [short(d) for d in replay(config, inputs) if d["d"] in watched]
    assert said == [line.strip() for line in expected.strip().splitlines()]


# §2 ---------------------------------------------------------------------------------------------------------------------

def test_O5_sequence_numbers_and_age(replay):
    inputs = [obs(1000, "O", seq=5), obs(1000, "O", seq=5), obs(1001, "O", seq=4),
              obs(1002, "O", seq=6, ot=ms(1002) - 120000), obs(1003, "O", seq=7, ot=ms(1003) - 120001)]
    check(replay, services("a"), inputs, ("drop",), """
        1000 drop duplicate
        1001 drop out_of_order
        1003 drop late""")


# §3 ---------------------------------------------------------------------------------------------------------------------

def test_E3_three_probes_then_two(replay):
    probe = {"stype": "probe"}
    inputs = [obs(0, "O", source="x", **probe), obs(0, "M", source="z", **probe), obs(1, "D", source="y", **probe),
              obs(290, "O", source="x", **probe), obs(290, "D", source="y", **probe), at(301, "tick")]
    check(replay, services("a"), inputs, ("status",), """
        0 status a operational
        1 status a degraded
        300.001 status a operational""")


# §4 ---------------------------------------------------------------------------------------------------------------------

CONFIRMATION = [
    ("polls each 60 s: the dwell decides", {}, polls(0, 660, 60, "D"), "600 hard a degraded"),
    ("polls each 300 s: polls and dwell at once", {}, polls(0, 900, 300, "D"), "600 hard a degraded"),
    ("degraded and major in turns: major never", {},
     polls(0, 1200, 120, "D") + polls(60, 1200, 120, "M"), "600 hard a degraded"),
    ("major from 360: escalates at 960", {}, polls(0, 300, 60, "D") + polls(360, 1020, 60, "M"),
     "600 hard a degraded\n960 hard a major_outage"),
    ("tier 1: major after 90 s of proof", {"tier": 1}, polls(0, 120, 60, "M"), "120 hard a major_outage"),
    ("tier 1: a partial outage takes its time", {"tier": 1}, polls(0, 660, 60, "P"), "600 hard a partial_outage"),
    ("tier 1: escalation a moment before 90 s, and at them", {"tier": 1},
     polls(0, 600, 60, "P") + [obs(610, "M"), obs(660, "M"), obs(699.999, "M"), obs(700, "M")],
     "600 hard a partial_outage\n700 hard a major_outage"),
    ("two good polls are a recovery", {}, polls(0, 600, 60, "M") + polls(660, 780, 60, "O"),
     "600 hard a major_outage\n720 hard a operational"),
    ("an improvement dwells", {}, polls(0, 600, 60, "M") + polls(660, 1320, 60, "D"),
     "600 hard a major_outage\n1260 hard a degraded"),
]


@pytest.mark.parametrize("says, own, inputs, expected", CONFIRMATION, ids=[row[0] for row in CONFIRMATION])
def test_C4_C5_ladders(replay, says, own, inputs, expected):
    check(replay, services("a", **own), inputs, ("hard",), expected)


def test_C4_the_raise_is_of_that_moment(replay):
    check(replay, services("a", tier=1), polls(0, 120, 60, "M"), ("notify",), "120 raise service:a major_outage")


# §5 ---------------------------------------------------------------------------------------------------------------------

def test_F2_F3_alternating_then_stable(replay):
    turns = [obs(60 * i, "OD"[i % 2]) for i in range(7)]             # six changes; the last sample is operational
    stable = [obs(360 + 60 * k, "O") for k in range(1, 18)]
    check(replay, services("a"), turns + stable, ("flap", "notify"), """
        360 flap a start ring 35
        360 flap_start flap:a degraded
        1320 flap a stop ring 15
        1320 flap_stop flap:a degraded""")


def test_F7_nine_minutes_bad_one_good_is_too_slow_for_the_ring(replay):
    bad = [obs(600 * round_ + 60 * i, "D") for round_ in range(3) for i in range(5)]
    good = [obs(600 * round_ + 300 + 60 * i, "O") for round_ in range(3) for i in range(5)]
    after = polls(1800, 3360, 60, "O")
    check(replay, services("a"), bad + good + after, ("flap", "hard"), """
        300 hard a operational
        1440 flap a start slow 18
        3300 flap a stop slow 0""")


# §7 ---------------------------------------------------------------------------------------------------------------------

def test_N6_a_reminder_a_day_after_the_last_word(replay):
    inputs = polls(0, 3360, 60, "M") + polls(3400, 8340, 60, "D") + polls(8400, 9000 + 86400 + 60, 60, "M")
    check(replay, services("a", stale_after_s=3600), inputs, ("notify",), """
        600 raise service:a major_outage
        4000 improve service:a degraded
        9000 escalate service:a major_outage
        95400 reminder service:a major_outage""")


# §8 ---------------------------------------------------------------------------------------------------------------------

QUICK = {"confirm_polls": 1, "min_dwell_s": 0, "recovery_polls": 1, "improve_dwell_s": 0, "stale_after_s": 604800}


def test_I1_reopened_within_the_window_and_not_after(replay):
    inputs = [obs(0, "D"), obs(60, "O"), obs(1860, "D"), obs(1920, "O"), obs(3720.001, "D")]
    check(replay, services("a", **QUICK), inputs, ("incident", "notify"), """
        0 incident open inc-1 a
        0 raise service:a degraded
        60 resolve service:a operational
        60 incident resolve inc-1
        1860 incident reopen inc-1 a
        1860 raise service:a degraded
        1920 resolve service:a operational
        1920 incident resolve inc-1
        3720.001 incident open inc-2 a
        3720.001 raise service:a degraded""")


def test_I5_the_third_reopening_recovers_slowly(replay):
    inputs = [obs(0, "D"), obs(60, "O"), obs(120, "D"), obs(180, "O"), obs(240, "D"), obs(300, "O"), obs(360, "D"),
              obs(400, "O"), obs(2199.999, "O"), obs(2200, "O")]
    check(replay, services("a", flap_enabled=False, **QUICK), inputs, ("incident",), """
        0 incident open inc-1 a
        60 incident resolve inc-1
        120 incident reopen inc-1 a
        180 incident resolve inc-1
        240 incident reopen inc-1 a
        300 incident resolve inc-1
        360 incident reopen inc-1 a
        2200 incident resolve inc-1""")


# §9 ---------------------------------------------------------------------------------------------------------------------

def below_u(*names):
    return {"services": [{"id": "u"}] + [{"id": name, "depends_on": ["u"]} for name in names], "engine": QUICK}


def test_D2_to_D5_one_message_for_four(replay):
    inputs = [obs(0, "D", "u"), obs(10, "D", "a"), obs(20, "D", "b"), obs(30, "D", "c"), obs(7200, "D", "d"),
              obs(9000, "O", "u"), obs(9100, "O", "b"), obs(9100, "O", "c"), obs(9100, "O", "d"), at(9400, "tick")]
    check(replay, below_u("a", "b", "c", "d"), inputs, ("notify", "suppress"), """
        0 raise service:u degraded
        10 held raise service:a correlation_hold u
        20 held raise service:b correlation_hold u
        30 held raise service:a dependency u
        30 held raise service:b dependency u
        30 held raise service:c dependency u
        30 aggregate service:u degraded [a,b,c]
        7200 held raise service:d dependency u
        9000 held raise service:a upstream_grace
        9000 held raise service:b upstream_grace
        9000 held raise service:c upstream_grace
        9000 held raise service:d upstream_grace
        9000 resolve service:u operational
        9100 held resolve service:b not_announced
        9100 held resolve service:c not_announced
        9100 held resolve service:d not_announced
        9300 raise service:a degraded""")


def test_D6_two_are_too_few_and_raised_alone(replay):
    inputs = [obs(0, "D", "u"), obs(10, "D", "a"), obs(20, "D", "b"), at(100, "tick")]
    check(replay, below_u("a", "b", "c"), inputs, ("notify",), """
        0 raise service:u degraded
        70 raise service:a degraded
        80 raise service:b degraded""")


# §10 --------------------------------------------------------------------------------------------------------------------

def test_P1_a_feed_that_times_out_is_no_outage(replay):
    inputs = [obs(0, "O"), obs(60, "F"), obs(120, "F"), obs(180, "F"), obs(240, "O"), obs(300, "O")]
    check(replay, services("a"), inputs, ("status", "hard", "poller", "notify", "suppress"), """
        0 status a operational
        0 hard a operational
        180 poller p broken
        180 status a unknown
        180 raise poller:a/p broken
        240 status a operational
        300 poller p ok
        300 resolve poller:a/p ok""")


def test_K6_a_collector_that_sees_nothing_is_told_once(replay):
    names = ("a", "b", "c", "d")
    inputs = [obs(0, "O", name, collector="host") for name in names]
    inputs += [obs(t, "F", name, collector="host") for t in (60, 120, 180) for name in names]
    inputs += [obs(t, "F", name, collector="host") for t in (240, 299) for name in ("a", "b")]
    inputs += [obs(t, "O", name, collector="host") for t in (240, 300) for name in ("c", "d")]
    inputs += [obs(t, "O", "a", collector="host") for t in (301, 302)] + [at(t, "hb", collector="host") for t in (360, 400)]
    check(replay, services(*names), inputs, ("collector", "notify", "suppress"), """
        180 held raise poller:a/p poller_hold
        180 held raise poller:b/p poller_hold
        180 collector host blind
        180 held raise collector:host collector_hold
        180 held raise poller:a/p collector_blind
        180 held raise poller:b/p collector_blind
        180 held raise poller:c/p collector_blind
        180 held raise poller:d/p collector_blind
        210 raise collector:host blind
        300 held resolve poller:c/p not_announced
        300 collector host ok
        300 resolve collector:host ok
        300 held raise poller:a/p poller_hold
        300 held raise poller:b/p poller_hold
        300 held resolve poller:d/p not_announced
        302 held resolve poller:a/p not_announced
        390 raise poller:b/p broken""")


# §11 --------------------------------------------------------------------------------------------------------------------

def test_A2_A3_acknowledged_expired_and_escalated(replay):
    config = services("a", **QUICK)
    inputs = [obs(0, "D"), at(100, "ack", key="service:a", by="ann", until=ms(86500)), at(86600, "ack", key="service:a", by="ann"),
              obs(86700, "M")]
    check(replay, config, inputs, ("notify", "suppress", "ack"), """
        0 raise service:a degraded
        100 ack set
        86400 held reminder service:a acknowledged ann
        86500 ack lapse expired
        86500 reminder service:a degraded
        86600 ack set
        86700 ack lapse escalated
        86700 escalate service:a major_outage""")


# §13 --------------------------------------------------------------------------------------------------------------------

def test_M2_M3_held_in_the_window_and_its_grace(replay):
    window = at(0, "maint", id="w1", services=["a"], start=ms(1000), end=ms(2000))
    check(replay, services("a", **QUICK), [window, obs(1100, "M"), at(2400, "tick")], ("notify", "suppress", "maint"), """
        1000 maint start w1
        1100 held raise service:a maintenance w1
        2000 maint end w1
        2000 held raise service:a maintenance_grace
        2300 raise service:a major_outage""")


def test_N1_what_was_told_is_resolved_in_a_window_too(replay):
    window = at(0, "maint", id="w1", services=["a"], start=ms(1000), end=ms(2000))
    check(replay, services("a", **QUICK), [window, obs(900, "M"), obs(1500, "O")], ("notify", "suppress", "maint"), """
        900 raise service:a major_outage
        1000 maint start w1
        1500 resolve service:a operational""")


# §14 --------------------------------------------------------------------------------------------------------------------

def test_X2_a_short_stop_costs_nothing(replay):
    inputs = polls(0, 120, 60, "D") + [at(200, "gap")] + polls(240, 600, 60, "D")
    said = [d for d in replay(services("a"), inputs) if d["d"] == "hard"]
    assert [(d["t"], d["to"], d["polls"], d["dwell_ms"]) for d in said] == [(600000, "degraded", 10, 600000)]


def test_X2_a_long_stop_starts_anew(replay):
    inputs = polls(0, 120, 60, "D") + [at(1200, "gap")] + polls(1200, 1860, 60, "D")
    check(replay, services("a"), inputs, ("status", "hard"), """
        0 status a degraded
        1200 status a unknown
        1200 status a degraded
        1800 hard a degraded""")


# §15 --------------------------------------------------------------------------------------------------------------------

def test_S5_to_S7_five_minutes_of_major(replay):
    inputs = polls(0, 6000 - 60, 60, "O") + polls(6000, 6240, 60, "M") + polls(6300, 36000, 60, "O")
    check(replay, services("a", slo_enabled=True), inputs, ("notify", "suppress"), """
        6300 raise slo:a:fast fast
        6300 held raise slo:a:slow higher_burn_open
        6300 held raise slo:a:ticket higher_burn_open
        6900 resolve slo:a:fast ok
        6900 held raise slo:a:slow higher_burn_recent
        8400 held resolve slo:a:slow not_announced
        8400 held raise slo:a:ticket higher_burn_recent
        28200 held resolve slo:a:ticket not_announced""")
