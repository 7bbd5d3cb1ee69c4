# SPDX-License-Identifier: Apache-2.0
"""One fact, from a vendor's page to a Slack message, over real sockets and files."""
import signal
import time

from support.vendor import summary
from support.wait import stays, until

QUICK = {"min_dwell_s": 1, "confirm_polls": 2, "recovery_polls": 2, "stale_after_s": 60}


def service(vendor, name, **more):
    return {"id": name, "name": name.capitalize(), "category": "engineering",
            "feed": {"type": "statuspage", "url": vendor.url(name), "allow_http": True, "allow_addresses": ["127.0.0.0/8"],
                     "every": "1s", "timeout": "900ms"}, **more}


def start(house, sink, services, engine=None, **aggregator):
    house.authorize("one")
    house.write_services(services)
    house.write_aggregator(engine=engine or QUICK, webhook=sink.url, **aggregator)
    house.write_collector("one")
    house.start_aggregator()
    return house.start_collector("one")


def test_outage_one_alert_recovery(house, vendor, sink):
    vendor.say("acme", summary())
    start(house, sink, [service(vendor, "acme"), {"id": "shop", "name": "Shop", "category": "sales", "tier": 1, "depends_on": ["acme"]}])
    until(lambda: house.service("acme")["state"] == "operational", what="the first good poll")

    vendor.say("acme", summary("critical", {"API": "major_outage"}))
    until(lambda: house.service("acme")["state"] == "major_outage", what="the page's outage")
    until(lambda: len(sink.texts()) == 1, what="the alert")
    assert "Acme" in sink.texts()[0] and "major outage" in sink.texts()[0].lower()
    stays(lambda: len(sink.texts()) == 1, 3, "one message while nothing changes")

    vendor.say("acme", summary())
    until(lambda: len(sink.texts()) == 2, what="the recovery")
    assert "operational" in sink.texts()[1].lower() or "recovered" in sink.texts()[1].lower()
    stays(lambda: len(sink.texts()) == 2, 2, "no third message")

    kinds = [row["decision"] for row in house.json("/api/timeline?limit=100")["items"]]
    assert kinds.count("notify") == 2
    assert house.json("/api/summary")["overall"] in ("operational", "unknown")
    assert house.metric("tocsin_delivery_total", 'outcome="sent"') == 2


def test_short_trouble_is_not_told(house, vendor, sink):
    vendor.say("acme", summary())
    start(house, sink, [service(vendor, "acme")], engine={**QUICK, "min_dwell_s": 60})
    until(lambda: house.service("acme")["state"] == "operational")
    vendor.say("acme", summary("critical"))
    until(lambda: house.service("acme")["state"] == "major_outage")
    vendor.say("acme", summary())
    until(lambda: house.service("acme")["state"] == "operational")
    stays(lambda: sink.attempts == 0, 2, "silence")


def test_unreadable_page_is_no_outage(house, vendor, sink):
    vendor.say("acme", summary())
    start(house, sink, [service(vendor, "acme")], engine={**QUICK, "poller_failure_threshold": 3, "poller_hold_s": 0})
    until(lambda: house.service("acme")["state"] == "operational")
    vendor.say("acme", "<html><body>moved</body></html>")
    until(lambda: house.service("acme")["sources"][0]["poller"] == "broken", what="a broken poller")
    found = house.service("acme")
    assert found["state"] == "unknown"
    assert found["sources"][0]["reason"] == "parse" and found["sources"][0]["poller_health"] == "broken"
    assert found["poller_health"] == "broken" and found["poller_failure"]["reason"] == "parse"
    assert found["poller_failure"]["polls"] >= 3 and found["poller_failure"]["source"] == "one/feed"
    assert b"We cannot read the page, not a vendor outage" in house.get("/fragments/overview")[2]
    until(lambda: len(sink.texts()) == 1, what="the broken poller")
    assert "poller" in sink.texts()[0] and "no outage" in sink.texts()[0]
    vendor.say("acme", summary())
    until(lambda: house.service("acme")["sources"][0]["poller"] == "ok")
    assert house.service("acme")["poller_health"] == "ok" and house.service("acme")["poller_failure"] is None
    until(lambda: len(sink.texts()) == 2, what="its end")
    assert "observed again" in sink.texts()[1]


def test_hung_vendor_delays_nobody(house, vendor, sink):
    names = [f"v{i:02}" for i in range(30)]
    for name in names:
        vendor.say(name, summary())
    vendor.say("v07", summary(), hang=30)
    started = time.monotonic()
    start(house, sink, [service(vendor, name) for name in names])
    until(lambda: all(house_state == "operational" for name, house_state in states(house).items() if name != "v07"), 15,
          "29 of 30 services")
    assert time.monotonic() - started < 15
    assert states(house)["v07"] == "unknown"
    before = {name: vendor.count(name) for name in names}
    until(lambda: all(vendor.count(name) >= before[name] + 3 for name in names if name != "v07"), 8, "three more polls of each")


def states(house):
    return {item["id"]: item["state"] for item in house.json("/api/services?limit=100")["items"]}


def test_aggregator_away_for_a_minute(house, vendor, sink):
    """What a collector saw while nobody listened arrives afterwards, in order and once."""
    vendor.say("acme", summary())
    collector = start(house, sink, [service(vendor, "acme")])
    until(lambda: house.service("acme")["state"] == "operational")
    house.aggregator.stop()
    vendor.say("acme", summary("major", {"API": "partial_outage"}))
    polled = vendor.count("acme")
    stays(collector.alive, 60, "the collector")
    seen = vendor.count("acme") - polled
    assert seen >= 50, "it went on polling"
    house.start_aggregator()
    until(lambda: house.service("acme")["state"] == "partial_outage", 40, "the buffered outage")
    until(lambda: house.metric("tocsin_items_total", 'kind="observation"') >= seen, 40, "everything buffered")
    assert house.metric("tocsin_items_lost_total") == 0
    until(lambda: len(sink.texts()) == 1, 20, "one alert")


def test_killed_collector_goes_on(house, vendor, sink):
    vendor.say("acme", summary())
    first = start(house, sink, [service(vendor, "acme")])
    until(lambda: house.service("acme")["state"] == "operational")
    first.kill()
    vendor.say("acme", summary("critical"))
    house.start_collector("one")
    until(lambda: house.service("acme")["state"] == "major_outage", 30, "the second life's polls")
    until(lambda: len(sink.texts()) == 1, 20, "one alert")


def test_wall_clock_a_day_off_changes_nothing(house, vendor, sink):
    vendor.say("acme", summary("critical"))
    house.authorize("one")
    house.write_services([service(vendor, "acme")])
    house.write_aggregator(engine=QUICK, webhook=sink.url)
    house.write_collector("one")
    house.start_aggregator()
    offset = house.write("offset", str(24 * 3600 * 1000))
    house.start_collector("one", env={"TOCSIN_CLOCK_OFFSET_FILE": str(offset)})
    until(lambda: house.service("acme")["state"] == "major_outage", 30, "its observations")
    until(lambda: len(sink.texts()) == 1, 20, "the alert")
    host = house.json("/api/hosts/one")
    assert abs(host["clock_skew_seconds"] - 24 * 3600) < 60
    assert house.metric("tocsin_observations_dropped_total") == 0


def test_reload_with_a_bad_file_keeps_the_old(house, vendor, sink):
    vendor.say("acme", summary())
    start(house, sink, [service(vendor, "acme")])
    until(lambda: house.service("acme")["state"] == "operational")
    good = (house.directory / "aggregator.yaml").read_text()
    house.write("aggregator.yaml", good.replace('"engine"', '"engin"'))
    house.aggregator.signal(signal.SIGHUP)
    until(lambda: house.metric("tocsin_config_last_reload_successful") == 0, what="the refusal in /metrics")
    assert any("engin" in str(row) and "engine" in str(row) for row in house.aggregator.events()), "the words name the key and its neighbour"
    assert house.service("acme")["state"] == "operational"

    house.write("aggregator.yaml", good)
    house.write_services([service(vendor, "acme"), {"id": "payroll", "name": "Payroll", "category": "hr"}])
    house.aggregator.signal(signal.SIGHUP)
    until(lambda: house.metric("tocsin_config_last_reload_successful") == 1, what="the good reload")
    until(lambda: house.get("/api/services/payroll")[0] == 200, what="the new service")
    assert house.service("acme")["state"] == "operational", "state survives a reload"


def test_retry_after_and_backoff(house, vendor, sink):
    vendor.say("acme", summary("critical"))
    sink.script = [(503, "busy", {}), (429, "slow down", {"Retry-After": "2"}), (200, "ok", {})]
    start(house, sink, [service(vendor, "acme")])
    until(lambda: len(sink.texts()) == 1, 30, "the delivery at last")
    row = until(lambda: [r for r in house.json("/api/admin/deliveries", headers=admin(house))["items"] if r["state"] == "sent"], what="its row")[0]
    assert row["attempts"] == 3


def test_refused_message_is_dead_with_the_receivers_words(house, vendor, sink):
    vendor.say("acme", summary("critical"))
    sink.script = [(403, "invalid_token", {})]
    start(house, sink, [service(vendor, "acme")])
    row = until(lambda: [r for r in house.json("/api/admin/deliveries", headers=admin(house))["items"] if r["state"] == "dead"], what="the dead letter")[0]
    assert "invalid_token" in row["reason"]
    assert sink.attempts == 1


def admin(house):
    """A token of role admin, made on the box."""
    if not hasattr(house, "token"):
        made = house.run("aggregator", "token", "create", "test", "--role", "admin", "--config", house.directory / "aggregator.yaml")
        assert made.returncode == 0, made.stderr
        house.token = next(word for word in made.stdout.split() if word.startswith("toc_"))
    return {"Authorization": f"Bearer {house.token}"}
