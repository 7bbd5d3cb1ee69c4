# SPDX-License-Identifier: Apache-2.0
"""How time is counted and an error budget spent, over the real binaries; hours pass where the build has fail points."""
import json

import pytest

from support.wait import until
from test_http import SERVICES, set_status

HOUR_MS, MINUTE_MS = 3_600_000, 60_000


class Clock:
    """The monotonic clock of the aggregator, put ahead."""

    def __init__(self, house):
        self.house, self.ahead_ms = house, 0
        self.path = house.write("ahead", "0")

    def pass_ms(self, ms):
        before = self.now()
        self.ahead_ms += ms
        self.house.write("ahead", str(self.ahead_ms))
        until(lambda: self.now() != before, 15, "the clock")

    def now(self):
        set_status(self.house, "shop", "operational")          # something happens, and so the clock is stored
        return self.house.json("/api/services/sla")["at"][:16]  # to the minute


def one(house, path, service="acme"):
    [item] = house.json(f"{path}{'&' if '?' in path else '?'}service={service}")["items"]
    return item


@pytest.fixture
def running(house, sink):
    house.write_services(SERVICES)
    house.write_aggregator(engine={"slo_enabled": True, "slo_eval_s": 60, "min_dwell_s": 0}, webhook=sink.url)
    clock = Clock(house)
    house.start_aggregator(env={"TOCSIN_CLOCK_SKIP_FILE": str(clock.path)})
    set_status(house, "acme", "operational")
    try:
        clock.pass_ms(2 * HOUR_MS)
    except AssertionError:
        pytest.skip("the build has no fail points: time cannot be made to pass")
    return house, clock


def check_figures(house):
    day = one(house, "/api/services/sla")["windows"][0]
    assert day["window"] == "24h" and day["met"] is False
    assert 7500 <= day["known_seconds"] <= 8400 and 540 <= day["bad_seconds"] <= 780
    assert abs(day["uptime_percent"] - 100 * (1 - day["bad_seconds"] / day["known_seconds"])) < 0.02
    slo = one(house, "/api/services/slo")
    assert slo["target_percent"] == 99.9 and 68 < slo["budget_remaining_percent"] < 80, "ten minutes and more of 43.2"
    assert slo["burn_rates"]["3d"] == pytest.approx(day["bad_seconds"] / 129600 / 0.001, abs=0.02)
    assert [alert["level"] for alert in slo["alerts"]][0] == "fast"
    return day["bad_seconds"]


def test_an_outage_spends_the_budget(running, sink):
    house, clock = running
    good = one(house, "/api/services/uptime")
    assert good["uptime_24h_percent"] == 100 and good["uptime_30d_percent"] == 100 and len(good["days"]) == 7
    assert one(house, "/api/services/uptime", "payroll")["uptime_24h_percent"] is None, "nobody has ever looked"

    set_status(house, "acme", "major_outage")
    clock.pass_ms(11 * MINUTE_MS)
    until(lambda: any("budget" in text for text in sink.texts()), 20, "the message about the budget")
    bad_s = check_figures(house)
    assert house.metric('tocsin_slo_burn_rate{service="acme",window="5m"}') == 1000
    assert 0.68 < house.metric('tocsin_slo_budget_remaining_ratio{service="acme"}') < 0.8

    house.aggregator.stop()
    house.start_aggregator(env={"TOCSIN_CLOCK_SKIP_FILE": str(clock.path)})
    set_status(house, "acme", "operational")
    assert check_figures(house) >= bad_s, "a restart forgets nothing"
    days = one(house, "/api/services/sla/history?days=2")["periods"]
    assert len(days) == 2 and "major_outage" in [day["state"] for day in days]
    assert sum(day["bad_seconds"] for day in days) >= bad_s - 1
    [*_, month] = one(house, "/api/services/sla/history?days=90&by=month")["periods"]
    assert len(month["date"]) == 7 and month["uptime_percent"] < 100


@pytest.mark.parametrize("query", ["days=0", "days=91", "days=x", "by=week", "service=nobody", "month=1"])
def test_what_cannot_be_asked(house, query):
    house.write_services(SERVICES)
    house.write_aggregator()
    house.start_aggregator()
    status, headers, _ = house.request("GET", f"/api/services/sla/history?{query}")
    assert status == 400 and headers["Content-Type"].startswith("application/problem+json")


def test_pages(house):
    house.write_services(SERVICES)
    house.write_aggregator()
    house.start_aggregator()
    first = house.json("/api/services/sla?limit=2")
    assert [item["id"] for item in first["items"]] == ["acme", "payroll"] and first["next_cursor"]
    rest = house.json(f"/api/services/sla?limit=2&cursor={first['next_cursor']}")
    assert [item["id"] for item in rest["items"]] == ["shop"] and rest["next_cursor"] is None
    assert house.json("/api/services/slo")["items"] == [], "nobody is watched"
    status, headers, raw = house.request("GET", "/api/services/sla")
    assert status == 200 and json.loads(raw)["items"]
    assert house.request("GET", "/api/services/sla", headers={"If-None-Match": headers["ETag"]})[0] in (200, 304)
