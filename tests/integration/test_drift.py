# SPDX-License-Identifier: Apache-2.0
"""A page that is no longer what it was: never green, said in words that help, and kept for inspection."""
import json
import os
import stat

from support.vendor import summary
from support.wait import stays, until

KUMA = {"publicGroupList": [{"name": "Core", "monitorList": [{"id": 1, "name": "API"}]}], "maintenanceList": [],
        "contact": "jane.doe@example.com", "access_token": "s3cret"}
QUICK = {"min_dwell_s": 1, "confirm_polls": 2, "recovery_polls": 2, "stale_after_s": 60, "poller_failure_threshold": 3, "poller_hold_s": 0}


def start(house, vendor, **feed):
    house.authorize("one")
    house.write_services([{"id": "acme", "name": "Acme", "category": "engineering",
                           "feed": {"type": "statuspage", "url": vendor.url("acme"), "allow_http": True,
                                    "allow_addresses": ["127.0.0.0/8"], "every": "1s", "timeout": "900ms", **feed}}])
    house.write_aggregator(engine=QUICK)
    house.write_collector("one", samples_dir=str(house.directory / "samples"))
    house.start_aggregator()
    house.start_collector("one")


def source(house):
    return house.service("acme")["sources"][0]


def test_another_platform_is_named_and_a_sample_kept(house, vendor):
    vendor.say("acme", summary())
    start(house, vendor)
    until(lambda: house.service("acme")["state"] == "operational", what="the first good poll")

    vendor.say("acme", KUMA)
    until(lambda: "a page of Uptime Kuma" in source(house)["detail"], what="the new platform's name")
    until(lambda: f"tocsin-collector detect {vendor.url('acme')}" in source(house)["detail"], what="what to do")
    assert source(house)["reason"] == "shape"
    until(lambda: house.service("acme")["state"] == "unknown", what="not green")

    directory = house.directory / "samples"
    kept = json.loads((directory / "acme,shape.json").read_text())
    assert stat.S_IMODE(os.stat(directory).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(directory / "acme,shape.json").st_mode) == 0o600
    assert (kept["service"], kept["feed"], kept["reason"], kept["status"]) == ("acme", "statuspage", "shape", 200)
    assert kept["url"] == vendor.url("acme") and "publicGroupList" in kept["body"]
    assert "jane" not in kept["body"] and "s3cret" not in kept["body"]

    config = house.directory / "collector-one.yaml"
    listed = house.run("collector", "samples", "--config", config)
    assert listed.returncode == 0 and "acme" in listed.stdout and "shape" in listed.stdout
    shown = house.run("collector", "samples", "--config", config, "acme")
    assert shown.returncode == 0 and "publicGroupList" in shown.stdout and "Uptime Kuma" in shown.stdout
    assert json.loads(house.run("collector", "samples", "--config", config, "-o", "json", "acme").stdout) == kept
    nobody = house.run("collector", "samples", "--config", config, "nobody")
    assert nobody.returncode == 1 and "nothing is kept of nobody" in nobody.stderr


def test_a_page_that_loses_its_components_is_not_green(house, vendor):
    vendor.say("acme", summary(components={"API": "operational", "Site": "operational"}))
    start(house, vendor)
    until(lambda: house.service("acme")["state"] == "operational", what="the first good poll")

    empty = summary()
    empty["components"] = []
    vendor.say("acme", empty)
    until(lambda: house.service("acme")["state"] == "unknown", what="an empty page")
    assert source(house)["reason"] == "shape" and "0 components where it had 2" in source(house)["detail"]
    asked = vendor.count("acme")
    until(lambda: vendor.count("acme") >= asked + 3)
    assert house.service("acme")["state"] == "unknown"   # it is not taken for the new normal

    vendor.say("acme", summary(components={"API": "operational", "Site": "operational"}))
    until(lambda: house.service("acme")["state"] == "operational", what="the page as it was")


def test_a_page_that_is_gone_says_what_to_do(house, vendor):
    vendor.say("acme", "<html><script src='https://cdn.instatus.com/x.js'></script></html>", status=404)
    start(house, vendor)
    until(lambda: "a page of Instatus; see tocsin-collector detect" in source(house)["detail"], what="what to do")
    assert source(house)["reason"] == "http_404"
    assert (house.directory / "samples" / "acme,http_404.json").exists()


def test_samples_that_cannot_be_kept_stop_nothing(house, vendor):
    vendor.say("acme", "{}")
    house.write("samples", "a file where a directory is due")
    start(house, vendor)
    until(lambda: source(house)["reason"] == "shape", what="a failed poll")
    collector = house.processes[-1]
    stays(lambda: len(collector.events("samples.not_written")) <= 1, 2, "one line")
    assert len(collector.events("samples.not_written")) == 1
