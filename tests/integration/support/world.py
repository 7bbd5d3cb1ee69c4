# SPDX-License-Identifier: Apache-2.0
"""The world beyond the line: one server for all its addresses. Every page is green, every site is up."""
import http.server
import json
import sys

from support.vendor import summary


class World(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):  # pylint: disable=invalid-name
        body = json.dumps(summary()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


Server(("0.0.0.0", int(sys.argv[1])), World).serve_forever()
