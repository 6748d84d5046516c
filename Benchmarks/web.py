"""Routes of backend-api against web servers."""
import os
import statistics
import subprocess

from contestants import (
    CORES, ROOT, Contestant, check, check_at_most, free_port, measure, milliseconds, post, ratios_of,
)
from plot import bars


def gunicorn(module, port):
    return [
        os.path.join(ROOT, ".tools/venv/bin/gunicorn"), "--chdir", os.path.join(ROOT, "Benchmarks/peers"),
        "--bind", f"127.0.0.1:{port}", "--workers", str(2 * CORES + 1), "--worker-class", "gthread",
        "--threads", "4", f"{module}:app",
    ]


def other_build(options, path, headers=None, factor=1):
    """backend-api of another build, on the same database and cache and under the same accounts; none without it."""
    if not options.against:
        return []
    port = free_port()
    env = {"HTTP_PORT": str(port), "LOG_FORMAT": "json", "TOKEN_KEY_FILE": options.token_key}
    return [Contestant("the other build", [os.path.join(options.against, "backend-api")], port, path, env, headers, factor=factor)]


def hummingbird(options, path, script=None):
    """Hummingbird 2, where `--hummingbird` names its server."""
    if not options.hummingbird:
        return []
    port = free_port()
    return [Contestant("Hummingbird", [options.hummingbird, str(port)], port, path, script=script)]


# At 64 and at 256 connections: requests/s at least so many times the peer's.
LIVEZ_BARS = {
    64: {"C epoll": 0.92, "nginx": 1, "Go net/http": 2, "Hummingbird": 2.5, "Flask + gunicorn": 12},
    256: {"C epoll": 0.95, "nginx": 1, "Go net/http": 2, "Hummingbird": 2.5},
}


def nginx(folder, port, encrypted=False):
    """The command of nginx with its configuration and all its files in `folder`."""
    certificate(folder)
    with open(os.path.join(ROOT, "Benchmarks/peers/nginx.conf"), encoding="ascii") as file:
        text = file.read()
    ssl = " ssl" if encrypted else ""
    for name, value in {"FOLDER": folder, "PORT": str(port), "CORES": str(CORES), "SSL": ssl}.items():
        text = text.replace(name, value)
    path = os.path.join(folder, f"nginx-{port}.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return ["/usr/sbin/nginx", "-p", folder, "-e", os.path.join(folder, "nginx-error.log"), "-c", path]


def certificate(folder):
    """A certificate and its key in `folder`, for nginx and for backend-api; their names."""
    names = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
    if not os.path.exists(names[0]):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-addext", "basicConstraints=critical,CA:FALSE", "-out", names[0], "-keyout", names[1]],
            check=True, stderr=subprocess.DEVNULL)
    return names


def livez_peers(options, connections):
    ports = [free_port() for _ in range(4)]
    peers = [
        Contestant("C epoll", [options.epoll, str(ports[0]), str(CORES)], ports[0], "/livez"),
        Contestant("nginx", nginx(os.path.dirname(options.epoll), ports[1]), ports[1], "/livez"),
        Contestant("Go net/http", [options.go, str(ports[2])], ports[2], "/livez"),
        Contestant("Flask + gunicorn", gunicorn("flask_livez", ports[3]), ports[3], "/livez"),
    ]
    peers += hummingbird(options, "/livez")
    return [peer for peer in peers if peer.name in LIVEZ_BARS[connections]] + other_build(options, "/livez")


def livez(options, fleet, log):
    met, usual, rates = [], options.connections, {}
    for connections, targets in LIVEZ_BARS.items():
        peers = livez_peers(options, connections)
        ours = Contestant("bulkhead", None, fleet["port"], "/livez", pid=options.pid)
        options.connections = connections
        try:
            for peer in peers:
                peer.start(log)
            ratios = measure("GET /livez", [ours, *peers], options)
            rates[f"{connections} connections"] = {c.name: statistics.median(c.rates) for c in [ours, *peers]}
            met.append(check(ratios, {name: bar for name, bar in targets.items() if name in ratios}))
            for name in targets.keys() - ratios.keys():
                print(f"target: {name}: not measured")
            costs = ratios_of(lambda c: c.costs, [ours, *peers])
            tails = ratios_of(lambda c: [milliseconds(text) for text in c.latencies], [ours, *peers])
            met.append(check_at_most("CPU per request", costs, {"C epoll": 1.2}))
            met.append(check_at_most("99 % of the latencies", tails, {"nginx": 1}))
        finally:
            for peer in peers:
                peer.stop()
    options.connections = usual
    if options.plot:
        bars(options.plot, "GET /livez, requests/s", rates)
    return all(met)


def users(options, fleet, log):
    base = f"http://127.0.0.1:{fleet['port']}"
    person = {"email": f"bench-{os.getpid()}@example.org", "password": "a password for benches"}
    made = post(f"{base}/v1/users", person)
    token = post(f"{base}/v1/sessions", person)["token"]
    path, headers = f"/v1/users/{made['id']}", {"Authorization": f"Bearer {token}"}
    target = "Flask + PyDAL + gunicorn"
    ratios = {}
    # One peer after the other: together they would exceed the account's connection limit.
    for name, more in [(target, {}), (f"{target}, caching tokens", {"CACHE_TOKENS": "1"})]:
        port = free_port()
        env = {**fleet["env"], **more}
        peers = [Contestant(name, gunicorn("flask_pydal", port), port, path, env, headers)]
        peers += other_build(options, path, headers)
        ours = Contestant("bulkhead", None, fleet["port"], path, headers=headers, pid=options.pid)
        try:
            for peer in peers:
                peer.start(log)
            ratios |= measure("GET /v1/users/{id} on PostgreSQL", [ours, *peers], options)
        finally:
            for peer in peers:
                peer.stop()
    return check(ratios, {target: 10})
