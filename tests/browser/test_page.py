# SPDX-License-Identifier: Apache-2.0
"""The page in the real browser. Each scenario is a function of page.mjs."""
import json

import pytest

SERVICES = [{"id": "acme", "name": "Acme", "category": "engineering", "tier": 1}, {"id": "shop", "name": "Shop", "category": "sales"},
            {"id": "payroll", "name": "Payroll <&> Co", "category": "hr", "tier": 3}]


def start(house, services, **engine):
    house.write_services(services)
    house.write_aggregator(engine={"min_dwell_s": 0, **engine})
    house.start_aggregator()
    made = house.run("aggregator", "token", "create", "test", "--role", "admin", "--config", house.directory / "aggregator.yaml")
    assert made.returncode == 0, made.stderr
    house.token = next(word for word in made.stdout.split() if word.startswith("toc_"))


def post(house, path, body):
    code, _, raw = house.request("POST", f"/api/admin/{path}", body, headers={"Authorization": f"Bearer {house.token}"})
    assert code == 200, json.loads(raw)


def set_status(house, service, status):
    post(house, "status", {"service_id": service, "new_status": status, "reason": "the test says so"})


@pytest.fixture
def running(house):
    start(house, SERVICES)
    for service, status in (("acme", "degraded"), ("shop", "major_outage")):
        set_status(house, service, status)
    return house


@pytest.fixture
def night(house):
    """An outage that somebody has, one that it explains, and one in a window of planned work."""
    start(house, [SERVICES[0], {**SERVICES[1], "depends_on": ["acme"]}, SERVICES[2]], correlation_threshold=1)
    post(house, "maintenance", {"id": "disks", "subjects": ["payroll"], "reason": "new <b>disks</b>", "start": "2026-01-01T00:00:00Z",
                                "end": "2099-12-31T22:00:00Z"})
    post(house, "maintenance", {"id": "later", "subjects": ["*"], "reason": "we move", "start": "2099-01-01T00:00:00Z", "duration_seconds": 60})
    for service, status in (("acme", "major_outage"), ("shop", "partial_outage"), ("payroll", "partial_outage")):
        set_status(house, service, status)
    [alert] = [one for one in house.json("/api/summary")["alerts"] if one["service"] == "acme"]
    post(house, f"alerts/{alert['id']}/acknowledge", {"until": "2099-01-02T03:04:00Z"})
    return house


@pytest.mark.parametrize("scenario", ["worst_first", "changes_within_a_second", "polls_when_the_stream_is_blocked", "says_that_it_is_stale",
                                      "fits_a_phone", "reads_without_script", "contrast"])
def test_page(running, browser, scenario):
    browser(scenario, TOKEN=running.token)


@pytest.mark.parametrize("scenario", ["tells_who_has_it_and_what_is_held", "fits_a_phone", "contrast"])
def test_page_at_night(night, browser, scenario):
    browser(scenario, TOKEN=night.token)
