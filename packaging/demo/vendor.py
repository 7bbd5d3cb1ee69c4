#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Three status pages on 127.0.0.1 that play an outage, for packaging/quickstart --demo.

    vendor.py --port-file FILE

The story begins with the first request, so that it does not matter how long a build took. It speaks Statuspage's
/api/v2/summary.json; /shop is a shop that is always open.
"""
import argparse
import json
import pathlib
import threading
import time

from local import LocalHandler, serve

# name: (title, component, [(from second, component status, indicator, incident title or None)])
PAGES = {
    "acme-pay": ("Acme Pay", "Card payments", [
        (0, "operational", "none", None),
        (20, "major_outage", "critical", "Card payments fail"),
        (55, "operational", "none", None),
    ]),
    "mailbird": ("Mailbird", "Delivery", [
        (0, "operational", "none", None),
        (10, "degraded_performance", "minor", None),      # four seconds: a blip that must wake nobody
        (14, "operational", "none", None),
    ]),
    "cloudnine": ("Cloud Nine", "Compute", [
        (0, "operational", "none", None),
    ]),
}
INDICATOR_WORDS = {"none": "All Systems Operational", "minor": "Minor Service Outage", "critical": "Major Service Outage"}


class Story:
    """What second of the play it is; the first question begins it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.begun = None

    def second(self):
        with self.lock:
            if self.begun is None:
                self.begun = time.monotonic()
            return time.monotonic() - self.begun


def scene(script, second):
    return [row for row in script if row[0] <= second][-1]


def stamp(seconds_ago):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds_ago))


def summary(name, second):
    title, component, script = PAGES[name]
    began, state, indicator, incident = scene(script, second)
    changed = stamp(second - began)
    incidents = [] if incident is None else [{
        "id": f"{name}-1", "name": incident, "status": "investigating", "impact": indicator, "created_at": changed,
        "updated_at": changed, "shortlink": f"https://{name}.example/incidents/1", "components": [],
        "incident_updates": [{"id": "u1", "status": "investigating", "body": "We are looking into it.", "created_at": changed}],
    }]
    return {
        "page": {"id": name, "name": title, "url": f"https://{name}.example", "updated_at": changed},
        "status": {"indicator": indicator, "description": INDICATOR_WORDS[indicator]},
        "components": [{"id": "c1", "name": component, "status": state, "group": False, "group_id": None,
                        "updated_at": changed}],
        "incidents": incidents,
        "scheduled_maintenances": [],
    }


class Handler(LocalHandler):
    story = Story()

    def do_GET(self):  # noqa: N802 (the library's name)
        parts = self.path.strip("/").split("/")
        if parts == ["shop"]:
            self.answer(200, "text/plain", b"open\n")
        elif parts[0] in PAGES and parts[1:] == ["api", "v2", "summary.json"]:
            self.answer(200, "application/json", json.dumps(summary(parts[0], self.story.second())).encode())
        else:
            self.answer(404, "text/plain", b"no such page\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port-file", type=pathlib.Path, required=True, help="where to write the port the kernel chose")
    options = parser.parse_args()
    serve(Handler, options.port_file)


if __name__ == "__main__":
    main()
