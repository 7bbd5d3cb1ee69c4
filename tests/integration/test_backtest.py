# SPDX-License-Identifier: Apache-2.0
"""What another configuration would have made of a recorded past, with the real programs."""
import json
import shutil
import time

from support.vendor import summary
from support.wait import until
from test_main_job import service, start

QUICK = {"min_dwell_s": 1, "confirm_polls": 2, "recovery_polls": 2, "stale_after_s": 60, "collector_silent_s": 30}


def outage(house, vendor, sink, n=2):
    """A major outage that is told of, and its end."""
    vendor.say("acme", summary("critical", {"API": "major_outage"}))
    until(lambda: len(sink.texts()) == n - 1, what="the alert")
    vendor.say("acme", summary())
    until(lambda: len(sink.texts()) == n, what="the recovery")
    until(lambda: house.service("acme")["state"] == "operational")


def recorded_outage(house, vendor, sink):
    vendor.say("acme", summary())
    vendor.say("beta", summary())
    start(house, sink, [service(vendor, "acme"), service(vendor, "beta")], engine=QUICK)
    until(lambda: house.service("acme")["state"] == "operational", what="the first good poll")
    outage(house, vendor, sink)


def rules(house, name="rules.yaml", services=("acme", "beta"), **engine):
    return house.write(name, json.dumps({"services": [{"id": one} for one in services], "engine": {**QUICK, **engine}}))


def replay(house, *arguments, code=0):
    done = house.run("aggregator", "replay", "--journal", house.data, *arguments)
    assert done.returncode == code, done.stderr
    return done.stdout


def diff(house, config, *arguments, code=0):
    return json.loads(replay(house, "--diff", "--config", config, "-o", "json", *arguments, code=code))


def changes(found):
    return [(row["change"], row["kind"], row["key"], row["why"]) for row in found["differences"]]


def test_a_longer_dwell_takes_the_alert_away(house, vendor, sink):
    """Beside the running daemon: the same rules differ in nothing, stricter ones are silent, laxer ones cry."""
    recorded_outage(house, vendor, sink)

    same = diff(house, rules(house), "--fail-if-more", "0")
    assert changes(same) == [] and same["same"] == 2 and same["whole_from"] is None
    assert same["recorded"] == same["new"] == {"notifications": 2, "noise_points": 3, "noise_per_day": 3.0}

    strict = rules(house, min_dwell_s=86400)
    found = diff(house, strict)
    assert changes(found) == [("removed", "raise", "service:acme", "not_confirmed"), ("removed", "resolve", "service:acme", "not_confirmed")]
    assert found["recorded"]["notifications"] == 2 and found["new"] == {"notifications": 0, "noise_points": 0, "noise_per_day": 0.0}
    assert found["by"] == [{"subject": "acme", "why": "not_confirmed", "added": 0, "removed": 2, "moved": 0, "changed": 0}]
    raised = found["differences"][0]["recorded"]
    assert raised["level"] == "major_outage" and raised["channels"] == ["page", "chat"] and found["differences"][0]["new"] is None

    table = replay(house, "--diff", "--config", strict)
    assert "0 added, 2 removed, 0 moved, 0 changed, 0 the same" in table and "noise a day              3.00         0.00" in table

    routed = house.write("routed.yaml", json.dumps({"services": [{"id": "acme"}, {"id": "beta"}], "engine": QUICK,
                                                    "routes": [{"channels": ["chat"]}]}))
    assert changes(diff(house, routed))[0] == ("changed", "raise", "service:acme", "channels")
    assert changes(diff(house, rules(house, services=["beta"])))[0] == ("removed", "raise", "service:acme", "unknown_service")


def polled(vendor, times):
    """Waits until the page was asked so often, and once more: by then what it said before is in the journal."""
    target = vendor.count("acme") + times + 1
    until(lambda: vendor.count("acme") >= target, what=f"{times} polls")


def test_too_many_more_end_with_4(house, vendor, sink):
    """What was recorded under strict rules, judged by quick ones."""
    vendor.say("acme", summary())
    start(house, sink, [service(vendor, "acme")], engine={**QUICK, "min_dwell_s": 86400})
    until(lambda: house.service("acme")["state"] == "operational", what="the first good poll")
    vendor.say("acme", summary("critical", {"API": "major_outage"}))
    until(lambda: house.service("acme")["state"] == "major_outage")
    polled(vendor, 4)    # more than quick rules want to be sure of it, a second apart
    vendor.say("acme", summary())
    until(lambda: house.service("acme")["state"] == "operational")
    polled(vendor, 4)

    quick = rules(house, services=["acme"])
    assert changes(diff(house, quick, "--fail-if-more", "2")) == [
        ("added", "raise", "service:acme", "not_confirmed"), ("added", "resolve", "service:acme", "not_confirmed")]
    diff(house, quick, "--fail-if-more", "1", code=4)
    assert sink.texts() == [], "nothing is ever sent"


def test_since_and_until_bound_what_is_shown(house, vendor, sink):
    recorded_outage(house, vendor, sink)
    lines = [json.loads(line) for line in replay(house).splitlines()]
    raised, resolved = [line["t"] for line in lines if line["d"] == "notify"]
    stamp = lambda ms: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms / 1000)) + f".{ms % 1000:03}Z"  # noqa: E731

    def shown(*arguments):
        return [json.loads(line) for line in replay(house, *arguments).splitlines()]
    n = len(lines)
    assert shown("--since", stamp(raised))[:n] == [line for line in lines if line["t"] >= raised]
    assert shown("--since", stamp(raised + 1))[:n] == [line for line in lines if line["t"] > raised]
    assert shown("--until", stamp(resolved)) == [line for line in lines if line["t"] < resolved]
    assert shown("--since", "-1h", "--until", stamp(resolved + 1)) == [line for line in lines if line["t"] <= resolved]
    assert replay(house, "--since", "-0s") == ""

    strict = rules(house, min_dwell_s=86400)
    assert [row["kind"] for row in diff(house, strict, "--since", stamp(raised + 1))["differences"]] == ["resolve"]
    assert [row["kind"] for row in diff(house, strict, "--until", stamp(resolved))["differences"]] == ["raise"]


def test_a_base_stands_for_the_beginning(house, vendor, sink):
    """A copy made between two outages, in the middle of a run: from it the rest comes out as it does from the beginning."""
    recorded_outage(house, vendor, sink)
    house.aggregator.stop()
    copy = house.directory / "copy"
    copy.mkdir()
    shutil.copy(house.data / "tocsin.mdb", copy / "data.mdb")    # the name that mdb_copy gives it
    house.start_aggregator()
    until(lambda: house.service("acme")["state"] == "operational")
    outage(house, vendor, sink, n=4)
    house.stop()

    whole, rest = replay(house), replay(house, "--base", copy)
    assert whole.endswith(rest) and '"raise"' in rest and len(rest) < len(whole)
    found = diff(house, rules(house, min_dwell_s=86400), "--base", copy)
    assert [row["kind"] for row in found["differences"]] == ["raise", "resolve"] and found["whole_from"] is None

    for own in (house.data, house.data / "tocsin.mdb"):
        assert house.run("aggregator", "replay", "--journal", house.data, "--base", own).returncode == 1
    backwards = house.run("aggregator", "replay", "--journal", copy, "--base", house.data)
    assert backwards.returncode == 1 and "newer" in backwards.stderr


def test_wrong_usage(house):
    for arguments, said in ([("--diff",), "need --journal"], [("--base", "x"), "need --journal"], [("--since", "-1h"), "need --journal"],
                            [("--journal", "x", "-o", "json"), "need --diff"], [("--journal", "x", "--fail-if-more", "1"), "need --diff"],
                            [("--journal", "x", "--diff", "-o", "xml"), "xml"], [("--journal", "x", "--since", "yesterday"), "yesterday"],
                            [("--journal", "x", "--until", "soon"), "soon"], [("--journal", "x", "--diff", "--fail-if-more", "-1"), "-1"],
                            [("--journal", "x", "--since", "-1h", "--until", "-2h"), "nothing lies between"]):
        done = house.run("aggregator", "replay", *arguments)
        assert done.returncode == 2 and said in done.stderr, (arguments, done.stderr)
