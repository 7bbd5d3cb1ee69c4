# SPDX-License-Identifier: Apache-2.0
"""Why an alert was told or not, asked of the running programs and of what they have recorded."""
import json

from support.vendor import summary
from support.wait import until
from test_http import set_status
from test_main_job import QUICK, service, start


def explain(house, name="acme", at=None):
    return house.json(f"/api/services/{name}/explain" + ("" if at is None else f"?at={at}"))


def as_it_was(explanation):
    """All that a replay can know of it."""
    kept = {name: value for name, value in explanation.items() if name not in ("gates", "replayed")}
    return kept, [gate for gate in explanation["gates"] if gate["gate"] != "outbox"]


def gate(explanation, name):
    [found] = [one for one in explanation["gates"] if one["gate"] == name]
    return found


def command(house, *arguments):
    return house.run("aggregator", "explain", "acme", *arguments)


def ask(house, *arguments):
    return command(house, "--config", house.directory / "aggregator.yaml", *arguments)


def test_from_the_first_bad_poll_to_the_message(house, vendor, sink):
    vendor.say("acme", summary())
    start(house, sink, [service(vendor, "acme", confirm_polls=3)], engine={**QUICK, "min_dwell_s": 6})
    until(lambda: house.service("acme")["state"] == "operational", what="the first good poll")
    fine = explain(house)
    assert fine["stopped_by"] == "effective" and fine["would_alert_at"] is None and fine["alert_open"] is False
    assert gate(fine, "fresh")["inputs"]["sources"][0]["votes"] is True
    assert {one["verdict"] for one in fine["gates"][2:]} == {"not_reached"}

    vendor.say("acme", summary("critical", {"API": "major_outage"}))
    until(lambda: house.service("acme")["state"] == "major_outage", what="the page's outage")
    waiting = explain(house)
    confirmed = gate(waiting, "confirmed")
    assert waiting["stopped_by"] == "confirmed" and confirmed["verdict"] == "stops"
    inputs = confirmed["inputs"]
    assert (inputs["to"], inputs["polls_needed"], inputs["dwell_needed_seconds"]) == ("major_outage", 3, 6)
    assert 1 <= inputs["polls"] <= 7 and inputs["earliest_at"] == confirmed["ends_at"] > waiting["at"]
    assert "polls" in waiting["verdict"] and waiting["verdict"].startswith("No alert yet: ")
    assert [(one["name"], one["value"], one["from"]) for one in confirmed["parameters"]] == [
        ("confirm_polls", 3, "service"), ("min_dwell_s", 6, "file")]
    shown = ask(house)
    assert shown.returncode == 0 and "STOPS   confirmed" in shown.stdout
    assert shown.stdout.rstrip().splitlines()[-1].startswith("No alert yet: major_outage is not confirmed")

    until(lambda: len(sink.texts()) == 1, 20, what="the alert")
    until(lambda: gate(explain(house), "outbox")["verdict"] == "pass", what="the receipt")
    told = explain(house)
    assert told["stopped_by"] == "told" and told["alert_open"] is True and told["would_send"] == "reminder"
    [row] = gate(told, "outbox")["inputs"]["deliveries"]
    assert (row["kind"], row["level"], row["state"]) == ("raise", "major_outage", "sent")
    assert row["decided_at"] >= inputs["earliest_at"], "not before the moment that was told"
    assert told["verdict"].startswith("page and chat were told of major_outage")
    assert gate(told, "outbox")["inputs"]["without_receiver"] == ["page"] and "No receiver is configured for page." in told["verdict"]
    assert json.loads(ask(house, "-o", "json").stdout)["stopped_by"] == "told"

    replayed = explain(house, at=waiting["at"])
    assert as_it_was(replayed) == as_it_was(waiting), "as it was told live at that moment"
    assert replayed["replayed"]["inputs"] >= inputs["polls"] and replayed["replayed"]["exact_from"] is None
    assert as_it_was(explain(house, at=fine["at"])) == as_it_was(fine)
    assert as_it_was(explain(house, at=told["at"]))[0]["stopped_by"] == "told"
    assert explain(house, at="-0s")["stopped_by"] == "told"
    assert explain(house)["stopped_by"] == "told" and "replayed" not in explain(house), "the present is as it was"

    house.aggregator.stop()
    assert ask(house).returncode == 1, "nobody is there to be asked"
    store = house.directory / "data"
    again = command(house, "--journal", store, "--at", waiting["at"], "-o", "json")
    assert again.returncode == 0, again.stderr
    before = json.loads(again.stdout)
    assert before == replayed, "both replay the same"
    assert before["stopped_by"] == "confirmed" and gate(before, "confirmed")["inputs"]["since"] == inputs["since"]
    assert gate(before, "confirmed")["inputs"]["polls"] == inputs["polls"]
    ended = json.loads(command(house, "--journal", store, "-o", "json").stdout)
    assert ended["stopped_by"] == "told" and gate(ended, "told")["inputs"]["told"] == "major_outage"
    for at, words in (("2001-01-01T00:00:00Z", "begins at"), ("2999-01-01T00:00:00Z", "ends at")):
        refused = command(house, "--journal", store, "--at", at)
        assert refused.returncode == 1 and words in refused.stderr
    assert command(house, "--journal", house.directory / "nowhere").returncode == 1


def test_what_is_held_says_until_when(house, sink):
    house.authorize("py")
    house.write_services([{"id": "base", "name": "Base", "category": "engineering"},
                          {"id": "acme", "name": "Acme", "category": "engineering", "depends_on": ["base"]}])
    house.write_aggregator(engine={"correlation_hold_s": 6}, webhook=sink.url)
    house.start_aggregator()
    set_status(house, "base", "degraded")
    set_status(house, "acme", "degraded")
    held = explain(house)
    assert held["stopped_by"] == "dependency" and held["reason"] == "correlation_hold"
    found = gate(held, "dependency")
    assert found["by"] == "base" and found["ends_at"] == held["would_alert_at"] and held["would_send"] == "raise"
    assert held["would_tell"] == ["chat"] and gate(held, "flapping")["verdict"] == "not_reached"
    until(lambda: len(sink.texts()) == 2, 20, what="the message that waited")
    told = explain(house)
    assert gate(told, "told")["inputs"]["told_at"] == held["would_alert_at"], "when it was said to be"


def test_what_cannot_be_explained(house, sink):
    house.authorize("py")
    house.write_services([{"id": "acme", "name": "Acme", "category": "engineering"}])
    house.write_aggregator(webhook=sink.url)
    house.start_aggregator()
    for path, status, words in (("/api/services/nobody/explain", 404, "nobody"), ("/api/services/acme/explain?at=-2h", 400, "begins at 20"),
                                ("/api/services/acme/explain?at=2999-01-01T00:00:00Z", 400, "later than now"),
                                ("/api/services/acme/explain?at=tuesday", 400, "relative"),
                                ("/api/services/nobody/explain?at=-0s", 404, "nobody"),
                                ("/api/services/acme/explain/more", 404, "path")):
        answered, _, raw = house.request("GET", path)
        assert answered == status and words in json.loads(raw)["detail"], raw
    assert house.request("POST", "/api/services/acme/explain")[0] == 405
    assert explain(house)["stopped_by"] == "fresh"
    nobody = house.run("aggregator", "explain", "nobody", "--config", house.directory / "aggregator.yaml")
    assert nobody.returncode == 1 and "nobody" in nobody.stderr
    for wrong in ((), ("acme", "--at", "-2h"), ("acme", "--journal", "x", "--at", "tuesday"), ("a/b",), ("acme", "-o", "xml"),
                  ("acme", "--journal", "x", "--addr", "http://127.0.0.1:1")):
        assert house.run("aggregator", "explain", *wrong).returncode == 2, wrong
