# SPDX-License-Identifier: Apache-2.0
"""What a configuration makes of recorded inputs, with the real program."""
import json
import subprocess

from support.vendor import summary
from support.wait import until
from test_main_job import service, start


def replay(house, config, inputs, *, as_file=False, raw=None):
    """Runs it; returns the exit code, the decisions and what was said beside them."""
    path = house.write("rules.yaml", json.dumps(config))
    text = raw if raw is not None else "".join(json.dumps(line) + "\n" for line in inputs)
    arguments = ["--config", path]
    if as_file:
        arguments.append(house.write("inputs.ndjson", text))
    done = subprocess.run([str(house.aggregator_bin), "replay", *map(str, arguments)], input=None if as_file else text,
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def obs(seconds, status, service="gh", source="page", **more):
    return {"t": seconds * 1000, "kind": "obs", "service": service, "source": source, "status": status, **more}


def kinds(decisions, d):
    return [line for line in decisions if line["d"] == d]


GITHUB = {"services": [{"id": "gh", "name": "GitHub"}]}


def test_trouble_is_confirmed_told_and_over(house):
    inputs = [obs(s, "degraded") for s in range(0, 601, 60)] + [obs(s, "operational") for s in (660, 720)]
    code, decisions, _ = replay(house, GITHUB, inputs)
    assert code == 0
    told = kinds(decisions, "notify")
    assert [(line["t"], line["kind"], line["level"], line["channels"]) for line in told] == [
        (600_000, "raise", "degraded", ["chat"]), (720_000, "resolve", "operational", ["chat"])]
    assert told[0]["since"] == 0 and told[0]["said"] == {"vendor": "degraded", "probe": "unknown"}
    assert kinds(decisions, "hard")[0] == {"t": 600_000, "d": "hard", "service": "gh", "from": "unknown", "to": "degraded",
                                           "via": "confirm", "polls": 11, "dwell_ms": 600_000}


def test_a_file_and_stdin_give_the_same(house):
    inputs = [obs(s, "major_outage", service="gh") for s in range(0, 1200, 60)] + [{"t": 90_000_000, "kind": "tick"}]
    assert replay(house, GITHUB, inputs) == replay(house, GITHUB, inputs, as_file=True)


def test_time_between_inputs_passes(house):
    """The next input comes far later: meanwhile the vote has ended and the source has fallen silent."""
    code, decisions, _ = replay(house, GITHUB, [obs(0, "operational"), {"t": 10_000_000, "kind": "tick"}])
    assert code == 0
    assert kinds(decisions, "poller") == [{"t": 300_001, "d": "poller", "service": "gh", "source": "page", "from": "ok", "to": "silent"}]
    assert kinds(decisions, "status")[-1] == {"t": 300_001, "d": "status", "service": "gh", "from": "operational", "to": "unknown"}


def test_lines_that_cannot_be_used_are_answered_and_passed_over(house):
    raw = "no json\n" + json.dumps(obs(1, "degraded")) + "\n" + '{"t": 2000, "kind": "obs"}\n\n' + "[" * 200 + "\n" + \
        "x" * 3_000_000 + "\n" + json.dumps({"t": 3000, "kind": "manual", "service": "nobody", "status": "degraded"})
    code, decisions, _ = replay(house, GITHUB, [], raw=raw)
    assert code == 0
    assert [(line["t"], line["kind"], line["reason"]) for line in kinds(decisions, "reject")] == [
        (None, None, "bad_record"), (1000, "obs", "bad_record"), (1000, None, "bad_record"), (1000, None, "bad_record"),
        (1000, None, "bad_record"), (3000, "manual", "no_such_service")]


def test_a_configuration_may_change_on_the_way(house):
    more = {"services": [{"id": "gh"}, {"id": "sso", "tier": 1}], "engine": {"confirm_polls": 1, "min_dwell_s": 0}}
    inputs = [obs(0, "degraded"), {"t": 1000, "kind": "config", "config": more}, obs(60, "degraded"),
              {"t": 61_000, "kind": "config", "config": {"services": [{"id": "sso"}]}},
              {"t": 62_000, "kind": "config", "config": {"services": [{"id": "sso", "teir": 1}]}}]
    code, decisions, _ = replay(house, GITHUB, inputs)
    assert code == 0
    assert [(line["t"], line["added"], line["removed"]) for line in kinds(decisions, "config")] == [
        (1000, ["sso"], []), (61_000, [], ["gh"])]
    assert [(line["kind"], line.get("reason")) for line in kinds(decisions, "notify")] == [("raise", None), ("resolve", "config_removed")]
    assert kinds(decisions, "reject") == [{"t": 62_000, "d": "reject", "kind": "config", "reason": "bad_config"}]


def test_exit_codes(house):
    code, decisions, said = replay(house, {"services": [{"id": "gh", "depends_on": ["nobody"]}]}, [])
    assert code == 2 and decisions == [] and "nobody" in said and "rules.yaml:1:" in said
    rules = house.write("rules.yaml", json.dumps(GITHUB))
    assert house.run("aggregator", "replay", "--config", rules, house.directory / "absent").returncode == 1
    assert house.run("aggregator", "replay", "--config", rules, "a", "b").returncode == 2
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([str(house.aggregator_bin), "replay", "--config", str(rules)], stdout=full,
                              stderr=subprocess.PIPE, input=json.dumps(obs(0, "degraded")), text=True, timeout=60, check=False)
    assert done.returncode == 1 and "output" in done.stderr


def test_the_whole_configuration_of_an_aggregator_works(house):
    house.write_services([{"id": "gh", "name": "GitHub", "category": "engineering"}])
    config = house.write_aggregator(engine={"confirm_polls": 1, "min_dwell_s": 0})
    done = subprocess.run([str(house.aggregator_bin), "replay", "--config", str(config)],
                          input=json.dumps(obs(0, "major_outage")), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert '"raise"' in done.stdout


def test_an_acknowledgement_ends_reminders_until_it_lapses(house):
    rules = {**GITHUB, "engine": {"confirm_polls": 1, "min_dwell_s": 0, "dedup_window_s": 60, "stale_after_s": 604800}}
    inputs = [obs(0, "degraded"), {"t": 1000, "kind": "ack", "key": "service:gh", "by": "ann", "until": 130_000},
              {"t": 200_000, "kind": "tick"}, {"t": 201_000, "kind": "unack", "key": "service:gh"},
              {"t": 202_000, "kind": "ack", "key": "service:nobody", "by": "ann"}]
    code, decisions, _ = replay(house, rules, inputs)
    assert code == 0
    assert [(line["t"], line["kind"]) for line in kinds(decisions, "notify")] == [(0, "raise"), (130_000, "reminder"), (190_000, "reminder")]
    assert [(line["t"], line["kind"], line["by"]) for line in kinds(decisions, "suppress")] == [
        (60_000, "reminder", "ann"), (120_000, "reminder", "ann")]
    assert [(line["t"], line["op"], line["reason"]) for line in kinds(decisions, "ack")] == [
        (1000, "set", None), (130_000, "lapse", "expired")]
    assert [(line["kind"], line["reason"]) for line in kinds(decisions, "reject")] == [("unack", "no_such_ack"), ("ack", "no_such_alert")]


def test_evidence_and_a_report_of_readiness(house):
    rules = {**GITHUB, "evidence": [{"area": "backup", "required": True, "weight": 3, "fresh_s": 10, "expire_s": 30},
                                    {"area": "monitoring", "required": False, "weight": 1}]}
    proven = {"kind": "evidence", "area": "backup", "subject": "db", "result": "pass"}
    asked = {"kind": "report", "what": "readiness"}
    inputs = [{"t": 0, **asked}, {"t": 1000, **proven}, {"t": 11_000, **asked}, {"t": 21_000, **asked}, {"t": 31_000, **asked},
              {"t": 31_000, **proven, "area": "monitoring"}, {"t": 31_000, "kind": "report", "what": "weather"}]
    code, decisions, _ = replay(house, rules, inputs)
    assert code == 0
    told = kinds(decisions, "report")
    assert told[0] == {"t": 0, "d": "report", "what": "readiness", "score": 0, "state": "not_ready",
                       "areas": [{"area": "backup", "score": 0, "state": "missing"}, {"area": "monitoring", "score": 0, "state": "failed"}]}
    assert [(line["score"], line["state"], line["areas"][0]["state"]) for line in told[1:]] == [
        (750, "limited", "ok"), (375, "limited", "stale"), (0, "not_ready", "expired")]
    assert [(line["kind"], line["reason"]) for line in kinds(decisions, "reject")] == [
        ("evidence", "no_such_area"), ("report", "bad_record")]


def recorded(house):
    """What the running aggregator has decided, oldest first, as far as a replay tells it too."""
    rows, cursor = [], ""
    while cursor is not None:
        page = house.json(f"/api/timeline?limit=1000{cursor and '&cursor=' + cursor}")
        rows, cursor = rows + page["items"], page["next_cursor"]
    return [(row["decision"], row.get("service"), row.get("from"), row.get("to"), row.get("kind"), row.get("key"), row.get("level"),
             row.get("channels") or []) for row in reversed(rows)]


def replayed(house, *arguments):
    done = house.run("aggregator", "replay", "--journal", *arguments)
    assert done.returncode == 0, done.stderr
    decisions = [json.loads(line) for line in done.stdout.splitlines()]
    return [(line["d"], line.get("service"), line.get("from"), line.get("to"), line.get("kind"), line.get("key"), line.get("level"),
             line.get("channels") or []) for line in decisions if line["d"] not in ("drop", "note") or line.get("reason") == "unwatched"]


def without_service(rows):
    """A row of the timeline names the service of a notify beside its key; a line of a replay does not."""
    return [row if row[0] not in ("notify", "suppress") else (row[0], None, *row[2:]) for row in rows]


def test_the_journal_gives_the_decisions_again(house, vendor, sink):
    """An outage, a reload, kill -9 in the middle, another configuration at the next start: while it runs and from a copy."""
    quick = {"min_dwell_s": 1, "confirm_polls": 2, "recovery_polls": 2, "stale_after_s": 60, "collector_silent_s": 5}
    vendor.say("acme", summary())
    vendor.say("beta", summary())
    start(house, sink, [service(vendor, "acme"), service(vendor, "beta")], engine=quick)
    until(lambda: house.service("acme")["state"] == "operational", what="the first good poll")
    vendor.say("acme", summary("critical", {"API": "major_outage"}))
    until(lambda: len(sink.texts()) == 1, what="the alert")
    house.aggregator.kill()
    house.write_aggregator(engine={**quick, "recovery_polls": 1}, webhook=sink.url)
    house.start_aggregator()
    vendor.say("acme", summary("minor", {"API": "degraded_performance"}))
    until(lambda: house.service("acme")["state"] == "degraded", what="the next poll")
    vendor.say("acme", summary())
    until(lambda: len(sink.texts()) >= 2, what="the recovery")
    until(lambda: house.service("acme")["state"] == "operational")
    house.stop()

    def same():
        house.start_aggregator()
        mine = without_service(recorded(house))
        house.aggregator.stop()
        return mine
    mine = same()
    again = without_service(replayed(house, house.data))
    assert again[:len(mine)] == mine
    assert len(mine) > 10 and ("notify" in [row[0] for row in mine]) and ("config" in [row[0] for row in mine])

    strict = house.write("strict.yaml", json.dumps({"services": [{"id": "acme"}, {"id": "beta"}], "engine": {"min_dwell_s": 86400}}))
    assert "notify" not in [row[0] for row in replayed(house, house.data, "--config", strict)], "nothing lasts that long"


def test_a_report_tells_uptime_and_what_is_left_of_the_budget(house):
    """Five minutes of outage in the second hour, at 99.9 %: more than a tenth of the budget of 30 days."""
    config = {"services": [{"id": "gh", "slo_enabled": True, "slo_target": 99.9}]}
    inputs = [obs(s, "major_outage" if 6000 <= s < 6300 else "operational") for s in range(0, 7201, 60)]
    code, decisions, _ = replay(house, config, inputs + [{"t": 7_200_000, "kind": "report", "what": "service", "service": "gh"}])
    assert code == 0
    [report] = kinds(decisions, "report")
    assert report["uptime_ppm"] == {"24h": 958_333, "7d": 958_333, "30d": 958_333}
    assert report["slo"] == {"budget_remaining_ppm": 884_259,
                             "burn_milli": {"5m": 0, "30m": 166_666, "1h": 83_333, "6h": 27_777, "3d": 2_314}}
    told = [(row["t"], row["kind"], row["key"]) for row in kinds(decisions, "notify") if row["key"].startswith("slo:")]
    assert told == [(6_300_000, "raise", "slo:gh:fast"), (6_900_000, "resolve", "slo:gh:fast")]


def test_a_store_that_is_not_there(house):
    done = house.run("aggregator", "replay", "--journal", house.directory / "nowhere")
    assert done.returncode == 1 and "nowhere" in done.stderr and done.stdout == ""


def test_a_report_tells_how_a_service_stands(house):
    """Asked between the inputs; what time has brought until then comes first."""
    def asked(seconds, name="gh"):
        return {"t": seconds * 1000, "kind": "report", "what": "service", "service": name}

    inputs = [asked(0, "nobody"), asked(0)] + [obs(s, "degraded") for s in range(0, 601, 60)] + [
        asked(600), obs(660, "operational"), asked(660), asked(1000)]
    code, decisions, _ = replay(house, GITHUB, inputs)
    assert code == 0
    assert decisions[0] == {"t": 0, "d": "reject", "kind": "report", "reason": "no_such_service"}
    fresh, bad, better, silent = kinds(decisions, "report")
    assert fresh == {
        "t": 0, "d": "report", "what": "service", "service": "gh", "effective": "unknown", "hard": "unknown", "flapping": False,
        "pollers": {}, "alert": None, "uptime_ppm": {"24h": None, "7d": None, "30d": None}, "slo": None,
        "said": {"vendor": "unknown", "probe": "unknown"}, "next": None, "held": None}
    assert (bad["effective"], bad["hard"], bad["pollers"], bad["next"]) == ("degraded", "degraded", {"page": "ok"}, None)
    assert bad["alert"]["level"] == "degraded" and bad["alert"]["announced"] is True and bad["alert"]["acked"] is False
    assert better["next"] == {"to": "operational", "polls": 1, "need": 2, "at": 660_000}
    assert silent["uptime_ppm"] == {"24h": 1000000, "7d": 1000000, "30d": 1000000}, "degraded counts as good"
    assert silent["effective"] == "unknown" and silent["pollers"] == {"page": "silent"} and silent["next"] is None
    assert decisions.index(silent) > decisions.index(kinds(decisions, "poller")[-1])
