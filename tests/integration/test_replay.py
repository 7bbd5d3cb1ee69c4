# SPDX-License-Identifier: Apache-2.0
"""What a configuration makes of recorded inputs, with the real program."""
import json
import subprocess


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
