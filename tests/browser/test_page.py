# SPDX-License-Identifier: Apache-2.0
"""The page in the real browser. Each scenario is a function of page.mjs."""
import json

import pytest

SERVICES = [{"id": "acme", "name": "Acme", "category": "engineering", "tier": 1}, {"id": "shop", "name": "Shop", "category": "sales"},
            {"id": "payroll", "name": "Payroll <&> Co", "category": "hr", "tier": 3}]


@pytest.fixture
def running(house):
    house.write_services(SERVICES)
    house.write_aggregator(engine={"min_dwell_s": 0})
    house.start_aggregator()
    made = house.run("aggregator", "token", "create", "test", "--role", "admin", "--config", house.directory / "aggregator.yaml")
    assert made.returncode == 0, made.stderr
    house.token = next(word for word in made.stdout.split() if word.startswith("toc_"))
    for service, status in (("acme", "degraded"), ("shop", "major_outage")):
        code, _, body = house.request("POST", "/api/admin/status", {"service_id": service, "new_status": status, "reason": "the test says so"},
                                      headers={"Authorization": f"Bearer {house.token}"})
        assert code == 200, json.loads(body)
    return house


@pytest.mark.parametrize("scenario", ["worst_first", "changes_within_a_second", "polls_when_the_stream_is_blocked", "says_that_it_is_stale",
                                      "fits_a_phone", "reads_without_script", "contrast"])
def test_page(running, browser, scenario):
    browser(scenario, TOKEN=running.token)
