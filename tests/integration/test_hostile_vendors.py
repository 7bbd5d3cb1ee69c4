# SPDX-License-Identifier: Apache-2.0
"""Vendors of ill will, over real sockets: none of them is believed, none of them delays another."""
import json
import pathlib
import signal
import threading

import pytest

from support.acts import ACTS, ADDRESSES, GOOD, HANDSHAKES, LASTING, NAMES, Scene, configure, service
from support.hostile import GREEN, Names, Stage, asked, says, whole
from support.listener import FAIL, OK, Listener
from support.network import Island
from support.processes import SANITIZERS


@pytest.fixture
def island():
    made = Island(ADDRESSES)
    yield made
    made.close()


@pytest.fixture
def names(island):                                # pylint: disable=unused-argument
    made = Names(dict(NAMES))
    yield made
    made.stop()


@pytest.fixture
def stage(names):                                 # pylint: disable=unused-argument
    made = Stage()
    yield made
    made.stop()


@pytest.fixture
def listener(house, stage, context, proto):       # pylint: disable=unused-argument
    made = Listener(house, context, proto)
    yield made
    made.close()


def once(house, services, stage, **env):
    configure(house, stage, services)
    done = house.run("collector", "once", "--config", house.directory / "collector-one.yaml", "-o", "json", env=env)
    rows = {row["service"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    assert set(rows) == {one["id"] for one in services}, done.stderr
    return rows


# ---------------------------------------------------------------- addresses

SPELLINGS = [
    "127.0.0.1", "127.1.2.3", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "0x7F.1",
    "0.0.0.0", "0", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0.0.0.0]",
    "localhost", "localhost.", "LocalHost", "%31%32%37.0.0.1",
    "169.254.169.254", "2852039166", "[::ffff:169.254.169.254]", "10.1.2.3", "0xa010203", "172.16.0.1", "192.168.1.1", "100.64.0.1",
    "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[fd00::1]", "[fec0::1]", "[fe80::1]", "[ff02::1]", "[100::1]",
    "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::1]", "[2002:a01:203::1]",
    "inner.example", "metadata.example", "loop.example", "zero.example", "six.example", "mapped.example", "unique.example", "several.example",
    "loop.example.", "LOOP.example",
]

# Nobody writes them in good faith: the configuration is refused.
REFUSED = ["nobody@127.0.0.1", "203.0.113.1@127.0.0.1", "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460"]


@pytest.mark.parametrize("host", REFUSED)
def test_what_is_no_spelling_of_a_host(house, host):
    house.keygen("one")
    house.write_services([service("one", f"http://{host}/")])
    house.write_collector("one")
    done = house.run("collector", "check", "--config", house.directory / "collector-one.yaml")
    assert done.returncode != 0 and "services[0].feed.url" in done.stderr + done.stdout


def test_however_an_address_is_spelled(house, stage):
    """Behind every door inside stands a page that says that all is well."""
    green = says(whole(GREEN))
    port = stage.play(green, "::")
    services = [service(f"s{i:02}", f"http://{host}:{port}/") for i, host in enumerate(SPELLINGS)]
    rows = once(house, [*services, service("half", f"http://half.example:{port}/")], stage)
    wrong = {host: (row["result"], row["reason"], row["detail"]) for host, row in zip(SPELLINGS, (rows[one["id"]] for one in services))
             if row["reason"] != "address" or row["result"] != "fail" or row["level"] != "unknown"}
    assert not wrong, wrong
    assert rows["half"]["reason"] in ("connect", "address")
    assert stage.seen[port] == 0


# ---------------------------------------------------------------- acts

def end(process, listener):
    """It ends as soon as what it said is taken."""
    assert process.alive(), process.output()[-4000:]
    process.signal(signal.SIGTERM)
    listener.wait(lambda: not process.alive(), 20, "the end of the collector")
    process.stop()


def test_each_act_ends_in_its_reason(house, stage, listener):
    scene = Scene(house, stage, ACTS)
    started = house.start_collector("one", env=scene.env)
    bad = list(scene.ports)
    listener.wait(lambda: all(listener.count(name) for name in bad), 60, "a word of each hostile vendor")
    before = {name: listener.count(name) for name in GOOD}
    listener.wait(lambda: all(listener.count(name) >= before[name] + 2 for name in GOOD), 30, "more polls of each good one")
    end(started, listener)

    said = {act[0]: listener.of[name][0][1] for name, act in zip(bad, ACTS)}
    wrong = {act[0]: (said[act[0]].reason, said[act[0]].detail) for act in ACTS if said[act[0]].reason not in act[1].split()}
    assert not wrong, "\n".join(f"{act}: {words}" for act, words in wrong.items())
    later = {act[0]: listener.reasons(name) - {*act[1].split(), "breaker"} for name, act in zip(bad, ACTS)}
    assert not any(later.values()), {act: reasons for act, reasons in later.items() if reasons}
    levels = {report.level for name in bad for _, report in listener.of[name]}
    assert levels == {0}, "a level of what could not be read"
    assert {act[0]: stage.seen[scene.ports[name]] for name, act in zip(bad, ACTS) if act[3].get("asked")} == {
        act[0]: 1 for act in ACTS if act[3].get("asked")}
    assert stage.seen[scene.inside] == 0, "something inside was reached"
    assert {name: listener.reasons(name) for name in GOOD} == {name: {""} for name in GOOD}
    assert {report.level for name in GOOD for _, report in listener.of[name]} == {1}


# ---------------------------------------------------------------- nobody is late



def test_thirty_good_ones_beside_those_that_do_not_end(house, stage, listener):
    scene = Scene(house, stage, LASTING + HANDSHAKES)
    started = house.start_collector("one", env=scene.env)
    lasting, handshakes = list(scene.ports)[:len(LASTING)], list(scene.ports)[len(LASTING):]
    listener.wait(lambda: all(stage.seen[scene.ports[name]] for name in lasting + handshakes), 30, "a connection to each")
    before = {name: listener.count(name, OK) for name in GOOD}
    listener.wait(lambda: all(listener.count(name, OK) >= before[name] + 3 for name in GOOD), 30, "three more polls of each good one")
    assert {name: (stage.seen[scene.ports[name]], stage.open[scene.ports[name]], listener.count(name)) for name in lasting} == {
        name: (1, 1, 0) for name in lasting}, "all that while the same transfers were under way"
    assert {name: listener.reasons(name) for name in GOOD} == {name: {""} for name in GOOD}
    end(started, listener)


def test_thirty_good_ones_beside_names_that_do_not_resolve(house, stage, names, listener):
    silent = [f"silent{i}.example" for i in range(6)]
    names.table.update(dict.fromkeys(silent))
    scene = Scene(house, stage, [("", "", None, {"host": name, "timeout": "12s"}) for name in silent])
    started = house.start_collector("one", env=scene.env)
    listener.wait(lambda: all(names.asked.get(name) for name in silent), 30, "a question for each name")
    asked_at = len(listener.reports)
    listener.wait(lambda: all(listener.count(name) for name in scene.ports), 60, "a word of each that has no name")
    for name in scene.ports:
        told_at, report = listener.of[name][0]
        assert (report.result, report.reason) == (FAIL, "dns"), report
        meanwhile = [report.service for report in listener.reports[asked_at:told_at]]
        assert all(meanwhile.count(good) >= 2 for good in GOOD), f"{name}: {meanwhile}"
    assert {name: listener.reasons(name) for name in GOOD} == {name: {""} for name in GOOD}
    end(started, listener)


# ---------------------------------------------------------------- what it costs

def most_memory(process):
    """The most it ever had, in MiB."""
    for line in pathlib.Path(f"/proc/{process.popen.pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


def test_a_bomb_is_not_unpacked(house, stage, listener):
    """Three of them hold a gigabyte each, and more."""
    lit = threading.Event()

    def later(serve):
        def play(conn, stopping):
            if lit.is_set():
                serve(conn, stopping)
            elif asked(conn):
                conn.sendall(whole(GREEN, "Connection: close"))
        return play

    scene = Scene(house, stage, [(words, reason, later(serve), how) for words, reason, serve, how in ACTS[:3]])
    started = house.start_collector("one", env={**scene.env, "ASAN_OPTIONS": SANITIZERS["ASAN_OPTIONS"] + ":quarantine_size_mb=4"})
    listener.wait(lambda: all(listener.count(name, OK) >= 2 for name in [*GOOD, *scene.ports]), 30, "two polls of all while they are good")
    before = most_memory(started)
    lit.set()
    listener.wait(lambda: all(listener.count(name, FAIL) >= 4 for name in scene.ports), 60, "four bombs of each kind")
    assert {reason for name in scene.ports for reason in listener.reasons(name)} == {"", "too_big"}
    grown = most_memory(started) - before
    assert grown < 64, f"{grown:.0f} MiB more than before"
    end(started, listener)
