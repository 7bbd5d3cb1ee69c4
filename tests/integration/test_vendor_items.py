# SPDX-License-Identifier: Apache-2.0
"""What vendors write: planned work becomes a window, and every version of an incident is kept."""
import datetime

from support.vendor import summary
from support.wait import stays, until
from test_main_job import QUICK, service, start
from test_replay import recorded, replayed, without_service


def stamp(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def window(begins, ends, status="scheduled", **more):
    return {"id": "mnt1", "name": "New <disks>", "status": status, "impact": "maintenance", "scheduled_for": begins,
            "scheduled_until": ends, "shortlink": "https://acme.example/m/1", "updated_at": begins, "components": [],
            "incident_updates": [{"id": "u1", "status": status, "body": "Disks are replaced.", "display_at": begins,
                                  "created_at": begins, "updated_at": begins}], **more}


def incident(body="We look into it.", status="investigating", impact="major", started="2026-01-01T10:00:00.000Z", **more):
    return {"id": "inc1", "name": "API errors", "status": status, "impact": impact, "started_at": started,
            "created_at": started, "updated_at": started, "shortlink": "https://acme.example/i/1", "components": [],
            "incident_updates": [{"id": "u1", "status": status, "body": body, "display_at": started, "created_at": started,
                                  "updated_at": started}], **more}


def windows(house):
    return house.json("/api/maintenance")["items"]


def incidents(house, query=""):
    return house.json(f"/api/services/acme/vendor-incidents{query}")["items"]


def versions(house):
    found = incidents(house)
    return found[0]["versions"] if found else []


def test_V19_planned_work_mutes_moves_and_ends(house, vendor, sink):
    begins = stamp(5)
    vendor.say("acme", summary(maintenances=[window(begins, stamp(3600))]))
    start(house, sink, [service(vendor, "acme")], engine={**QUICK, "maint_end_grace_s": 1})
    found = until(lambda: windows(house), what="the announced window")
    assert [(row["id"], row["origin"], row["subjects"], row["name"], row["link"]) for row in found] == [
        ("vendor:acme:mnt1", "vendor", ["acme"], "New <disks>", "https://acme.example/m/1")]
    assert found[0]["start"] == begins and not found[0]["slo_exclude"]
    page = house.get("/")[2].decode()
    assert 'href="https://acme.example/m/1">New &lt;disks&gt;</a>' in page and "Announced by the vendor" in page

    until(lambda: windows(house)[0]["active"], what="its beginning")
    ends = stamp(7200)
    vendor.say("acme", summary("major", {"API": "partial_outage"}, maintenances=[window(begins, ends, "in_progress")]))
    until(lambda: windows(house)[0]["end"] == ends, what="the end that was moved")
    until(lambda: house.service("acme")["hard_state"] == "partial_outage", what="the outage within it")
    held = until(lambda: house.service("acme")["alert"]["held"], what="the raise that is held")
    assert (held[0]["reason"], held[0]["by"]) == ("maintenance", "vendor:acme:mnt1")

    house.aggregator.kill()
    house.start_aggregator()
    assert [row["id"] for row in windows(house)] == ["vendor:acme:mnt1"]
    stays(lambda: sink.attempts == 0, 2, "silence, after a crash too")

    vendor.say("acme/scheduled-maintenances.json",
               {"page": summary()["page"], "scheduled_maintenances": [window(begins, ends, "completed", resolved_at=stamp(0))]})
    vendor.say("acme", summary("major", {"API": "partial_outage"}))
    until(lambda: windows(house) == [], what="its end")
    until(lambda: len(sink.texts()) == 1, what="the alert that was held")
    kept = incidents(house, "?kind=maintenance")
    assert [row["changes"] for row in kept[0]["versions"]][0] == ["opened"]
    assert "moved" in sum([row["changes"] for row in kept[0]["versions"]], [])
    assert kept[0]["versions"][-1]["changes"][-1] == "resolved" and not kept[0]["deleted"]
    told = [row for row in house.json("/api/timeline?limit=200")["items"] if row["decision"] == "maint"]
    assert [row["op"] for row in told] == ["end", "start"]

    house.stop()
    house.start_aggregator()
    mine = without_service(recorded(house))
    house.aggregator.stop()
    assert without_service(replayed(house, house.data))[:len(mine)] == mine, "the journal has the vendor's windows"
    assert ("maint", None) in [row[:2] for row in mine]


def test_what_became_of_an_incident(house, vendor, sink):
    tell = vendor.say
    tell("acme", summary("major", incidents=[incident()]))
    start(house, sink, [service(vendor, "acme")])
    first = until(lambda: incidents(house), what="the incident")[0]
    assert (first["id"], first["open"], first["title"], first["impact"]) == ("inc1", True, "API errors", "major")
    assert first["started_at"] == "2026-01-01T10:00:00.000Z" and first["versions"][0]["text"] == "We look into it."
    page = house.get("/")[2].decode()
    assert 'Vendor: <a rel="noopener noreferrer" href="https://acme.example/i/1">API errors</a>, investigating, since ' in page

    def becomes(n, body):
        tell("acme", body)
        return until(lambda: len(versions(house)) == n and versions(house)[-1], what=f"version {n}")

    assert becomes(2, summary("major", incidents=[incident("It was the network.")]))["changes"] == ["edited"]
    assert becomes(3, summary("major", incidents=[incident("It was the network.", impact="minor")]))["changes"] == ["downgraded"]
    early = incident("It was the network.", impact="minor", started="2026-01-01T09:00:00.000Z")
    assert "back_dated" in becomes(4, summary("major", incidents=[early]))["changes"]
    house.aggregator.kill()
    house.start_aggregator()
    assert len(versions(house)) == 4
    gone = becomes(5, summary())
    assert gone["changes"] == ["deleted"] and gone["text"] is None
    assert (incidents(house)[0]["open"], incidents(house)[0]["deleted"]) == (False, True)
    assert incidents(house)[0]["title"] == "API errors"
    assert becomes(6, summary("major", incidents=[early]))["changes"] == ["reopened"]
    tell("acme/incidents.json", {"page": summary()["page"], "incidents": [
        incident("All is well.", "resolved", "minor", "2026-01-01T09:00:00.000Z", resolved_at=stamp(0))]})
    last = becomes(7, summary())
    assert {"edited", "state", "resolved"} <= set(last["changes"]) and last["text"] == "All is well."
    assert all(a["until"] == b["seen_at"] for a, b in zip(versions(house), versions(house)[1:]))
    assert versions(house)[-1]["until"] is None

    until(lambda: house.metric("tocsin_vendor_versions_total") > 0)
    status, headers, _ = house.request("GET", "/api/services/acme/vendor-incidents")
    etag = {key.lower(): value for key, value in headers.items()}["etag"]
    count = vendor.count("acme")
    until(lambda: vendor.count("acme") > count + 2)
    assert house.request("GET", "/api/services/acme/vendor-incidents", headers={"If-None-Match": etag})[0] == 304


def test_a_page_that_cannot_be_read_withdraws_nothing(house, vendor, sink):
    whole = summary("major", incidents=[incident()], maintenances=[window(stamp(600), stamp(1200))])
    vendor.say("acme", whole)
    collector = start(house, sink, [service(vendor, "acme")])
    until(lambda: incidents(house) and windows(house), what="both")
    for body, status in (("<html>", 200), (None, 503), ({"page": {}}, 200)):
        count = vendor.count("acme")
        vendor.say("acme", body, status=status)
        until(lambda: vendor.count("acme") > count + 1)
    vendor.say("acme", whole)
    collector.kill()
    house.start_collector("one")
    until(lambda: house.service("acme")["sources"][0]["fail_streak"] == 0)
    count = vendor.count("acme")
    until(lambda: vendor.count("acme") > count + 2)
    assert [row["versions_total"] for row in incidents(house)] == [1] and len(windows(house)) == 1


def test_the_list_is_paged_and_strict(house, vendor, sink):
    listed = [incident(f"Text {i}.") | {"id": f"i{i}", "name": f"Incident {i}"} for i in range(5)]
    vendor.say("acme", summary("major", incidents=listed))
    start(house, sink, [service(vendor, "acme"), {"id": "shop", "name": "Shop", "category": "sales"}])
    until(lambda: len(incidents(house)) == 5, what="all of them")
    vendor.say("acme", summary("major", incidents=listed[2:]))
    until(lambda: [row["open"] for row in incidents(house)] == [True] * 3 + [False] * 2, what="open ones first")
    seen, cursor = [], ""
    while cursor is not None:
        answer = house.json(f"/api/services/acme/vendor-incidents?limit=2{cursor and '&cursor=' + cursor}")
        seen += [row["id"] for row in answer["items"]]
        cursor = answer["next_cursor"]
    assert sorted(seen) == [f"i{i}" for i in range(5)]
    assert house.json("/api/services/shop/vendor-incidents")["items"] == []
    for path, status in (("/api/services/nobody/vendor-incidents", 404), ("/api/services/acme/vendor-incidents?kind=x", 400),
                         ("/api/services/acme/vendor-incidents?cursor=zz", 400), ("/api/services/acme/vendor-incidents?state=x", 400)):
        assert house.request("GET", path)[0] == status, path


def test_what_is_open_is_told_again_after_a_welcome(house, vendor, sink):
    """An aggregator that lost its store hears at once what the pages list, though none of them has changed."""
    vendor.say("acme", summary("major", incidents=[incident()], maintenances=[window(stamp(600), stamp(1200))]))
    start(house, sink, [service(vendor, "acme")])
    until(lambda: incidents(house) and windows(house), what="both")
    house.aggregator.stop()
    for file in house.data.iterdir():
        file.unlink()
    house.start_aggregator()
    until(lambda: incidents(house) and windows(house), what="both, in an empty store")
    assert [row["versions_total"] for row in incidents(house)] == [1]


def test_two_collectors_of_one_page_do_not_fight(house, vendor, sink):
    body = incident()
    vendor.say("acme", summary("major", incidents=[body], maintenances=[window(stamp(600), stamp(1200))]))
    house.authorize("two")
    house.write_collector("two")
    start(house, sink, [service(vendor, "acme")])
    two = house.start_collector("two")
    until(lambda: len(house.service("acme")["sources"]) == 2 and incidents(house) and windows(house), what="both collectors")
    for n, text in enumerate(("One.", "Two.", "Three."), 2):
        body = incident(text, updated_at=stamp(n))
        vendor.say("acme", summary("major", incidents=[body], maintenances=[window(stamp(600), stamp(1200))]))
        until(lambda: len(versions(house)) == n, what="the edit")
        polled = vendor.count("acme")
        until(lambda: vendor.count("acme") > polled + 4)
    assert [row["changes"] for row in versions(house)] == [["opened"]] + [["edited"]] * 3
    two.kill()
    house.start_collector("two")
    polled = vendor.count("acme")
    until(lambda: vendor.count("acme") > polled + 4)
    assert len(versions(house)) == 4
    vendor.say("acme", summary())
    until(lambda: not incidents(house)[0]["open"] and windows(house) == [], what="the end of both")
    polled = vendor.count("acme")
    until(lambda: vendor.count("acme") > polled + 4)
    assert len(versions(house)) == 5
