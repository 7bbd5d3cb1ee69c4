# SPDX-License-Identifier: Apache-2.0
"""Which of a vendor's page and our own probes sees red, as the API, the page and the message say it."""
import socket

import pytest

from support.vendor import summary
from support.wait import until

ENGINE = {"min_dwell_s": 1, "confirm_polls": 3, "recovery_polls": 2, "stale_after_s": 60}


@pytest.fixture
def door():
    """A port that somebody may or may not listen on."""
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    yield made
    made.close()


def start(house, vendor, sink, door, control):
    """Two collectors read acme's page and probe acme, whose port is closed, and a neutral target."""
    vendor.say("acme", summary())
    port = door.getsockname()[1]
    acme = {"id": "acme", "name": "Acme", "tier": 1, "combine": "worst",
            "feed": {"type": "statuspage", "url": vendor.url("acme"), "allow_http": True, "allow_addresses": ["127.0.0.0/8"],
                     "every": "1s", "timeout": "900ms"},
            "probes": [{"check": "door", "every": "1s", "tcp": {"host": "127.0.0.1", "port": port, "timeout": "500ms"}}]}
    neutral = {"id": "neutral", "name": "Neutral ground", "tier": 3, "control": True, "combine": "worst",
               "probes": [{"check": "door", "every": "1s", "tcp": {"host": "127.0.0.1", "port": control, "timeout": "500ms"}}]}
    house.write_services([acme, neutral])
    house.write_aggregator(engine=ENGINE, webhook=sink.url)
    for name in ("one", "two"):
        house.authorize(name)
        house.write_collector(name)
    house.start_aggregator()
    for name in ("one", "two"):
        house.start_collector(name)


def truth(house):
    return house.service("acme")["truth"]


def test_the_page_is_green_and_our_hosts_see_red(house, vendor, sink, door):
    start(house, vendor, sink, door, vendor.port)
    until(lambda: truth(house) and truth(house)["verdict"] == "page_green" and truth(house)["probes"]["of"] == 2, 30, "both hosts")
    found = truth(house)
    assert found == {"verdict": "page_green", "page": "operational", "control": None, "says": "page green, red from 2 of 2 of our hosts",
                     "probes": {"level": "major_outage", "bad": 2, "of": 2, "doubtful": 0, "cut_off": 0, "blind": 0}}
    until(lambda: len(sink.texts()) == 1, 30, "the message")
    assert "(page green, red from 2 of 2 of our hosts)" in str(sink.messages[0][2])
    assert found["says"] in house.get("/")[2].decode()
    assert house.json("/api/services/acme/explain")["truth"] == found
    told = house.run("aggregator", "explain", "acme", "--config", house.directory / "aggregator.yaml")
    assert "Page and probes: page green, red from 2 of 2 of our hosts" in told.stdout, told.stderr

    door.listen()                                 # it opens; the page has trouble now
    vendor.say("acme", summary("critical", {"API": "major_outage"}))
    until(lambda: truth(house)["verdict"] == "page_red", 30, "the page alone")
    assert truth(house)["says"] == "page red, green from all 2 of our hosts"


def test_no_vendor_is_blamed_where_neutral_ground_is_red_too(house, vendor, sink, door):
    start(house, vendor, sink, door, door.getsockname()[1])
    until(lambda: truth(house) and truth(house)["probes"]["doubtful"] == 2, 30, "both hosts")
    found = truth(house)
    assert found["verdict"] == "ourselves" and found["control"] == "Neutral ground"
    assert found["says"].startswith("cannot tell: our own connection")
    until(lambda: any("Acme" in text for text in sink.texts()), 30, "the message")
    message = next(str(body) for _, _, body in sink.messages if "Acme" in body["text"])
    assert "cannot tell: our own connection" in message and "Neutral ground" in message
