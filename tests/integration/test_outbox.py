# SPDX-License-Identifier: Apache-2.0
"""Dead letters: seen, sent again where that leaves the receiver told what is true, given up with a reason."""
import json

import pytest

from support.wait import stays, until
from test_acknowledge import bearer
from test_http import SERVICES, set_status
from test_main_job import admin

GONE = (404, "no_service", {})


@pytest.fixture
def running(house, sink):
    house.authorize("py")
    house.write_services(SERVICES)
    house.write_aggregator(engine={"min_dwell_s": 0}, webhook=sink.url)
    house.start_aggregator()
    return house


def outbox(house, query=""):
    return house.json(f"/api/admin/outbox{query}", headers=admin(house))["items"]


def command(house, *words):
    done = house.run("aggregator", "outbox", *words, "--config", house.directory / "aggregator.yaml")
    return done.returncode, done.stdout, done.stderr


def post(house, path, body=None, caller=None, **headers):
    status, _, raw = house.request("POST", f"/api/admin/outbox/{path}", body, headers={**(caller or admin(house)), **headers})
    return status, json.loads(raw)


def dead_raise(house, sink, service="acme", level="major_outage"):
    """An alert whose message the receiver has refused for good."""
    sink.script = [GONE]
    assert set_status(house, service, level)[0] == 200
    [row] = until(lambda: outbox(house, f"?state=dead&service={service}"), what="the dead letter")
    return row


def audited(house, action):
    return [row for row in house.json("/api/admin/audit", headers=admin(house))["items"] if row["action"] == action]


def test_an_hour_of_500_a_day_later_dead_then_delivered_once(house, sink):
    offset = house.write("offset", "0")
    house.authorize("py")
    house.write_services(SERVICES)
    house.write_aggregator(engine={"min_dwell_s": 0, "reminders": False}, webhook=sink.url)
    house.start_aggregator(env={"TOCSIN_CLOCK_OFFSET_FILE": str(offset)})
    sink.script = [(500, "server_error", {})] * 1000
    set_status(house, "acme", "major_outage")
    until(lambda: sink.attempts >= 1, what="an attempt")
    until(lambda: outbox(house)[0]["attempts"] >= 1)
    offset.write_text(str(25 * 3600 * 1000))
    [row] = until(lambda: outbox(house, "?state=dead"), 40, what="the end of its budget")
    assert row["attempts"] >= 2 and "given up after" in row["reason"] and "500" in row["reason"]

    code, out, _ = command(house, "list")
    assert code == 0 and "service:acme" in out and "given up after" in out
    sink.script = []
    code, out, err = command(house, "retry", str(row["sequence"]))
    assert code == 0, err
    until(lambda: len(sink.texts()) == 1, what="the message")
    stays(lambda: len(sink.texts()) == 1, 2, "delivered once")
    [after] = outbox(house, "?state=sent")
    assert after["retries"] == 1 and after["attempts"] == row["attempts"] + 1 and after["sequence"] == row["sequence"]
    [line] = audited(house, "outbox.retry")
    assert line["resource"] == str(row["sequence"]) and line["who"].startswith("local:")
    code, _, err = command(house, "retry", str(row["sequence"]))
    assert code == 1 and "was delivered" in err


def test_what_is_not_true_any_more_is_not_sent(running, sink):
    stale = dead_raise(running, sink)
    sink.script = [GONE]
    set_status(running, "acme", "operational")
    until(lambda: len(outbox(running, "?state=dead&service=acme")) == 2, what="the resolve, dead as well")
    attempts = sink.attempts
    status, problem = post(running, f"{stale['sequence']}/retry")
    assert status == 409 and "is over" in problem["detail"]
    resolve = outbox(running, "?kind=resolve")[0]
    status, problem = post(running, f"{resolve['sequence']}/retry")
    assert status == 409 and "nothing to take back" in problem["detail"]
    code, out, _ = command(running, "retry", "--channel", "chat")
    assert code == 0 and out.startswith("0 wait again, 2 were left"), out
    stays(lambda: sink.attempts == attempts, 1.5, "silence")


def test_a_lost_resolve_reaches_who_heard_of_the_alert(running, sink):
    set_status(running, "acme", "major_outage")
    until(lambda: len(sink.texts()) == 1, what="the alert")
    sink.script = [GONE]
    set_status(running, "acme", "operational")
    [row] = until(lambda: outbox(running, "?state=dead"), what="the dead resolve")
    detail = running.json(f"/api/admin/outbox/{row['sequence']}", headers=admin(running))
    assert detail["receiver_was_last_told"]["kind"] == "raise"
    code, out, _ = command(running, "retry", "--channel", "chat", "--json")
    assert code == 0 and json.loads(out)["retried"] == 1
    until(lambda: len(sink.texts()) == 2, what="the resolve")
    detail = running.json(f"/api/admin/outbox/{row['sequence']}", headers=admin(running))
    assert detail["receiver_was_last_told"]["kind"] == "resolve" and detail["state"] == "sent"


def test_drop_needs_a_reason_and_a_role(running, sink):
    row = dead_raise(running, sink)
    operator = bearer(running, "on-call", "operator")
    viewer = bearer(running, "guest", "viewer")
    number = row["sequence"]
    assert post(running, f"{number}/retry", caller=viewer)[0] == 403
    assert post(running, f"{number}/drop", {"reason": "x"}, caller=operator)[0] == 403
    assert post(running, f"{number}/drop", {})[0] == 422
    assert running.get("/api/admin/outbox", headers=viewer)[0] == 403
    code, _, err = command(running, "drop", str(number))
    assert code == 2 and "--reason" in err
    assert running.metric("tocsin_outbox_rows", 'state="dead"') == 1
    assert command(running, "drop", str(number), "--reason", "told by telephone")[0] == 0
    [after] = outbox(running, "?state=dead")
    assert after["dropped_reason"] == "told by telephone" and after["dropped_by"].startswith("local:")
    assert after["reason"].startswith("answered 404"), "what killed it stays"
    assert running.metric("tocsin_outbox_rows", 'state="dead"') == 0
    assert running.metric("tocsin_outbox_rows", 'state="dropped"') == 1
    [line] = audited(running, "outbox.drop")
    assert line["reason"] == "told by telephone" and line["resource"] == str(number)
    status, problem = post(running, f"{number}/retry", caller=operator)
    assert status == 409 and "has dropped it" in problem["detail"]
    assert "(dropped)" in command(running, "list")[1]


def test_the_same_request_twice_is_one_retry(running, sink):
    row = dead_raise(running, sink)
    first = post(running, f"{row['sequence']}/retry", **{"Idempotency-Key": "once"})
    again = post(running, f"{row['sequence']}/retry", **{"Idempotency-Key": "once"})
    assert first == again and first[0] == 200
    until(lambda: len(sink.texts()) == 1)
    stays(lambda: len(sink.texts()) == 1, 1, "one message")
    assert outbox(running)[0]["retries"] == 1


def test_killed_between_the_answer_and_the_message(running, sink):
    row = dead_raise(running, sink)
    sink.script = [(500, "server_error", {})] * 1000
    assert post(running, f"{row['sequence']}/retry")[0] == 200
    running.aggregator.kill()
    sink.script = []
    running.start_aggregator()
    until(lambda: len(sink.texts()) == 1, 40, what="what was promised")
    stays(lambda: len(sink.texts()) == 1, 2, "once")
    after = until(lambda: outbox(running, "?state=sent"))[0]
    assert after["sequence"] == row["sequence"] and after["retries"] == 1


def test_nobody_carried_it_until_somebody_does(house, sink):
    house.authorize("py")
    house.write_services(SERVICES)
    house.write_aggregator(engine={"min_dwell_s": 0})
    house.start_aggregator()
    set_status(house, "acme", "major_outage")
    [row] = until(lambda: outbox(house, "?state=dead"), what="the dead letter")
    assert row["reason"] == "no_sink"
    status, problem = post(house, f"{row['sequence']}/retry")
    assert status == 409 and "is configured" in problem["detail"]
    house.write_aggregator(engine={"min_dwell_s": 0}, webhook=sink.url)
    assert house.request("POST", "/api/admin/reload", headers=admin(house))[0] == 200
    assert post(house, f"{row['sequence']}/retry")[0] == 200
    until(lambda: len(sink.texts()) == 1, what="the message")


def test_how_sending_goes_is_seen_and_kept(running, sink):
    [chat] = running.json("/api/integrations")["channels"]
    assert (chat["channel"], chat["kind"], chat["state"], chat["waiting"], chat["dead"]) == ("chat", "slack", "unused", 0, 0)
    sink.script = [(500, "server_error", {})] * 1000
    set_status(running, "acme", "major_outage")
    set_status(running, "payroll", "major_outage")

    def failing():
        [now] = running.json("/api/integrations")["channels"]
        return now if now["failures_last_hour"] >= 2 and now["waiting"] == 2 else None

    chat = until(failing, what="failures")
    assert chat["state"] == "failing" and "500" in chat["last_failure"] and chat["last_success_at"] is None
    assert chat["retries_a_minute"] >= 1 and chat["retry_storm"] is False
    assert chat["oldest_waiting_since"] and chat["oldest_waiting_seconds"] >= 0
    assert running.metric("tocsin_channel_waiting", 'channel="chat"') == 2

    running.aggregator.kill()
    sink.script = [(200, "ok", {}), GONE]
    running.start_aggregator()
    after = until(lambda: next((one for one in running.json("/api/integrations")["channels"] if one["dead"] == 1), None), 40,
                  what="one delivered, one dead")
    assert after["failures_last_hour"] > chat["failures_last_hour"], "what was counted before the kill still is"
    assert after["last_success_at"] and after["last_failure"].startswith("answered 404") and after["waiting"] == 0
    assert running.metric("tocsin_channel_dead", 'channel="chat"') == 1
