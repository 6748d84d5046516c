"""Routes of backend-api against web servers."""
import os

from contestants import CORES, ROOT, Contestant, check, free_port, measure, post


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


def livez(options, fleet, log):
    ports = [free_port(), free_port()]
    peers = [
        Contestant("C epoll", [options.epoll, str(ports[0]), str(CORES)], ports[0], "/livez"),
        Contestant("Flask + gunicorn", gunicorn("flask_livez", ports[1]), ports[1], "/livez"),
        *other_build(options, "/livez"),
    ]
    ours = Contestant("bulkhead", None, fleet["port"], "/livez", pid=options.pid)
    try:
        for peer in peers:
            peer.start(log)
        ratios = measure("GET /livez", [ours, *peers], options)
        return check(ratios, {"C epoll": 0.75, "Flask + gunicorn": 12})
    finally:
        for peer in peers:
            peer.stop()


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
