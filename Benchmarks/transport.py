"""The listener beyond its cheapest request: pipelining, TLS, a body of JSON, idle connections, and the start."""
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from contestants import ROOT, Contestant, check, check_at_most, free_port, measure, ratios_of
from web import certificate, hummingbird, nginx

IDLE_CONNECTIONS = 10_000
MOST_SHARE_OF_MEMORY = 1 / 30
STARTS = 9
MOST_START_MS = 100
MOST_RESIDENT_MB = 20
CORES = os.cpu_count() or 1


def script(name):
    return os.path.join(ROOT, "Benchmarks/web", f"{name}.lua")


def pipelined(options, fleet, log):
    """Each connection sends 16 requests at once."""
    port = free_port()
    peer = Contestant("C epoll", [options.epoll, str(port), str(CORES)], port, "/livez", script=script("pipelined"))
    ours = Contestant("bulkhead", None, fleet["port"], "/livez", pid=options.pid, script=script("pipelined"))
    try:
        peer.start(log)
        return check(measure("GET /livez, 16 at once", [ours, peer], options), {"C epoll": 0.6})
    finally:
        peer.stop()


def encrypted(options, fleet, log):
    """Requests over TLS on connections that stay, and then a handshake for each request."""
    folder = os.path.dirname(options.epoll)
    met = []
    for title, headers in (("GET /livez over TLS", {}), ("GET /livez over TLS, a handshake each", {"Connection": "close"})):
        ports = [free_port(), free_port()]
        names = dict(zip(("HTTP_TLS_CERT_FILE", "HTTP_TLS_KEY_FILE"), certificate(folder)))
        ours = of_backend(options, ports[0], names, headers=headers, scheme="https")
        peer = Contestant("nginx", nginx(folder, ports[1], encrypted=True), ports[1], "/livez", headers=headers, scheme="https")
        try:
            for contestant in (ours, peer):
                contestant.start(log)
            met.append(check(measure(title, [ours, peer], options), {"nginx": 0.9}))
        finally:
            for contestant in (ours, peer):
                contestant.stop()
    return all(met)


def posted(options, fleet, log):
    """A body of 300 bytes of JSON, decoded into a type and encoded again: CPU per request."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-echo-") as folder:
        port, peer_port = free_port(), free_port()
        ours = on_sqlite(options, folder, port, "echo-bench")
        ours.path, ours.script = "/v1/echo", script("posted")
        peers = [Contestant("Go net/http", [options.go, str(peer_port)], peer_port, "/v1/echo", script=script("posted"))]
        peers += hummingbird(options, "/v1/echo", script("posted"))
        contestants = [ours, *peers]
        try:
            for contestant in contestants:
                contestant.start(log)
            measure("POST of 300 bytes of JSON", contestants, options)
            costs = ratios_of(lambda c: c.costs, contestants)
            bars = {"Go net/http": 0.5, "Hummingbird": 0.25}
            return check_at_most("CPU per request", costs, {name: bar for name, bar in bars.items() if name in costs})
        finally:
            for contestant in contestants:
                contestant.stop()


def idle(options, fleet, log):
    """The memory of connections that have had an answer and stay open."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    count = IDLE_CONNECTIONS
    if limit < count + 1_000:
        sys.exit(f"idle needs {count + 1_000} open files, and the hard limit is {limit}: raise it (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    many = str(count + 500)
    port, peer_port = free_port(), free_port()
    ours = of_backend(options, port, {"HTTP_MAX_CONNECTIONS": many, "HTTP_MAX_CONNECTIONS_PER_ADDRESS": many})
    peer = Contestant("Go net/http", [options.go, str(peer_port)], peer_port, "/livez")
    memory = {}
    for contestant in (ours, peer):
        contestant.start(log)
        try:
            before = resident(contestant.pid)
            clients = [answered(contestant) for _ in range(count)]
            time.sleep(1)
            memory[contestant.name] = resident(contestant.pid) - before
            for client in clients:
                client.close()
        finally:
            contestant.stop()
    print(f"\n{count:,} idle connections: {memory['bulkhead']:.1f} MB more, Go {memory['Go net/http']:.1f} MB more")
    return at_most("share of Go's memory", memory["bulkhead"] / memory["Go net/http"], MOST_SHARE_OF_MEMORY)


def starting(options, fleet, log):
    """From the start of the process to the first 200 of /readyz on SQLite, and the memory at rest."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-start-") as folder:
        times, sizes = [], []
        for _ in range(STARTS):
            port = free_port()
            service = on_sqlite(options, folder, port, "backend-api")
            begun = time.monotonic()
            process = subprocess.Popen(service.command, env=service.env, stdout=log, stderr=log, cwd=ROOT)
            try:
                wait_for(port, process)
                times.append((time.monotonic() - begun) * 1000)
                time.sleep(0.5)
                sizes.append(resident(process.pid))
            finally:
                process.terminate()
                process.wait(timeout=25)
    print(f"\nstart to ready on SQLite: median {statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f}); "
          f"resident {statistics.median(sizes):.1f} MB at rest")
    return all([
        at_most("milliseconds from the start", statistics.median(times), MOST_START_MS),
        at_most("megabytes at rest", statistics.median(sizes), MOST_RESIDENT_MB),
    ])


def at_most(what, figure, bar):
    print(f"target: {what} at most {bar:.3g}: {figure:.3g}: {'met' if figure <= bar else 'NOT met'}")
    return figure <= bar


def of_backend(options, port, settings, headers=None, scheme="http"):
    """One more backend-api on the same database and cache and under the same accounts."""
    env = {"HTTP_PORT": str(port), "LOG_FORMAT": "json", "TOKEN_KEY_FILE": options.token_key, **settings}
    command = [os.path.join(options.programs, "backend-api")]
    return Contestant("bulkhead", command, port, "/livez", env, headers, scheme=scheme)


def on_sqlite(options, folder, port, program):
    """A program on SQLite and the cache in memory, with a database of its own in `folder`."""
    env = {
        "DB_TYPE": "sqlite", "DB_NAME": os.path.join(folder, "app_db.db"), "DB_USER": "backend-api-rw", "CACHE_TYPE": "memory",
        "TOKEN_KEY_FILE": os.path.join(folder, "token-key.pem"), "CREDENTIALS_DIR": os.path.join(folder, "credentials"),
        "HTTP_PORT": str(port), "LOG_FORMAT": "json",
    }
    contestant = Contestant("bulkhead", [os.path.join(options.programs, program)], port, "/livez", env)
    for name in [name for name in contestant.env if name.startswith(("DB_", "CACHE_")) and name not in env]:
        del contestant.env[name]
    if not os.path.exists(env["DB_NAME"]):
        for account, command in (("migrate-admin", ["migrate", "up"]), ("access-admin", ["access", "apply"])):
            done = subprocess.run(
                [os.path.join(options.programs, "bulkhead"), *command], env={**contestant.env, "DB_USER": account},
                cwd=ROOT, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"{' '.join(command)}: {done.stderr}")
    return contestant


def wait_for(port, process):
    """Asks every two milliseconds, because the answer's time is what is measured."""
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.002)
    sys.exit("backend-api did not become ready")


def resident(pid):
    """Resident memory in MB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) / 1000


def answered(contestant):
    """A connection that has had an answer."""
    client = socket.create_connection(("127.0.0.1", contestant.port), timeout=10)
    client.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
    client.recv(4096)
    return client
