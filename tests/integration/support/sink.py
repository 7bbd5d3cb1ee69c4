# SPDX-License-Identifier: Apache-2.0
"""A receiver of Slack webhooks on 127.0.0.1 that keeps what it got and can misbehave."""
import json
import time

from support.local import LocalServer


class Sink(LocalServer):
    method = "POST"

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
            said = self.script.pop(0) if self.script else (200, "ok", {})
            if said == "swallow" or said[0] == 200:
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

    def texts(self):
        """The top-level text of each message, in order of arrival."""
        with self.lock:
            return [message["text"] for _, _, message in self.messages]
