# SPDX-License-Identifier: Apache-2.0
"""A service that nothing watches stays as somebody set it, over a restart too, until it is ended or its time is."""
import datetime
import json
import time

from support.wait import stays, until
from test_main_job import QUICK, admin


def say(house, **body):
    status, _, raw = house.request("POST", "/api/admin/status", {"service_id": "payroll", "reason": "they called", **body},
                                   headers=admin(house))
    return status, json.loads(raw)


def start(house, sink):
    house.write_services([{"id": "payroll", "name": "Payroll", "category": "hr", "tier": 1}])
    house.write_aggregator(engine={**QUICK, "manual_ttl_s": 1}, webhook=sink.url)
    house.start_aggregator()
    found = house.service("payroll")
    assert (found["state"], found["poller_health"], found["sources"]) == ("unknown", "unknown", [])


def test_it_stays_as_it_was_set(house, sink):
    start(house, sink)
    assert say(house, new_status="partial", reason="")[0] == 422
    assert say(house, new_status="partial_outage")[0] == 200
    found = house.service("payroll")
    assert (found["state"], found["source"], found["freshness"]) == ("partial_outage", "manual", "fresh")
    assert (found["manual"]["reason"], found["manual"]["until"]) == ("they called", None)
    until(lambda: len(sink.texts()) == 1, what="the alert of what a person has confirmed")

    # no source: manual_ttl_s, a second here, is not for it; neither silence nor a restart ends it
    stays(lambda: house.service("payroll")["state"] == "partial_outage", 3, "as it was set")
    house.aggregator.kill()
    house.start_aggregator()
    stays(lambda: house.service("payroll")["state"] == "partial_outage", 2, "after a restart")
    assert house.service("payroll")["manual"]["reason"] == "they called"

    assert say(house, new_status=None)[0] == 200
    found = house.service("payroll")
    assert (found["state"], found["manual"], found["source"]) == ("unknown", None, None)
    assert say(house, new_status=None)[0] == 409
    assert say(house, new_status="operational")[0] == 200
    until(lambda: len(sink.texts()) == 2, what="the recovery")


def test_it_ends_in_time(house, sink):
    start(house, sink)
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=4)
    assert say(house, new_status="degraded", until=end.isoformat(timespec="seconds").replace("+00:00", "Z"))[0] == 200
    told = datetime.datetime.fromisoformat(house.service("payroll")["manual"]["until"].replace("Z", "+00:00"))
    assert abs((told - end).total_seconds()) < 2.1
    house.aggregator.stop()
    house.start_aggregator()
    until(lambda: house.service("payroll")["manual"] is None, 20, "its end")
    assert time.time() >= end.replace(microsecond=0).timestamp()
    assert house.service("payroll")["state"] == "unknown"

    assert say(house, new_status="degraded", ttl_seconds=1)[0] == 200
    until(lambda: house.service("payroll")["state"] == "unknown", 20, "its end")
    assert say(house, new_status="degraded", until="2020-01-01T00:00:00Z")[0] == 422
    assert say(house, new_status="degraded", until="2999-01-01T00:00:00Z", ttl_seconds=3)[0] == 422
