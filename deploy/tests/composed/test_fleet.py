"""Runs the composed fleet as a new user would, and injects faults: `make test-compose [ARGS='-k words']`.

It needs a Docker engine with the compose plug-in, the ports of deploy/compose/ports.list, and base images (without a
registry: `make standins`). It runs this release and the next as the project bulkhead-test, and leaves nothing."""

import re
import subprocess
import time

import isolation
import next_release
import pytest
from engine import PROJECT, SECRETS, Composed, inspect, output
from kit import CHECKOUT, run
from visitors import Line, Visitors, wait_until_ready

IMAGES = [f"bulkhead/{name}" for name in (*isolation.ACCESS.programs, "bulkhead")]


@pytest.fixture(scope="session")
def releases(tmp_path_factory):
    """The images of this release and of the next one."""
    for command in ("docker info", "docker compose version"):
        if subprocess.run(command, shell=True, capture_output=True).returncode:
            pytest.exit(f"{command} fails: these tests need a Docker engine with the compose plug-in", 1)
    output(["deploy/compose/secrets.sh"])
    Composed().compose("build", seconds=1800)
    next_release.make(folder := tmp_path_factory.mktemp("next"))
    output(["docker", "compose", "build"], seconds=1800, cwd=folder, BULKHEAD_VERSION=next_release.RELEASE)


@pytest.fixture(scope="module", params=[("postgres", "redis"), ("mariadb", "valkey")], ids=" and ".join)
def fleet(request, releases):
    fleet = Composed(*request.param)
    fleet.down()
    fleet.compose("up", "--detach", "--wait")
    assert not wait_until_ready(), "not ready through the ingress"
    yield fleet
    assert not fleet.down(), "down left something"


@pytest.fixture
def first(fleet):
    return fleet if fleet.database == "postgres" else pytest.skip("it takes long, and was tried with PostgreSQL")


@pytest.fixture
def visitors(fleet):
    """Clients that must see no failure, and lose no acknowledged write, from a second before the test to one after."""
    with Visitors() as visitors:
        time.sleep(1)
        yield visitors
        time.sleep(1)
    print(f"of {visitors.requests} requests, {len(visitors.failures)} failed")
    assert not [*visitors.failures[:10], *visitors.lost()]


def test_readmes_lines(fleet):
    text = (CHECKOUT / "README.md").read_text()
    lines = re.search(r"```\n(.*?)```", text[text.index("## Use it"):], re.DOTALL)[1]
    assert lines.count(".build/debug/bulkhead promote") == 1
    answer = fleet.run("bash", "-c", lines.replace(
        ".build/debug/bulkhead promote", "docker compose run --rm --no-deps -T migrate promote"))
    # ReadmeTests compares each answer. These are of the user, of the operator, and the last one.
    assert all(text in answer for text in ('"provider":"github"', '"metric":"users_created"', '"openapi"')), answer


def test_the_proof_finds_no_violation(fleet):
    assert "\n0 violations" in fleet.tool("access", "prove", job="access", seconds=600)


def test_each_container_has_only_its_own_secrets_and_a_service_reaches_only_its_engines(fleet):
    assert not list(isolation.complaints(fleet))


def test_an_extra_network_is_detected(first):
    connector, network = first.containers("connector")[0], f"{PROJECT}_app-analytics"
    output(["docker", "network", "connect", network, connector.id])
    try:
        assert any("connector reaches analytics" in c for c in isolation.complaints(first))
    finally:
        output(["docker", "network", "disconnect", network, connector.id])


@pytest.mark.parametrize("secret, place", [
    ("backend-api-rw", "/tmp/note"), ("token-key.pem", "/opt/.hidden/x"), ("migrate-admin", "/.y")])
def test_an_extra_secret_is_detected_under_any_name_and_at_any_path(first, secret, place):
    name, volume = f"{PROJECT}-extra", f"{SECRETS}/{secret}:{place}:ro"
    first.compose("run", "--detach", "--no-deps", "--volume", volume, "--name", name, "connector")
    try:
        assert f"connector can read the secret {secret}" in isolation.holds(inspect(name)[0])
    finally:
        output(["docker", "rm", "--force", name])


def test_a_lost_write_is_detected(first):
    with Visitors() as visitors:
        visitors.standing_still()
    counter = visitors.counters[0]
    status, answer = Line(counter.service).send(counter.method, counter.path, counter.body(0), visitors.token)
    assert status == 200 and list(visitors.lost()), answer


# The faults of a container: a crash, a restart by the operator, a new container on the same volumes.
FAULTS = {
    "killed": lambda fleet, container: [output(["docker", way, container.id]) for way in ("kill", "start")],
    "restarted": lambda fleet, container: output(["docker", "restart", container.id]),
    "replaced": lambda fleet, container: fleet.compose(
        "up", "--detach", "--wait", "--no-deps", "--force-recreate", container.service)}


def test_no_acknowledged_write_is_lost_when_any_container_is_killed_restarted_or_replaced(first):
    with Visitors() as visitors:
        for service in [c.service for c in first.containers()]:
            for fault, cause in FAULTS.items():
                cause(first, first.containers(service)[0])
                still = wait_until_ready() or visitors.standing_still()
                assert not still, f"{service} {fault}: not ready, or no writes: {still}"
    assert visitors.failures, "no request failed while containers were killed: the visitors detect nothing"
    assert not list(visitors.lost())


@pytest.mark.parametrize("without, code, words", [
    ("bulkhead/bulkhead", 1, "no service was changed"), ("bulkhead/backend-api", 2, "the old containers keep serving")])
def test_a_release_that_cannot_start_leaves_the_old_containers_serving(first, visitors, without, code, words):
    for image in IMAGES:
        output(["docker", "tag", f"{IMAGES[IMAGES.index(image) - (image == without)]}:dev", f"{image}:unfit"])
    before = {c.id for c in first.containers()}
    try:
        done = run("scripts/deploy.sh", "local", timeout=300, **first.environment, RELEASE="unfit")
    finally:
        output(["docker", "rmi", *(f"{image}:unfit" for image in IMAGES)], check=False)
    assert done.returncode == code and words in done.stderr, done.stderr[-600:]
    assert {c.id for c in first.containers()} == before


@pytest.mark.parametrize("release", [next_release.RELEASE, "dev"])
def test_a_release_with_a_migration_is_rolled_out_and_back_and_no_request_fails(fleet, visitors, release):
    fleet.run("scripts/deploy.sh", "local", seconds=900, RELEASE=release, COMPOSE_PROFILES="")
    assert {c.image.rpartition(":")[2] for s in isolation.ACCESS.services for c in fleet.containers(s)} == {release}
    status = fleet.tool("migrate", "status", BULKHEAD_VERSION=next_release.RELEASE)
    assert re.search(rf"{next_release.STEP}.*applied", status), status


def test_prometheus_scrapes_every_service(first):
    environment = {"COMPOSE_PROFILES": f"{first.profiles},observability"}
    first.compose("up", "--detach", "--wait", "--no-deps", "prometheus", **environment)
    # `make alerts` asks the dashboard's queries.
    query = f'count(up{{job="bulkhead"}} == 1) == {len(isolation.ACCESS.services)}'
    time.sleep(20)  # four scrapes
    answer = first.compose("exec", "-T", "prometheus", "promtool", "query", "instant", "http://prometheus.watch:9090",
                           query, check=False, **environment)
    assert "=>" in answer, answer
