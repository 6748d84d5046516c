"""Clients that use the fleet through its published ports and record every acknowledged write."""

import http.client
import json
import secrets
import threading
import time

from operations.access import Access

PORTS = {s.name: s.port for s in Access().services.values() if "edge" in s.sides}
PAUSE = 0.02
# An access token lasts ten minutes.
REFRESH_SECONDS = 240
PASSWORD = "a password of no worth"


class Line:
    """One persistent connection to one service."""

    def __init__(self, service):
        self.service, self.connection = service, None

    def send(self, method, path, body=None, token=None):
        """(status, body of the response). A broken connection raises an error; the next request opens a new one."""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", PORTS[self.service], timeout=30)
        try:
            self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = self.connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise


def sign_up():
    line, credentials = Line("backend-api"), {"email": f"{secrets.token_hex(8)}@example.org", "password": PASSWORD}
    status, answer = line.send("POST", "/v1/users", credentials)
    assert status == 201, answer
    status, answer = line.send("POST", "/v1/sessions", credentials)
    assert status == 201, answer
    return json.loads(answer)


class Counter:
    """A value that one client increments with consecutive writes, and the last acknowledged count."""

    def __init__(self, service, method, path, body, read):
        self.service, self.method, self.path, self.body, self.read = service, method, path, body, read
        self.acknowledged = 0

    @classmethod
    def setting(cls, number):
        return cls("backend-api", "PUT", f"/v1/settings/writer-{number}", lambda n: {"value": str(n)},
                   lambda answer: int(answer["value"]))

    @classmethod
    def integration(cls, number, token):
        new = {"provider": "github", "external_account": f"writer-{number}"}
        status, answer = Line("connector").send("POST", "/v1/integrations", new, token)
        assert status == 201, answer
        return cls("connector", "PATCH", f"/v1/integrations/{json.loads(answer)['id']}", lambda n: {"config": {"n": n}},
                   lambda answer: answer["config"]["n"])


class Visitors:
    """Two writers for backend-api, two for the connector, and readers of every service. They run until the `with` block ends."""

    def __init__(self):
        session = sign_up()
        self.token, self.refresh_token = session["token"], session["refresh_token"]
        self.over, self.lock = threading.Event(), threading.Lock()
        self.requests, self.failures = 0, []
        self.counters = [c for n in range(2) for c in (Counter.setting(n), Counter.integration(n, self.token))]
        readers = [*((service, "/v1/whoami") for service in PORTS), ("backend-api", "/v1/settings"),
                   ("connector", "/v1/integrations?limit=1")]
        self.threads = [threading.Thread(target=self._read, args=r, daemon=True) for r in readers]
        self.threads += [threading.Thread(target=self._count, args=(c,), daemon=True) for c in self.counters]
        self.threads.append(threading.Thread(target=self._refresh, daemon=True))

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
        except (OSError, http.client.HTTPException) as error:
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

    def _refresh(self):
        """Exchanges the refresh token long before the access token expires. After a lost answer it sends the same one again."""
        line, due = Line("backend-api"), time.monotonic() + REFRESH_SECONDS
        while not self.over.wait(PAUSE):
            if time.monotonic() < due:
                continue
            try:
                status, answer = line.send("POST", "/v1/sessions/refresh", {"refresh_token": self.refresh_token})
            except (OSError, http.client.HTTPException):
                continue
            if status == 200:
                session = json.loads(answer)
                self.token, self.refresh_token = session["token"], session["refresh_token"]
                due = time.monotonic() + REFRESH_SECONDS

    @property
    def writes(self):
        return sum(c.acknowledged for c in self.counters)

    def standing_still(self, seconds=30):
        """The counters without an acknowledged write in the given time."""
        before, deadline = [c.acknowledged for c in self.counters], time.monotonic() + seconds
        while True:
            still = [c.path for c, value in zip(self.counters, before) if c.acknowledged == value]
            if not still or time.monotonic() > deadline:
                return still
            time.sleep(0.1)

    def lost(self):
        """All acknowledged writes that are lost. Call it after the visitors have stopped."""
        for counter in self.counters:
            status, answer = Line(counter.service).send("GET", counter.path, token=self.token)
            found = counter.read(json.loads(answer)) if status == 200 else None
            # A write after the last acknowledgement may be present or not.
            if found is None or found < counter.acknowledged:
                yield (f"{counter.service} {counter.path} was acknowledged as {counter.acknowledged} and is {found} "
                       f"({status})")


def wait_until_ready(seconds=60):
    """Waits until every service is ready through the ingress; returns the names of those that are not ready in time."""
    deadline, missing = time.monotonic() + seconds, set(PORTS)
    while missing and time.monotonic() < deadline:
        for service in sorted(missing):
            try:
                if Line(service).send("GET", "/readyz")[0] == 200:
                    missing.discard(service)
            except (OSError, http.client.HTTPException):
                pass
        time.sleep(0.2)
    return missing
