# SPDX-License-Identifier: Apache-2.0
"""Microsoft 365 over real sockets: a token by POST, kept; pages of lists on the same host; a token that expires is no outage."""
import json
import urllib.parse

from support.local import LocalServer
from support.wait import until

SECRET = "v3ry-s&cret"
QUICK = {"min_dwell_s": 1, "confirm_polls": 2, "recovery_polls": 2, "stale_after_s": 60, "poller_failure_threshold": 3, "poller_hold_s": 0}


class Graph(LocalServer):
    """The login service and Graph in one; `status` of Teams, and which token is good, change with the test."""

    def __init__(self):
        self.status = "serviceOperational"
        self.good = 1
        self.logins = []
        self.seen = []
        super().__init__()
        handler = self.server.RequestHandlerClass
        handler.do_POST = lambda request: self.login(request)

    def login(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        with self.lock:
            self.logins.append((handler.path, urllib.parse.parse_qs(body)))
            self.good += 1
            self.reply(handler, 200, {"access_token": f"token-{self.good}", "expires_in": 3599})

    def answer(self, handler):
        with self.lock:
            self.seen.append((handler.path, handler.headers.get("Authorization")))
            if handler.headers.get("Authorization") != f"Bearer token-{self.good}":
                self.reply(handler, 401, {"error": {"code": "InvalidAuthenticationToken"}})
            elif "issues" in handler.path:
                self.reply(handler, 200, {"value": [
                    {"id": "TM1", "title": "Calls drop", "service": "Microsoft Teams", "classification": "incident", "status": self.status,
                     "isResolved": False, "startDateTime": "2026-03-01T08:00:00Z", "lastModifiedDateTime": "2026-03-01T09:00:00Z"}]
                    if self.status != "serviceOperational" else []})
            elif "page=2" in handler.path:
                self.reply(handler, 200, {"value": [{"service": "Microsoft Teams", "status": self.status, "id": "microsoftteams"}]})
            else:
                self.reply(handler, 200, {"value": [{"service": "Exchange Online", "status": "serviceOperational", "id": "Exchange"}],
                                          "@odata.nextLink": f"http://127.0.0.1:{self.port}/v1.0/more/healthOverviews?page=2"})

    def reply(self, handler, status, body):
        data = json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)


def test_tokens_pages_and_expiry(house):
    graph = Graph()
    try:
        url = f"http://127.0.0.1:{graph.port}"
        secret = house.write("graph.secret", SECRET)
        secret.chmod(0o600)
        house.authorize("one")
        house.write_services([{"id": "m365", "name": "Microsoft 365", "category": "productivity",
                               "feed": {"type": "msgraph", "url": url, "login_url": url, "tenant": "acme.example", "client_id": "me",
                                        "client_secret_file": str(secret), "services": ["Microsoft Teams"], "allow_http": True,
                                        "allow_addresses": ["127.0.0.0/8"], "every": "1s", "timeout": "900ms"}}])
        house.write_aggregator(engine=QUICK)
        house.write_collector("one", samples_dir=str(house.directory / "samples"))
        house.start_aggregator()
        collector = house.start_collector("one")

        until(lambda: house.service("m365")["state"] == "operational", what="all is well")
        until(lambda: len([path for path, _ in graph.seen if "issues" in path]) >= 3, what="three rounds")
        assert len(graph.logins) == 1   # the token is kept
        assert graph.logins[0] == ("/acme.example/oauth2/v2.0/token", {
            "grant_type": ["client_credentials"], "client_id": ["me"], "client_secret": [SECRET], "scope": [f"{url}/.default"]})
        assert all(token == "Bearer token-2" for _, token in graph.seen)

        graph.status = "serviceInterruption"
        until(lambda: house.service("m365")["state"] == "major_outage", what="the outage on the second page")

        with graph.lock:
            graph.good = 99   # as if it had expired
        until(lambda: len(graph.logins) == 2, what="another token")
        until(lambda: house.service("m365")["sources"][0]["poller"] == "ok", what="a poll with it")
        assert house.service("m365")["state"] == "major_outage"

        text = collector.output() + house.aggregator.output()
        assert SECRET not in text and "token-" not in text
        assert not list((house.directory / "samples").glob("*")) or SECRET not in "".join(
            path.read_text() for path in (house.directory / "samples").iterdir())
    finally:
        graph.stop()
