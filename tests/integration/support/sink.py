# SPDX-License-Identifier: Apache-2.0
"""A receiver of Slack webhooks on 127.0.0.1 that keeps what it got and can misbehave."""
import http.server
import json
import threading
import time


class Sink:
    def __init__(self):
        self.messages = []          # (monotonic, path, parsed body), those answered 200 and those swallowed
        self.attempts = 0
        self.script = []            # answers to give first: (status, body, headers) or "swallow" (take it, never answer)
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802
                sink.take(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/services/T000/B000/secret"

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        with self.lock:
            self.attempts += 1
            answer = self.script.pop(0) if self.script else (200, "ok", {})
            if answer == "swallow" or answer[0] == 200:
                self.messages.append((time.monotonic(), handler.path, json.loads(body)))
        if answer == "swallow":
            self.stopping.wait(120)
            return
        status, text, headers = answer
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

    def stop(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
