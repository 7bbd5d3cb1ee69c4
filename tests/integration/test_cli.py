# SPDX-License-Identifier: Apache-2.0
"""The subcommands, as an operator types them."""
import json
import os
import stat

import pytest

from support.vendor import summary
from support.wait import until
from test_http import SERVICES, set_status


def config(house):
    return ["--config", house.directory / "aggregator.yaml"]


def test_status_speaks_nagios(house):
    house.authorize("py")
    house.write_services(SERVICES)
    house.write_aggregator(engine={"min_dwell_s": 0})
    assert house.run("aggregator", "status", *config(house)).returncode == 3, "unreachable is unknown"
    house.start_aggregator()
    assert house.run("aggregator", "status", *config(house)).returncode == 3, "never seen is unknown"
    for service in SERVICES:
        set_status(house, service["id"], "operational")
    assert house.run("aggregator", "status", *config(house)).returncode == 0
    set_status(house, "shop", "degraded")
    assert house.run("aggregator", "status", *config(house)).returncode == 1
    set_status(house, "acme", "major_outage")
    shown = house.run("aggregator", "status", *config(house))
    assert shown.returncode == 2 and shown.stdout.index("Acme") < shown.stdout.index("Shop")
    assert house.run("aggregator", "status", "shop", *config(house)).returncode == 1
    assert house.run("aggregator", "status", "nobody", *config(house)).returncode == 3
    assert json.loads(house.run("aggregator", "status", "-o", "json", *config(house)).stdout)
    assert "\x1b" not in shown.stdout, "no colour when nobody is watching"


def test_enroll_gives_one_file_that_works(house, vendor):
    vendor.say("acme", summary("minor"))
    house.write_services([{"id": "acme", "name": "Acme", "category": "engineering",
                           "feed": {"type": "statuspage", "url": vendor.url("acme"), "allow_http": True, "every": "1s",
                                    "timeout": "900ms", "allow_addresses": ["127.0.0.0/8"]}}])
    house.write_aggregator()
    house.start_aggregator()
    made = house.run("aggregator", "enroll", "web-1", "--services", *config(house))
    assert made.returncode == 0, made.stderr
    path = house.write("web-1.enroll", made.stdout)
    os.chmod(path, stat.S_IRUSR | stat.S_IWUSR)
    house.write("collector-web-1.yaml", json.dumps({"server": {"enroll_file": str(path)}, "services_file": "services.yaml",
                                                    "host": {"every": "1s"}}))
    house.start_collector("web-1")
    until(lambda: house.service("acme")["state"] == "degraded", 30, "its first poll, with no reload by hand")
    until(lambda: [h["id"] for h in house.json("/api/hosts")["items"]] == ["web-1"])
    again = house.run("aggregator", "enroll", "web-1", *config(house))
    assert again.returncode == 1 and "web-1" in again.stderr, "an existing key is not overwritten"
    assert house.run("aggregator", "enroll", "Web 1", *config(house)).returncode == 2


def test_tokens_with_the_daemon_down(house):
    house.write_services(SERVICES)
    house.write_aggregator()
    made = house.run("aggregator", "token", "create", "early", "--role", "admin", *config(house))
    assert made.returncode == 0, made.stderr
    token = next(word for word in made.stdout.split() if word.startswith("toc_"))
    assert "early" in house.run("aggregator", "token", "list", *config(house)).stdout
    house.start_aggregator()
    assert house.get("/api/admin/audit", headers={"Authorization": f"Bearer {token}"})[0] == 200
    assert house.run("aggregator", "token", "revoke", "early", *config(house)).returncode == 0
    until(lambda: house.get("/api/admin/audit", headers={"Authorization": f"Bearer {token}"})[0] == 401)
    assert token not in house.aggregator.output()


def test_check_names_file_line_and_key(house):
    house.write_services(SERVICES)
    house.write_aggregator()
    assert house.run("aggregator", "check", *config(house)).returncode == 0
    path = house.write("wrong.yaml", "server:\n  listen: tcp://127.0.0.1:1\nengine:\n  confirm_pols: 3\n")
    wrong = house.run("aggregator", "check", "--config", path)
    assert wrong.returncode == 1
    assert "wrong.yaml:4:3" in wrong.stderr and "confirm_polls" in wrong.stderr, wrong.stderr
    path = house.write("range.yaml", "poll_interval: 3601s\n")
    wrong = house.run("collector", "check", "--config", path)
    assert wrong.returncode == 1 and "poll_interval" in wrong.stderr and "range.yaml:1" in wrong.stderr, wrong.stderr


def test_check_prints_what_the_files_may_hold(house):
    parameters = house.run("aggregator", "check", "--parameters")
    assert parameters.returncode == 0 and "  # min_dwell_s: 600 " in parameters.stdout
    for page in (house.run("aggregator", "check", "--reference"), house.run("collector", "check", "--reference")):
        assert page.returncode == 0 and ".YAML 5\n" in page.stdout and ".It Cm server\n" in page.stdout
    assert house.run("aggregator", "check", "--reference", "--parameters").returncode == 2


@pytest.mark.parametrize("program, commands", [("aggregator", ["run", "check", "status", "readiness", "evidence", "enroll", "token"]),
                                               ("collector", ["run", "check", "once", "parse", "detect", "samples", "keygen"])])
def test_help_and_version(house, program, commands):
    assert house.run(program, "--version").stdout.startswith(f"tocsin-{program} ")
    for command in commands:
        shown = house.run(program, command, "--help")
        assert shown.returncode == 0 and f"tocsin-{program} {command}" in shown.stdout, (command, shown)
    assert house.run(program, "dance").returncode == 2
    assert house.run(program).returncode == 2


def test_once_needs_no_aggregator(house, vendor):
    vendor.say("acme", summary("major", {"API": "partial_outage"}))
    house.keygen("one")
    house.write_services([{"id": "acme", "name": "Acme", "category": "engineering",
                           "feed": {"type": "statuspage", "url": vendor.url("acme"), "allow_http": True, "allow_addresses": ["127.0.0.0/8"]}}])
    path = house.write_collector("one", host={"enabled": True})
    shown = house.run("collector", "once", "--config", path)
    assert shown.returncode == 0, shown.stderr
    assert "acme" in shown.stdout and "partial_outage" in shown.stdout
    rows = [json.loads(line) for line in house.run("collector", "once", "-o", "json", "--config", path).stdout.splitlines()]
    found = {(row["service"], row["check"]): row for row in rows}
    assert found[("acme", "feed")]["level"] == "partial_outage"
    assert any(check == "cpu" for _, check in found)
    vendor.say("acme", "gone", status=500)
    failed = house.run("collector", "once", "--config", path)
    assert failed.returncode == 1 and "http_5xx" in failed.stdout


def test_parse_prints_one_object(house):
    page = house.write("page.json", json.dumps(summary("minor", {"API": "degraded_performance", "Site": "operational"})))
    whole = json.loads(house.run("collector", "parse", "statuspage", page).stdout)
    assert whole["state"] == "degraded" and whole["error"] is None and len(whole["components"]) == 2
    site = house.run("collector", "parse", "statuspage", page, "--component", "site")
    assert site.returncode == 0 and json.loads(site.stdout)["state"] == "operational"
    missing = house.run("collector", "parse", "statuspage", page, "--component", "Nowhere")
    assert missing.returncode == 3 and json.loads(missing.stdout)["error"] == "filter_miss"
    assert json.loads(missing.stdout)["state"] == "unknown"
    html = house.write("page.html", "<!doctype html><title>Log in</title>")
    assert house.run("collector", "parse", "statuspage", html).returncode == 3
    assert house.run("collector", "parse", "statuspage", house.directory / "absent").returncode == 1
    assert house.run("collector", "parse", "nonesuch", page).returncode == 2
    assert house.run("collector", "parse").returncode == 2
    assert house.run("collector", "parse", "statuspage", page, "--page", "acme", "--item-level", "degraded").returncode == 0
    assert house.run("collector", "parse", "statuspage", page, "--item-level", "awful").returncode == 2
