"""Subscribers of webhooks, for the tests: `webhook_subscribers.py PORT`.

POST /secrets has the secrets by path, as JSON. /ok/... verifies the signature with the library of the specification and
answers 204, /fail/... answers 500, /hang/... answers nothing for a minute. GET /report is what came: for each path of /ok how
often each webhook-id came, the number of other requests, and of those with a signature that does not verify.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

HANG_SECONDS = 60
lock = threading.Lock()
secrets, received = {}, {}
counts = {"bad": 0, "refused": 0, "held": 0}


class Subscriber(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/secrets":
            with lock:
                secrets.update(json.loads(body))
            return self.answer(204)
        if self.path.startswith("/hang/"):
            self.count("held")
            time.sleep(HANG_SECONDS)
            return None
        if self.path.startswith("/fail/"):
            self.count("refused")
            return self.answer(500)
        try:
            event = Webhook(secrets[self.path]).verify(body, dict(self.headers))
            assert event["type"] and event["data"]["event_id"]
        except Exception as error:  # noqa: BLE001: any failure is a wrong delivery
            print(repr(error), file=sys.stderr, flush=True)
            self.count("bad")
            return self.answer(400)
        with lock:
            ids = received.setdefault(self.path, {})
            ids[self.headers["webhook-id"]] = ids.get(self.headers["webhook-id"], 0) + 1
        return self.answer(204)

    def do_GET(self):
        with lock:
            report = json.dumps({"received": received, **counts}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(report)))
        self.end_headers()
        self.wfile.write(report)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def count(self, name):
        with lock:
            counts[name] += 1

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), Subscriber).serve_forever()
