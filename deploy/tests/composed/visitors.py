"""People who use the fleet through its published ports, and remember what was acknowledged to them."""

import http.client
import json
import secrets
import threading
import time

PORTS = {"backend-api": 8081, "connector": 8082, "analytics": 8083, "twitch-trigger": 8084, "discord-trigger": 8085}
PAUSE = 0.02
PASSWORD = "a password of no worth"


class Line:
    """One kept connection to one service."""

    def __init__(self, service):
        self.service, self.connection = service, None

    def ask(self, method, path, body=None, token=None):
        """(status, the answer's JSON); a broken connection raises, and the next request makes a new one."""
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
    status, answer = line.ask("POST", "/v1/users", credentials)
    assert status == 201, answer
    status, answer = line.ask("POST", "/v1/sessions", credentials)
    assert status == 201, answer
    return json.loads(answer)["token"]


class Visitors:
    """A writer to backend-api and one to the connector, two of each, and a reader of every service, until they are told to stop."""

    def __init__(self):
        self.token = sign_up()
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.requests, self.failures = 0, []
        self.settings, self.accounts = {}, set()
        readers = [(service, "/v1/whoami") for service in PORTS] + [("backend-api", "/v1/settings"),
                                                                   ("connector", "/v1/integrations?limit=1")]
        self.threads = [threading.Thread(target=self._read, args=r, daemon=True) for r in readers]
        for number in range(2):
            self.threads += [threading.Thread(target=t, args=(number,), daemon=True) for t in (self._set, self._connect)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(timeout=60)

    def _ask(self, line, method, path, body=None, wanted=(200, 201)):
        try:
            status, answer = line.ask(method, path, body, self.token)
            failure = None if status in wanted else f"{status} {answer[:200]!r}"
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
            self._ask(line, "GET", path)

    def _set(self, number):
        line, name, value = Line("backend-api"), f"writer-{number}", 0
        while not self.over.is_set():
            value += 1
            if self._ask(line, "PUT", f"/v1/settings/{name}", {"value": str(value)}):
                self.settings[name] = value

    def _connect(self, number):
        line, value = Line("connector"), 0
        while not self.over.is_set():
            value += 1
            account = f"{number}-{value}"
            if self._ask(line, "POST", "/v1/integrations", {"provider": "github", "external_account": account}):
                with self.lock:
                    self.accounts.add(account)

    def lost(self):
        """Every acknowledged write that cannot be read any more, once all have stopped."""
        line, cursor, found = Line("connector"), "", set()
        while cursor is not None:
            status, answer = line.ask("GET", f"/v1/integrations?limit=100{cursor and '&cursor='}{cursor}", token=self.token)
            assert status == 200, answer
            page = json.loads(answer)
            found |= {item["external_account"] for item in page["items"]}
            cursor = page["next"]
        for account in sorted(self.accounts - found):
            yield f"the integration {account} was acknowledged and is gone"
        for name, value in self.settings.items():
            status, answer = Line("backend-api").ask("GET", f"/v1/settings/{name}", token=self.token)
            assert status == 200, answer
            # Each writer counts upwards, and what was written after the last answer may be there or not.
            if int(json.loads(answer)["value"]) < value:
                yield f"{name} was acknowledged as {value} and is {json.loads(answer)['value']}"


def wait_until_well(seconds=60):
    """Until every service is ready through the ingress; the names of those that are not by then."""
    deadline, missing = time.monotonic() + seconds, set(PORTS)
    while missing and time.monotonic() < deadline:
        for service in sorted(missing):
            try:
                if Line(service).ask("GET", "/readyz")[0] == 200:
                    missing.discard(service)
            except (OSError, http.client.HTTPException):
                pass
        time.sleep(0.2)
    return missing
