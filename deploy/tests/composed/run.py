"""Runs the composed fleet as a new user would, and injects faults: `make test-compose`.

    composed/run.py [WORD ...]    start the fleet, run the tests whose names contain one of the words, remove the fleet

It needs a running Docker engine with the compose plug-in, the loopback ports 8081 to 8085, and base images (without a
registry: `make standins`). It builds this release and the next one, runs them as the project bulkhead-test, and leaves no
container, network or volume. Exit codes: 0 all passed, 1 something failed, 64 wrong usage.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

# The folders deploy/tests and deploy.
sys.path[:0] = [str(folder) for folder in pathlib.Path(__file__).resolve().parents[1:3]]

from composed import isolation, next_release  # noqa: E402
from composed.engine import CHECKOUT, PROJECT, SECRETS, Composed, inspect, output  # noqa: E402
from composed.report import Report  # noqa: E402
from composed.visitors import Line, Visitors, wait_until_ready  # noqa: E402

# The expected answers to README's commands, in their order.
ANSWERS = (
    r'"role":"member"', r"HTTP/1.1 201", r'"value":"dark"', r"HTTP/1.1 412", r'"provider":"github"', r'"items":\[\{"id"',
    r'"database_account":"backend-api-rw"', r'"database_account":"analytics-ro"', r'"status":403', r"is an operator",
    r'"users":\{"total"', r'"metric":"users_created"', r'"status":"ready"', r"database_connections", r'"openapi"')
# These queries have no result while no request fails.
MAY_BE_EMPTY = ("5..", "401|403|429")


def say(words):
    print(f"compose: {words}", file=sys.stderr, flush=True)


def started(fleet):
    """Starts the fleet with `docker compose up --wait`, as README describes."""
    fleet.compose("up", "--detach", "--wait")
    missing = wait_until_ready()
    return [f"not ready through the ingress: {sorted(missing)}"] if missing else []


def readme(fleet):
    text = (CHECKOUT / "README.md").read_text()
    lines = re.search(r"```\n(.*?)```", text[text.index("## Use it"):], re.DOTALL)[1]
    promote = "docker compose run --rm --no-deps -T migrate promote"
    assert lines.count(".build/debug/bulkhead promote") == 1
    answer = fleet.run("bash", "-c", lines.replace(".build/debug/bulkhead promote", promote))
    position = 0
    for pattern in ANSWERS:
        found = re.search(pattern, answer[position:])
        if not found:
            return [f"{pattern} is missing after the previous answer: {answer[position:][:600]}"]
        position += found.end()
    return []


def proof(fleet):
    said = fleet.tool("access", "prove", job="access", seconds=600)
    return [] if "\n0 violations" in said else [said[-600:]]


def extra_network(fleet):
    """The check must detect a service on another service's network."""
    connector = fleet.containers("connector")[0]
    network = f"{PROJECT}_app-analytics"
    output(["docker", "network", "connect", network, connector.id])
    try:
        found = [c for c in isolation.complaints(fleet) if "connector reaches analytics" in c]
    finally:
        output(["docker", "network", "disconnect", network, connector.id])
    return [] if found else ["the check does not detect it"]


def extra_secret(fleet):
    """The check must detect another service's secret in a container, under any name and at any path."""
    name, missed = f"{PROJECT}-extra", []
    for secret, place in (("backend-api-rw", "/tmp/note"), ("token-key.pem", "/opt/.hidden/x"), ("migrate-admin", "/.y")):
        fleet.compose("run", "--detach", "--no-deps", "--volume", f"{SECRETS}/{secret}:{place}:ro", "--name", name, "connector")
        try:
            if f"connector can read the secret {secret}" not in isolation.holds(inspect(name)[0]):
                missed.append(f"the check does not detect {secret} at {place}")
        finally:
            output(["docker", "rm", "--force", name])
    return missed


# The faults of a container: a crash, a restart by the operator, a new container on the same volumes.
FAULTS = {
    "killed": lambda fleet, container: [output(["docker", way, container.id]) for way in ("kill", "start")],
    "restarted": lambda fleet, container: output(["docker", "restart", container.id]),
    "replaced": lambda fleet, container: fleet.compose(
        "up", "--detach", "--wait", "--no-deps", "--force-recreate", container.service),
}


def killed(fleet):
    """Kills, restarts and replaces every container under load. At the end, all acknowledged writes must be present."""
    complaints = []
    with Visitors() as visitors:
        for service in [c.service for c in fleet.containers()]:
            for fault, cause in FAULTS.items():
                cause(fleet, fleet.containers(service)[0])
                missing, still = wait_until_ready(), visitors.standing_still()
                if missing or still:
                    complaints.append(f"{service} {fault}: not ready: {sorted(missing)}, no writes: {still}")
    say(f"{visitors.requests} requests, {len(visitors.failures)} failed while containers were killed, restarted and "
        f"replaced; {visitors.writes} writes were acknowledged")
    if not visitors.failures:
        complaints.append("no request failed while each service's only container was killed: the visitors detect nothing")
    return complaints + list(visitors.lost())


def write_undone(fleet):
    """The visitors must detect a lost acknowledged write."""
    with Visitors() as visitors:
        visitors.standing_still()
    counter = visitors.counters[0]
    status, answer = Line(counter.service).send(counter.method, counter.path, counter.body(0), visitors.token)
    assert status == 200, answer
    return [] if list(visitors.lost()) else ["the check does not detect it"]


def rolled_out(fleet, release):
    """Rolls out a release under load: no request fails, no acknowledged write is lost, and the release runs."""
    with Visitors() as visitors:
        time.sleep(1)
        fleet.run("scripts/deploy.sh", "local", seconds=900, RELEASE=release, COMPOSE_PROFILES="")
        time.sleep(1)
    say(f"{visitors.requests} requests, {len(visitors.failures)} failed while {release} was rolled out; "
        f"{visitors.writes} writes were acknowledged")
    complaints = visitors.failures[:10] + list(visitors.lost())
    for service in isolation.ACCESS.services:
        images = [c.image.rpartition(":")[2] for c in fleet.containers(service)]
        if images != [release]:
            complaints.append(f"{service} runs {images}")
    status = fleet.tool("migrate", "status", BULKHEAD_VERSION=next_release.RELEASE)
    if not re.search(rf"{next_release.STEP}.*applied", status):
        complaints.append(f"{next_release.STEP} is not applied: {status}")
    return complaints


def unfit(fleet, without, code, words):
    """Deploys a release with a program that cannot start: the roll-out fails, and the running containers keep serving."""
    images = [f"bulkhead/{name}" for name in ("backend-api", "connector", "analytics", "bulkhead")]
    for image in images:
        output(["docker", "tag", "debian:bookworm-slim" if image == without else f"{image}:dev", f"{image}:unfit"])
    before = {c.id for c in fleet.containers()}
    try:
        with Visitors() as visitors:
            done = subprocess.run(["scripts/deploy.sh", "local"], cwd=CHECKOUT, capture_output=True, text=True, timeout=300,
                                  env={**os.environ, **fleet.environment, "RELEASE": "unfit"})
    finally:
        output(["docker", "rmi", *(f"{image}:unfit" for image in images)], check=False)
    complaints = visitors.failures[:10]
    if done.returncode != code or words not in done.stderr:
        complaints.append(f"exit code {done.returncode}, not {code} with {words!r}: {done.stderr[-600:]}")
    if {c.id for c in fleet.containers()} != before:
        complaints.append("the running containers have changed")
    return complaints


def watched(fleet):
    """Prometheus scrapes every service, and has a result for every query of the dashboard."""
    environment = {"COMPOSE_PROFILES": f"{fleet.cache},observability"}
    fleet.compose("up", "--detach", "--wait", "--no-deps", "prometheus", **environment)
    panels = json.loads((CHECKOUT / "deploy/compose/grafana/fleet.json").read_text())["panels"]
    queries = [t["expr"] for p in panels for t in p.get("targets", [])]
    time.sleep(20)  # four scrapes: a rate needs two values
    complaints = []
    for query in ['count(up{job="bulkhead"} == 1) == 6', *queries]:
        answer = fleet.compose("exec", "-T", "prometheus", "promtool", "query", "instant", "http://prometheus.watch:9090",
                               query, check=False, **environment)
        if "=>" not in answer and not any(word in query for word in MAY_BE_EMPTY) or "error" in answer.lower():
            complaints.append(f"{query}: {answer.strip() or 'no answer'}")
    return complaints


def removed(fleet):
    fleet.down()
    return [f"residue: {each}" for each in fleet.residue()]


def prepare(report):
    """Creates the secrets; returns False if the tests cannot run here."""
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True).returncode:
        report.not_checked("the composed fleet", "no Docker engine answers")
        return False
    if subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        report.not_checked("the composed fleet", "Docker has no compose plug-in")
        return False
    output(["deploy/compose/secrets.sh"])
    return True


def main(words):
    report = Report(words)
    if not prepare(report):
        report.close()
        return 1
    say("building this release")
    fleets = [Composed("redis"), Composed("valkey")]
    fleets[0].compose("--profile", "*", "build", seconds=1800)
    with tempfile.TemporaryDirectory() as folder:
        say("building the next release")
        next_release.make(pathlib.Path(folder))
        next_release.build(pathlib.Path(folder))
    for fleet in fleets:
        fleet.down()
        tests = {"up --wait": started, "README's lines": readme, "the proof finds no violation": proof,
                 "each container has only its own secrets, and a service reaches only its database and its cache":
                     isolation.complaints}
        if fleet.cache == "redis":
            tests |= {
                "broken: an extra network is detected": extra_network,
                "broken: an extra secret is detected": extra_secret,
                "broken: a lost write is detected": write_undone,
                "no acknowledged write is lost when any container is killed, restarted or replaced": killed,
                "a release whose jobs fail changes no service":
                    lambda f: unfit(f, "bulkhead/bulkhead", 1, "no service was changed"),
                "a release that does not become ready leaves the old one serving":
                    lambda f: unfit(f, "bulkhead/backend-api", 2, "the old containers keep serving"),
                "a release with a migration is rolled out and no request fails":
                    lambda f: rolled_out(f, next_release.RELEASE),
                "a roll-back to the previous release, on the newer schema, fails no request":
                    lambda f: rolled_out(f, "dev"),
                "Prometheus scrapes every service and answers the dashboard's queries": watched}
        else:
            tests |= {"a release is rolled out on Valkey and no request fails":
                      lambda f: rolled_out(f, next_release.RELEASE)}
        try:
            for name, body in tests.items():
                report.test(f"compose with {fleet.cache}: {name}", lambda body=body, fleet=fleet: body(fleet),
                            always=body is started)
        finally:
            report.test(f"compose with {fleet.cache}: down leaves no residue", lambda fleet=fleet: removed(fleet), always=True)
    if not isolation.can_make_an_outside():
        report.not_checked("which services can call outside", "a host outside needs root and the program ip")
    report.not_checked("Grafana itself", "Prometheus answers the dashboard's queries; no panel is drawn")
    return report.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
