# SPDX-License-Identifier: Apache-2.0
"""What is proven: recorded by scripts, judged by age, kept over a crash, told honestly."""
import json
import signal
import time

import pytest

from support.wait import until
from test_acknowledge import bearer
from test_cli import config
from test_http import SERVICES, set_status
from test_main_job import admin

BACKUP = {"area": "backup", "required": True, "weight": 3, "fresh_s": 3600, "expire_s": 7200}
AREAS = [BACKUP, {"area": "security", "required": False, "weight": 1, "fresh_s": 3600, "expire_s": 7200},
         {"area": "incidents", "required": True, "weight": 2}, {"area": "monitoring", "required": False, "weight": 1}]


@pytest.fixture
def running(house):
    house.authorize("py")
    house.write_services(SERVICES)
    house.write_aggregator(engine={"min_dwell_s": 0}, evidence=AREAS)
    house.start_aggregator()
    return house


def post(house, caller, **body):
    status, _, raw = house.request("POST", "/api/admin/evidence", body, headers=caller)
    return status, json.loads(raw)


def ago(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))


def readiness(house):
    answer = house.json("/api/readiness")
    return answer, {area["area"]: area for area in answer["areas"]}


def test_proven_grown_old_and_still_there_after_a_crash(running):
    caller = bearer(running, "backups", "operator")
    cli = lambda *words: running.run("aggregator", *words, *config(running))
    now, areas = readiness(running)
    assert now["state"] == "not_ready" and "backup missing" in now["verdict"] and "monitoring failed" in now["verdict"]
    assert areas["backup"]["next"].startswith("Nothing was ever recorded for backup")
    assert cli("readiness").returncode == 2

    for service in SERVICES:
        assert set_status(running, service["id"], "operational", ttl_seconds=0)[0] == 200
    assert post(running, bearer(running, "guest", "viewer"), area="backup", subject="shop", result="pass")[0] == 403
    assert post(running, {}, area="backup", subject="shop", result="pass")[0] == 401
    status, taken = post(running, caller, area="backup", subject="shop", result="pass", origin="nightly 42", artefact="sha256:00")
    assert status == 200 and taken["area"] == "backup" and taken["result"] == "pass" and taken["round"] > 0
    now, areas = readiness(running)
    assert now["state"] == "limited" and now["verdict"] == "Ready with limits: security missing."
    assert (now["score"], now["of_five"]) == ((3 * 1000 + 2 * 1000 + 1000) // 7, 4)
    [shop] = areas["backup"]["subjects"]
    assert shop["by"] == "token:backups" and shop["origin"] == "nightly 42" and shop["score"] == 1000 and shop["age_seconds"] < 60
    assert areas["backup"]["next"] is None and areas["incidents"]["computed"] is True

    proven = cli("evidence", "security", "audit", "warn", "--at", ago(5400), "--note", "two findings")
    assert proven.returncode == 0, proven.stderr
    _, areas = readiness(running)
    assert areas["security"]["state"] == "stale" and 340 <= areas["security"]["score"] <= 350
    assert areas["security"]["subjects"][0]["by"].startswith("local:") and areas["security"]["subjects"][0]["origin"]
    shown = cli("readiness")
    assert shown.returncode == 1 and "security" in shown.stdout and "try it again" in shown.stdout
    assert json.loads(cli("readiness", "-o", "json").stdout)["state"] == "limited"
    assert running.metric("tocsin_readiness_area_state", 'area="security"') == 2
    assert running.metric("tocsin_evidence_age_seconds", 'area="security"') >= 5400

    assert post(running, caller, area="security", subject="audit", result="fail", at=ago(6000))[0] == 200, "older: taken and ignored"
    assert readiness(running)[1]["security"]["state"] == "stale"
    running.aggregator.kill()
    running.start_aggregator()
    now, areas = readiness(running)
    assert now["state"] == "limited" and areas["backup"]["subjects"][0]["artefact"] == "sha256:00"
    assert areas["monitoring"]["state"] == "ok", "what was counted is counted again"

    assert post(running, caller, area="backup", subject="wiki", result="fail")[0] == 200
    now, areas = readiness(running)
    assert now["state"] == "not_ready" and areas["backup"]["score"] == 0 and "wiki failed" in areas["backup"]["next"]
    assert cli("readiness").returncode == 2 and running.metric("tocsin_readiness_state") == 2
    assert cli("evidence", "backup", "wiki", "withdraw").returncode == 0
    assert readiness(running)[0]["state"] == "limited"
    running.aggregator.stop()
    running.start_aggregator()
    now, areas = readiness(running)
    assert now["state"] == "limited" and [one["subject"] for one in areas["backup"]["subjects"]] == ["shop"], "withdrawn is withdrawn"

    set_status(running, "acme", "major_outage")
    now, areas = readiness(running)
    assert now["state"] == "not_ready" and areas["incidents"]["next"].startswith("1 service of tier 1 is in a major outage")
    set_status(running, "acme", "operational")
    assert readiness(running)[1]["incidents"]["state"] == "ok"

    audit = [row for row in running.json("/api/admin/audit?limit=1000", headers=admin(running))["items"] if row["action"].startswith("evidence.")]
    assert [row["action"] for row in reversed(audit)] == ["evidence.record"] * 4 + ["evidence.withdraw"]
    assert audit[-1]["who"] == "token:backups" and audit[-1]["resource"] == "backup" and "nightly 42" in audit[-1]["detail"]
    assert "Readiness" in running.get("/fragments/readiness")[2].decode()


def test_what_cannot_be_recorded_is_refused_with_words(running):
    caller = bearer(running, "backups", "operator")
    for body, expected, words in (({"area": "weather"}, 404, "weather"), ({"area": "monitoring"}, 404, "computed"),
                                  ({"result": None}, 404, "no record"), ({"result": "good"}, 422, "body"), ({"at": "today"}, 422, "body")):
        status, problem = post(running, caller, **{"area": "backup", "subject": "shop", "result": "pass", **body})
        assert status == expected and words in problem["detail"], problem
    refused = running.run("aggregator", "evidence", "weather", "shop", "pass", *config(running))
    assert refused.returncode == 1 and "weather" in refused.stderr
    assert "area must be of a-z" in running.run("aggregator", "evidence", "Back up", "shop", "pass", *config(running)).stderr
    assert running.run("aggregator", "evidence", "backup", "shop", "passed", *config(running)).returncode == 2
    assert running.run("aggregator", "evidence", "backup", "shop", *config(running)).returncode == 2
    assert running.run("aggregator", "readiness", "--addr", "http://127.0.0.1:1").returncode == 3
    assert running.run("aggregator", "readiness", "backup").returncode == 3


def test_a_table_that_changes_keeps_what_was_proven(running):
    caller = bearer(running, "backups", "operator")
    assert post(running, caller, area="backup", subject="shop", result="pass")[0] == 200
    running.write_aggregator(engine={"min_dwell_s": 0}, evidence=[{"area": "drill", "required": True, "weight": 1, "fresh_s": 60, "expire_s": 60}])
    running.aggregator.signal(signal.SIGHUP)
    until(lambda: list(readiness(running)[1]) == ["drill"], what="the new table")
    assert post(running, caller, area="backup", subject="shop", result="pass")[0] == 404
    running.write_aggregator(engine={"min_dwell_s": 0}, evidence=[{**BACKUP, "expire_s": 3599}])
    before = running.aggregator.output().count("config.refused")
    running.aggregator.signal(signal.SIGHUP)
    until(lambda: running.aggregator.output().count("config.refused") > before, what="the refusal of a table that cannot be")
    assert list(readiness(running)[1]) == ["drill"]
    running.write_aggregator(engine={"min_dwell_s": 0}, evidence=AREAS)
    running.aggregator.signal(signal.SIGHUP)
    until(lambda: "backup" in readiness(running)[1])
    assert readiness(running)[1]["backup"]["state"] == "ok"
    rules = running.json("/api/config")["rules"]["evidence"]
    assert rules == AREAS
