# SPDX-License-Identifier: Apache-2.0
"""Planned work: an outage inside a window is recorded and told of after the grace."""
import json

from support.vendor import summary
from support.wait import stays, until
from test_main_job import QUICK, admin, service, start


def plan(house, **body):
    status, _, raw = house.request("POST", "/api/admin/maintenance", {"reason": "new disks", **body}, headers=admin(house))
    return status, json.loads(raw)


def test_outage_inside_a_window(house, vendor, sink):
    vendor.say("acme", summary())
    start(house, sink, [service(vendor, "acme")], engine={**QUICK, "maint_end_grace_s": 3})
    until(lambda: house.service("acme")["state"] == "operational", what="the first good poll")
    status, answer = plan(house, subjects=["acme"], duration_seconds=3600)
    assert status == 200 and answer["id"]
    window = house.json("/api/maintenance")["items"]
    assert [(row["id"], row["active"], row["subjects"]) for row in window] == [(answer["id"], True, ["acme"])]

    vendor.say("acme", summary("critical", {"API": "major_outage"}))
    until(lambda: house.service("acme")["hard_state"] == "major_outage", what="the confirmed outage")
    held = until(lambda: house.service("acme")["alert"]["held"], what="the raise that is held")
    assert held[0]["reason"] == "maintenance" and held[0]["by"] == answer["id"]
    house.aggregator.stop()
    house.start_aggregator()
    stays(lambda: sink.attempts == 0, 2, "silence, after a restart too")

    status, _, raw = house.request("DELETE", f"/api/admin/maintenance/{answer['id']}", headers=admin(house))
    assert status == 200, raw
    assert house.json("/api/maintenance")["items"] == []
    until(lambda: len(sink.texts()) == 1, 20, "the alert after the grace")
    told = [row for row in house.json("/api/timeline?limit=200")["items"] if row["decision"] in ("maint", "suppress", "notify")]
    assert [(row["decision"], row.get("reason")) for row in reversed(told)][:1] == [("maint", None)]
    assert "maintenance_grace" in [row.get("reason") for row in told]
    assert house.request("DELETE", f"/api/admin/maintenance/{answer['id']}", headers=admin(house))[0] == 404
