"""Tests of the scripts against a stub cluster and a stub engine: what they apply, in which order, and what they report."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys

import pytest
from operations.access import Access

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS, DEPLOY = HERE.parents[1] / "scripts", HERE.parent
RELEASE = "v1.2.3"
pytestmark = pytest.mark.skipif(not (shutil.which("kubectl") and shutil.which("openssl")),
                                reason="kubectl or openssl is not installed")


class Cluster:
    """An empty cluster. The arguments say how its Jobs and roll-outs end."""

    def __init__(self, folder, job="Complete", rollout=True):
        self.path = pathlib.Path(folder) / "cluster.json"
        self.path.write_text(json.dumps({"objects": {}, "calls": [], "job": job, "rollout": rollout}))

    def run(self, script, *words, **variables):
        environment = {**os.environ, "KUBECTL": f"{sys.executable} -B {HERE / 'stub_cluster.py'}", "RELEASE": RELEASE,
                       "STUB_CLUSTER": str(self.path), **variables}
        return subprocess.run([SCRIPTS / script, *words], env=environment, capture_output=True, text=True)

    @property
    def state(self):
        return json.loads(self.path.read_text())

    def set(self, **values):
        self.path.write_text(json.dumps({**self.state, **values}))

    def has(self, kind):
        return any(name.startswith(f"{kind}/") for name in self.state["objects"])

    def secret(self, name, kind="Secret"):
        data = self.state["objects"][f"{kind}/{name}"]["data"]
        return {k: base64.b64decode(v) for k, v in data.items()} if kind == "Secret" else data


def expect(*claims):
    assert not [words for words, holds in claims if not holds]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("STUB_RENDERED", str(tmp_path.parent))
    return tmp_path


def with_secrets(cluster, environment="staging"):
    made = cluster.run("cluster-secrets.sh", environment)
    assert made.returncode == 0, made.stderr
    return cluster


def test_a_completed_migration_leaves_the_services_alone(folder):
    cluster = Cluster(folder)
    done = cluster.run("migrate.sh", "staging")
    expect((f"exit code 0: {done.stderr}", done.returncode == 0),
                  ("the Job's name has the release", "Job/migrate-v1-2-3" in cluster.state["objects"]),
                  ("the engines exist", cluster.has("StatefulSet")), ("no service exists", not cluster.has("Deployment")))


def test_a_failed_migration_stops_the_roll_out_and_reports_why(folder):
    cluster = with_secrets(Cluster(folder, job="Failed"))
    done = cluster.run("deploy.sh", "staging")
    expect((f"exit code 1: {done.returncode}", done.returncode == 1),
                  ("no service was changed", not cluster.has("Deployment")),
                  (f"it reports why: {done.stderr}", "0007_widen" in done.stderr and "backoff limit" in done.stderr),
                  ("it reports that no service was changed", "no service was changed" in done.stderr))


def test_a_migration_that_hangs_ends_at_its_time_out(folder):
    done = Cluster(folder, job="Running").run("migrate.sh", "staging", MIGRATE_TIMEOUT="1")
    expect((f"exit code 1: {done.returncode}", done.returncode == 1),
                  (f"it reports that: {done.stderr}", "did not end within 1 s" in done.stderr),
                  (f"it reports what its pods wait for: {done.stderr}", "ImagePullBackOff" in done.stderr))


@pytest.mark.parametrize("reason", ["ErrImagePull", "InvalidImageName", "CreateContainerConfigError"])
def test_a_migration_whose_container_cannot_start_ends_at_once(folder, reason):
    cluster = Cluster(folder, job="Running")
    cluster.set(waiting=f"PodInitializing\n{reason}\n")
    done = cluster.run("migrate.sh", "staging", MIGRATE_TIMEOUT="90")
    expect((f"exit code 1: {done.returncode}", done.returncode == 1),
           (f"it reports why: {done.stderr}", f"migrate-v1-2-3 cannot start: {reason}" in done.stderr),
           ("it waited for three polls", sum(".status.containerStatuses" in c and "waits" not in c for c in cluster.state["calls"]) == 3))


def test_a_restore_drill_refuses_a_missing_and_an_old_copy(folder):
    copies = folder / "copies"
    copies.mkdir()
    drill = DEPLOY / "k8s/components/backup/restore-drill.sh"
    claims = []
    for what in ("there is no copy", "is older than 30 hours"):
        done = subprocess.run([drill], capture_output=True, text=True, env={
            **os.environ, "COPIES": str(copies), "SCRATCH": str(folder), "OLDEST_HOURS": "30"})
        claims.append((f"{what}: {done.stderr}", done.returncode == 1 and what in done.stderr))
        old = copies / "2020-01-01T000000Z.dump"
        old.touch()
        os.utime(old, (0, 0))
    expect(*claims)


def test_a_failed_query_of_the_running_migration_is_repeated(folder):
    cluster = Cluster(folder)
    cluster.set(**{"failing once": [["get job", 2]]})
    done = cluster.run("migrate.sh", "staging")
    before = Cluster(folder)
    before.set(failing=["get job"])
    refused = before.run("migrate.sh", "staging")
    expect((f"exit code 0: {done.stderr}", done.returncode == 0),
                  (f"it reports that: {done.stderr}", "cannot query migrate-v1-2-3; trying again" in done.stderr),
                  (f"it creates no Job that it cannot query: {refused.stderr}", refused.returncode == 1 and
                   "cannot query the cluster for migrate-v1-2-3" in refused.stderr and not before.has("Job")))


def test_an_engine_that_does_not_become_ready_is_named_with_the_state_of_its_pods(folder):
    cluster = Cluster(folder)
    cluster.set(engines=False)
    done = cluster.run("migrate.sh", "staging")
    cluster.set(failing=["get statefulset"])
    refused = cluster.run("migrate.sh", "staging")
    expect((f"exit code 1: {done.returncode}", done.returncode == 1), ("no Job was created", not cluster.has("Job")),
                  (f"it reports which engine and why: {done.stderr}", "postgresql does not become ready" in done.stderr and
                   "ImagePullBackOff" in done.stderr),
                  (f"it stops after a failed query: {refused.stderr}", refused.returncode == 1 and
                   "cannot query the cluster for the engines" in refused.stderr))


def test_a_failed_migration_can_be_tried_again(folder):
    cluster = Cluster(folder, job="Failed")
    cluster.run("migrate.sh", "staging")
    cluster.set(**{"next job": "Complete"})
    done = cluster.run("migrate.sh", "staging")
    expect((f"exit code 0: {done.stderr}", done.returncode == 0),
                  ("the failed Job was created again", any(c.endswith("delete job migrate-v1-2-3 --wait=true")
                                                           for c in cluster.state["calls"])))


def test_a_completed_migration_runs_again_with_the_next_deployment(folder):
    cluster = Cluster(folder)
    cluster.run("migrate.sh", "staging")
    done = cluster.run("migrate.sh", "staging")
    deleted = [c for c in cluster.state["calls"] if c.endswith("delete job migrate-v1-2-3 --wait=true")]
    expect((f"exit code 0: {done.stderr}", done.returncode == 0), ("the Job was created again once", len(deleted) == 1),
                  ("the Job exists", "Job/migrate-v1-2-3" in cluster.state["objects"]))


def test_a_deployment_migrates_rolls_out_the_releases_images_and_checks_every_service(folder):
    cluster = with_secrets(Cluster(folder))
    done = cluster.run("deploy.sh", "staging", REGISTRY="registry.example.org/fleet")
    images = {c["image"] for d in cluster.state["objects"].values() if d.get("kind") == "Deployment"
              for c in d["spec"]["template"]["spec"]["containers"]}
    expect((f"exit code 0: {done.stderr}", done.returncode == 0),
                  (f"the release's images: {images}", images == {
                      f"registry.example.org/fleet/{name}:{RELEASE}" for name in ("backend-api", "connector", "analytics")}),
                  (f"each service was checked: {done.stdout}", done.stdout.count("healthy    ") == 6))


def test_a_roll_out_that_does_not_complete_is_reported(folder):
    done = with_secrets(Cluster(folder, rollout=False)).run("deploy.sh", "staging")
    expect((f"exit code 2: {done.returncode}", done.returncode == 2),
                  (f"each is named: {done.stdout}", done.stdout.count("UNHEALTHY") == 6),
                  (f"the logs of its pods are printed: {done.stderr}", done.stderr.count("0007_widen") == 6))


def test_nothing_is_deployed_while_a_secret_is_missing(folder):
    cluster = Cluster(folder)
    done = cluster.run("deploy.sh", "staging")
    expect((f"exit code 2: {done.returncode}", done.returncode == 2),
                  ("nothing was applied", not cluster.has("StatefulSet")),
                  (f"it names the missing keys: {done.stderr}", "backend-api token-key" in done.stderr))


def test_each_services_secret_has_the_keys_of_access_yaml(folder):
    cluster, access = with_secrets(Cluster(folder)), Access()
    key = cluster.secret("backend-api")["token-key"]
    public = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=key, capture_output=True).stdout[-32:]
    x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
    entry = json.loads(cluster.secret("token-keys", "ConfigMap")["jwks.json"])["keys"][0]
    thumbprint = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest()
    digest = hashlib.sha256(cluster.secret("administrators")["cache-admin"]).hexdigest()
    passwords = [v for s in [*access.services, *access.people] for k, v in cluster.secret(s).items() if k in access.accounts]
    calls = "\n".join(cluster.state["calls"])
    expect(
        *((f"{s} holds what access.yaml gives it", set(cluster.secret(s)) == access.services[s].files)
          for s in access.services),
        ("the administrators have a Secret of their own", set(cluster.secret("administrators")) == access.administrators),
        ("every password is different", len(set(passwords)) == len(access.accounts)),
        ("no command line contains a password", not any(p.decode() in calls for p in passwords)),
        ("the public key belongs to the private key", entry["x"] == x),
        ("its id is its thumbprint", entry["kid"] == base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()),
        ("Valkey's file holds the administrator's digest", digest in cluster.secret("valkey-accounts")["users.acl"].decode()),
        *((f"{name}: the certificate is for {host} under {key}: {wanted}", verifies(folder, cluster, name, host, key) == wanted)
          for name, host, key, wanted in (
              ("postgresql", "postgresql", "database.crt", True), ("postgresql", "postgresql-rw", "database.crt", True),
              ("valkey", "valkey", "cache.crt", True), ("valkey", "postgresql", "cache.crt", False),
              ("valkey", "valkey", "database.crt", False))))


def verifies(folder, cluster, name, host, key):
    authority, certificate = pathlib.Path(folder) / "ca.crt", pathlib.Path(folder) / "server.crt"
    authority.write_text(cluster.secret("authority", "ConfigMap")[key])
    certificate.write_bytes(cluster.secret(f"{name}-tls")["tls.crt"])
    return subprocess.run(["openssl", "verify", "-CAfile", authority, "-verify_hostname", host, certificate],
                          capture_output=True).returncode == 0


def test_an_existing_secret_stays_unchanged(folder):
    cluster = with_secrets(Cluster(folder))
    before = cluster.state["objects"]
    with_secrets(cluster)
    expect(("a second run changes nothing", cluster.state["objects"] == before))


def test_an_object_is_not_created_again_when_its_query_fails(folder):
    cluster = with_secrets(Cluster(folder))
    before = cluster.state["objects"]
    claims = []
    for query in ("get secret backend-api", "get configmap authority"):
        cluster.set(failing=[query])
        for words in (["staging"], ["staging", "check"]):
            done = cluster.run("cluster-secrets.sh", *words)
            claims += [(f"{words}, {query}: exit code 1: {done.returncode}", done.returncode == 1),
                       (f"it reports that: {done.stderr}", "cannot query the cluster for" in done.stderr),
                       ("nothing is created again", cluster.state["objects"] == before)]
    expect(*claims)


def test_an_object_is_not_created_when_its_source_cannot_be_read(folder):
    cluster = with_secrets(Cluster(folder))
    whole, claims = cluster.state["objects"], []
    for made, needs in (("Secret/valkey-accounts", "cache-admin"), ("ConfigMap/token-keys", "token-key")):
        before = {k: v for k, v in whole.items() if k != made}
        cluster.set(objects=before, failing=[f'index .data "{needs}"'])
        done = cluster.run("cluster-secrets.sh", "staging")
        claims += [(f"{made}: exit code {done.returncode}", done.returncode != 0),
                   (f"{made} is not created from an empty value", cluster.state["objects"] == before)]
        cluster.set(failing=[])
        done = cluster.run("cluster-secrets.sh", "staging")
        claims += [(f"{made} is created once its source can be read: {done.stderr}", made in cluster.state["objects"])]
    expect(*claims)


def test_existing_certificates_stay_when_another_one_is_missing(folder):
    cluster = with_secrets(Cluster(folder))
    before = {k: v for k, v in cluster.state["objects"].items() if k != "Secret/postgresql-tls"}
    cluster.set(objects=before)
    done = cluster.run("cluster-secrets.sh", "staging")
    expect(("the cache's certificates exist", "Secret/valkey-tls" in before),
                  (f"exit code 1: {done.returncode}", done.returncode == 1),
                  (f"it names the remedy: {done.stderr}", "delete it to create them all again" in done.stderr),
                  ("nothing is deleted", cluster.state["objects"] == before))


def test_the_operators_database_gets_its_authority(folder):
    cluster = with_secrets(Cluster(folder), "production")
    authority = cluster.secret("postgresql-authority")["ca.crt"].decode()
    expect(("the operator has the database's authority", authority == cluster.secret("authority", "ConfigMap")["database.crt"]),
                  ("the superuser's Secret holds its name", cluster.secret("postgresql-superuser")["username"] == b"postgres"))


def test_a_providers_authority_is_required_and_stays_unchanged(folder):
    cluster, theirs = Cluster(folder), "the provider's authority"
    before = cluster.run("cluster-secrets.sh", "managed")
    refused = cluster.run("deploy.sh", "managed")
    objects = cluster.state["objects"]
    # `kubectl patch` adds the key beside the existing ones in the same way.
    objects["ConfigMap/authority"]["data"]["database.crt"] = theirs
    cluster.set(objects=objects)
    with_secrets(cluster, "managed")
    done = cluster.run("deploy.sh", "managed")
    made = {name.partition("/")[2] for name in objects if name.startswith("Secret/")}
    expect((f"it names the provider's objects: {before.stderr}", before.returncode == 2 and
                   "a provider's objects" in before.stderr and "configmap authority database.crt" in before.stderr),
                  (f"nothing is deployed without them: {refused.stderr}", refused.returncode == 2),
                  (f"no Secret belongs to the provider's engine: {made}", not any("postgresql" in name for name in made)),
                  ("the provider's authority is unchanged", cluster.secret("authority", "ConfigMap")["database.crt"] == theirs),
                  ("the cache's authority is beside it", verifies(folder, cluster, "valkey", "valkey", "cache.crt")),
                  (f"it can be deployed: {done.stderr}", done.returncode == 0))


def test_a_missing_deployment_is_named(folder):
    cluster = with_secrets(Cluster(folder))
    cluster.run("deploy.sh", "staging")
    cluster.set(objects={k: v for k, v in cluster.state["objects"].items() if k != "Deployment/analytics"})
    done = cluster.run("health-check.sh", "staging")
    cluster.set(failing=["get deployment connector"])
    refused = cluster.run("health-check.sh", "staging")
    expect((f"exit code 2: {done.stderr}", done.returncode == 2),
                  (f"it is named: {done.stdout}", "UNHEALTHY  analytics: its Deployment is missing" in done.stdout),
                  (f"the others are checked: {done.stdout}", done.stdout.count("healthy    ") == 5),
                  (f"a failed query is an error: {refused.stderr}", refused.returncode == 1 and
                   "cannot query the cluster for the Deployment connector" in refused.stderr))


def test_wrong_usage_unknown_environments_and_releases_are_refused(folder):
    cluster = Cluster(folder)
    expect(
        *((f"{script} without an environment", cluster.run(script).returncode == 64)
          for script in ("migrate.sh", "deploy.sh", "health-check.sh", "cluster-secrets.sh")),
        *((f"{script} with an unknown environment", cluster.run(script, "nowhere").returncode == 1)
          for script in ("migrate.sh", "deploy.sh", "health-check.sh", "cluster-secrets.sh")),
        ("a release with an invalid name", cluster.run("migrate.sh", "staging", RELEASE="V 1;rm").returncode == 1))


# Each service has one container, SERVICE-1, of a program's image. Scaling adds SERVICE-2, even if the call fails.
ENGINE = """#!/bin/sh
echo "$COMPOSE_PROFILES: $*" >>{log}
for last; do :; done
case "$*" in *' --scale '*) touch {folder}/scaled-"$last" ;; esac
case "$*" in *"{fails_on}"*) echo "{fails_on} is gone" && exit 1 ;; esac
case "$*" in
*'compose version --short') echo "${{STUB_COMPOSE:-v2.29.1}}" ;;
*'ps --quiet valkey') ;;
*'ps --quiet ingress grafana' | 'compose ps --quiet') ;;
*'ps --quiet '*) echo "$last-1"; test ! -e {folder}/scaled-"$last" || echo "$last-2" ;;
'inspect '*-trigger-?) echo bulkhead/connector:dev ;;
'inspect '*analytics*-?) echo bulkhead/analytics:dev ;;
'inspect '*) echo "bulkhead/${{last%-?}}:dev" ;;
esac
"""


class Engine:
    """A `docker` that records its calls, and fails on the calls that contain `fails_on`."""

    def __init__(self, folder, fails_on="nothing", secrets=True):
        self.folder, self.log = pathlib.Path(folder), pathlib.Path(folder) / "calls"
        stub = self.folder / "docker"
        stub.write_text(ENGINE.format(log=self.log, folder=self.folder, fails_on=fails_on))
        stub.chmod(0o755)
        # A checkout of its own, without the secrets of the developer's checkout.
        self.checkout = self.folder / "checkout"
        for part in ("scripts", "deploy/compose"):
            shutil.copytree(SCRIPTS.parent / part, self.checkout / part, ignore=shutil.ignore_patterns("secrets"),
                            dirs_exist_ok=True)
        shutil.copy(SCRIPTS.parent / "deploy/access.yaml", self.checkout / "deploy")
        if secrets:
            subprocess.run([self.checkout / "deploy/compose/secrets.sh"], check=True, capture_output=True)

    def run(self, script, **variables):
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", **variables}
        return subprocess.run([self.checkout / "scripts" / script, "local"], env=environment, capture_output=True, text=True)

    def up(self, **variables):
        """Starts the fleet on ports of this test's own."""
        ports = [line.split()[0] for line in (self.checkout / "deploy/compose/ports.list").read_text().splitlines()
                 if not line.startswith("#")]
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}",
                       **{name: str(free_port()) for name in ports}, **variables}
        return subprocess.run([self.checkout / "deploy/compose/up.sh"], env=environment, capture_output=True, text=True)

    @property
    def calls(self):
        return self.log.read_text() if self.log.exists() else ""


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_up_a_missing_or_old_compose_plug_in_is_reported_with_its_version_and_the_way_to_a_newer_one(folder):
    engine = Engine(folder, secrets=False)
    old = engine.up(STUB_COMPOSE="2.17.3")
    (engine.folder / "docker").write_text("#!/bin/sh\nexit 1\n")
    missing = engine.up()
    expect((f"an old one: {old.stderr}", old.returncode == 1 and "2.17.3" in old.stderr and "2.20.3" in old.stderr
                   and "https://" in old.stderr),
                  (f"none: {missing.stderr}", missing.returncode == 1 and "no compose plug-in" in missing.stderr
                   and "2.20.3" in missing.stderr),
                  (f"nothing was built or created: {engine.calls}", " up " not in engine.calls
                   and not (engine.checkout / "deploy/compose/secrets").exists()))


def test_up_a_taken_port_is_reported_with_the_variable_that_moves_it_before_anything_starts(folder):
    engine = Engine(folder)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = engine.up(CONNECTOR_PORT=str(port))
    expect((f"the variable is named: {done.stderr}", done.returncode == 1 and f"port {port}" in done.stderr
                   and "CONNECTOR_PORT" in done.stderr and done.stderr.count("error") == 1),
                  ("nothing was started", " up " not in engine.calls))


def test_up_a_start_that_fails_removes_what_it_began_and_keeps_the_data(folder):
    engine = Engine(folder, fails_on="compose up --detach --wait")
    done = engine.up(COMPOSE_PROFILES=" valkey observability")
    calls = engine.calls.splitlines()
    expect((f"exit code 1: {done.stderr}", done.returncode == 1),
                  (f"both profiles are on: {calls}", any(c.startswith("valkey,observability: compose up") for c in calls)),
                  ("containers and networks are removed after it, and no volume",
                   [c for c in calls if "compose --profile * down" in c][-1:] == calls[-1:] and "--volumes" not in calls[-1]))


def test_up_missing_secrets_are_created_before_anything_is_built(folder):
    engine = Engine(folder, secrets=False)
    done = engine.up()
    expect((f"exit code 0: {done.stderr}", done.returncode == 0),
                  ("every secret is there", all((engine.checkout / "deploy/compose/secrets" / line.split()[0]).exists()
                   for line in (engine.checkout / "deploy/compose/secrets.list").read_text().splitlines() if line[0] != "#")),
                  ("nothing is removed", " down" not in engine.calls))


def test_secrets_each_has_the_value_of_its_kind_and_nothing_creates_a_given_one(folder):
    engine = Engine(folder)
    secrets = engine.checkout / "deploy/compose/secrets"
    first = {f.name: f.read_text() for f in secrets.iterdir()}
    with (engine.checkout / "deploy/compose/secrets.list").open("a") as more:
        more.write("partner-key given\n")
    given = subprocess.run([engine.checkout / "deploy/compose/secrets.sh"], capture_output=True, text=True)
    expect((f"an Ed25519 key, its public half, 32 bytes, a webhook secret: {sorted(first)}",
                   "PRIVATE KEY" in first["token-key.pem"] and '"crv":"Ed25519"' in first["jwks.json"]
                   and len(base64.b64decode(first["webhook-key"])) == 32
                   and all(v.startswith("whsec_") for n, v in first.items() if n.startswith("platform-secret-"))),
                  ("existing files stay", all((secrets / n).read_text() == v for n, v in first.items())),
                  (f"a given one is asked for by its path: {given.stderr}", given.returncode == 1
                   and f"write it to {secrets}/partner-key" in given.stderr))


def test_composed_the_health_check_covers_every_service_and_names_the_missing_one(folder):
    healthy = Engine(folder).run("health-check.sh")
    unhealthy = Engine(folder, fails_on="connector-1 connector health").run("health-check.sh")
    expect((f"all six were checked: {healthy.stdout}", healthy.returncode == 0 and healthy.stdout.count("healthy  ") == 6),
                  (f"the missing one is named: {unhealthy.stdout}", unhealthy.returncode == 2 and
                   "UNHEALTHY  connector:" in unhealthy.stdout and unhealthy.stdout.count("UNHEALTHY") == 1))


def test_composed_a_failed_migration_stops_before_the_rights_change(folder):
    engine = Engine(folder, fails_on="run --rm --no-deps -T migrate")
    done = engine.run("migrate.sh", COMPOSE_PROFILES="valkey")
    calls = engine.log.read_text()
    expect((f"exit code 1: {done.stderr}", done.returncode == 1 and "migrate failed" in done.stderr),
                  (f"the cache of the profile starts: {calls}", "valkey: compose up --detach --wait postgres valkey" in calls),
                  ("the job for rights does not run", "-T access" not in calls))


def test_composed_nothing_is_deployed_while_a_secret_is_missing(folder):
    engine = Engine(folder, secrets=False)
    done = engine.run("deploy.sh", RELEASE="b")
    expect((f"it names the command that creates the secrets: {done.stderr}", done.returncode == 1 and "make secrets" in done.stderr),
                  ("nothing was started", "compose up" not in engine.log.read_text()))


def test_composed_a_roll_out_replaces_one_service_after_the_other_each_once_its_new_container_is_ready(folder):
    engine = Engine(folder)
    done = engine.run("deploy.sh", RELEASE="b")
    calls = engine.log.read_text().splitlines()
    at = {word: next((n for n, call in enumerate(calls) if word in call), -1)
          for word in ("-T access", "--scale connector=2 connector", "stop connector-1", "--scale analytics=2")}
    expect((f"exit code 0: {done.stderr}", done.returncode == 0),
                  (f"the order is rights, new container, end of the old one, next service: {at}",
                   -1 < at["-T access"] < at["--scale connector=2 connector"] < at["stop connector-1"]
                   < at["--scale analytics=2"]))


def test_composed_a_failed_roll_out_leaves_the_old_container_serving(folder):
    engine = Engine(folder, fails_on="--scale connector=2")
    done = engine.run("deploy.sh", RELEASE="b")
    calls = engine.log.read_text()
    expect((f"exit code 2: {done.stderr}", done.returncode == 2 and "connector of b does not become ready" in done.stderr),
                  (f"the log of the new one is printed: {calls}", "logs --tail 20 connector-2" in calls),
                  ("the old one stays, not the new one", "rm --force connector-2" in calls and "stop connector" not in calls),
                  ("nothing is rolled out after it", "--scale twitch" not in calls))
