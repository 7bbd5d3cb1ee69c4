# SPDX-License-Identifier: Apache-2.0
"""Trouble that belongs together: one incident from the first outage to the last recovery, over a restart."""
import json

from support.vendor import summary
from support.wait import until
from test_main_job import QUICK, service, start

DOWN = ("critical", {"API": "major_outage"})


def incidents(house, query=""):
    return house.json(f"/api/incidents{query}")["items"]


def hard(house, name, state):
    until(lambda: house.service(name)["hard_state"] == state, what=f"{name} {state}")


def test_outage_of_two_that_depend_on_each_other(house, vendor, sink):
    for name in ("acme", "shop", "mail"):
        vendor.say(name, summary())
    start(house, sink, [service(vendor, "acme"), service(vendor, "shop", depends_on=["acme"]), service(vendor, "mail")],
          engine={**QUICK, "correlation_hold_s": 0})
    for name in ("acme", "shop", "mail"):
        hard(house, name, "operational")
    assert incidents(house) == []

    vendor.say("acme", summary(*DOWN))
    hard(house, "acme", "major_outage")
    vendor.say("shop", summary(*DOWN))
    hard(house, "shop", "major_outage")
    [incident] = incidents(house, "?state=open")
    assert (incident["id"], incident["services"], incident["peak"]) == ("inc-1", ["acme", "shop"], "major_outage")
    assert house.service("shop")["incident"] == "inc-1" and house.service("shop")["alert"]["incident"] == "inc-1"
    until(lambda: len(sink.texts()) == 2, what="both alerts")
    assert all("Incident inc-1" in json.dumps(message) for _, _, message in sink.messages)
    assert house.metric("tocsin_incidents_open") == 1

    house.aggregator.stop()
    vendor.say("acme", summary())
    house.start_aggregator()
    hard(house, "acme", "operational")
    assert incidents(house, "?state=open")[0]["id"] == "inc-1", "one of them is still down"

    vendor.say("mail", summary(*DOWN))
    hard(house, "mail", "major_outage")
    assert [row["id"] for row in incidents(house)] == ["inc-2", "inc-1"], "which has nothing to do with it"

    vendor.say("shop", summary())
    until(lambda: incidents(house, "?service=shop")[0]["state"] == "resolved", what="the end of the first one")
    detail = house.json("/api/incidents/inc-1")
    assert {row["id"]: row["alert_open"] for row in detail["members"]} == {"acme": False, "shop": False}
    told = [(row["decision"], row.get("op") or row.get("kind") or row["to"]) for row in reversed(detail["timeline"])]
    assert told[:3] == [("hard", "major_outage"), ("incident", "open"), ("notify", "raise")]
    assert told[-1] == ("incident", "resolve") and ("incident", "join") in told
    assert "mail" not in [row["service"] for row in detail["timeline"]]

    vendor.say("acme", summary(*DOWN))
    until(lambda: [row["id"] for row in incidents(house, "?state=open")] == ["inc-2", "inc-1"], what="the same incident again")
    assert house.service("acme")["incident"] == "inc-1"
    assert house.request("GET", "/api/incidents/inc-3")[0] == 404
