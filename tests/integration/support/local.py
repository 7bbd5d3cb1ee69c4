# SPDX-License-Identifier: Apache-2.0
"""An HTTP server on 127.0.0.1, on a port the kernel chose, in threads of this process."""
import http.server
import threading


class LocalServer:
    """Whoever inherits answers: answer(handler) for each request of this method, in a thread of its own."""

    method = "GET"

    def __init__(self):
        self.lock = threading.Lock()            # of what is asked and answered
        self.stopping = threading.Event()       # to wait for instead of sleeping
        ours = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

        setattr(Handler, f"do_{self.method}", lambda handler: ours.answer(handler))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, handler):
        raise NotImplementedError

    def stop(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
