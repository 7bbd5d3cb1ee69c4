# SPDX-License-Identifier: Apache-2.0
"""Somebody takes an alert upon himself: what is told then, what is not, and what ends it."""
import json
import time

import pytest

from support.wait import stays, until
from test_http import SERVICES, set_status
from test_main_job import admin


@pytest.fixture
def running(house, sink):
    house.authorize("py")
    house.write_services(SERVICES)
    house.write_aggregator(engine={"min_dwell_s": 0}, webhook=sink.url)
    house.start_aggregator()
    return house


def bearer(house, name, role):
    made = house.run("aggregator", "token", "create", name, "--role", role, "--config", house.directory / "aggregator.yaml")
    token = next(word for word in made.stdout.split() if word.startswith("toc_"))
    return {"Authorization": f"Bearer {token}"}


def ask(house, method, alert, caller, body=None):
    status, headers, raw = house.request(method, f"/api/admin/alerts/{alert}/acknowledge", body, headers=caller)
    if status != 200:
        assert headers["Content-Type"].startswith("application/problem+json")
    return status, json.loads(raw)


def alerts(house, query=""):
    return house.json(f"/api/admin/alerts{query}", headers=admin(house))["items"]


def decisions(house, decision):
    return [row for row in house.json("/api/timeline?limit=1000")["items"] if row["decision"] == decision]


def test_acknowledged_until_it_is_over(running, sink):
    caller = bearer(running, "on-call", "operator")
    assert set_status(running, "acme", "partial_outage")[0] == 200
    until(lambda: len(sink.texts()) == 1, what="the alert")
    [alert] = alerts(running, "?acknowledged=false&severity=error&service=acme")
    assert alert["key"] == "service:acme" and alert["state"] == "open" and alert["acknowledged_by"] is None

    assert ask(running, "POST", alert["id"], bearer(running, "guest", "viewer"))[0] == 403
    assert ask(running, "POST", alert["id"], caller, {"sticky": True, "ttl_seconds": 0, "notes": "the router; parts are ordered"})[0] == 200
    [alert] = alerts(running, "?acknowledged=true")
    assert alert["acknowledged_by"] == "token:on-call" and alert["acknowledged_until"] is None
    assert alert["acknowledged_notes"].startswith("the router")
    assert running.service("acme")["acknowledged_by"] == "token:on-call"

    running.aggregator.stop()
    running.start_aggregator()
    set_status(running, "acme", "major_outage")
    held = decisions(running, "suppress")[0]
    assert (held["kind"], held["reason"], held["by"]) == ("escalate", "acknowledged", "token:on-call")
    stays(lambda: len(sink.texts()) == 1, 2, "what was acknowledged for good is not told of getting worse")

    assert ask(running, "POST", alert["id"], caller)[0] == 200, "again, now at this level"
    set_status(running, "acme", "degraded")
    until(lambda: len(sink.texts()) == 2, what="getting better is told")
    set_status(running, "acme", "major_outage")
    stays(lambda: len(sink.texts()) == 2, 2, "back to what was seen")

    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
    assert ask(running, "POST", alert["id"], caller, {"until": soon})[0] == 200
    until(lambda: len(sink.texts()) == 3, what="what was held, once the time is over")
    lapsed = [row for row in decisions(running, "ack") if row["op"] == "lapse"]
    assert lapsed[0]["reason"] == "expired" and "lapsed" in lapsed[0]["words"]
    assert running.service("acme")["acknowledged"] is False

    assert ask(running, "POST", alert["id"], caller)[0] == 200
    assert ask(running, "DELETE", alert["id"], caller)[0] == 200
    assert ask(running, "DELETE", alert["id"], caller)[0] == 409, "it is not acknowledged any more"
    assert ask(running, "POST", alert["id"], caller)[0] == 200
    set_status(running, "acme", "operational")
    until(lambda: len(sink.texts()) == 4, what="the recovery")

    for method in ("POST", "DELETE"):
        status, problem = ask(running, method, alert["id"], caller)
        assert status == 409 and "over" in problem["detail"]
    [closed] = alerts(running, "?since=-1h")
    assert closed["id"] == alert["id"] and closed["state"] == "closed" and closed["closed_at"] and closed["level"] == "major_outage"

    set_status(running, "acme", "major_outage")
    until(lambda: len(sink.texts()) == 5, what="another outage is another alert")
    [again] = alerts(running)
    assert again["id"] != alert["id"] and again["acknowledged_by"] is None
    assert ask(running, "POST", alert["id"], caller)[0] == 409, "the old id does not touch the new episode"
    assert ask(running, "POST", "bm90aGluZw", caller)[0] == 404

    audit = [row for row in running.json("/api/admin/audit?limit=1000", headers=admin(running))["items"] if row["action"].startswith("alert.")]
    assert [row["action"] for row in audit].count("alert.acknowledge") == 5
    assert [row["action"] for row in audit].count("alert.unacknowledge") == 1
    assert all(row["who"] == "token:on-call" and row["resource"] == "service:acme" for row in audit)
    assert audit[-1]["reason"].startswith("the router")
