# SPDX-License-Identifier: Apache-2.0
"""Webhooks and PagerDuty beside Slack, over real sockets: what arrives, how often, under which key."""
import json
import pathlib
import time

import pytest

from support.vendor import summary
from support.wait import stays, until

QUICK = {"min_dwell_s": 1, "confirm_polls": 2, "recovery_polls": 2, "stale_after_s": 60, "improve_dwell_s": 1}
ROUTING_KEY = "0123456789abcdefghijABCDEFGHIJ01"
SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "aggregator/notify/webhook.schema.json").read_text())


def to_hook(hook, name="chat", **more):
    return {"name": name, "webhook": {"url": hook.url, "allow_http": True, "secret": hook.secret,
                                      "headers": [{"name": "Authorization", "value": "Bearer of-the-test"}], **more}}


def to_pager(pager, name="chat"):
    return {"name": name, "pagerduty": {"url": pager.url, "allow_http": True, "routing_key": ROUTING_KEY}}


def configure(house, vendor, channels):
    house.authorize("one")
    house.write_services([{"id": "acme", "name": "Acme", "category": "engineering", "runbook": "https://wiki.example/acme",
                           "feed": {"type": "statuspage", "url": vendor.url("acme"), "allow_http": True,
                                    "allow_addresses": ["127.0.0.0/8"], "every": "1s", "timeout": "900ms"}}])
    house.write_aggregator(engine=QUICK, channels=channels,
                           routes=[{"channels": [channel["name"] for channel in channels]}])
    house.write_collector("one")


def start(house, vendor, channels):
    configure(house, vendor, channels)
    house.start_aggregator()
    house.start_collector("one")


def deliveries(house):
    """All rows of the outbox, oldest first."""
    if not hasattr(house, "token"):
        made = house.run("aggregator", "token", "create", "test", "--role", "admin", "--config", house.directory / "aggregator.yaml")
        assert made.returncode == 0, made.stderr
        house.token = next(word for word in made.stdout.split() if word.startswith("toc_"))
    rows = house.json("/api/admin/deliveries?limit=100", headers={"Authorization": f"Bearer {house.token}"})["items"]
    return sorted(rows, key=lambda row: row["sequence"])


def fits(value, schema):
    """The part of JSON Schema that ours speaks."""
    if "const" in schema:
        return value == schema["const"]
    if "enum" in schema:
        return value in schema["enum"]
    kinds = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "null": type(None)}
    allowed = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(type(value) is kinds[name] for name in allowed):   # a bool is no integer here
        return False
    if isinstance(value, list):
        return all(fits(item, schema["items"]) for item in value) and len(value) <= schema["maxItems"]
    return True


def test_webhook_of_an_outage(house, vendor, hook):
    vendor.say("acme", summary("critical", {"API": "major_outage"}))
    start(house, vendor, [to_hook(hook)])
    until(lambda: len(hook.bodies()) == 1, what="the raise")
    vendor.say("acme", summary())
    until(lambda: len(hook.bodies()) == 2, what="the resolve")
    stays(lambda: hook.attempts == 2, 2, "nothing else")

    first, second = hook.bodies()
    assert (first["kind"], second["kind"]) == ("raise", "resolve")
    assert first["key"] == second["key"] == "service:acme"
    assert first["level"] == "major_outage" and second["previous_level"] == "major_outage"
    assert first["runbook"] == "https://wiki.example/acme"
    assert first["explain"].endswith("/api/services/acme/explain")
    assert house.get(first["explain"].split(f":{house.http_port}")[1])[0] == 200, "the link leads somewhere"
    for headers, body, _ in hook.requests:
        facts = json.loads(body)
        assert set(facts) == set(SCHEMA["required"])
        for name, value in facts.items():
            assert fits(value, SCHEMA["properties"][name]), f"{name}: {value!r}"
        assert hook.signed(headers, body), "the signature"
        assert not hook.signed(headers, body + b" "), "and nothing but it"
        assert headers["content-type"] == "application/json"
        assert headers["authorization"] == "Bearer of-the-test"
        assert headers["ce-specversion"] == "1.0" and headers["ce-type"] == "tocsin.notification." + facts["kind"]
        assert headers["ce-id"] == headers["idempotency-key"] == facts["id"]
        assert headers["ce-time"] == facts["decided_at"]
    assert first["id"] != second["id"]
    assert [row["state"] for row in deliveries(house)] == ["sent", "sent"]


def test_pagerduty_of_an_outage_that_gets_better_first(house, vendor, pager):
    vendor.say("acme", summary("critical", {"API": "major_outage"}))
    start(house, vendor, [to_pager(pager)])
    until(lambda: len(pager.events()) == 1, what="the trigger")
    vendor.say("acme", summary("minor", {"API": "degraded_performance"}))
    until(lambda: [row for row in deliveries(house) if row["kind"] == "improve" and row["state"] == "superseded"],
          what="the improvement's row")
    vendor.say("acme", summary())
    until(lambda: len(pager.events()) == 2, what="the resolve")
    stays(lambda: pager.attempts == 2, 2, "no event for the improvement")

    trigger, resolve = pager.events()
    assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
    assert trigger["dedup_key"] == resolve["dedup_key"] == "service:acme"
    assert trigger["routing_key"] == ROUTING_KEY
    assert trigger["payload"]["severity"] == "critical" and trigger["payload"]["source"] == "acme"
    assert trigger["payload"]["custom_details"]["level"] == "major_outage"
    rows = deliveries(house)
    assert [(row["kind"], row["state"]) for row in rows] == [("raise", "sent"), ("improve", "superseded"), ("resolve", "sent")]
    assert "PagerDuty has no event for improve" in rows[1]["reason"]
    assert "Event processed" in rows[0]["receipt"]
    assert house.metric("tocsin_delivery_total", 'outcome="needless"') == 1
    assert house.metric("tocsin_delivery_total", 'outcome="sent"') == 2


def test_webhook_that_fails_then_is_fine(house, vendor, hook):
    hook.script = [(500, "oops", {}), (429, "slower", {"Retry-After": "2"}), (204, "", {})]
    vendor.say("acme", summary("critical"))
    start(house, vendor, [to_hook(hook)])
    row = until(lambda: [r for r in deliveries(house) if r["state"] == "sent"], 30, "the delivery at last")[0]
    assert row["attempts"] == 3 and row["ambiguous_attempts"] == 0
    assert len({headers["idempotency-key"] for headers, _, _ in hook.requests}) == 1
    assert len({body for _, body, _ in hook.requests}) == 1, "the same bytes each time"
    stamps = [int(headers["x-tocsin-timestamp"]) for headers, _, _ in hook.requests]
    assert stamps[2] - stamps[1] >= 2, "Retry-After is obeyed"
    assert all(hook.signed(headers, body) for headers, body, _ in hook.requests), "each attempt is signed anew"


@pytest.mark.parametrize("status", [410, 400])
def test_webhook_that_refuses_for_good(house, vendor, hook, status):
    hook.script = [(status, "not here", {})]
    vendor.say("acme", summary("critical"))
    start(house, vendor, [to_hook(hook)])
    row = until(lambda: [r for r in deliveries(house) if r["state"] == "dead"], what="the dead letter")[0]
    assert row["reason"] == f"answered {status}: not here"
    stays(lambda: hook.attempts == 1, 2, "it is not asked again")


def test_pagerduty_that_refuses_or_is_busy(house, vendor, pager):
    pager.script = [(429, "", {"Retry-After": "1"}), (500, "", {}), (200, "<html>portal", {}), (400, '{"status":"invalid event"}', {})]
    vendor.say("acme", summary("critical"))
    start(house, vendor, [to_pager(pager)])
    row = until(lambda: [r for r in deliveries(house) if r["state"] == "dead"], 40, "the dead letter")[0]
    assert row["attempts"] == 4 and "invalid event" in row["reason"]
    assert not pager.events(), "an answer other than 202 is no delivery"


def test_nobody_listens_then_somebody_does(house, vendor, hook):
    channel = to_hook(hook)
    channel["webhook"]["url"] = "http://127.0.0.1:9/hook"      # discard: nobody is there
    vendor.say("acme", summary("critical"))
    start(house, vendor, [channel])
    until(lambda: [r for r in deliveries(house) if r["attempts"] > 0 and "connect" in (r["reason"] or "")], what="a refused attempt")
    house.write_aggregator(engine=QUICK, channels=[to_hook(hook)], routes=[{"channels": ["chat"]}])
    house.aggregator.signal(1)
    until(lambda: len(hook.bodies()) == 1, 40, "the delivery by the new configuration")
    assert deliveries(house)[0]["ambiguous_attempts"] == 0


def test_killed_on_the_wire_the_repeat_has_the_same_key(house, vendor, hook, pager):
    """Both have read the event and not answered when the process dies: a repeat that both can recognise."""
    hook.script = ["swallow"]
    pager.script = ["swallow"]
    vendor.say("acme", summary("critical"))
    start(house, vendor, [to_hook(hook), to_pager(pager, "page")])
    until(lambda: hook.attempts == 1 and pager.attempts == 1, what="both requests")
    house.aggregator.kill()
    house.start_aggregator()
    until(lambda: hook.attempts == 2 and pager.attempts == 2, 40, "both repeats")
    until(lambda: [row["state"] for row in deliveries(house)] == ["sent", "sent"], what="both receipts")
    assert all(row["ambiguous_attempts"] == 1 for row in deliveries(house))
    (first, one, _), (second, two, _) = hook.requests
    assert first["idempotency-key"] == second["idempotency-key"] and first["ce-id"] == second["ce-id"]
    assert one == two, "a receiver may compare the bytes"
    assert hook.signed(second, two)
    keys = [event["dedup_key"] for event in pager.events()]
    assert keys == ["service:acme", "service:acme"]
    stays(lambda: hook.attempts == 2 and pager.attempts == 2, 2, "and no third")


def test_hangs_after_accepting(house, vendor, hook):
    hook.script = ["swallow"]
    vendor.say("acme", summary("critical"))
    start(house, vendor, [to_hook(hook)])
    until(lambda: hook.attempts == 2, 40, "the repeat after the timeout")
    row = until(lambda: [r for r in deliveries(house) if r["state"] == "sent"], what="its receipt")[0]
    assert row["ambiguous_attempts"] == 1
    assert len({headers["idempotency-key"] for headers, _, _ in hook.requests}) == 1


def test_notify_test_of_every_kind(house, vendor, sink, hook, pager):
    configure(house, vendor, [{"name": "chat", "slack": {"webhook_url": sink.url, "allow_http": True}}, to_hook(hook, "robot"),
                              to_pager(pager, "page")])

    def trial(channel):
        return house.run("aggregator", "notify", "test", channel, "--config", house.directory / "aggregator.yaml")

    said = {channel: trial(channel) for channel in ("chat", "robot", "page")}
    for channel, kind in (("chat", "slack"), ("robot", "webhook"), ("page", "pagerduty")):
        assert said[channel].returncode == 0, said[channel].stderr
        assert said[channel].stdout.startswith(f"{channel} ({kind}): delivered: answered 20")
    assert "test message" in sink.texts()[0] and "Nothing is wrong" in sink.texts()[0]
    assert hook.bodies()[0]["kind"] == "test" and hook.bodies()[0]["test"] is True
    assert hook.signed(*hook.requests[0][:2])
    assert [event["event_action"] for event in pager.events()] == ["trigger", "resolve"]
    assert {event["dedup_key"] for event in pager.events()} == {"test:page"}
    assert pager.events()[0]["payload"]["severity"] == "info"

    assert trial("robot").returncode == 0
    ids = [body["id"] for body in hook.bodies()]
    assert len(set(ids)) == 2, "a receiver that drops repeats must see the second trial"

    hook.script = [(403, "who are you?", {})]
    refused = trial("robot")
    assert refused.returncode == 1 and "not delivered: answered 403: who are you?" in refused.stderr
    unknown = trial("nowhere")
    assert unknown.returncode == 1 and "chat, robot, page" in unknown.stderr
    assert house.run("aggregator", "notify").returncode == 2

    vendor.say("acme", summary())
    house.start_aggregator()
    before = time.monotonic()
    assert trial("chat").returncode == 0 and time.monotonic() - before < 10
    assert deliveries(house) == [], "nothing of it enters the outbox"
