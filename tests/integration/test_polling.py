# SPDX-License-Identifier: Apache-2.0
"""Polling that can be trusted: attempts, breakers, wishes of a host and other people's trouble, over real sockets."""
import email.utils
import json
import ssl
import subprocess
import time

import pytest

from support.vendor import Vendor, summary
from support.wait import stays, until

QUICK = {"min_dwell_s": 1, "confirm_polls": 2, "recovery_polls": 2, "stale_after_s": 60, "poller_failure_threshold": 3}


class Scripted(Vendor):
    """A vendor whose next answers are said one by one; then its pages are what they are."""

    def __init__(self):
        self.lines = {}
        super().__init__()

    def then(self, name, *answers):
        """answers: (status, headers), each for one request."""
        with self.lock:
            self.lines.setdefault(name, []).extend(answers)

    def answer(self, handler):
        name = handler.path.strip("/").split("/")[0]
        with self.lock:
            line = self.lines.get(name)
            now = line.pop(0) if line else None
            if now:
                self.asked[name] = self.asked.get(name, 0) + 1
                self.requests.append((time.monotonic(), handler.path, dict(handler.headers)))
        if not now:
            super().answer(handler)
            return
        handler.send_response(now[0])
        for key, value in now[1].items():
            handler.send_header(key, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def times(self, name):
        with self.lock:
            return [at for at, path, _ in self.requests if path.startswith(f"/{name}/")]


@pytest.fixture
def host():
    """host(): a further vendor on a port, and so a host, of its own."""
    made = []

    def make():
        made.append(Scripted())
        return made[-1]

    yield make
    for one in made:
        one.stop()


def service(vendor, name, every="1s", timeout="900ms", **feed):
    return {"id": name, "name": name.capitalize(), "category": "engineering",
            "feed": {"type": "statuspage", "url": vendor.url(name), "allow_http": True, "allow_addresses": ["127.0.0.0/8"],
                     "every": every, "timeout": timeout, **feed}}


def start(house, services, env=None):
    house.authorize("one")
    house.write_services(services)
    house.write_aggregator(engine=QUICK)
    house.write_collector("one")
    house.start_aggregator()
    return house.start_collector("one", env=env)


def told(house, name, labels=""):
    return house.metric(f"tocsin_collector_{name}", 'collector="one"' + (f",{labels}" if labels else ""))


def source(house, name):
    return house.service(name)["sources"][0]


def test_V09_503_503_200_is_one_good_poll(house, host):
    vendor = host()
    vendor.say("acme", summary())
    vendor.then("acme", (503, {}), (503, {}))
    start(house, [service(vendor, "acme", every="10s", timeout="9s")])
    until(lambda: house.service("acme")["state"] == "operational", 30, "the third attempt")
    assert vendor.count("acme") == 3
    first, second, third = vendor.times("acme")
    assert 0.3 <= second - first < 2.5 and 1.0 <= third - second < 4.5
    until(lambda: told(house, "poll_retries_total") == 2, what="the retries in /metrics")
    assert told(house, "poll_failures_total", 'reason="http_5xx"') == 0
    assert house.json("/api/hosts/one")["collector"]["poll_failures"] == {}
    assert source(house, "acme")["poller"] == "ok"


def test_V10_to_V12_the_breaker_of_a_host(house, host):
    broken, other = host(), host()
    for name in ("a1", "a2"):
        broken.say(name, "broken", status=500)
    other.say("b", summary())
    skip = house.write("skip", "0")
    no_retry = {"timeout": "290ms"}
    start(house, [service(broken, "a1", **no_retry), service(broken, "a2", **no_retry), service(other, "b")],
          env={"TOCSIN_CLOCK_SKIP_FILE": str(skip)})

    def requests():
        return broken.count("a1") + broken.count("a2")

    until(lambda: told(house, "breakers_open") == 1, what="the open breaker")
    assert requests() == 3, "the third failed poll of the host opens it, whichever page it was of"
    until(lambda: all(source(house, name)["reason"] == "breaker" for name in ("a1", "a2")), what="both services of the host")
    detail = source(house, "a1")["detail"]
    assert "is not asked since" in detail and "http_5xx" in detail
    until(lambda: source(house, "a2")["poller"] == "broken", what="V13: the poller's health")
    assert house.service("a1")["state"] == "unknown"
    asked = other.count("b")
    until(lambda: other.count("b") >= asked + 2, what="polls of another host")
    assert house.service("b")["state"] == "operational"
    assert requests() == 3

    skip.write_text("280000")
    stays(lambda: requests() == 3, 3, "no request before its time is over")
    skip.write_text("310000")
    until(lambda: requests() == 4, what="the trial")
    stays(lambda: requests() == 4, 3, "one trial, which failed")
    for name in ("a1", "a2"):
        broken.say(name, summary())
    skip.write_text("620000")
    until(lambda: all(house.service(name)["state"] == "operational" for name in ("a1", "a2")), what="the host's return")
    until(lambda: told(house, "breakers_open") == 0, what="the closed breaker")
    assert told(house, "poll_failures_total", 'reason="breaker"') > 0
    assert told(house, "polls_skipped_total") == told(house, "poll_failures_total", 'reason="breaker"')


def test_what_a_page_says_is_not_held_against_its_host(house, host):
    """No such page, another format, a filter that matches nothing: the host was reached, its other pages go on."""
    vendor = host()
    vendor.say("good", summary())
    vendor.say("gone", "no such page", status=404)
    vendor.say("html", "<html></html>")
    vendor.say("renamed", summary())
    start(house, [service(vendor, "good", every="5s"), service(vendor, "gone"), service(vendor, "html"),
                  service(vendor, "renamed", components=["Search"])])
    until(lambda: min(vendor.count(name) for name in ("gone", "html", "renamed")) >= 5, 30, "five polls of each")
    assert {name: source(house, name)["reason"] for name in ("gone", "html", "renamed")} == {
        "gone": "http_404", "html": "parse", "renamed": "filter_miss"}
    assert house.service("good")["state"] == "operational"
    assert told(house, "breakers_open") == 0


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed(house, host, form):
    vendor, other = host(), host()
    for name in ("acme", "sister"):
        vendor.say(name, summary())
    other.say("other", summary())
    start(house, [service(vendor, "acme"), service(vendor, "sister"), service(other, "other")])
    until(lambda: house.service("acme")["state"] == "operational" and house.service("sister")["state"] == "operational")

    wish = "4" if form == "seconds" else email.utils.formatdate(time.time() + 5, usegmt=True)
    with vendor.lock:
        vendor.lines["acme"] = [(429, {"Retry-After": wish})]
    until(lambda: not vendor.lines["acme"], 5, "the answer")
    after = time.monotonic()
    count = vendor.count("acme") + vendor.count("sister")
    until(lambda: source(house, "acme")["reason"] == "http_429", what="the reason")
    until(lambda: source(house, "sister")["reason"] == "http_429", what="the reason of the host's other page")
    until(lambda: vendor.count("acme") + vendor.count("sister") > count, 20, "the next request")
    assert time.monotonic() - after >= 3.5
    assert len([at for at in other.times("other") if at > after]) >= 3
    until(lambda: house.service("acme")["state"] == "operational", what="its return")
    assert told(house, "breakers_open") == 0


def test_V08_a_hung_vendor_delays_none_of_29_others(house, host):
    vendors = {f"v{i:02}": host() for i in range(30)}
    for name, vendor in vendors.items():
        vendor.say(name, summary(), hang=30 if name == "v07" else 0)
    start(house, [service(vendor, name, timeout="15s" if name == "v07" else "900ms") for name, vendor in vendors.items()])
    until(lambda: all(vendor.count(name) >= 2 for name, vendor in vendors.items() if name != "v07"), 20, "two polls of 29")
    before = {name: vendor.count(name) for name, vendor in vendors.items()}
    started = time.monotonic()
    until(lambda: all(vendor.count(name) >= before[name] + 4 for name, vendor in vendors.items() if name != "v07"), 8, "four more of each")
    assert time.monotonic() - started < 7
    assert vendors["v07"].count("v07") <= 1
    states = {item["id"]: item["state"] for item in house.json("/api/services?limit=100")["items"]}
    assert all(state == "operational" for name, state in states.items() if name != "v07")


def test_once_asks_whatever_happens(house, host):
    vendor = host()
    names = [f"p{i}" for i in range(6)]
    for name in names[:5]:
        vendor.say(name, "broken", status=500)
    vendor.say("p5", summary())
    house.keygen("one")
    house.write_services([service(vendor, name, timeout="290ms") for name in names])
    house.write_collector("one")
    done = house.run("collector", "once", "--config", house.directory / "collector-one.yaml", "-o", "json")
    rows = {row["service"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1
    assert [rows[name]["reason"] for name in names] == ["http_5xx"] * 5 + [None]
    assert sum(vendor.count(name) for name in names) == 6


def certificate(directory, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", directory / f"{name}.key", "-out",
                    directory / f"{name}.pem"], check=True, capture_output=True)
    return directory / f"{name}.pem"


def test_another_bundle_of_certificates_is_seen(house, host):
    vendor = host()
    vendor.say("acme", summary())
    mine, theirs = certificate(house.directory, "mine"), certificate(house.directory, "theirs")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(theirs, house.directory / "theirs.key")
    vendor.server.socket = tls.wrap_socket(vendor.server.socket, server_side=True)
    bundle = house.write("bundle.pem", mine.read_text())
    skip = house.write("skip", "0")
    entry = service(vendor, "acme")
    entry["feed"]["url"] = entry["feed"]["url"].replace("http:", "https:")
    start(house, [entry], env={"SSL_CERT_FILE": str(bundle), "TOCSIN_CLOCK_SKIP_FILE": str(skip)})
    until(lambda: source(house, "acme")["reason"] == "tls", what="a certificate nobody vouches for")
    bundle.write_text(mine.read_text() + theirs.read_text())
    skip.write_text("400000")        # the minute after which the bundle is looked at, and the time of the breaker
    until(lambda: house.service("acme")["state"] == "operational", 30, "the vendor that is trusted now")
