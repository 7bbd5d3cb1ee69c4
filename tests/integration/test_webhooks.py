# SPDX-License-Identifier: Apache-2.0
"""A vendor posts that its page has changed: the page is polled at once, and only what it says counts."""
import hashlib
import hmac
import json
import time

from support.vendor import summary
from support.wait import stays, until
from test_main_job import QUICK, admin, service

SECRET = "a-secret-of-the-sender-0123"
TOKEN = "t" * 32


def slowly(vendor, name):
    """Polled once an hour: whatever comes sooner was asked for."""
    made = service(vendor, name)
    made["feed"]["every"] = "1h"
    return made


def start(house, vendor, sink, statuspage, env=None):
    house.authorize("one")
    house.write_services([slowly(vendor, "acme"), slowly(vendor, "other"), {"id": "payroll", "name": "Payroll", "category": "hr"}])
    house.write_aggregator(engine=QUICK, webhook=sink.url, **({"webhooks": {"statuspage": statuspage}} if statuspage else {}))
    house.write_collector("one")
    house.start_aggregator(env)
    house.start_collector("one")
    for name in ("acme", "other"):
        vendor.say(name, summary())
    for name in ("acme", "other"):                # the schedule spreads first polls over the hour
        assert house.run("aggregator", "poll", name, "--config", house.directory / "aggregator.yaml").returncode in (0, 1)
        until(lambda: polled(house, name), 30, f"the first reading of {name}")


def polled(house, name):
    if house.service(name)["state"] == "operational":
        return True
    house.run("aggregator", "poll", name, "--config", house.directory / "aggregator.yaml")
    return False


def address(house, name, env=None):
    """As an operator learns it, without the host."""
    made = house.run("aggregator", "webhook", name, "--config", house.directory / "aggregator.yaml", env=env)
    assert made.returncode == 0, made.stderr
    return "/" + made.stdout.strip().split("/", 3)[3]


def incident(page="p1", **more):
    return {"page": {"id": page, "status_indicator": "critical"},
            "incident": {"id": "i1", "status": "investigating", "impact": "critical", "backfilled": False, **more}}


def post(house, path, body, **headers):
    status, _, raw = house.request("POST", path, body, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return status, json.loads(raw)


def test_a_post_makes_the_page_be_polled_at_once(house, vendor, sink):
    start(house, vendor, sink, {"enabled": True, "services": [{"service": "acme", "token": TOKEN, "page_id": "p1"}]})
    path = address(house, "acme")
    assert path == f"/api/webhooks/statuspage/acme.{TOKEN}"
    time_to_rest(house)
    before = vendor.count("acme"), vendor.count("other")

    vendor.say("acme", summary("critical", {"API": "major_outage"}))
    posted = time.monotonic()
    status, answer = post(house, path, incident())
    assert (status, answer) == (202, {"service_id": "acme", "event": "incident", "poll": True})
    until(lambda: house.service("acme")["state"] == "major_outage", 15, "the event")
    print(f"event {time.monotonic() - posted:.3f} s after the post")
    assert (vendor.count("acme"), vendor.count("other")) == (before[0] + 1, before[1])

    # posts in between are one more poll when ten seconds are over
    vendor.say("acme", summary())
    for _ in range(5):
        assert post(house, path, incident())[0] == 202
    assert vendor.count("acme") == before[0] + 1
    until(lambda: house.service("acme")["state"] == "operational", 20, "the poll that was put off")
    assert time.monotonic() - posted > 9
    stays(lambda: vendor.count("acme") == before[0] + 2, 2, "one poll for five posts")
    assert house.metric("tocsin_polls_asked_total", 'outcome="coalesced"') >= 5
    assert house.metric("tocsin_webhooks_total", 'outcome="taken"') == 6


def time_to_rest(house):
    """The ten seconds after the polls of start() are over."""
    asked = len(house.aggregator.events("poll.asked"))
    began = time.monotonic()
    until(lambda: time.monotonic() - began > 10.5, 30)
    until(lambda: len(house.aggregator.events("poll.asked")) >= asked, 5)
    stays(lambda: True, 1.2)


def test_nothing_is_believed_and_nothing_wrong_is_taken(house, vendor, sink):
    start(house, vendor, sink, {"enabled": True, "secret": SECRET, "services": [
        {"service": "acme", "page_id": "p1"}, {"service": "other", "token": TOKEN}]})
    path = address(house, "acme")
    raw = json.dumps(incident()).encode()
    signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    time_to_rest(house)
    polls, rows = vendor.count("acme"), len(timeline(house))

    assert post(house, path, raw)[0] == 401
    assert post(house, path, raw, X_Signature="0" * 64)[0] == 401
    assert post(house, path.replace("acme.", "other."), raw, X_Signature=signature)[0] == 404
    assert post(house, path[:-1], raw, X_Signature=signature)[0] == 404
    other = json.dumps(incident("p2")).encode()
    assert post(house, path, other, X_Signature=hmac.new(SECRET.encode(), other, hashlib.sha256).hexdigest())[0] == 422
    past = json.dumps(incident(backfilled=True)).encode()
    assert post(house, path, past, X_Signature=hmac.new(SECRET.encode(), past, hashlib.sha256).hexdigest()) == (
        202, {"service_id": "acme", "event": "incident", "poll": False})
    stays(lambda: vendor.count("acme") == polls, 2, "nobody polls for these")
    assert len(timeline(house)) == rows

    # it says critical, the page says green: the page is right, however often and in whatever order it is posted
    assert post(house, path, raw, X_Hub_Signature_256="sha256=" + signature)[0] == 202
    until(lambda: vendor.count("acme") == polls + 1, 15, "the poll")
    resolved = json.dumps(incident(status="resolved")).encode()
    for body in (resolved, raw):
        assert post(house, path, body, X_Signature=hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest())[0] == 202
    stays(lambda: house.service("acme")["state"] == "operational", 2, "green")
    assert house.metric("tocsin_webhooks_total", 'outcome="bad_signature"') == 2
    assert sink.attempts == 0
    text = house.aggregator.output()
    assert path.split(".")[-1] not in text and SECRET not in text


def timeline(house):
    return house.json("/api/timeline?limit=500")["items"]


def test_off_there_is_nothing(house, vendor, sink):
    house.authorize("one")
    house.write_services([slowly(vendor, "acme")])
    house.write_aggregator(engine=QUICK, webhook=sink.url)
    house.start_aggregator()
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
        status, headers, body = house.request(method, "/api/webhooks/statuspage/acme", incident() if method == "POST" else None)
        assert (status, headers.get("Allow")) == (404, None), method
    made = house.run("aggregator", "webhook", "acme", "--config", house.directory / "aggregator.yaml")
    assert made.returncode == 0 and "token: " in made.stdout and "enabled: true" in made.stdout
    assert house.run("aggregator", "webhook", "payroll", "--config", house.directory / "aggregator.yaml").returncode == 1


def test_on_without_a_secret_it_does_not_start(house, vendor):
    house.write_services([slowly(vendor, "acme")])
    house.write_aggregator()
    process = house.start_aggregator(env={"WEBHOOKS_ENABLED": "true"}, ready=False)
    assert process.popen.wait(30) != 0
    assert "STATUSPAGE_WEBHOOK_SECRET" in process.output()
    house.processes.remove(process)


def test_the_environment_alone(house, vendor, sink):
    env = {"WEBHOOKS_ENABLED": "true", "STATUSPAGE_WEBHOOK_SECRET": SECRET}
    house.authorize("one")
    house.write_services([slowly(vendor, "acme")])
    house.write_aggregator(engine=QUICK, webhook=sink.url)
    house.start_aggregator(env)
    path = address(house, "acme", env)
    raw = json.dumps(incident()).encode()
    assert post(house, path, raw, X_Signature=hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest())[0] == 202
    assert post(house, path, raw)[0] == 401


def test_an_operator_polls(house, vendor, sink):
    start(house, vendor, sink, None)
    vendor.say("other", summary("minor"))
    status, _, raw = house.request("POST", "/api/admin/services/other/poll", headers=admin(house))
    assert status == 202, raw
    until(lambda: house.service("other")["state"] == "degraded", 20, "the poll")
    assert house.request("POST", "/api/admin/services/payroll/poll", headers=admin(house))[0] == 409
    audit = house.json("/api/admin/audit", headers=admin(house))["items"]
    assert any(row["action"] == "service.poll" and row["resource"] == "other" for row in audit)


def test_an_open_breaker_stays_open(house, vendor, sink):
    """A host that failed three polls is left alone, whoever posts."""
    vendor.say("acme", "down", status=500)
    house.authorize("one")
    house.write_services([service(vendor, "acme")])
    house.write_aggregator(engine=QUICK, webhook=sink.url, webhooks={"statuspage": {"enabled": True, "services": [
        {"service": "acme", "token": TOKEN}]}})
    house.write_collector("one")
    house.start_aggregator()
    collector = house.start_collector("one")
    found = until(lambda: broken(house, "breaker"), 40, "the open breaker")
    assert found["poller_failure"]["polls"] >= 3
    assert house.metric("tocsin_service_breaker_open", 'service="acme"') == 1
    asked = vendor.count("acme")
    vendor.say("acme", summary("critical"))
    assert post(house, address(house, "acme"), incident())[0] == 202
    until(lambda: collector.events("poll.not_asked"), 15, "that it is not asked")
    stays(lambda: vendor.count("acme") == asked, 2, "the host is left alone")
    assert house.service("acme")["state"] == "unknown"


def broken(house, reason):
    found = house.service("acme")
    return found if found["poller_health"] == "broken" and found["poller_failure"]["reason"] == reason else None
