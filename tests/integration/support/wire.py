# SPDX-License-Identifier: Apache-2.0
"""A collector written in Python, polite or hostile: speaks the wire by the same schema."""
import importlib
import os
import pathlib
import subprocess
import sys
import time

import zmq
from zmq.utils import z85  # noqa: F401  (fails early when pyzmq lacks CURVE)

ROOT = pathlib.Path(__file__).resolve().parents[3]
HELLO, BATCH, WELCOME, REJECT, ACK, POLL_NOW = 1, 2, 17, 18, 19, 20


def schema(directory):
    """Compiles proto/*.proto for Python into the directory, once; returns (observation, wire, rows)."""
    directory = pathlib.Path(directory)
    if not (directory / "proto" / "rows_pb2.py").exists():
        directory.mkdir(parents=True, exist_ok=True)
        subprocess.run(["protoc", f"-I{ROOT}", f"--python_out={directory}", "proto/observation.proto", "proto/wire.proto",
                        "proto/rows.proto"], cwd=ROOT, check=True)
        (directory / "proto" / "__init__.py").touch()     # else the folder of the schemas itself could be taken for the package
    if str(directory) not in sys.path:
        sys.path.insert(0, str(directory))
        importlib.invalidate_caches()
    return tuple(importlib.import_module(f"proto.{name}_pb2") for name in ("observation", "wire", "rows"))


def delimited(message):
    data = message.SerializeToString()
    length, head = len(data), bytearray()
    while True:
        head.append((length & 0x7F) | (0x80 if length > 0x7F else 0))
        length >>= 7
        if not length:
            return bytes(head) + data


def boot_ms():
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000)


class Collector:
    """One DEALER. keys: (public, secret) Z85 text or None for plain."""

    def __init__(self, context, endpoint, proto, keys=None, server_key=None, immediate=True):
        self.wire = proto[1]
        self.boot = os.urandom(16)
        self.sequence = 0
        self.acked = 0
        self.rejects = []
        self.welcome = None
        self.context, self.endpoint, self.keys, self.server_key, self.immediate = context, endpoint, keys, server_key, immediate
        self.socket = None
        self.dial()

    def dial(self):
        """A new connection: libzmq gives up for good on one whose key was refused."""
        if self.socket is not None:
            self.socket.close()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.setsockopt(zmq.IMMEDIATE, int(self.immediate))     # without it a stranger's words are queued for nobody
        if self.keys:
            self.socket.curve_publickey, self.socket.curve_secretkey = (key.encode() for key in self.keys)
            self.socket.curve_serverkey = self.server_key.encode()
        self.socket.connect(self.endpoint)

    def hello(self, protocol=1, **facts):
        message = self.wire.Hello(protocol=protocol, boot_id=self.boot, version="test", wall_clock_ms=int(time.time() * 1000))
        message.facts.hostname = facts.get("hostname", "test")
        self.send(bytes([HELLO]) + message.SerializeToString())

    def report(self, check, level, service="", result=1, kind=2, detail="", at=None):
        item = self.wire.Item(at_boot_ms=at if at is not None else boot_ms())
        item.observation.check = check
        item.observation.service = service
        item.observation.kind = kind
        item.observation.result = result
        item.observation.level = level
        item.observation.detail = detail
        return item

    def batch(self, items, first=None):
        """Numbers and sends the items; returns the last sequence."""
        first = self.sequence + 1 if first is None else first
        header = self.wire.Batch(boot_id=self.boot, first_sequence=first, items=len(items), sent_boot_ms=boot_ms())
        self.send(bytes([BATCH]) + delimited(header) + b"".join(delimited(item) for item in items))
        self.sequence = max(self.sequence, first + len(items) - 1)
        return self.sequence

    def send(self, frame, seconds=5.0):
        """False: nobody takes it (the connection was refused, or is not there yet)."""
        if not self.socket.poll(int(seconds * 1000), zmq.POLLOUT):
            return False
        self.socket.send(frame, zmq.DONTWAIT)
        return True

    def read(self, seconds=0.0):
        """Takes what is there (waiting that long for the first): True when something came."""
        took = False
        while self.socket.poll(0 if took else int(seconds * 1000)):
            frame = self.socket.recv()
            took = True
            kind, body = frame[0], frame[1:]
            if kind == WELCOME:
                self.welcome = self.wire.Welcome.FromString(body)
            elif kind == ACK:
                ack = self.wire.Ack.FromString(body)
                assert ack.boot_id == self.boot
                self.acked = max(self.acked, ack.through_sequence)
            elif kind == REJECT:
                self.rejects.append(self.wire.Reject.FromString(body))
        return took

    def wait(self, condition, seconds=15, what="an answer"):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come in {seconds} s (rejects: {self.rejects})"
            self.read(0.05)

    def greet(self, seconds=30, **facts):
        """Says Hello until Welcome, dialling anew when nobody answers."""
        self.welcome = None
        deadline = time.monotonic() + seconds
        while self.welcome is None:
            assert time.monotonic() < deadline, f"no Welcome in {seconds} s (rejects: {self.rejects})"
            self.hello(**facts)
            self.read(2.0)
            if self.welcome is None:
                self.dial()
        return self.welcome

    def close(self):
        self.socket.close()
