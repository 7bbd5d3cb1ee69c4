# SPDX-License-Identifier: Apache-2.0
"""A vendor's status page on 127.0.0.1: says what the test tells it, counts who asks."""
import json
import time

from support.local import LocalServer


def summary(indicator="none", components=None, incidents=(), maintenances=()):
    """A small Statuspage summary. components: {name: word}."""
    rows = [{"id": f"c{i}", "name": name, "status": word, "group": False, "group_id": None}
            for i, (name, word) in enumerate((components or {"API": "operational"}).items())]
    return {"page": {"id": "p1", "name": "Vendor", "url": "https://vendor.example", "updated_at": "2026-01-01T00:00:00Z"},
            "status": {"indicator": indicator, "description": indicator}, "components": rows,
            "incidents": list(incidents), "scheduled_maintenances": list(maintenances)}


class Vendor(LocalServer):
    """Pages by path: vendor.say("one", summary("major")); a page may hang, drip or answer any status. One document of a page:
    vendor.say("one/incidents.json", …); a history of which nothing was said is not there."""

    HISTORIES = ("incidents.json", "scheduled-maintenances.json")

    def __init__(self):
        self.pages = {}
        self.paths = {}
        self.asked = {}
        self.requests = []
        super().__init__()

    def url(self, name):
        return f"http://127.0.0.1:{self.port}/{name}"

    def say(self, name, body=None, status=200, hang=0.0, headers=None):
        """What GET NAME/… answers from now on. body: object (sent as JSON), bytes or str."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        with self.lock:
            self.pages[name] = (body.encode() if isinstance(body, str) else body, status, hang, headers or {})

    def say_at(self, path, body, status=200):
        """What GET of exactly this path (but for its query) answers; it goes before what its name says."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        with self.lock:
            self.paths[path] = (body.encode() if isinstance(body, str) else body, status, 0.0, {})

    def count(self, name):
        with self.lock:
            return self.asked.get(name, 0)

    def answer(self, handler):
        name = handler.path.strip("/").split("/")[0]
        last = handler.path.split("?")[0].split("/")[-1]
        name = f"{name}/{last}" if last in self.HISTORIES or f"{name}/{last}" in self.pages else name
        with self.lock:
            self.asked[name] = self.asked.get(name, 0) + 1
            self.requests.append((time.monotonic(), handler.path, dict(handler.headers)))
            body, status, hang, headers = self.paths.get(handler.path.split("?")[0]) or self.pages.get(
                name, (b"no such page", 404, 0.0, {}))
        if hang:
            self.stopping.wait(hang)
        try:
            handler.send_response(status)
            handler.send_header("Content-Type", "application/json")
            for key, value in headers.items():
                handler.send_header(key, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            pass  # the client left: its business
