# SPDX-License-Identifier: Apache-2.0
"""`tocsin-collector detect`: which platform a page is, what to write down, and what was tried when none fits."""
import json
import time

from support.vendor import summary

KUMA = {"publicGroupList": [{"name": "Core", "monitorList": [{"id": 1, "name": "API"}]}], "maintenanceList": []}
RSS = '<rss version="2.0"><channel><title>Acme status</title></channel></rss>'


def detect(house, *args):
    return house.run("collector", "detect", "--allow-http", "--allow-private", *args)


def root(vendor):
    return f"http://127.0.0.1:{vendor.port}"


def test_the_lines_to_paste_are_good(house, vendor):
    vendor.say_at("/api/v2/summary.json", summary("major", {"API": "partial_outage"}))
    shown = detect(house, root(vendor))
    assert shown.returncode == 0, shown
    assert "Atlassian Statuspage" in shown.stdout and "now: API: Partial outage" in shown.stdout

    house.keygen("one")
    house.write("services.yaml", "services:\n  - id: acme\n" + "".join(
        line + "\n" for line in shown.stdout.splitlines() if line.startswith("    ")))
    checked = house.run("collector", "check", "--config", house.write_collector("one"))
    assert checked.returncode == 0 and "1 services" in checked.stdout, checked


def test_a_page_by_its_slug(house, vendor):
    vendor.say_at("/api/status-page/main", KUMA)
    vendor.say_at("/status/main", "<html><title>Acme</title></html>")
    found = json.loads(detect(house, "-o", "json", f"{root(vendor)}/status/main").stdout)
    assert found["type"] == "uptimekuma" and found["needs"] == []
    assert found["feed"] == {"type": "uptimekuma", "url": root(vendor), "page": "main", "allow_http": True}
    assert found["components"] == ["Core", "API"]
    assert found["tried"][0] == {"url": f"{root(vendor)}/status/main", "outcome": "a web page"}


def test_what_is_given_may_be_the_document(house, vendor):
    vendor.say_at("/v3/components.json", summary())
    found = json.loads(detect(house, "-o", "json", f"{root(vendor)}/v3/components.json").stdout)
    assert found["type"] == "statuspage" and found["feed"]["url"] == f"{root(vendor)}/v3/components.json"


def test_rss_only_when_there_is_nothing_better(house, vendor):
    vendor.say_at("/news.rss", RSS)
    vendor.say_at("/api/v2/summary.json", summary())
    found = json.loads(detect(house, "-o", "json", f"{root(vendor)}/news.rss").stdout)
    assert found["type"] == "statuspage" and found["feed"]["url"] == root(vendor)
    vendor.say_at("/api/v2/summary.json", "gone", status=404)
    found = json.loads(detect(house, "-o", "json", f"{root(vendor)}/news.rss").stdout)
    assert found["type"] == "feed" and found["feed"]["url"] == f"{root(vendor)}/news.rss"


def test_nothing_fits(house, vendor):
    vendor.say_at("/", "<html><script src='https://cdn.instatus.com/x.js'></script></html>")
    vendor.say_at("/summary.json", {"hello": 1})
    shown = detect(house, root(vendor))
    assert shown.returncode == 3
    assert "no platform that is known here" in shown.stdout and "looks like one of Instatus" in shown.stdout
    assert f"{root(vendor)}/api/v2/summary.json: HTTP 404" in shown.stdout
    assert f"{root(vendor)}/summary.json: JSON of no platform we know" in shown.stdout
    found = json.loads(detect(house, "-o", "json", root(vendor)).stdout)
    assert found["type"] is None and found["feed"] is None and found["hint"] == "Instatus" and len(found["tried"]) > 10


def test_the_rules_of_a_poll_hold(house, vendor):
    vendor.say_at("/api/v2/summary.json", summary())
    plain = house.run("collector", "detect", "--allow-private", root(vendor))
    assert plain.returncode == 2 and "--allow-http" in plain.stderr
    private = house.run("collector", "detect", "--allow-http", root(vendor))
    assert private.returncode == 1 and "not reached" in private.stdout and vendor.count("api") == 0
    assert detect(house).returncode == 2
    assert detect(house, "ftp://status.example.com").returncode == 2


def test_a_host_that_hangs_is_given_up(house, vendor):
    for name in ("api", "v3", "summary.json", "index.json"):   # whichever are the first
        vendor.say(name, summary(), hang=30)
    begun = time.monotonic()
    shown = detect(house, root(vendor))
    assert shown.returncode == 1 and time.monotonic() - begun < 20
    assert len([line for line in shown.stdout.splitlines() if "http://" in line and "/" in line[10:]]) <= 4


def test_a_host_that_says_enough(house):
    found = json.loads(house.run("collector", "detect", "-o", "json", "https://graph.microsoft.com").stdout)
    assert found["type"] == "msgraph" and found["needs"] == ["tenant", "client_id", "client_secret_file"]
