# SPDX-License-Identifier: Apache-2.0
"""The HTTP surface: seed paths, errors, caching, writes, hostile clients."""
import gzip
import json
import re
import socket
import threading
import time
import urllib.request

import pytest

from support.wait import stays, until
from test_main_job import admin

SERVICES = [
    {"id": "acme", "name": "Acme", "category": "engineering", "tier": 1},
    {"id": "shop", "name": "Shop", "category": "sales", "depends_on": ["acme"]},
    {"id": "payroll", "name": "Payroll <&> Co", "category": "hr", "tier": 3},
]


@pytest.fixture
def running(house):
    house.authorize("py")
    house.write_services(SERVICES)
    house.write_aggregator(engine={"min_dwell_s": 0})
    house.start_aggregator()
    return house


def set_status(house, service, status, reason="test", **more):
    headers = {**admin(house), **more.pop("headers", {})}
    answer = house.request("POST", "/api/admin/status", {"service_id": service, "new_status": status, "reason": reason, **more}, headers=headers)
    return answer[0], json.loads(answer[2])


def test_every_path_of_the_document_answers(running):
    document = running.json("/api/openapi.json")
    assert document["openapi"].startswith("3.1")
    seed = ["/api/health", "/api/services", "/api/services/{id}", "/api/timeline", "/api/summary", "/api/hosts", "/api/hosts/{id}",
            "/api/admin/status", "/healthz", "/readyz", "/health", "/metrics", "/api/stream", "/api/openapi.json"]
    assert set(seed) <= set(document["paths"])
    for path, methods in document["paths"].items():
        if "get" not in methods or path == "/api/stream":
            continue
        concrete = path.replace("/api/hosts/{id}", "/api/hosts/none").replace("{id}", "acme").replace("{name}", "none").replace("{sequence}", "1")
        status, headers, _ = running.get(concrete, headers=admin(running))
        assert status in (200, 404), (path, status)
        assert str(status) in methods["get"]["responses"], f"{path} answers {status}, which its document does not say"
        assert headers["X-Request-Id"]


def test_config_says_where_each_value_is_from(running):
    document = running.json("/api/config")
    by_name = {one["name"]: one for one in document["parameters"]}
    assert by_name["stale_after_s"]["tiers"]["2"] == {"value": 300, "from": "shipped"}
    assert by_name["major_dwell_s"]["tiers"]["1"] == {"value": 90, "from": "shipped for the tier"}
    assert by_name["confirm_polls"]["environment"] == "ALERT_CONFIRM_THRESHOLD_POLLS"
    assert by_name["late_after_s"]["per_service"] is False
    assert "acme" in [service["id"] for service in document["rules"]["services"]]
    assert len(document["digest"]) == 64 and document["channels"] == []


def test_graph_has_an_end_for_every_link(running):
    graph = running.json("/api/services/graph")
    ids = {node["id"] for node in graph["nodes"]}
    assert ids == {service["id"] for service in running.json("/api/services")["items"]}
    assert all(link["from"] in ids and link["to"] in ids for link in graph["links"])
    set_status(running, "acme", "major_outage")
    until(lambda: any(node["id"] == "acme" and node["hard"] == "major_outage" for node in running.json("/api/services/graph")["nodes"]))
    after = running.json("/api/services/graph")
    stands_on_acme = {link["from"] for link in after["links"] if link["to"] == "acme"}
    assert {node["id"] for node in after["nodes"] if node["at_risk"]} >= stands_on_acme
    set_status(running, "acme", None)


def test_suppressed_and_open_are_counted_by_kind(running):
    text = running.get("/metrics")[2].decode()
    for line in ('tocsin_alerts_open{class="poller"} ', 'tocsin_suppressed_total{reason="no_route"} ', "tocsin_notifications_decided_total "):
        assert f"\n{line}" in text, line


def test_errors_are_problems(running):
    cases = [("GET", "/api/nothing", None, 404), ("GET", "/api/services/nobody", None, 404), ("GET", "/api/services?colour=red", None, 400),
             ("DELETE", "/api/services", None, 405), ("POST", "/api/admin/status", {"service_id": "acme"}, 401),
             ("GET", "/api/timeline?since=yesterdayish", None, 400), ("GET", "/api/services?limit=0", None, 400)]
    for method, path, body, expected in cases:
        status, headers, raw = running.request(method, path, body)
        assert status == expected, (method, path, status, raw)
        assert headers["Content-Type"].startswith("application/problem+json")
        problem = json.loads(raw)
        assert {"type", "title", "status", "detail", "instance"} <= set(problem) and problem["status"] == expected
    assert running.request("DELETE", "/api/services")[1]["Allow"]
    assert running.request("POST", "/api/admin/status", {})[1]["WWW-Authenticate"]


def test_etag_304_gzip_head(running):
    status, headers, body = running.get("/api/services")
    etag = headers["ETag"]
    assert status == 200 and etag.startswith('"')
    assert running.get("/api/services", headers={"If-None-Match": etag})[0] == 304
    assert running.get("/api/services", headers={"If-None-Match": '"other"'})[0] == 200
    status, headers, _ = running.request("HEAD", "/api/services")
    assert status == 200 and int(headers["Content-Length"]) == len(body)
    _, headers, packed = running.get("/api/services", headers={"Accept-Encoding": "gzip"})
    if headers["Content-Encoding"] == "gzip":
        assert gzip.decompress(packed) == body
    else:
        assert len(body) <= 1024
    set_status(running, "acme", "degraded")
    status, headers, _ = running.get("/api/services", headers={"If-None-Match": etag})
    assert status == 200 and headers["ETag"] != etag


def test_manual_status(running):
    status, answer = set_status(running, "acme", "major_outage", ttl_seconds=3600)
    assert status == 200 and answer["round"] > 0
    found = running.service("acme")
    assert found["state"] == "major_outage" and found["manual"]["reason"] == "test"
    first = running.json("/api/services")["items"][0]
    assert first["id"] == "acme", "the worst comes first"
    assert set_status(running, "acme", "major", reason="short word")[0] == 200
    assert set_status(running, "acme", None)[0] == 200
    assert running.service("acme")["manual"] is None
    assert set_status(running, "acme", None)[0] == 409
    assert set_status(running, "nobody", "degraded")[0] == 404
    for wrong in ({"new_status": "purple"}, {"reason": ""}, {"ttl_seconds": -1}, {"colour": "red"}, {"service_id": 7},
                  {"until": "2020-01-01T00:00:00Z"}, {"until": "2999-01-01T00:00:00Z"}, {"until": "soon"}):
        body = {"service_id": "acme", "new_status": "degraded", "reason": "r", **wrong}
        status, headers, raw = running.request("POST", "/api/admin/status", body, headers=admin(running))
        assert status == 422, (wrong, raw)
        assert json.loads(raw)["errors"][0]["pointer"] == "/" + next(iter(wrong))
    status, _, raw = running.request("POST", "/api/admin/status", b"{", headers=admin(running))
    assert status == 400, raw
    audit = running.json("/api/admin/audit", headers=admin(running))["items"]
    assert [row["reason"] for row in audit if row["action"] == "status.set"][-1] == "test"
    assert all(row["who"] == "token:test" for row in audit if row["action"].startswith("status."))


def test_idempotency_key(running):
    key = {"Idempotency-Key": "abc-1"}
    first = set_status(running, "acme", "degraded", headers=key)
    again = set_status(running, "acme", "degraded", headers=key)
    assert first == again and first[0] == 200
    assert set_status(running, "acme", "operational", headers=key)[0] == 422
    assert len([row for row in running.json("/api/timeline")["items"] if row["decision"] == "manual"]) == 1


def test_roles(running):
    for role, expected in (("viewer", 403), ("operator", 200)):
        made = running.run("aggregator", "token", "create", role, "--role", role, "--config", running.directory / "aggregator.yaml")
        token = next(word for word in made.stdout.split() if word.startswith("toc_"))
        status, _, raw = running.request("POST", "/api/admin/status", {"service_id": "acme", "new_status": "degraded", "reason": "r"},
                                         headers={"Authorization": f"Bearer {token}"})
        assert status == expected, raw
    revoked = running.run("aggregator", "token", "revoke", "operator", "--config", running.directory / "aggregator.yaml")
    assert revoked.returncode == 0, revoked.stderr
    status, _, _ = running.request("POST", "/api/admin/status", {"service_id": "acme", "new_status": None, "reason": "r"},
                                   headers={"Authorization": f"Bearer {token}"})
    assert status == 401


def test_timeline_pages_by_cursor(running):
    for word in ("degraded", "partial_outage", "major_outage", "degraded", "operational") * 5:
        assert set_status(running, "acme", word)[0] == 200
    seen, path = [], "/api/timeline?limit=7"
    while path:
        page = running.json(path)
        assert len(page["items"]) <= 7
        seen += [row["id"] for row in page["items"]]
        path = f"/api/timeline?limit=7&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert len(seen) == len(set(seen)) > 25
    assert seen == sorted(seen, reverse=True), "newest first"


def test_demo_and_page(running):
    set_status(running, "payroll", "major_outage")
    status, headers, raw = running.get("/")
    page = raw.decode()
    assert status == 200
    assert "Payroll &lt;&amp;&gt; Co" in page and "<&>" not in page
    assert "default-src 'none'" in headers["Content-Security-Policy"] and "unsafe-inline" not in headers["Content-Security-Policy"]
    assert not re.search(r'(?:src|href)="https?://', page.replace("http://127.0.0.1", "")), "no third-party request"
    assert "Demo data" not in page
    for asset in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page):
        assert running.get(asset)[0] == 200


def test_stream_resumes_without_loss(running):
    def read(headers, wanted, act):
        request = urllib.request.Request(f"http://127.0.0.1:{running.http_port}/api/stream", headers=headers)
        events, current = [], {}
        with urllib.request.urlopen(request, timeout=20) as stream:
            act()
            for raw in stream:
                line = raw.decode().rstrip("\n")
                if line == "":
                    if current.get("event") == "timeline":
                        events.append((current["id"], json.loads(current["data"])))
                    current = {}
                    if len(events) >= wanted:
                        return events
                elif not line.startswith(":"):
                    key, _, value = line.partition(": ")
                    current[key] = value
        return events

    first = read({}, 1, lambda: set_status(running, "acme", "degraded"))
    for word in ("partial_outage", "major_outage", "operational"):
        set_status(running, "acme", word)
    rest = read({"Last-Event-ID": first[0][0]}, 3, lambda: None)
    ids = [row["id"] for row in reversed(running.json("/api/timeline?limit=1000")["items"])]
    sent = [event[1]["id"] for event in first[:1] + rest]
    start = ids.index(sent[0])
    assert sent == ids[start:start + len(sent)], "no gap, no repeat"


def test_500_streams(running):
    sockets = []
    try:
        for _ in range(500):
            one = socket.create_connection(("127.0.0.1", running.http_port), timeout=20)
            one.sendall(b"GET /api/stream HTTP/1.1\r\nHost: t\r\n\r\n")
            sockets.append(one)
        until(lambda: running.metric("tocsin_stream_clients") == 500, 30, "500 streams")
        set_status(running, "acme", "major_outage")
        late = []

        def reads(one):
            one.settimeout(20)
            text = b""
            while b"event: timeline" not in text:
                piece = one.recv(65536)
                if not piece:
                    late.append(one)
                    return
                text += piece
        readers = [threading.Thread(target=reads, args=(one,)) for one in sockets]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(30)
        assert not late and not any(reader.is_alive() for reader in readers)
        assert running.get("/healthz")[0] == 200
    finally:
        for one in sockets:
            one.close()
    until(lambda: running.metric("tocsin_stream_clients") == 0, 40, "the streams of closed clients to be reaped")


def raw_request(house, text, wait=10):
    with socket.create_connection(("127.0.0.1", house.http_port), timeout=wait) as one:
        one.sendall(text)
        answer = b""
        try:
            while True:
                piece = one.recv(65536)
                if not piece:
                    return answer, True
                answer += piece
        except TimeoutError:
            return answer, False


SMUGGLING = {
    "length and chunked": b"POST /api/admin/status HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST /api/admin/status HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nContent-Length: 30\r\n\r\nabcdGET /api/health HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /api/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "two authorizations": b"GET /api/health HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    "blank before the colon": b"POST /api/admin/status HTTP/1.1\r\nHost: t\r\nContent-Length : 4\r\n\r\nabcd",
    "odd name": b"GET /api/health HTTP/1.1\r\nHost: t\r\nX[y: 1\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_smuggling_is_refused_and_closed(running, name):
    answer, closed = raw_request(running, SMUGGLING[name])
    assert answer.startswith(b"HTTP/1.1 400"), answer[:200]
    assert closed and answer.count(b"HTTP/1.1 ") == 1


def test_large_bodies_are_cut(running):
    status, _, _ = running.request("POST", "/api/admin/status", b"x" * (300 * 1024), headers=admin(running))
    assert status == 413


def test_slow_clients_are_shed(running):
    """A byte every now and then does not hold a connection; others are served meanwhile."""
    slow = []
    try:
        for _ in range(50):
            one = socket.create_connection(("127.0.0.1", running.http_port), timeout=5)
            one.sendall(b"GET /api/health HTTP/1.1\r\n")
            slow.append(one)
        deadline = time.monotonic() + 40
        open_ones = set(slow)
        while open_ones and time.monotonic() < deadline:
            for one in list(open_ones):
                try:
                    one.sendall(b"X")
                    one.settimeout(0.01)
                    if one.recv(1000) == b"":
                        open_ones.discard(one)
                except TimeoutError:
                    pass
                except OSError:
                    open_ones.discard(one)
            assert running.get("/healthz")[0] == 200
            time.sleep(0.5)
        assert not open_ones, f"{len(open_ones)} of 50 slow connections still open"
        assert running.metric("tocsin_http_shed_total") >= 50
    finally:
        for one in slow:
            one.close()


def test_reads_need_a_token_when_not_on_loopback(house):
    house.write_services(SERVICES)
    house.write_aggregator(http={"host": "0.0.0.0"})
    house.start_aggregator()
    assert house.get("/api/services")[0] == 401
    assert house.get("/healthz")[0] == 200
    assert house.get("/api/services", headers=admin(house))[0] == 200


def test_no_token_at_all_refuses_every_admin_request(running):
    status, _, _ = running.request("POST", "/api/admin/status", {"service_id": "acme", "new_status": "degraded", "reason": "r"},
                                   headers={"Authorization": "Bearer toc_" + "a" * 43})
    assert status == 401
    stays(lambda: running.service("acme")["state"] == "unknown", 0.5, "nothing happened")


def test_admin_token_from_the_environment(house):
    house.write_services(SERVICES)
    house.write_aggregator()
    house.start_aggregator(env={"ADMIN_API_TOKEN": "an-operator-chose-this-0123456789"})
    status, _, raw = house.request("POST", "/api/admin/status", {"service_id": "acme", "new_status": "degraded", "reason": "r"},
                                   headers={"Authorization": "Bearer an-operator-chose-this-0123456789"})
    assert status == 200, raw
