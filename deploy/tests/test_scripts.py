"""The scripts against a stub cluster and a stub engine: what they apply, in which order, and what they report."""

import base64
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys

import pytest
from kit import CHECKOUT, DEPLOY, copy_checkout, run

from operations.access import Access

JOB, ACCESS = "Job/migrate-v1-2-3", Access()
COUNT, VERSION = len(ACCESS.services), "Shared/Base/Schema/Schema.swift"
SCHEMA = re.search(r"currentVersion = (\d+)", (CHECKOUT / VERSION).read_text())[1]
NEXT = str(int(SCHEMA) + 1)
pytestmark = pytest.mark.skipif(not all(map(shutil.which, ("kubectl", "openssl"))), reason="a client is not installed")


class Scripts:
    """Runs scripts; `output` has what the last one printed."""

    def execute(self, *command, **variables):
        """The exit code."""
        done = run(*command, **variables)
        self.output = done.stdout + done.stderr
        assert not re.search(r"\.sh: line \d+: ", done.stderr), done.stderr
        return done.returncode

    def says(self, *words):
        return all(word in self.output for word in words)


class Cluster(Scripts):
    """A cluster of the stub. Its state says how Jobs and roll-outs end, and which queries fail."""

    def __init__(self, folder):
        self.path, self.rendered = folder / "cluster.json", folder.parent
        self.path.write_text(json.dumps({"objects": {}, "calls": [], "job": "Complete", "rollout": True}))

    def run(self, script, *words, **variables):
        given = {"KUBECTL": f"{sys.executable} -B {DEPLOY / 'tests/stub_cluster.py'}", "RELEASE": "v1.2.3",
                 "STUB_CLUSTER": str(self.path), "STUB_RENDERED": str(self.rendered)}
        return self.execute(CHECKOUT / "scripts" / script, *words, **{**given, **variables})

    state = property(lambda self: json.loads(self.path.read_text()))
    objects = property(lambda self: self.state["objects"])
    rights = property(lambda self: self.objects[JOB]["spec"]["template"]["spec"]["initContainers"][-1]["args"])

    def set(self, **values):
        self.path.write_text(json.dumps({**self.state, **values}))

    def without(self, name):
        self.set(objects={k: v for k, v in self.objects.items() if k != name})
        return self.objects

    def has(self, kind):
        return any(name.startswith(kind) for name in self.objects)

    def calls(self, text):
        return sum(text in call for call in self.state["calls"])

    def secret(self, name, kind="Secret"):
        data = self.objects[f"{kind}/{name}"]["data"]
        return {k: base64.b64decode(v) for k, v in data.items()} if kind == "Secret" else data


cluster = pytest.fixture(name="cluster")(lambda tmp_path: Cluster(tmp_path))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The state of a cluster in which cluster-secrets.sh has run once."""
    cluster = Cluster(tmp_path_factory.mktemp("made"))
    assert cluster.run("cluster-secrets.sh", "staging") == 0, cluster.output
    return cluster.state


@pytest.fixture
def prepared(cluster, made):
    cluster.set(**made)
    return cluster


# {what: (the cluster's state, the exit code, parts of the output, what holds of the cluster)} of scripts/migrate.sh
MIGRATIONS = {
    "a completed migration leaves the services alone": (
        {}, 0, [], lambda c: c.has("StatefulSet") and not c.has("Deployment") and c.rights == ["access", "apply"]),
    "one that hangs ends at its time-out": (
        {"job": "Running"}, 1, ["did not end within 1 s", "was not stopped", "ImagePullBackOff"], lambda c: c.has(JOB)),
    **{f"one whose container cannot start ends at once: {reason}": (
        {"job": "Running", "waiting": f"PodInitializing\n{reason}\n"}, 1, [f"migrate-v1-2-3 cannot start: {reason}"],
        lambda c: 0 < c.calls(".status.containerStatuses") <= 4)
       for reason in ("ErrImagePull", "InvalidImageName", "CreateContainerConfigError")},
    "a failed query of the running Job is repeated": (
        {"failing once": [["get job", 3]]}, 0, ["cannot query migrate-v1-2-3; trying again"], lambda c: c.has(JOB)),
    "no Job is created that cannot be queried": (
        {"failing": ["get job"]}, 1, ["cannot query the cluster for migrate-v1-2-3"], lambda c: not c.has("Job")),
    "an engine that does not become ready is named with the state of its pods": (
        {"engines": False}, 1, ["postgresql does not become ready", "ImagePullBackOff"], lambda c: not c.has("Job")),
    "a failed query of the engines is an error": (
        {"failing": ["get statefulset"]}, 1, ["cannot query the cluster for the engines"], lambda c: not c.has("Job"))}


@pytest.mark.parametrize("state, code, words, holds", MIGRATIONS.values(), ids=MIGRATIONS)
def test_a_migration(cluster, state, code, words, holds):
    cluster.set(**state)
    found = cluster.run("migrate.sh", "staging", MIGRATE_TIMEOUT="1" if state == {"job": "Running"} else "90")
    assert found == code and cluster.says(*words) and holds(cluster), cluster.output


@pytest.mark.parametrize("first, code", [("Complete", 0), ("Failed", 1)])
def test_a_migration_that_ended_runs_again_with_the_next_deployment(cluster, first, code):
    cluster.set(**{"job": first, "next job": "Complete"})
    assert [cluster.run("migrate.sh", "staging") for _ in range(2)] == [code, 0], cluster.output
    assert cluster.calls("delete job migrate-v1-2-3 --wait=true") == 1 and cluster.has(JOB)
    for job, code, last in ("Running", 1, "apply"), ("Failed", 0, "--force"):
        cluster.set(job=job)
        assert cluster.run("migrate.sh", "staging", RIGHTS="forced") == code, cluster.output
        assert cluster.rights[-1] == last


def test_a_deployment_migrates_rolls_out_the_releases_images_and_checks_every_service(prepared):
    assert prepared.run("deploy.sh", "staging", REGISTRY="registry.example.org/fleet") == 0, prepared.output
    assert prepared.output.count("healthy    ") == COUNT and prepared.rights == ["access", "apply"], prepared.output
    assert ACCESS.people and not any(
        f"Deployment/{name}" in prepared.objects or prepared.says(f" {name}:") for name in ACCESS.people)
    assert {c["image"] for d in prepared.objects.values() if d.get("kind") == "Deployment"
            for c in d["spec"]["template"]["spec"]["containers"]} == {
                f"registry.example.org/fleet/{s.program}:v1.2.3" for s in ACCESS.services.values()}


def test_a_deployment_that_cannot_go_on_says_why_and_changes_no_service(cluster, made):
    assert cluster.run("deploy.sh", "staging") == 2 and cluster.says("backend-api token-key")
    assert not cluster.has("StatefulSet")
    cluster.set(**{**made, "job": "Failed"})
    assert cluster.run("deploy.sh", "staging") == 1 and not cluster.has("Deployment")
    assert cluster.says("0007_widen", "backoff limit", "no service was changed"), cluster.output


def test_nothing_is_deployed_from_manifests_that_break_a_rule(prepared, tmp_path):
    prepared.rendered = tmp_path
    assert prepared.run("migrate.sh", "nowhere") == 1 and prepared.run("deploy.sh", "staging") == 0, prepared.output
    prepared.set(objects={}, calls=[])
    for once in tmp_path.iterdir():
        if "kind: Deployment" in (text := once.read_text()) and "v1.2.3" in text:
            once.write_text(text.replace("DB_USER: connector-rw", "DB_USER: backend-api-rw"))
    assert prepared.run("deploy.sh", "staging") == 1 and prepared.objects == {}
    assert prepared.says("ConfigMap/connector differs from the base at data DB_USER", "nothing was applied")
    assert prepared.run("deploy.sh", "staging", RULES="report") == 2 and prepared.says("going on", "token-key")


def test_a_roll_out_that_does_not_complete_is_reported_and_a_missing_deployment_is_named(prepared):
    prepared.set(rollout=False)
    assert prepared.run("deploy.sh", "staging") == 2
    assert prepared.output.count("UNHEALTHY") == prepared.output.count("0007_widen") == COUNT, prepared.output
    prepared.set(rollout=True)
    prepared.without("Deployment/analytics")
    assert prepared.run("health-check.sh", "staging") == 2 and prepared.output.count("healthy    ") == COUNT - 1
    assert prepared.says("UNHEALTHY  analytics: its Deployment is missing")
    for query, of in ("deployment connector", "the Deployment connector"), ("httproute,", "what runs in"):
        prepared.set(failing=[f"get {query}"])
        assert prepared.run("health-check.sh", "staging") == 1 and prepared.says(f"cannot query the cluster for {of}")


def test_a_service_that_the_release_does_not_have_makes_a_deployment_unhealthy_and_the_command_deletes_it(prepared):
    kinds = ("HTTPRoute", "Service", "Deployment", "NetworkPolicy")
    assert prepared.run("deploy.sh", "staging") == 0 and not prepared.says("UNHEALTHY"), prepared.output
    former = prepared.objects["Deployment/analytics"]
    prepared.set(objects={**prepared.objects, **{f"{kind}/former": former for kind in kinds[::-1]}})
    assert prepared.run("deploy.sh", "staging") == 2 and prepared.output.count("healthy    ") == COUNT, prepared.output
    assert prepared.says("=bulkhead-staging delete " + " ".join(f"{k.lower()}.apps/former" for k in kinds) + "\n")


def steps(cluster):
    """What the script applied that is in this list, in its order."""
    return [name for call in cluster.state["calls"] for name in ("services", "migration")
            if call.startswith("apply ") and f"=bulkhead/phase={name}" in call]


def verifies(cluster, image):
    """Whether the hourly check of the rights runs this image."""
    return f'"image": "{image}"' in json.dumps(cluster.objects["CronJob/access-verify"])


@pytest.fixture
def newer(prepared):
    """A cluster that runs the release after the one of the tests, on the next schema."""
    assert prepared.run("deploy.sh", "staging", RELEASE="v2.0.0") == 0 and steps(prepared) == ["migration", "services"]
    objects = prepared.objects
    for deployment in (d for name, d in objects.items() if name.startswith("Deployment/")):
        deployment["spec"]["template"]["metadata"]["annotations"]["bulkhead/schema"] = NEXT
    prepared.set(calls=[], objects=objects)
    return prepared


def test_a_roll_back_brings_the_services_first_then_the_schema_and_the_rights_last(newer):
    newer.set(draining=1)
    assert newer.run("roll-back.sh", "staging", "v2.0.0") == 0, newer.output
    assert newer.output.count("healthy    ") == 2 * COUNT
    assert steps(newer) == ["services", "migration", "migration", "services"] and newer.has(JOB)
    down = newer.objects["Job/step-down-v2-0-0"]["spec"]["template"]["spec"]
    assert "initContainers" not in down and [c["image"] for c in down["containers"]] == ["bulkhead/bulkhead:v2.0.0"]
    assert down["containers"][0]["args"] == ["migrate", "down", "--to", SCHEMA]
    newer.set(job="Failed", calls=[])
    assert newer.run("roll-back.sh", "staging", "v2.0.0", DROP="yes") == 1 and steps(newer) == ["services", "migration"]
    assert newer.says("not taken back to version", "0007_widen")
    assert newer.objects["Job/step-down-v2-0-0"]["spec"]["template"]["spec"]["containers"][0]["args"][-1] == "--yes"
    newer.set(calls=[])
    assert newer.run("roll-back.sh", "staging", "v2.0.0", INTERRUPT="yes") == 1 and steps(newer) == ["migration"]
    assert newer.says("no service runs: deploy v2.0.0 again") and not newer.has("Deployment")
    newer.set(calls=[])
    assert newer.run("roll-back.sh", "staging") == 0 and steps(newer) == ["services"]


@pytest.mark.parametrize("state, variables, words, code, applied", [
    ({"rollout": False}, {}, "docs/deploy.md", 2, ["services"]),
    ({"more": "newcomer"}, {}, "newcomer runs and is no service", 1, []),
    ({"failing": ["get httproute,"]}, {}, "cannot query", 1, []),
    ({}, {"RELEASE": "v2.0.0"}, "to roll back to", 1, []),
    ({"draining": 9}, {}, "connector-x", 1, ["services"]),
    ({"failing": ["service --field"]}, {}, "are left (unknown", 1, ["services"]),
    ({"without": "Secret/connector"}, {"INTERRUPT": "yes"}, "missing in", 2, [])])
def test_a_roll_back_that_cannot_go_on_leaves_schema_rights_and_services(newer, state, variables, words, code, applied):
    newer.without(state.get("without"))
    newer.set(**state, objects={**newer.objects, **({"Deployment/newcomer": {}} if "more" in state else {})})
    assert newer.run("roll-back.sh", "staging", "v2.0.0", **{"MIGRATE_TIMEOUT": "1", **variables}) == code
    assert newer.says(words) and steps(newer) == applied and not newer.calls("delete"), newer.output


def test_a_deployment_refuses_an_older_schema_than_that_of_a_pod_that_runs_whatever_was_applied(newer):
    objects, hostile = newer.objects, "x[$(touch escaped)]"
    objects["Deployment/connector"]["spec"]["template"]["metadata"]["annotations"]["bulkhead/schema"] = hostile
    newer.set(objects=objects, rollout=False)
    for applied in [], ["services"]:
        assert newer.run("deploy.sh", "staging") == 1 and steps(newer) == applied
        assert newer.says(f"the schema {NEXT} run here", "scripts/roll-back.sh staging NEWER"), newer.output
        # The Deployments are then those of the older release, and the pods of the newer one serve.
        assert newer.run("roll-back.sh", "staging", "v2.0.0") == 2 and verifies(newer, "bulkhead/bulkhead:v2.0.0")
    newer.set(rollout=True)
    assert newer.run("roll-back.sh", "staging", "v2.0.0") == 0, newer.output
    assert verifies(newer, "bulkhead/bulkhead:v1.2.3")


def accepted(cluster, engine, host, authority):
    """Whether a client that trusts the authority takes the engine for this host."""
    (ca := cluster.path.with_name("ca.crt")).write_text(cluster.secret("authority", "ConfigMap")[authority])
    command = ["openssl", "verify", "-CAfile", ca, "-verify_hostname", host]
    return subprocess.run(command, input=cluster.secret(f"{engine}-tls")["tls.crt"]).returncode == 0


@pytest.mark.parametrize("name", ["mariadb", "mysql", "galera", "production", "staging"])
def test_a_fleet_on_each_database_has_its_superuser_its_settings_and_a_certificate_for_every_host(cluster, name):
    assert cluster.run("cluster-secrets.sh", name) == 0 and cluster.run("deploy.sh", name) == 0, cluster.output
    given = next(d["data"] for name, d in cluster.objects.items() if name.startswith("ConfigMap/fleet-"))
    of = {"mysql": "mysql", "mariadb": "mariadb", "galera": "mariadb"}.get(name, "postgresql")
    assert cluster.secret(f"{of}-superuser")["username"] == (b"postgres" if of == "postgresql" else b"root")
    for host in (h + end for h in given["DB_HOST"].split(",") for end in ("", f".bulkhead-{name}.svc.cluster.local")):
        assert accepted(cluster, of, host, "database.crt")
    assert accepted(cluster, "valkey", "valkey", "cache.crt")
    assert not accepted(cluster, "valkey", host, "cache.crt")
    assert not accepted(cluster, "valkey", "valkey", "database.crt")


def test_each_services_secret_has_the_keys_of_access_yaml_and_no_password_is_in_a_command_line(prepared, made):
    assert all(set(prepared.secret(service.name)) == service.files for service in ACCESS.services.values())
    assert set(prepared.secret("administrators")) == ACCESS.administrators
    holders = [*ACCESS.services, *ACCESS.people]
    passwords = [v for s in holders for k, v in prepared.secret(s).items() if k in ACCESS.accounts]
    assert len(set(passwords)) == len(ACCESS.accounts) and not any(prepared.calls(p.decode()) for p in passwords)
    digest = hashlib.sha256(prepared.secret("administrators")["cache-admin"]).hexdigest()
    assert digest in prepared.secret("valkey-accounts")["users.acl"].decode()
    assert prepared.run("cluster-secrets.sh", "staging") == 0 and prepared.objects == made["objects"]


def test_the_public_key_set_belongs_to_the_private_key_and_its_id_is_the_thumbprint(prepared):
    key = prepared.secret("backend-api")["token-key"]
    public = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=key, capture_output=True).stdout
    x = base64.urlsafe_b64encode(public[-32:]).rstrip(b"=").decode()
    thumbprint = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest()
    entry = json.loads(prepared.secret("token-keys", "ConfigMap")["jwks.json"])["keys"][0]
    assert (entry["x"], entry["kid"]) == (x, base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode())


@pytest.mark.parametrize("missing, failing, words", [
    ("", "get secret backend-api", "cannot query the cluster for"), ("", "get configmap authority", "cannot query"),
    ("Secret/valkey-accounts", 'index .data "cache-admin"', ""),
    ("ConfigMap/token-keys", 'index .data "token-key"', ""),
    ("Secret/postgresql-tls", "", "delete it to create them all again")])
def test_no_object_is_created_again_from_what_cannot_be_read(prepared, missing, failing, words):
    before = prepared.without(missing)
    prepared.set(failing=[failing] if failing else [])
    assert prepared.run("cluster-secrets.sh", "staging") != 0 and prepared.objects == before and prepared.says(words)
    prepared.set(failing=[])
    assert not failing or prepared.run("cluster-secrets.sh", "staging") == 0 and prepared.has(missing)


def test_an_operators_database_gets_its_authority_and_a_providers_is_required_and_stays_unchanged(cluster):
    assert cluster.run("cluster-secrets.sh", "production") == 0
    authority = cluster.secret("postgresql-authority")["ca.crt"].decode()
    assert authority == cluster.secret("authority", "ConfigMap")["database.crt"]
    cluster.set(objects={})
    assert cluster.run("cluster-secrets.sh", "managed") == 2 and not cluster.has("Secret/postgresql")
    assert cluster.says("a provider's objects", "configmap authority database.crt")
    assert cluster.run("deploy.sh", "managed") == 2
    objects = cluster.objects
    objects["ConfigMap/authority"]["data"]["database.crt"] = authority
    cluster.set(objects=objects)
    assert cluster.run("cluster-secrets.sh", "managed") == cluster.run("deploy.sh", "managed") == 0, cluster.output
    found = cluster.secret("authority", "ConfigMap")
    assert found["database.crt"] == authority and "BEGIN CERTIFICATE" in found["cache.crt"]


@pytest.mark.parametrize("script", ["migrate.sh", "deploy.sh", "roll-back.sh", "health-check.sh", "cluster-secrets.sh"])
def test_wrong_usage_an_unknown_environment_and_an_invalid_release_are_refused(cluster, script):
    assert cluster.run(script) == 64 and cluster.run(script, "nowhere") == 1
    assert script != "migrate.sh" or cluster.run(script, "staging", RELEASE="V 1;rm") == 1
    assert script != "roll-back.sh" or all(
        cluster.run(script, "staging", **{name: "yes"}) == 64 for name in ("DROP", "INTERRUPT"))


HAS_SERVERS = os.geteuid() == 0 and shutil.which("wsrep_sst_rsync") and not subprocess.run(
    "unshare --mount --net --pid --fork true", shell=True, capture_output=True).returncode
needs_servers = pytest.mark.skipif(not HAS_SERVERS, reason="it needs root in namespaces, and Galera (install.sh test)")


@pytest.mark.parametrize("what", [
    "galera", "backup", "release", "certificates", "clean", "cache", "interrupt", "own_fleet", "roll_out",
    pytest.param("galera_servers", marks=needs_servers),
    pytest.param("restore", marks=pytest.mark.skipif(
        not (CHECKOUT / ".build/debug/bulkhead").exists(), reason="it needs the debug build of the tool"))])
def test_what_containers_run(what):
    subprocess.run([DEPLOY / f"tests/{what}_test.sh"], check=True)


class Engine(Scripts):
    """A checkout without the developer's secrets, beside the `docker` of stub_engine.sh."""

    def __init__(self, folder, fails_on="nothing", secrets=True):
        self.folder, self.checkout = folder, folder / "checkout"
        read = ("scripts/", "deploy/compose/", "docker-compose.yml", ".env", "deploy/access.yaml", "deploy/fleet.yaml")
        copy_checkout(self.checkout, *read, VERSION)
        shutil.copy(DEPLOY / "tests/stub_engine.sh", folder / "docker")
        self.secrets = self.checkout / "deploy/compose/secrets"
        self.fail_on(fails_on)
        assert not secrets or self.run(SECRETS) == 0

    def fail_on(self, text):
        (self.folder / "fails-on").write_text(text)

    def run(self, script, *words, **variables):
        """The exit code of a script, on ports of this test's own."""
        given = {name: str(free_port()) for name in self.lines("ports.list")}
        given["PATH"] = f"{self.folder}:{os.environ['PATH']}"
        return self.execute(self.checkout / script, *words, **{**given, **variables})

    def lines(self, name):
        """The first words of a list of deploy/compose."""
        text = (self.checkout / "deploy/compose" / name).read_text()
        return [line.split()[0] for line in text.splitlines() if line[0] != "#"]

    @property
    def calls(self):
        return (self.folder / "calls").read_text().splitlines() if (self.folder / "calls").exists() else []

    def called(self, text):
        """The number of the first call with this text, from 1; 0 for none."""
        return next((n for n, call in enumerate(self.calls, 1) if text in call), 0)


UP, SECRETS = "deploy/compose/up.sh", "deploy/compose/secrets.sh"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_up_names_a_missing_or_old_compose_plug_in_and_the_way_to_a_newer_one(tmp_path):
    engine = Engine(tmp_path, secrets=False)
    assert engine.run(UP, STUB_COMPOSE="2.17.3") == 1 and engine.says("2.17.3", "2.20.3", "https://")
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 1\n")
    assert engine.run(UP) == 1 and engine.says("no compose plug-in", "2.20.3")
    assert not engine.called(" up ") and not engine.secrets.exists()


def test_up_names_the_variable_that_moves_a_taken_port_before_anything_starts(tmp_path):
    engine = Engine(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert engine.run(UP, CONNECTOR_PORT=port) == 1 and not engine.called(" up ")
    assert engine.says(f"port {port}", "CONNECTOR_PORT") and engine.output.count("error") == 1


@pytest.mark.parametrize("wanted, has, profiles", [
    ("", "", "postgres,redis"), ("mariadb valkey", "", "mariadb,valkey"), ("postgresql", "valkey", "postgres,valkey"),
    ("", "mariadb redis", "mariadb,redis"), ("galera", "", "galera,redis"),
    ("", "galera-2 data:galera-2", "galera,redis"), ("sqlite3", "", "not sqlite3"),
    ("mariadb postgres", "", "not postgres and mariadb"), ("mariadb", "postgres", "postgres runs here, not mariadb"),
    ("", "redis valkey", "redis and valkey have a container"), ("", "data:mariadb valkey", "mariadb,valkey"),
    ("postgres", "data:mariadb", "mariadb has the data of this fleet, not postgres"),
    ("mariadb", "data:postgres data:mariadb", "mariadb,redis"),
    ("", "postgres data:postgres data:mariadb", "postgres,redis"),
    ("", "data:postgres data:mariadb", "postgres and mariadb have data")])
def test_up_takes_the_engines_that_are_named_or_run_or_have_the_data_and_no_two(tmp_path, wanted, has, profiles):
    engine, starts = Engine(tmp_path), " " not in profiles
    assert engine.run(UP, ENGINE=wanted, STUB_HAS=has, COMPOSE_PROFILES="load") == (0 if starts else 1), engine.output
    assert bool(engine.called(f"{profiles},load: compose up")) == starts and (starts or engine.says(profiles))
    assert bool(engine.called("galera-1 bash /etc/bulkhead/galera.sh begin")) == (wanted == "galera")
    assert ("export BULKHEAD_DATABASE=" in engine.output) == (starts and profiles != "postgres,redis")
    assert engine.run(UP, BULKHEAD_DATABASE="mariadb") == 0 and engine.called("mariadb,redis: compose up")


@pytest.mark.parametrize("fails_on", ["container ls", "volume ls"])
def test_up_takes_no_engine_where_it_cannot_see_which_one_runs_or_has_the_data(tmp_path, fails_on):
    engine = Engine(tmp_path, fails_on)
    assert engine.run(UP) == 1 and engine.says("docker cannot list") and not engine.called("compose up"), engine.output


def test_up_removes_what_a_failed_start_began_and_keeps_the_data(tmp_path):
    engine = Engine(tmp_path, fails_on="compose up --detach --wait")
    assert engine.run(UP, COMPOSE_PROFILES=" valkey observability") == 1
    assert engine.called("valkey,observability: compose up") < engine.called("compose --profile * down")
    assert "--profile * down" in engine.calls[-1] and "--volumes" not in engine.calls[-1]
    engine.fail_on("galera.sh begin")
    assert [engine.run(UP, ENGINE="galera") for _ in range(2)] == [1, 1]
    assert sum("galera.sh begin" in call for call in engine.calls) == 2


def test_up_creates_missing_secrets_of_their_kinds_and_never_a_given_one(tmp_path):
    engine = Engine(tmp_path, secrets=False)
    assert engine.run(UP) == 0 and not engine.called(" down"), engine.output
    first = {f.name: f.read_text() for f in engine.secrets.iterdir()}
    assert set(engine.lines("secrets.list")) <= set(first) and len(base64.b64decode(first["webhook-key"])) == 32
    assert "PRIVATE KEY" in first["token-key.pem"] and '"crv":"Ed25519"' in first["jwks.json"]
    assert all(v.startswith("whsec_") for name, v in first.items() if name.startswith("platform-secret-"))
    with (engine.checkout / "deploy/compose/secrets.list").open("a") as more:
        more.write("partner-key given\n")
    assert engine.run(SECRETS) == 1 and engine.says(f"write it to {engine.secrets}/partner-key")
    assert first == {f.name: f.read_text() for f in engine.secrets.iterdir()}


def test_composed_the_health_check_covers_every_service_and_names_the_missing_one(tmp_path):
    engine = Engine(tmp_path)
    assert engine.run("scripts/health-check.sh", "local") == 0 and engine.output.count("healthy  ") == COUNT
    engine.fail_on("connector-1 connector health")
    assert engine.run("scripts/health-check.sh", "local") == 2 and engine.output.count("UNHEALTHY") == 1
    assert engine.says("UNHEALTHY  connector:")


@pytest.mark.parametrize("has", ["", "mariadb valkey"])
def test_composed_a_roll_out_needs_the_secrets_and_replaces_each_service_once_its_new_container_is_ready(tmp_path, has):
    engine, deploy = Engine(tmp_path, secrets=False), ("scripts/deploy.sh", "local")
    assert engine.run(*deploy, RELEASE="b", STUB_HAS=has) == 1 and engine.says("make secrets")
    assert not engine.called("compose up") and engine.run(SECRETS) == 0
    assert engine.run(*deploy, RELEASE="b", STUB_HAS=has) == 0, engine.output
    order = (f"--wait {has or 'postgres redis'}", "-T access", "--scale connector=2 connector", "stop connector-1",
             "--scale analytics=2")
    assert [0] < (places := [engine.called(text) for text in order]) == sorted(places)


@pytest.mark.parametrize("fails_on, code, words, called, never", [
    ("run --rm --no-deps -T migrate", 1, "migrate failed", "compose up --detach --wait postgres redis", "-T access"),
    ("--scale connector=2", 2, "connector of b does not become ready", "logs --tail 20 connector-2", "stop connector"),
    ("--scale connector=2", 2, "connector of b", "rm --force connector-2", "--scale twitch"),
    ("ps --quiet connector", 1, "cannot list the containers of connector", "-T access", "--scale connector")])
def test_composed_a_release_that_fails_leaves_the_old_containers(tmp_path, fails_on, code, words, called, never):
    engine = Engine(tmp_path, fails_on)
    assert engine.run("scripts/deploy.sh", "local", RELEASE="b") == code and engine.says(words), engine.output
    assert engine.called(called) and not engine.called(never)


def test_composed_a_roll_back_replaces_the_services_before_the_schema_and_the_rights_come_last(tmp_path):
    engine = Engine(tmp_path, "migrate migrate down")
    back, down = ("scripts/roll-back.sh", "local"), f"migrate down --to {SCHEMA}"
    assert engine.run(*back, "c", RELEASE="b", STUB_HAS="mariadb valkey") == 1 and engine.says("services of b serve")
    assert all(call.startswith("mariadb,valkey: ") for call in engine.calls if "--scale" in call or down in call)
    assert 0 < engine.called("--scale connector=2") < engine.called(down) and not engine.called("-T access")
    engine.fail_on("nothing")
    assert engine.run(*back, "c", RELEASE="b", DROP="yes") == 0, engine.output
    assert engine.called(f"{down} --yes") < engine.called("-T access") and not engine.called("apply --force")
    assert engine.run("scripts/migrate.sh", "local", RIGHTS="forced") == 0
    assert engine.called("-T access access apply --force")
    engine.fail_on("image inspect bulkhead/bulkhead:d")
    assert engine.run(*back, "d", RELEASE="b") == 1 and engine.says("no image bulkhead/bulkhead:d")


def test_composed_an_interrupted_roll_back_first_looks_for_the_secrets_and_builds_the_images(tmp_path):
    engine, words = Engine(tmp_path, "image inspect bulkhead/analytics:b"), ("scripts/roll-back.sh", "local", "c")
    assert engine.run(*words, RELEASE="b", INTERRUPT="yes") == 0, engine.output
    order = [engine.called(text) for text in ("compose build analytics", "rm --stop --force", "migrate down")]
    assert 0 < order[0] and order == sorted(order)
    (tmp_path / "calls").unlink()
    (engine.secrets / "connector-rw").unlink()
    assert engine.run(*words, RELEASE="b", INTERRUPT="yes") == 1 and engine.says("make secrets")
    assert not engine.called("rm --stop")
