# SPDX-License-Identifier: Apache-2.0
"""The row `hostile` of the bench: thirty good vendors polled each second, alone and beside every hostile act there is."""
import signal
import statistics
import time

import zmq

from support.acts import ACTS, ADDRESSES, GOOD, HANDSHAKES, LASTING, NAMES, Scene
from support.hostile import Names, Stage
from support.listener import Listener
from support.network import Island
from support.wire import schema


def _listen(bench, name, acts, proto):
    """(how late the loop was, worst of each batch, ms; gaps between two polls of a good vendor, ms; MiB it had at most)."""
    island = Island(ADDRESSES)
    names, stage, context = Names(dict(NAMES)), Stage(), zmq.Context()
    listener = None
    try:
        house = bench.house(name)
        listener = Listener(house, context, proto)
        scene = Scene(house, stage, acts, breaker={"threshold": 1000}, log={"level": "warning"})   # all of them, again and again
        collector = house.start_collector("one", env=scene.env)
        listener.wait(lambda: all(listener.count(service) for service in GOOD), 60, "a poll of each good vendor")
        began, first = time.monotonic(), len(listener.vitals)
        seen = {service: len(listener.times[service]) for service in GOOD}
        while time.monotonic() - began < 15 * bench.options.seconds:
            listener.read(0.2)
        lags = [vitals.loop_lag_ms for vitals in listener.vitals[first:]]
        most = max(vitals.resident_bytes for vitals in listener.vitals) / (1 << 20)
        times = [listener.times[service][seen[service] - 1:] for service in GOOD]
        collector.signal(signal.SIGTERM)
        listener.wait(lambda: not collector.alive(), 30, "the end of the collector")
        return lags, [b - a for one in times for a, b in zip(one, one[1:])], most
    finally:
        if listener is not None:
            listener.close()
        context.destroy(linger=0)
        stage.stop()
        names.stop()
        island.close()


def hostile(bench):
    proto = schema(bench.directory / "schema")
    for name, acts in (("thirty good vendors alone", []), (f"and {len(ACTS) + len(LASTING) + len(HANDSHAKES)} hostile ones", ACTS + LASTING + HANDSHAKES)):
        lags, gaps, most = _listen(bench, f"hostile-{len(acts)}", acts, proto)
        print(f"hostile, {name}: loop lag {statistics.median(lags)} ms, worst {max(lags)} ms of {len(lags)}; "
              f"a good vendor each {statistics.median(gaps)} ms, {max(gaps)} ms at most; resident {most:.1f} MiB at most", flush=True)
