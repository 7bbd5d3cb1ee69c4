# SPDX-License-Identifier: Apache-2.0
"""An aggregator that judges nothing: it takes what a collector says, acknowledges it and keeps it in the order it came."""
import time

import zmq

from support.wire import ACK, BATCH, HELLO, WELCOME

OK, FAIL = 1, 2                                   # enum Result
VENDOR = 1                                        # enum SourceKind


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _delimited(data):
    at = 0
    while at < len(data):
        length, at = _varint(data, at)
        yield data[at:at + length]
        at += length


class Listener:
    """reports: every report of a vendor's page; vitals: those of every batch."""

    def __init__(self, house, context, proto):
        self.wire = proto[1]
        self.reports = []
        self.of = {}                              # service: its reports, each with its place among all
        self.times = {}                           # service: when each of them was made, CLOCK_BOOTTIME in ms
        self.vitals = []
        self.socket = context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.curve_server = True
        self.socket.curve_secretkey = (house.directory / "server.key").read_text().strip().encode()
        self.socket.bind(f"tcp://127.0.0.1:{house.wire_port}")

    def _take(self, peer, frame):
        kind, body = frame[0], frame[1:]
        if kind == HELLO:
            hello = self.wire.Hello.FromString(body)
            answer = self.wire.Welcome(protocol=1, boot_id=hello.boot_id, incarnation=1, max_items=64, max_bytes=1 << 20)
            self.socket.send_multipart([peer, bytes([WELCOME]) + answer.SerializeToString()])
        elif kind == BATCH:
            parts = list(_delimited(body))
            batch = self.wire.Batch.FromString(parts[0])
            self.vitals.append(batch.vitals)
            for item in map(self.wire.Item.FromString, parts[1:]):
                if item.WhichOneof("body") == "observation" and item.observation.check == "feed":
                    self.of.setdefault(item.observation.service, []).append((len(self.reports), item.observation))
                    self.times.setdefault(item.observation.service, []).append(item.at_boot_ms)
                    self.reports.append(item.observation)
            answer = self.wire.Ack(boot_id=batch.boot_id, through_sequence=batch.first_sequence + batch.items - 1)
            self.socket.send_multipart([peer, bytes([ACK]) + answer.SerializeToString()])

    def read(self, seconds=0.0):
        """Takes what is there, waiting that long for the first."""
        wait_ms = int(seconds * 1000)
        while self.socket.poll(wait_ms):
            self._take(*self.socket.recv_multipart())
            wait_ms = 0

    def wait(self, condition, seconds=30, what="the condition"):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come true in {seconds} s"
            self.read(0.05)

    def count(self, service, result=None):
        return sum(result in (None, report.result) for _, report in self.of.get(service, []))

    def reasons(self, service):
        """Those of its failed polls, each once; "" stands for a poll that did not fail."""
        return {report.reason if report.result == FAIL else "" for _, report in self.of.get(service, [])}

    def close(self):
        self.socket.close()
