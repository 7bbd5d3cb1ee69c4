# SPDX-License-Identifier: Apache-2.0
"""K6, K7: a collector that is cut off says so, once, and nothing of those it cannot see."""
import pytest

from support.network import WORLD, Network
from support.sink import Sink
from support.wait import stays, until

PORT = 8080
VENDORS = [f"v{i:02}" for i in range(30)]
HOSTS = range(10, 40)                             # one address each
CONTROL = 2
BAD = {"degraded", "partial_outage", "major_outage"}

# Any level that is wrong for two polls would be told.
ENGINE = {"min_dwell_s": 1, "confirm_polls": 2, "recovery_polls": 2, "stale_after_s": 60, "collector_hold_s": 3, "poller_hold_s": 15,
          "combine": "worst"}


@pytest.fixture
def network():
    made = Network([CONTROL, *HOSTS], PORT)
    yield made
    made.close()


@pytest.fixture
def sink(network):                                # pylint: disable=unused-argument
    made = Sink()                                 # within our network: its line is never cut
    yield made
    made.stop()


def service(name, host, probe_port=PORT):
    url = f"http://{WORLD}{host}:{PORT}"
    return {"id": name, "name": name.upper(), "category": "engineering",
            "feed": {"type": "statuspage", "url": url, "allow_http": True, "allow_addresses": ["198.18.0.0/15"],
                     "every": "2s", "timeout": "1500ms"},
            "probes": [{"check": "api", "every": "2s", "http": {"url": f"{url}/health", "timeout": "1500ms"}} if probe_port == PORT else
                       {"check": "api", "every": "2s", "tcp": {"host": f"{WORLD}{host}", "port": probe_port, "timeout": "1500ms"}}]}


def start(house, sink, services):
    house.authorize("one")
    house.write_services(services)
    house.write_aggregator(engine=ENGINE, webhook=sink.url)
    house.write_collector("one", egress_check={"targets": [f"{WORLD}{CONTROL}:{PORT}"], "every": "2s", "timeout": "500ms"})
    house.start_aggregator()
    return house.start_collector("one")


def states(house):
    return {item["id"]: item["state"] for item in house.json("/api/services?limit=100")["items"]}


def pollers(house, name):
    return {source["id"]: source["poller"] for source in house.service(name)["sources"]}


def decisions(house):
    return house.json("/api/timeline?limit=500")["items"]


@pytest.mark.parametrize("cut", ["cut_here", "cut_there"])
def test_thirty_vendors_and_a_network_that_is_cut(house, network, sink, cut):
    collector = start(house, sink, [service(name, host) for name, host in zip(VENDORS, HOSTS)])
    until(lambda: set(states(house).values()) == {"operational"}, 60, "thirty vendors seen")
    until(lambda: all(set(pollers(house, name).values()) == {"ok"} and len(pollers(house, name)) == 2 for name in VENDORS), 60,
          "thirty pages and thirty probes")
    assert house.metric("tocsin_collector_egress_up", 'collector="one"') == 1

    getattr(network, cut)()
    until(lambda: len(sink.texts()) == 1, 60, "the one message")
    assert "blind" in sink.texts()[0].lower()
    until(lambda: all(set(pollers(house, name).values()) == {"broken"} for name in VENDORS), 60, "all of them unreadable")
    stays(lambda: len(sink.texts()) == 1, ENGINE["poller_hold_s"] + 5, "one message, however long it lasts")
    assert set(states(house).values()) == {"unknown"}
    assert {source["reason"] for name in VENDORS for source in house.service(name)["sources"]} == {"egress"}
    assert house.metric("tocsin_collector_egress_up", 'collector="one"') == 0

    network.mend()
    until(lambda: len(sink.texts()) == 2, 60, "its end")
    until(lambda: set(states(house).values()) == {"operational"}, 60, "thirty vendors seen again")
    stays(lambda: len(sink.texts()) == 2, ENGINE["poller_hold_s"] + 5, "and nothing after it")
    assert all(set(pollers(house, name).values()) == {"ok"} for name in VENDORS)

    wrong = [row for row in decisions(house) if row["decision"] in ("status", "hard") and row["to"] in BAD]
    assert not wrong, wrong
    told = [row for row in decisions(house) if row["decision"] == "notify"]
    assert [row["kind"] for row in told] == ["resolve", "raise"]
    assert {row["key"] for row in told} == {"collector:one"}
    assert collector.events("breaker.opened") == [], "the pages' hosts did nothing wrong"
    assert len(collector.events("egress.down")) == 1 and len(collector.events("egress.up")) == 1


def test_a_target_that_is_down_is_still_told(house, network, sink):  # pylint: disable=unused-argument
    start(house, sink, [service("up", 10), service("down", 11, probe_port=PORT + 1)])
    until(lambda: states(house) == {"up": "operational", "down": "major_outage"}, 30, "the one that refuses")
    until(lambda: len(sink.texts()) == 1, 30, "its message")
    assert "DOWN" in sink.texts()[0] and "Major outage" in sink.texts()[0]
