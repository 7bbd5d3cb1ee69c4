# SPDX-License-Identifier: Apache-2.0
"""Receivers on 127.0.0.1 that keep what they got and can misbehave: of Slack's webhooks, of ours, and PagerDuty's."""
import hashlib
import hmac
import json
import time

from support.local import LocalServer


class Sink(LocalServer):
    method = "POST"
    fine = (200, "ok", {})

    def __init__(self):
        self.messages = []          # (monotonic, path, parsed body), those answered 200 and those swallowed
        self.attempts = 0
        self.script = []            # answers to give first: (status, body, headers) or "swallow" (take it, never answer)
        super().__init__()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/services/T000/B000/secret"

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        with self.lock:
            self.attempts += 1
            said = self.script.pop(0) if self.script else self.fine
            self.seen(handler, body, said)
            if said == "swallow" or said[0] == self.fine[0]:
                self.messages.append((time.monotonic(), handler.path, json.loads(body)))
        if said == "swallow":
            self.stopping.wait(120)
            return
        status, text, headers = said
        handler.send_response(status)
        for key, value in headers.items():
            handler.send_header(key, value)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text.encode())

    def seen(self, handler, body, said):
        """For those who keep more: every request, also those refused."""

    def texts(self):
        """The top-level text of each message, in order of arrival."""
        with self.lock:
            return [message["text"] for _, _, message in self.messages]


class Hook(Sink):
    """A receiver of our own webhooks that checks every signature by itself."""
    secret = "a-secret-of-the-test"

    def __init__(self):
        self.requests = []          # (headers in lower case, bytes, what was answered), all
        super().__init__()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def seen(self, handler, body, said):
        self.requests.append(({name.lower(): value for name, value in handler.headers.items()}, body, said))

    def signed(self, headers, body):
        """As README.md tells receivers to check."""
        stamp = headers["x-tocsin-timestamp"]
        made = hmac.new(self.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest("v1=" + made, headers["x-tocsin-signature"]) and abs(time.time() - int(stamp)) < 300

    def bodies(self):
        with self.lock:
            return [message for _, _, message in self.messages]


class Pager(Sink):
    """PagerDuty's Events API v2, as far as it judges an event."""
    fine = (202, '{"status":"success","message":"Event processed","dedup_key":"x"}', {})

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v2/enqueue"

    def events(self):
        with self.lock:
            return [message for _, _, message in self.messages]
