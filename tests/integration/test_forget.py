# SPDX-License-Identifier: Apache-2.0
"""A host that is gone for good is forgotten; one that is not is known anew."""
import json

from support.vendor import summary
from support.wait import until
from test_cli import config
from test_main_job import QUICK, admin, service, start
from test_replay import recorded, replayed, without_service


def forget(house, path):
    status, _, raw = house.request("DELETE", path, headers=admin(house))
    return status, json.loads(raw)


def words(house):
    return [row["words"] for row in house.json("/api/timeline?limit=200")["items"]]


def without_refusals(rows):
    """A row of the timeline does not name the input that was refused."""
    return [row for row in without_service(rows) if row[0] != "reject"]


def test_a_retired_host(house, vendor, sink):
    vendor.say("acme", summary())
    running = start(house, sink, [service(vendor, "acme")],
                    engine={**QUICK, "collector_silent_s": 5, "collector_hold_s": 0, "stale_after_s": 600})
    until(lambda: house.service("acme")["state"] == "operational", what="the first good poll")
    until(lambda: [host["id"] for host in house.json("/api/hosts")["items"]] == ["one"], what="its host")
    running.stop()
    until(lambda: len(sink.texts()) == 1, 30, "the silent collector")

    assert forget(house, "/api/admin/collectors/two")[0] == 404
    done = house.run("aggregator", "forget", "one", *config(house))
    assert done.returncode == 0 and "known anew" in done.stderr, done.stderr
    again = house.run("aggregator", "forget", "one", *config(house))
    assert again.returncode == 1 and "one" in again.stderr
    until(lambda: len(sink.texts()) == 2, what="the end of its alert")
    assert "no longer watched" in sink.texts()[1]
    found = house.service("acme")
    assert found["state"] == "unknown" and found["poller"] == "none" and found["sources"] == []
    assert house.json("/api/hosts")["items"] == []
    assert "acme: nothing watches it any more" in words(house)
    audit = json.loads(house.request("GET", "/api/admin/audit", headers=admin(house))[2])["items"]
    assert [(row["action"], row["resource"]) for row in audit if "forget" in row["action"]] == [("collector.forget", "one")]
    house.aggregator.stop()
    house.start_aggregator()
    assert house.json("/api/hosts")["items"] == []

    house.start_collector("one")
    until(lambda: house.service("acme")["state"] == "operational", 30, "the host that came back")
    assert len(sink.texts()) == 2

    house.stop()
    house.start_aggregator()
    mine = without_refusals(recorded(house))
    house.aggregator.stop()
    again = without_refusals(replayed(house, house.data))
    assert again[:len(mine)] == mine, "the journal tells it again"
    assert ("note", "acme") in [row[:2] for row in mine]


def test_a_source_that_speaks_again_is_known_anew(house, vendor, sink):
    vendor.say("acme", summary())
    start(house, sink, [service(vendor, "acme")])
    until(lambda: house.service("acme")["state"] == "operational", what="the first good poll")
    source = house.service("acme")["sources"][0]["id"]
    status, answer = forget(house, f"/api/admin/services/acme/sources/{source}")
    assert status == 200 and (answer["service_id"], answer["source"]) == ("acme", source)
    until(lambda: house.service("acme")["state"] == "operational", what="the next poll")
    assert forget(house, "/api/admin/services/acme/sources/one/nothing")[0] == 404
    assert forget(house, f"/api/admin/services/nobody/sources/{source}")[0] == 404
    assert house.run("aggregator", "forget", "acme", "nothing", *config(house)).returncode == 2
    assert sink.attempts == 0
