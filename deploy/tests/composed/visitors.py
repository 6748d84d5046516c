"""Clients that use the fleet through its published ports and record every acknowledged write."""

import contextlib
import http.client
import json
import secrets
import threading
import time
import types

from operations.access import Access

PORTS = {s.name: s.port for s in Access().services.values() if "edge" in s.sides}
PAUSE, BROKEN, PASSWORD = 0.02, (OSError, http.client.HTTPException), "a password of no worth"
# An access token lasts ten minutes. Two attempts fit, because one may meet a container that was killed.
SIGN_IN_SECONDS = 240


class Line:
    """One persistent connection to one service."""

    def __init__(self, service):
        self.service = service
        self.connection = http.client.HTTPConnection("127.0.0.1", PORTS[service], timeout=30)

    def send(self, method, path, body=None, token=None):
        """(status, body of the response). A broken connection raises an error; the next request opens a new one."""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        try:
            self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = self.connection.getresponse()
            return response.status, response.read()
        except BROKEN:
            self.connection.close()
            raise


def create(line, path, body, token=None):
    status, answer = line.send("POST", path, body, token)
    assert status == 201, answer
    return json.loads(answer)


def counters(number, token):
    """A setting, and an integration's configuration: values that one client increments with consecutive writes."""
    new = {"provider": "github", "external_account": f"writer-{number}"}
    created = create(Line("connector"), "/v1/integrations", new, token)
    return [types.SimpleNamespace(
        service="backend-api", method="PUT", path=f"/v1/settings/writer-{number}", acknowledged=0,
        body=lambda n: {"value": str(n)}, read=lambda answer: int(answer["value"])), types.SimpleNamespace(
        service="connector", method="PATCH", path=f"/v1/integrations/{created['id']}", acknowledged=0,
        body=lambda n: {"config": {"n": n}}, read=lambda answer: answer["config"]["n"])]


class Visitors:
    """Two writers for backend-api, two for the connector, and readers of every service, until the `with` block ends."""

    def __init__(self):
        line, who = Line("backend-api"), {"email": f"{secrets.token_hex(8)}@example.org", "password": PASSWORD}
        create(line, "/v1/users", who)
        self.token = create(line, "/v1/sessions", who)["token"]
        self.over, self.lock = threading.Event(), threading.Lock()
        self.requests, self.failures = 0, []
        self.counters = [counter for n in range(2) for counter in counters(n, self.token)]
        readers = [*((service, "/v1/whoami") for service in PORTS), ("backend-api", "/v1/settings"),
                   ("connector", "/v1/integrations?limit=1")]
        self.threads = [threading.Thread(target=self._read, args=r, daemon=True) for r in readers]
        self.threads += [threading.Thread(target=self._count, args=(c,), daemon=True) for c in self.counters]
        self.threads.append(threading.Thread(target=self._sign_in_again, args=(who,), daemon=True))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(timeout=60)

    def _send(self, line, method, path, body=None):
        try:
            status, answer = line.send(method, path, body, self.token)
            failure = None if status in (200, 201) else f"{status} {answer[:200]!r}"
        except BROKEN as error:
            failure = f"{type(error).__name__}: {error}"
        with self.lock:
            self.requests += 1
            if failure:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {method} {line.service} {path}: {failure}")
        time.sleep(PAUSE)
        return failure is None

    def _read(self, service, path):
        line = Line(service)
        while not self.over.is_set():
            self._send(line, "GET", path)

    def _count(self, counter):
        line, value = Line(counter.service), 0
        while not self.over.is_set():
            value += 1
            if self._send(line, counter.method, counter.path, counter.body(value)):
                counter.acknowledged = value

    def _sign_in_again(self, who):
        while not self.over.wait(SIGN_IN_SECONDS):
            with contextlib.suppress(*BROKEN, AssertionError):
                self.token = create(Line("backend-api"), "/v1/sessions", who)["token"]

    def standing_still(self, seconds=30):
        """The counters without an acknowledged write in the given time."""
        still, deadline = [(c, c.acknowledged) for c in self.counters], time.monotonic() + seconds
        while still and time.monotonic() < deadline:
            time.sleep(0.1)
            still = [(c, value) for c, value in still if c.acknowledged == value]
        return [c.path for c, _ in still]

    def lost(self):
        """All acknowledged writes that are lost. Call it after the visitors have stopped."""
        for counter in self.counters:
            status, answer = Line(counter.service).send("GET", counter.path, token=self.token)
            found = counter.read(json.loads(answer)) if status == 200 else None
            # A write after the last acknowledgement may be present or not.
            if found is None or found < counter.acknowledged:
                yield f"{counter.path} was acknowledged as {counter.acknowledged} and is {found} ({status})"


def wait_until_ready(seconds=60):
    """Waits until every service is ready through the ingress; returns the names of those that are not ready in time."""
    deadline, missing = time.monotonic() + seconds, set(PORTS)
    while missing and time.monotonic() < deadline:
        for service in sorted(missing):
            with contextlib.suppress(*BROKEN):
                missing -= {service} if Line(service).send("GET", "/readyz")[0] == 200 else set()
        time.sleep(0.2)
    return missing
