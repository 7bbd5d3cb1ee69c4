# SPDX-License-Identifier: Apache-2.0
"""What hostile vendors do, how that is to be told, and a scene with thirty good ones beside them.

In a network of its own (support.network.Island, with ADDRESSES) whose name server is support.hostile.Names(NAMES)."""
import email.utils
import gzip
import json
import time

from support.hostile import (GREEN, Certificates, Names, bomb, closes_after, head, holds, leaves, redirects, repeats, reset, resets,
                             resets_after, says, whole)
from support.vendor import summary

VENDOR, OTHER = "203.0.113.1", "203.0.113.2"     # RFC 5737: as public as any to who does not know them
HOST = "status.example"
INSIDE = ["10.1.2.3", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.0.0.1", "192.168.1.1", "198.18.0.1", "fd00::1", "fec0::1"]
GOOD = [f"good{i:02}" for i in range(30)]

NAMES = {
    HOST: [VENDOR], "other.example": [OTHER], "elsewhere.example": [VENDOR],
    "inner.example": ["10.1.2.3"], "metadata.example": ["169.254.169.254"], "loop.example": ["127.0.0.1"], "localhost": ["127.0.0.1"], "zero.example": ["0.0.0.0"],
    "six.example": ["::1"], "mapped.example": ["::ffff:127.0.0.1"], "unique.example": ["fd00::1"], "several.example": ["127.0.0.1", "10.1.2.3", "::1"],
    "half.example": ["203.0.113.9", "127.0.0.1"], "silent.example": None, "broken.example": [],
}

ADDRESSES = list(dict.fromkeys([VENDOR, OTHER, *INSIDE, *(server for server in Names.SERVERS if not server.startswith("127."))]))


def service(name, url, **feed):
    return {"id": name, "name": name.capitalize(), "category": "engineering",
            "feed": {"type": "statuspage", "url": url, "allow_http": True, "every": "1s", "timeout": "20s", **feed}}


def configure(house, stage, services, **sections):
    house.keygen("one")
    house.write_services(services)
    target = stage.play(holds(), "127.0.0.1")     # the way out is open
    house.write_collector("one", egress_check={"targets": [f"127.0.0.1:{target}"], "every": "1s", "timeout": "900ms"}, **sections)


# ---------------------------------------------------------------- acts

BOMB = bomb()
HTML = b"<!doctype html><html><head><title>Log in</title></head><body><form action=/login></form></body></html>"
WIDE = json.dumps({**summary(), "components": [{"id": str(i), "name": "a", "status": "operational"} for i in range(35000)]}).encode()
CUT_JSON = GREEN[:40]
SHORT = {"timeout": "2s"}                         # for those who would take for ever


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


CHUNKED = head("Transfer-Encoding: chunked")

# What it does, the reasons it may end in, how, and what its entry says besides.
ACTS = [
    # more than anybody wants to read
    ("gzip bomb", "too_big", says(whole(BOMB, "Content-Encoding: gzip")), {}),
    ("gzip bomb in chunks", "too_big", closes_after(head("Transfer-Encoding: chunked", "Content-Encoding: gzip"), chunk(BOMB), b"0\r\n\r\n"), {}),
    ("gzip bomb within gzip", "too_big", says(whole(gzip.compress(BOMB), "Content-Encoding: gzip, gzip")), {}),
    ("endless chunks", "too_big", repeats(CHUNKED, chunk(b" " * 16000)), {}),
    ("endless body without a length", "too_big", repeats(head(), b" " * 16000), {}),
    ("a body that says it is endless", "too_big", repeats(head("Content-Length: 9000000000000000000"), b" " * 16000), {}),
    ("headers of 100 KB", "too_big", says(whole(GREEN, *[f"X-{i}: {'x' * 1000}" for i in range(100)])), {}),
    ("a header line of 1 MiB", "too_big", says(whole(GREEN, "X-Long: " + "x" * (1 << 20))), {}),
    ("a status line of 1 MiB", "too_big", says(b"HTTP/1.1 200 " + b"x" * (1 << 20) + b"\r\n" + whole(GREEN)[17:]), {}),
    ("headers without end", "too_big", repeats(head()[:-2], b"X-More: and more\r\n" * 100), {}),
    ("100 Continue without end", "too_big", repeats(b"", head(status="100 Continue") * 100), {}),
    ("trailers without end", "too_big cut", repeats(CHUNKED + chunk(GREEN) + b"0\r\n", b"X-More: and more\r\n" * 100), {}),
    # slower than anybody wants to wait
    ("a body that drips", "timeout", repeats(head("Content-Length: 1000000"), b" ", 0.5), SHORT),
    ("headers that drip", "timeout", repeats(head()[:-2], b"X: y\r\n", 0.5), SHORT),
    ("silence", "timeout", holds(), SHORT),
    ("silence after the headers", "timeout", holds(head("Content-Length: 100")), SHORT),
    ("silence after half the body", "timeout", holds(whole(GREEN)[:-20]), SHORT),
    ("silence in place of a handshake", "timeout", holds(reads=False), {**SHORT, "scheme": "https"}),
    ("a handshake that drips", "timeout", repeats(b"\x16\x03\x03\x40\x00\x02", b"\x00", 0.5), {**SHORT, "scheme": "https"}),
    # somewhere else
    ("a redirect to itself", "moved", redirects("/"), {}),
    ("redirects in a circle", "moved", redirects("/a", "/b", "/c"), {}),
    ("a redirect to loopback", "moved", redirects("http://127.0.0.1:{inside}/"), {}),
    ("a redirect to loopback in decimal", "moved", redirects("http://2130706433:{inside}/"), {}),
    ("a redirect to wide digits", "moved", redirects("http://\uff11\uff12\uff17.0.0.1:{inside}/".encode().decode("latin-1")), {}),
    ("a redirect to a link-local address", "moved", redirects("http://169.254.169.254:{inside}/latest/meta-data/"), {}),
    ("a redirect to loopback, listed", "address", redirects("http://127.0.0.1:{inside}/"), {"also_hosts": ["127.0.0.1"]}),
    ("a redirect to a link-local address, listed", "address", redirects("http://169.254.169.254:{inside}/"), {"also_hosts": ["169.254.169.254"]}),
    ("a redirect to a listed name that leads inside", "address", redirects("http://inner.example:{inside}/"), {"also_hosts": ["inner.example"]}),
    ("a redirect to another host", "moved", redirects("http://other.example:{other}/"), {}),
    ("a redirect to another host, as a user", "moved", redirects("http://me:secret@other.example:{other}/"), {"also_hosts": ["other.example"]}),
    ("a redirect to a file", "moved", redirects("file:///etc/passwd"), {}),
    ("a redirect to gopher", "moved", redirects("gopher://status.example/"), {}),
    ("a redirect to nowhere", "moved", says(head("Content-Length: 0", status="302 Found")), {}),
    ("a redirect from https to http", "moved", redirects("http://status.example:{other}/"), {"tls": "good", "allow_http": False}),
    # whom nobody vouches for
    ("a certificate that has expired", "tls", says(whole(GREEN)), {"tls": "expired"}),
    ("a certificate of another host", "tls", says(whole(GREEN)), {"tls": "elsewhere"}),
    ("a certificate signed by itself", "tls", says(whole(GREEN)), {"tls": "own"}),
    ("a certificate of an unknown authority", "tls", says(whole(GREEN)), {"tls": "stranger"}),
    ("plain HTTP where TLS is due", "tls", lambda conn, _: (conn.recv(65536), conn.sendall(whole(GREEN)), conn.recv(65536)), {"scheme": "https"}),
    ("plain HTTP where TLS is due, unasked", "tls", repeats(whole(GREEN), b"", 60, reads=False), {"scheme": "https"}),
    ("a reset in the handshake", "tls", lambda conn, _: (conn.recv(64), reset(conn)), {"scheme": "https"}),
    ("an end in the handshake", "tls", lambda conn, _: conn.recv(65536), {"scheme": "https"}),
    # no name, nobody there
    ("a name that does not exist", "dns", None, {"host": "nobody.example"}),
    ("a name server that fails", "dns", None, {"host": "broken.example"}),
    ("a name server that is silent", "dns", None, {"host": "silent.example", **SHORT}),
    ("a port where nobody listens", "connect", None, {}),
    # wishes to be left alone: asked once
    ("429 for seconds", "http_429", says(head("Retry-After: 3600", "Content-Length: 0", status="429 Slower")), {"asked": 1}),
    ("429 until a date", "http_429", says(head(f"Retry-After: {email.utils.formatdate(time.time() + 3600, usegmt=True)}", "Content-Length: 0",
                                              status="429 Slower")), {"asked": 1}),
    ("429 for an absurd time", "http_429", says(head("Retry-After: 99999999999999999999999", "Content-Length: 0", status="429 Slower")), {"asked": 1}),
    ("429 for less than nothing", "http_429", says(head("Retry-After: -99999999999999", "Content-Length: 0", status="429 Slower")), {"asked": 1}),
    ("429 until doomsday", "http_429", says(head("Retry-After: Fri, 31 Dec 99999999 23:59:59 GMT", "Content-Length: 0", status="429 Slower")), {"asked": 1}),
    ("429 with words", "http_429", says(head("Retry-After: soon", "Content-Length: 0", status="429 Slower")), {"asked": 1}),
    ("429 with a green page", "http_429", says(whole(GREEN, status="429 Slower")), {"asked": 1}),
    ("503 for seconds", "http_5xx", says(head("Retry-After: 3600", "Content-Length: 0", status="503 Busy")), {"asked": 1}),
    # connections that end
    ("a reset after accept", "connect cut", resets, {}),
    ("an end after accept", "connect cut", leaves, {}),
    ("a reset after the request", "cut", resets_after(), {}),
    ("an end after the request", "cut", closes_after(), {}),
    ("a reset in the headers", "cut", resets_after(head()[:20]), {}),
    ("a reset after the headers", "cut", resets_after(head("Content-Length: 100")), {}),
    ("a reset in the body", "cut", resets_after(whole(GREEN)[:-20]), {}),
    ("a reset in a chunk", "cut", resets_after(CHUNKED, chunk(GREEN)[:-20]), {}),
    ("a reset in place of the last chunk", "cut", resets_after(CHUNKED, chunk(GREEN)), {}),
    ("a body shorter than it says", "cut", closes_after(head(f"Content-Length: {len(GREEN) + 1}"), GREEN), {}),
    ("an end in place of the last chunk", "cut", closes_after(CHUNKED, chunk(GREEN)), {}),
    ("an end without a TLS goodbye, nor a length", "cut parse", closes_after(head(), CUT_JSON), {"tls": "good"}),
    ("a body of 100 GB that ends", "cut too_big", closes_after(head("Content-Length: 100000000000"), GREEN), {}),
    # not HTTP, or not what it says
    ("another protocol", "parse", closes_after(b"SSH-2.0-OpenSSH_9.2p1\r\n"), {}),
    ("no protocol at all", "parse", closes_after(GREEN), {}),
    ("a status that is no number", "parse", closes_after(b"HTTP/1.1 fine OK\r\n" + whole(GREEN)[17:]), {}),
    ("another version of HTTP", "parse", closes_after(b"HTTP/4.2 200 OK\r\n" + whole(GREEN)[17:]), {}),
    ("NUL in the headers", "parse", says(whole(GREEN, "X-Nul: a\0b")), {}),
    ("NUL in a header's name", "parse", says(whole(GREEN, "X\0Y: a")), {}),
    ("a header without a colon", "parse", says(whole(GREEN, "no colon here")), {}),
    ("two lengths", "parse", closes_after(head("Content-Length: 5", f"Content-Length: {len(GREEN)}"), GREEN), {}),
    ("a length below nothing", "parse", closes_after(head("Content-Length: -5"), GREEN), {}),
    ("a length that is no number", "parse", closes_after(head("Content-Length: many"), GREEN), {}),
    ("a length beyond all numbers", "parse", closes_after(head("Content-Length: 99999999999999999999"), GREEN), {}),
    ("chunks of no size", "parse cut", closes_after(CHUNKED, b"size\r\n" + GREEN), {}),
    ("chunks of an absurd size", "parse cut", closes_after(CHUNKED, b"fffffffffffffffffff\r\n" + GREEN), {}),
    ("gzip that is none", "parse", says(whole(GREEN, "Content-Encoding: gzip")), {}),
    ("gzip that breaks", "parse", says(whole(gzip.compress(GREEN)[:30] + b"x" * 40, "Content-Encoding: gzip")), {}),
    ("gzip that ends early", "parse", says(whole(gzip.compress(GREEN)[:-30], "Content-Encoding: gzip")), {}),
    ("gzip that is not said", "parse", says(whole(gzip.compress(GREEN))), {}),
    ("an encoding nobody asked for", "parse", says(whole(GREEN, "Content-Encoding: br")), {}),
    ("many encodings", "parse", says(whole(GREEN, "Content-Encoding: " + ", ".join(["gzip"] * 50))), {}),
    # HTTP, but not the page
    ("a login page", "parse", says(whole(HTML, "Content-Type: text/html")), {}),
    ("a login page that says it is JSON", "parse", says(whole(HTML, "Content-Type: application/json")), {}),
    ("nothing", "parse shape", says(whole(b"")), {}),
    ("an empty object", "shape", says(whole(b"{}")), {}),
    ("null", "parse shape", says(whole(b"null")), {}),
    ("a page cut short with the length to it", "parse", says(whole(CUT_JSON)), {}),
    ("a page and more", "parse", says(whole(GREEN + b"{}")), {}),
    ("NUL in the page", "parse shape", says(whole(GREEN.replace(b'"none"', b'"no\0ne"'))), {}),
    ("100,000 lists within each other", "parse", says(whole(b"[" * 100000 + b"]" * 100000)), {}),
    ("4 MB of small things", "parse shape", says(whole(b"[" + b"1," * 2000000 + b"1]")), {}),
    ("as many things as are read at all", "shape parse", says(whole(WIDE)), {}),
    ("204", "shape", says(head(status="204 No Content")), {}),
    ("206 with the page", "shape", says(whole(GREEN, status="206 Partial Content")), {}),
    ("304 nobody asked for", "shape", says(head(status="304 Not Modified")), {}),
    ("101 nobody asked for", "shape parse cut", closes_after(head("Upgrade: other", "Connection: Upgrade", status="101 Switching Protocols"), GREEN), {}),
    ("500 with a green page", "http_5xx", says(whole(GREEN, status="500 Broken")), {}),
    ("404 with a green page", "http_404", says(whole(GREEN, status="404 Not Found")), {}),
    ("401 with a green page", "auth", says(whole(GREEN, status="401 Unauthorized")), {}),
]


class Scene:
    """Thirty good vendors, and what stands beside them. ports: of each hostile one, by its service."""

    def __init__(self, house, stage, acts, **sections):
        self.stage = stage
        self.certificates = Certificates(house.directory / "certificates", HOST)
        self.inside = stage.play(says(whole(GREEN)), "::")
        self.other = stage.play(says(whole(GREEN)), OTHER)
        self.ports = {}
        self.services = [self.good(name, i) for i, name in enumerate(GOOD)]
        self.services += [self.hostile(f"bad{i:03}", *act[2:]) for i, act in enumerate(acts)]
        configure(house, stage, self.services, **sections)
        self.env = {"SSL_CERT_FILE": str(self.certificates.bundle)}

    def good(self, name, i):
        """Every sixth over TLS, every sixth by a redirect to a host that is listed."""
        if i % 6 == 0:
            return service(name, f"https://{HOST}:{self.stage.play(says(whole(GREEN)), tls=self.certificates.contexts['good'])}/")
        if i % 6 == 1:
            return service(name, f"http://{HOST}:{self.stage.play(redirects(f'http://other.example:{self.other}/'))}/", also_hosts=["other.example"])
        return service(name, f"http://{HOST}:{self.stage.play(says(whole(GREEN)))}/")

    def hostile(self, name, serve, how):
        feed = {key: value for key, value in how.items() if key not in ("host", "scheme", "tls", "asked")}
        tls = how.get("tls")
        scheme = how.get("scheme", "https" if tls else "http")
        port = self.stage.play(self._to(serve), tls=self.certificates.contexts.get(tls)) if serve else 9
        self.ports[name] = port
        return service(name, f"{scheme}://{how.get('host', HOST)}:{port}/", **feed)

    def _to(self, serve):
        return lambda conn, stopping: serve(Places(conn, {"inside": self.inside, "other": self.other}), stopping)


class Places:
    """A connection that knows the ports of the others: {inside} and {other} in what is said."""

    def __init__(self, conn, ports):
        self.conn = conn
        self.ports = {b"{%s}" % key.encode(): str(port).encode() for key, port in ports.items()}

    def sendall(self, data):
        if len(data) < 1000:
            for key, port in self.ports.items():
                data = data.replace(key, port)
        self.conn.sendall(data)

    def __getattr__(self, name):
        return getattr(self.conn, name)


# Those that have no end: nothing but the poll's own time ends them.
LONG = {"timeout": "200s"}
LASTING = [
    ("a body that drips", "", repeats(head("Content-Length: 1000000"), b" ", 0.05), LONG),
    ("headers that drip", "", repeats(head()[:-2], b"X: y\r\n", 0.25), LONG),
    ("silence", "", holds(), LONG),
    ("silence after the headers", "", holds(head("Content-Length: 100")), LONG),
    ("silence after half the body", "", holds(whole(GREEN)[:-20]), LONG),
] * 4
HANDSHAKES = [("silence in place of a handshake", "", holds(reads=False), {"scheme": "https"})] * 10

