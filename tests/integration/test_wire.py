# SPDX-License-Identifier: Apache-2.0
"""Who may speak, what is refused, and that nothing stops the loop."""
import contextlib
import os

import zmq

from support.wait import stays, until
from support.wire import ACK, BATCH, HELLO, Collector, delimited

OPERATIONAL, DEGRADED, MAJOR = 1, 2, 4


def start(house, services=(), engine=None):
    house.authorize("py")
    house.write_services(list(services) or [{"id": "acme", "name": "Acme", "category": "engineering"}])
    house.write_aggregator(engine=engine or {})
    return house.start_aggregator()


def say(one, level, check="cpu", **more):
    last = one.batch([one.report(check, level, **more)])
    one.wait(lambda: one.acked >= last, what="the ack")


def test_a_host_registers_by_its_catalogue(house, collector):
    start(house)
    one = collector("py")
    welcome = one.greet()
    assert welcome.send_catalogue and welcome.incarnation == 1
    item = one.wire.Item(at_boot_ms=1)
    item.source.check, item.source.kind, item.source.every_s, item.source.title = "cpu", 2, 30, "cpu"
    one.batch([item])
    say(one, DEGRADED, detail="cpu 93 %")
    host = house.json("/api/hosts/py")
    assert [check["check"] for check in host["checks"]] == ["cpu"]
    assert host["checks"][0]["state"] == "degraded"
    assert "py:cpu" not in [item["id"] for item in house.json("/api/services")["items"]], "hosts' checks are not configured services"


def test_repeats_are_acknowledged_and_ignored(house, collector):
    start(house)
    one = collector("py")
    one.greet()
    say(one, OPERATIONAL)
    for _ in range(3):
        one.batch([one.report("cpu", MAJOR)], first=1)
    last = one.batch([one.report("cpu", OPERATIONAL)])
    one.wait(lambda: one.acked >= last)
    assert house.metric("tocsin_items_repeated_total") == 3
    assert house.json("/api/hosts/py")["checks"][0]["state"] == "operational"


def test_unknown_wrong_and_missing_keys(house, collector, context, proto):
    start(house)
    endpoint = f"tcp://127.0.0.1:{house.wire_port}"
    house.keygen("stranger")
    stranger = collector("stranger", immediate=False)        # a good key that nobody authorised
    wrong_server = collector("py", server_key=house.keygen("elsewhere"), immediate=False)
    plain = Collector(context, endpoint, proto, immediate=False)    # no encryption at all
    for one in (stranger, wrong_server, plain):
        with contextlib.suppress(zmq.Again):                 # shown the door before it could speak
            one.hello()
    stays(lambda: not any(one.read() for one in (stranger, wrong_server, plain)), 3, "silence towards strangers")
    until(lambda: house.metric("tocsin_wire_auth_total", 'result="refused"') >= 1, what="the refusal in /metrics")
    good = collector("py")
    good.greet()
    say(good, OPERATIONAL)
    assert [host["id"] for host in house.json("/api/hosts")["items"]] == ["py"]
    plain.close()


def test_only_a_key_with_services_speaks_for_services(house, collector):
    start(house)
    house.authorize("guest", services=False)
    house.aggregator.signal(1)
    until(lambda: "guest" in str(house.aggregator.events()) or house.metric("tocsin_config_last_reload_successful") == 1)
    guest = collector("guest")
    guest.greet()
    last = guest.batch([guest.report("feed", MAJOR, service="acme", kind=1), guest.report("cpu", OPERATIONAL)])
    guest.wait(lambda: guest.acked >= last)
    assert house.service("acme")["state"] == "unknown"
    assert house.metric("tocsin_wire_rejected_total", 'reason="service"') == 1
    assert house.json("/api/hosts/guest")["checks"][0]["state"] == "operational"


def test_a_removed_key_is_silenced(house, collector):
    start(house)
    house.authorize("leaver")
    house.aggregator.signal(1)
    leaver = collector("leaver")
    leaver.greet()
    say(leaver, OPERATIONAL)
    (house.authorized / "leaver").unlink()
    house.aggregator.signal(1)

    def refused():
        leaver.batch([leaver.report("cpu", MAJOR)])
        leaver.read(0.2)
        return leaver.rejects or house.metric("tocsin_wire_rejected_total", 'reason="identity"') > 0
    until(refused, what="the refusal of a connected peer whose key is gone")


def test_two_collectors_with_one_key(house, collector):
    start(house)
    first, second = collector("py"), collector("py")
    first.greet()
    say(first, OPERATIONAL)
    assert second.greet().incarnation == 2
    say(second, DEGRADED)
    first.batch([first.report("cpu", MAJOR)])
    first.wait(lambda: first.rejects, what="words for the older one")
    assert first.rejects[-1].reason
    assert house.json("/api/hosts/py")["checks"][0]["state"] == "degraded"
    say(second, OPERATIONAL)


def test_malformed_frames_never_stop_the_loop(house, collector):
    start(house)
    one = collector("py")
    one.greet()
    say(one, OPERATIONAL)
    wire = one.wire
    header = wire.Batch(boot_id=one.boot, first_sequence=2, items=1, sent_boot_ms=1)
    hostile = [
        b"", b"\x00", b"\xff" * 40, bytes([HELLO]), bytes([HELLO]) + os.urandom(60), bytes([BATCH]), bytes([BATCH]) + os.urandom(200),
        bytes([ACK]) + b"\x08\x01",
        bytes([BATCH]) + delimited(wire.Batch(boot_id=b"short", items=1)),
        bytes([BATCH]) + delimited(wire.Batch(boot_id=one.boot, first_sequence=2, items=65)),
        bytes([BATCH]) + delimited(wire.Batch(boot_id=one.boot, first_sequence=2, items=2)) + delimited(wire.Item()),
        bytes([BATCH]) + delimited(header) + b"\xff\xff\xff\xff\x7f",
        bytes([BATCH]) + delimited(header) + delimited(wire.Item()) + b"left over",
        bytes([HELLO]) + wire.Hello(protocol=999, boot_id=one.boot).SerializeToString(),
        bytes([HELLO]) + wire.Hello(protocol=1, boot_id=one.boot, version="x" * 5000).SerializeToString(),
        bytes([BATCH]) + b"\x00" * (600 * 1024),
    ]
    for frame in hostile:
        one.send(frame)
    one.socket.send_multipart([b"two", b"frames"])
    until(lambda: house.metric("tocsin_wire_rejected_total", 'reason="malformed"') >= 10, what="the count of malformed frames")
    one.greet()
    last = one.batch([one.report("cpu", DEGRADED)])
    one.wait(lambda: one.acked >= last)
    until(lambda: house.json("/api/hosts/py")["checks"][0]["state"] == "degraded")
    assert house.aggregator.alive()


def test_text_that_is_not_utf8_is_refused_by_item(house, collector):
    start(house)
    one = collector("py")
    one.greet()
    raw = b"\x12\x0c\x12\x03c\xffu\x18\x02\x20\x01\x28\x01"     # Item.observation with a check that is no UTF-8
    header = one.wire.Batch(boot_id=one.boot, first_sequence=1, items=1, sent_boot_ms=1)
    one.send(bytes([BATCH]) + delimited(header) + bytes([len(raw)]) + raw)
    until(lambda: house.metric("tocsin_wire_rejected_total", 'reason="malformed"') >= 1)
    assert house.aggregator.alive()


def test_a_second_aggregator_on_the_same_data_is_refused(house):
    start(house)
    second = house.run("aggregator", "run", "--config", house.directory / "aggregator.yaml")
    assert second.returncode != 0
    assert "another aggregator" in second.stderr.lower() or "already" in second.stderr.lower(), second.stderr
    assert house.get("/readyz")[0] == 200
