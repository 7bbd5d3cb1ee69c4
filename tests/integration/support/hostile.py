# SPDX-License-Identifier: Apache-2.0
"""Vendors of ill will, a name server of the test's own, and certificates that should not be trusted.

A hostile act is a function of a connection (after the TLS handshake, where it has one) and of an event that is set at the end
of the test. What it returns from is closed."""
import gzip
import json
import pathlib
import socket
import ssl
import struct
import subprocess
import threading
import zlib

from support.vendor import summary

GREEN = json.dumps(summary()).encode()            # what a vendor who is well says: never to be believed here


def head(*lines, status="200 OK"):
    return "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *lines, "")).encode("latin-1")


def whole(body, *lines, status="200 OK"):
    return head(f"Content-Length: {len(body)}", *lines, status=status) + body


def bomb(mib=1024):
    """So many MiB of blanks in a gzip a thousandth as large."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * (16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"")[:10] + block * (mib // 16)


# ---------------------------------------------------------------- what a connection may do

def asked(conn):
    """Reads one request."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        more = conn.recv(65536)
        if not more:
            break
        seen += more
    return seen


def says(*parts):
    """Answers each request on the connection with these bytes."""
    def serve(conn, _):
        while asked(conn):
            conn.sendall(b"".join(parts))
    return serve


def closes_after(*parts):
    """Answers once and goes."""
    def serve(conn, _):
        asked(conn)
        conn.sendall(b"".join(parts))
        conn.shutdown(socket.SHUT_WR)
        conn.recv(65536)
    return serve


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def resets_after(*parts):
    def serve(conn, _):
        asked(conn)
        conn.sendall(b"".join(parts))
        reset(conn)
    return serve


def repeats(first, block, every=0.0, reads=True):
    """Says this for ever, a block each so many seconds."""
    def serve(conn, stopping):
        if reads:
            asked(conn)
        conn.sendall(first)
        while not stopping.wait(every) if every else not stopping.is_set():
            conn.sendall(block)
    return serve


def holds(first=b"", reads=True):
    """Says this and then nothing, and stays."""
    def serve(conn, stopping):
        if reads:
            asked(conn)
        conn.sendall(first)
        while not stopping.is_set():
            if not conn.recv(65536):
                return
    return serve


def leaves(conn, _):
    del conn


def resets(conn, _):
    reset(conn)


def redirects(*places):
    """To one place after the other, round and round."""
    def serve(conn, _):
        turn = 0
        while asked(conn):
            conn.sendall(head(f"Location: {places[turn % len(places)]}", "Content-Length: 0", status="302 Found"))
            turn += 1
    return serve


# ---------------------------------------------------------------- who listens

class Stage:
    """Listens, each act on a port of its own (and so a host of its own). seen: connections by port; open: those that last."""

    def __init__(self):
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.listeners = []
        self.seen = {}
        self.open = {}

    def play(self, serve, address="203.0.113.1", tls=None):
        """Returns the port. tls: the context of a handshake that comes first."""
        if address == "::" and not socket.has_dualstack_ipv6():
            address = "0.0.0.0"
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.create_server((address, 0), family=family, backlog=128, dualstack_ipv6=address == "::")
        self.listeners.append(listener)
        port = listener.getsockname()[1]
        self.seen[port] = self.open[port] = 0
        threading.Thread(target=self._accept, args=(listener, port, serve, tls), daemon=True).start()
        return port

    def _accept(self, listener, port, serve, tls):
        while True:
            try:
                conn = listener.accept()[0]
            except OSError:
                return
            with self.lock:
                self.seen[port] += 1
                self.open[port] += 1
            threading.Thread(target=self._serve, args=(conn, port, serve, tls), daemon=True).start()

    def _serve(self, conn, port, serve, tls):
        try:
            if tls is not None:
                conn = tls.wrap_socket(conn, server_side=True)
            serve(conn, self.stopping)
        except OSError:
            pass                                  # the other side left: its business
        finally:
            conn.close()
            with self.lock:
                self.open[port] -= 1

    def stop(self):
        self.stopping.set()
        for listener in self.listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


# ---------------------------------------------------------------- names

def _name_servers():
    try:
        lines = pathlib.Path("/etc/resolv.conf").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        lines = []
    found = [line.split()[1] for line in lines if line.startswith("nameserver") and len(line.split()) > 1]
    return found[:3] or ["127.0.0.1"]             # as the C library does without one


class Names:
    """Stands where the machine's name servers stand: a network of the test's own has their addresses on its loopback, so the
    programs ask whom they are configured to ask. table: {name: addresses}, where None swallows the question and [] says that
    the server failed; what is not there does not exist. asked: how often each name was asked for."""

    SERVERS = _name_servers()

    def __init__(self, table):
        self.table = table
        self.asked = {}
        self.sockets = []
        for server in self.SERVERS:
            one = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM)
            one.bind((server, 53))
            self.sockets.append(one)
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, one):
        while True:
            try:
                question, sender = one.recvfrom(4096)
            except OSError:
                return
            if not question:
                return
            answer = self._answer(question)
            if answer is not None:
                one.sendto(answer, sender)

    def _answer(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode("ascii", "replace").lower())
            at += 1 + question[at]
        name, kind = ".".join(labels), struct.unpack("!H", question[at + 1:at + 3])[0]
        self.asked[name] = self.asked.get(name, 0) + 1
        addresses = self.table.get(name, ())
        if addresses is None:
            return None
        family = {1: socket.AF_INET, 28: socket.AF_INET6}.get(kind)
        data = [socket.inet_pton(family, address) for address in addresses if family == (socket.AF_INET6 if ":" in address else socket.AF_INET)]
        code = 2 if addresses == [] else 0 if addresses else 3
        rows = b"".join(struct.pack("!HHHIH", 0xC00C, kind, 1, 1, len(row)) + row for row in data)
        return question[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(data), 0, 0) + question[12:at + 5] + rows

    def stop(self):
        for one in self.sockets:
            one.close()


# ---------------------------------------------------------------- certificates

class Certificates:
    """bundle: the one authority that is trusted. A context of each kind: good, expired, elsewhere (another host's), own
    (signed by itself), stranger (by an authority nobody knows)."""

    def __init__(self, directory, host):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        self._own("trusted", "/CN=Trusted authority")
        self._own("unknown", "/CN=Unknown authority")
        self.bundle = self.directory / "trusted.pem"
        self._signed("good", host, "trusted", 2)
        self._signed("expired", host, "trusted", -1)
        self._signed("elsewhere", "elsewhere.example", "trusted", 2)
        self._signed("stranger", host, "unknown", 2)
        self._own("own", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}")
        self.contexts = {name: self._context(name) for name in ("good", "expired", "elsewhere", "stranger", "own")}

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *words], cwd=self.directory, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr

    def _key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key"]

    def _own(self, name, subject, *more):
        self._openssl("req", "-x509", *self._key(name), "-days", "2", "-subj", subject, "-out", f"{name}.pem", *more)

    def _signed(self, name, host, by, days):
        self._openssl("req", *self._key(name), "-subj", f"/CN={host}", "-out", f"{name}.csr")
        (self.directory / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n", encoding="ascii")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial", "-days", str(days),
                      "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def _context(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.directory / f"{name}.pem", self.directory / f"{name}.key")
        return context
