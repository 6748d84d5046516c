"""One backend-api under load, its clients, and the lines that compare a figure with its limit."""
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

PASSWORD = "a password for stress"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def verdict(what, figure, limit, unit="", at_least=False):
    """Prints a figure beside its limit, and says whether it meets it."""
    met = figure >= limit if at_least else figure <= limit
    word = "at least" if at_least else "at most"
    print(f"stress: {'met   ' if met else 'MISSED'} {what}: {figure:.6g}{unit}, {word} {limit:.6g}{unit}", flush=True)
    return met


class Service:
    """A process of the release build, with settings of the scenario's own."""

    # The counts of guesses outlast a service: its members come from addresses that no crowd of another scenario has used.
    sources = (f"127.0.{number}.1" for number in range(1, 255))

    def __init__(self, options, settings=None, port=None, before=None):
        """`before` is called in the new process before the program starts."""
        self.options, self.port, self.source = options, port or free_port(), next(self.sources)
        self.log = os.path.join(options.work, f"backend-api-{self.port}.log")
        env = {
            **os.environ, "HTTP_PORT": str(self.port), "LOG_FORMAT": "json", "USER_CHANGES": "1000000",
            "TOKEN_KEY_FILE": os.path.join(options.work, "token-key.pem"), **(settings or {}),
        }
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([os.path.join(options.programs, "backend-api")], env=env, stderr=log, preexec_fn=before)
        deadline = time.monotonic() + 30
        while self.status("/readyz") != 200:
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"stress: backend-api did not start; see {self.log}")
            time.sleep(0.1)

    def request(self, method, path, body=None, token=None, timeout=10):
        answer = self.answer(method, path, body, token, timeout)
        return answer.status, answer.body

    def answer(self, method, path, body=None, token=None, timeout=10, source="127.0.0.1"):
        """The answer with its header fields, and its body as `body`; `source` is the client's address."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout, source_address=(source, 0))
        try:
            headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer
        finally:
            connection.close()

    def sign_in(self, email, password=PASSWORD, source="127.0.0.1", timeout=10):
        return self.answer("POST", "/v1/sessions", {"email": email, "password": password}, timeout=timeout, source=source)

    def metric(self, name, **labels):
        """The sum of a metric over the samples with these labels, as it is now: a service reads its metrics once a second."""
        time.sleep(1.1)
        total = 0.0
        for line in self.request("GET", "/metrics")[1].decode().splitlines():
            head, _, value = line.rpartition(" ")
            if head.partition("{")[0] == name and all(f'{key}="{text}"' in head for key, text in labels.items()):
                total += float(value)
        return total

    def lines(self, text):
        """The lines of the log with a text."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return [line for line in file if text in line]

    def status(self, path, token=None, timeout=10):
        try:
            return self.request("GET", path, token=token, timeout=timeout)[0]
        except OSError:
            return 0

    def sign_up(self):
        """The address of a new user, whose password is PASSWORD."""
        email = f"stress-{os.urandom(6).hex()}@example.org"
        answer = self.answer("POST", "/v1/users", {"email": email, "password": PASSWORD}, source=self.source)
        assert answer.status == 201, answer.body
        return email

    def member(self):
        """The token of a new user."""
        answer = self.sign_in(self.sign_up(), source=self.source)
        assert answer.status == 201, answer.body
        return json.loads(answer.body)["token"]

    def load(self, connections, seconds, request, mode="keep", ports=None):
        """Starts the clients of a load; their figures come from ``figures``."""
        ports = ",".join(map(str, ports or [self.port]))
        command = [self.options.clients, ports, str(connections), str(seconds), mode]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(request)
        process.stdin.close()
        return process

    def resident(self):
        """Resident memory in MiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) / 1024

    def stop(self):
        """Ends the service, and returns its exit code and the seconds that it took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        return code, time.monotonic() - begun


@contextlib.contextmanager
def running(options, settings=None, before=None):
    service = Service(options, settings, before=before)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.stop()


def figures(load):
    """The figures of a load that has ended, by their names."""
    words = load.stdout.read().decode().split()
    load.wait()
    return dict(zip(words[::2], map(float, words[1::2])))


def raw(method, path, token=None, body=b""):
    """The bytes of a request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: stress\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class Prober:
    """Asks for a path again and again while a load runs, and keeps the times."""

    def __init__(self, service, path, token=None, pause=0.05):
        self.times, self.failed, self.ended = [], 0, False
        self.thread = threading.Thread(target=self.run, args=(service, path, token, pause))
        self.thread.start()

    def run(self, service, path, token, pause):
        while not self.ended:
            begun = time.monotonic()
            if service.status(path, token) == 200:
                self.times.append(time.monotonic() - begun)
            else:
                self.failed += 1
            time.sleep(pause)

    def end(self):
        self.ended = True
        self.thread.join()
        return max(self.times, default=float("inf")) * 1000
