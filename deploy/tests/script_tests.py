"""The scripts against a stub of a cluster: what they apply and in which order, and what they say when it goes wrong."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from operations.access import Access

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = HERE.parents[1] / "scripts"
RELEASE = "v1.2.3"


class Cluster:
    """An empty cluster whose Jobs and roll-outs end as told."""

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
    """Yields the words of each claim that does not hold."""
    return [words for words, holds in claims if not holds]


def with_secrets(cluster, environment="staging"):
    made = cluster.run("cluster-secrets.sh", environment)
    assert made.returncode == 0, made.stderr
    return cluster


def migration_completes(folder):
    cluster = Cluster(folder)
    done = cluster.run("migrate.sh", "staging")
    return expect((f"exit code 0: {done.stderr}", done.returncode == 0),
                  ("the Job bears the release", "Job/migrate-v1-2-3" in cluster.state["objects"]),
                  ("the engines are there", cluster.has("StatefulSet")), ("no service is", not cluster.has("Deployment")))


def migration_fails(folder):
    cluster = with_secrets(Cluster(folder, job="Failed"))
    done = cluster.run("deploy.sh", "staging")
    return expect((f"exit code 1: {done.returncode}", done.returncode == 1),
                  ("no service was touched", not cluster.has("Deployment")),
                  (f"it says why: {done.stderr}", "0007_widen" in done.stderr and "backoff limit" in done.stderr),
                  ("it says what was left alone", "no service was touched" in done.stderr))


def migration_hangs(folder):
    done = Cluster(folder, job="Running").run("migrate.sh", "staging", MIGRATE_TIMEOUT="1")
    return expect((f"exit code 1: {done.returncode}", done.returncode == 1),
                  (f"it says so: {done.stderr}", "did not end within 1 s" in done.stderr),
                  (f"it says what its pods wait for: {done.stderr}", "ImagePullBackOff" in done.stderr))


def migration_unasked_for(folder):
    cluster = Cluster(folder)
    cluster.set(**{"failing once": [["get job", 2]]})
    done = cluster.run("migrate.sh", "staging")
    before = Cluster(folder)
    before.set(failing=["get job"])
    unasked = before.run("migrate.sh", "staging")
    return expect((f"exit code 0: {done.stderr}", done.returncode == 0),
                  (f"it says so: {done.stderr}", "cannot ask for migrate-v1-2-3; trying again" in done.stderr),
                  (f"it begins nothing that it cannot look after: {unasked.stderr}", unasked.returncode == 1 and
                   "cannot ask the cluster for migrate-v1-2-3" in unasked.stderr and not before.has("Job")))


def engine_hangs(folder):
    cluster = Cluster(folder)
    cluster.set(engines=False)
    done = cluster.run("migrate.sh", "staging")
    cluster.set(failing=["get statefulset"])
    unasked = cluster.run("migrate.sh", "staging")
    return expect((f"exit code 1: {done.returncode}", done.returncode == 1), ("no Job was made", not cluster.has("Job")),
                  (f"it says which and why: {done.stderr}", "postgresql does not become ready" in done.stderr and
                   "ImagePullBackOff" in done.stderr),
                  (f"it does not go on unasked: {unasked.stderr}", unasked.returncode == 1 and
                   "cannot ask the cluster for the engines" in unasked.stderr))


def migration_again(folder):
    cluster = Cluster(folder, job="Failed")
    cluster.run("migrate.sh", "staging")
    cluster.set(**{"next job": "Complete"})
    done = cluster.run("migrate.sh", "staging")
    return expect((f"exit code 0: {done.stderr}", done.returncode == 0),
                  ("the failed Job was made anew", any(c.endswith("delete job migrate-v1-2-3 --wait=true")
                                                       for c in cluster.state["calls"])))


def migration_twice(folder):
    cluster = Cluster(folder)
    cluster.run("migrate.sh", "staging")
    done = cluster.run("migrate.sh", "staging")
    deleted = [c for c in cluster.state["calls"] if c.endswith("delete job migrate-v1-2-3 --wait=true")]
    return expect((f"exit code 0: {done.stderr}", done.returncode == 0), ("the Job was made anew, once", len(deleted) == 1),
                  ("and is there", "Job/migrate-v1-2-3" in cluster.state["objects"]))


def deployment(folder):
    cluster = with_secrets(Cluster(folder))
    done = cluster.run("deploy.sh", "staging", REGISTRY="registry.example.org/fleet")
    images = {c["image"] for d in cluster.state["objects"].values() if d.get("kind") == "Deployment"
              for c in d["spec"]["template"]["spec"]["containers"]}
    return expect((f"exit code 0: {done.stderr}", done.returncode == 0),
                  (f"the release's images: {images}", images == {
                      f"registry.example.org/fleet/{name}:{RELEASE}" for name in ("backend-api", "connector", "analytics")}),
                  (f"each service was asked: {done.stdout}", done.stdout.count('well      ') == 6))


def roll_out_hangs(folder):
    done = with_secrets(Cluster(folder, rollout=False)).run("deploy.sh", "staging")
    return expect((f"exit code 2: {done.returncode}", done.returncode == 2),
                  (f"each is named: {done.stdout}", done.stdout.count("NOT WELL") == 6),
                  (f"its pods' words are told: {done.stderr}", done.stderr.count("0007_widen") == 6))


def secrets_are_missing(folder):
    cluster = Cluster(folder)
    done = cluster.run("deploy.sh", "staging")
    return expect((f"exit code 2: {done.returncode}", done.returncode == 2),
                  ("nothing was applied", not cluster.has("StatefulSet")),
                  (f"it names what is missing: {done.stderr}", "backend-api token-key" in done.stderr))


def secrets_are_made(folder):
    cluster, access = with_secrets(Cluster(folder)), Access()
    key = cluster.secret("backend-api")["token-key"]
    public = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=key, capture_output=True).stdout[-32:]
    x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
    entry = json.loads(cluster.secret("token-keys", "ConfigMap")["jwks.json"])["keys"][0]
    thumbprint = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest()
    digest = hashlib.sha256(cluster.secret("administrators")["cache-admin"]).hexdigest()
    passwords = [v for s in access.services for k, v in cluster.secret(s).items() if k in access.accounts]
    calls = "\n".join(cluster.state["calls"])
    return expect(
        *((f"{s} holds what access.yaml gives it", set(cluster.secret(s)) == access.services[s].files)
          for s in access.services),
        ("the administrators are apart", set(cluster.secret("administrators")) == access.administrators),
        ("every password is another", len(set(passwords)) == len(access.accounts)),
        ("no password stands in a command line", not any(p.decode() in calls for p in passwords)),
        ("the public key is the private one's", entry["x"] == x),
        ("under its thumbprint", entry["kid"] == base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()),
        ("the cache knows its administrator's digest", digest in cluster.secret("valkey-accounts")["users.acl"].decode()),
        *((f"{name}'s certificate holds for {host} by {key}: {wanted}", verifies(folder, cluster, name, host, key) == wanted)
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


def secrets_stay(folder):
    cluster = with_secrets(Cluster(folder))
    before = cluster.state["objects"]
    with_secrets(cluster)
    return expect(("a second run changes nothing", cluster.state["objects"] == before))


def secrets_unasked_for(folder):
    cluster = with_secrets(Cluster(folder))
    before = cluster.state["objects"]
    claims = []
    for question in ("get secret backend-api", "get configmap authority"):
        cluster.set(failing=[question])
        for words in (["staging"], ["staging", "check"]):
            done = cluster.run("cluster-secrets.sh", *words)
            claims += [(f"{words}, {question}: exit code 1: {done.returncode}", done.returncode == 1),
                       (f"it says so: {done.stderr}", "cannot ask the cluster for" in done.stderr),
                       ("nothing is made anew", cluster.state["objects"] == before)]
    return expect(*claims)


def stands_on_what_cannot_be_read(folder):
    cluster = with_secrets(Cluster(folder))
    whole, claims = cluster.state["objects"], []
    for made, needs in (("Secret/valkey-accounts", "cache-admin"), ("ConfigMap/token-keys", "token-key")):
        before = {k: v for k, v in whole.items() if k != made}
        cluster.set(objects=before, failing=[f'index .data "{needs}"'])
        done = cluster.run("cluster-secrets.sh", "staging")
        claims += [(f"{made}: exit code {done.returncode}", done.returncode != 0),
                   (f"{made} is not made of nothing", cluster.state["objects"] == before)]
        cluster.set(failing=[])
        done = cluster.run("cluster-secrets.sh", "staging")
        claims += [(f"{made} is made once it can be: {done.stderr}", made in cluster.state["objects"])]
    return expect(*claims)


def certificates_stay(folder):
    cluster = with_secrets(Cluster(folder))
    before = {k: v for k, v in cluster.state["objects"].items() if k != "Secret/postgresql-tls"}
    cluster.set(objects=before)
    done = cluster.run("cluster-secrets.sh", "staging")
    return expect(("the cache's are there", "Secret/valkey-tls" in before),
                  (f"exit code 1: {done.returncode}", done.returncode == 1),
                  (f"it says what to do: {done.stderr}", "delete it to have them all made anew" in done.stderr),
                  ("nothing is deleted", cluster.state["objects"] == before))


def operator(folder):
    cluster = with_secrets(Cluster(folder), "production")
    authority = cluster.secret("postgresql-authority")["ca.crt"].decode()
    return expect(("the operator has the database's authority", authority == cluster.secret("authority", "ConfigMap")["database.crt"]),
                  ("the superuser bears its name", cluster.secret("postgresql-superuser")["username"] == b"postgres"))


def provider(folder):
    cluster, theirs = Cluster(folder), "the provider's authority"
    before = cluster.run("cluster-secrets.sh", "managed")
    refused = cluster.run("deploy.sh", "managed")
    objects = cluster.state["objects"]
    # As `kubectl patch` or `create` would: beside what is there.
    objects["ConfigMap/authority"]["data"]["database.crt"] = theirs
    cluster.set(objects=objects)
    with_secrets(cluster, "managed")
    done = cluster.run("deploy.sh", "managed")
    made = {name.partition("/")[2] for name in objects if name.startswith("Secret/")}
    return expect((f"it says what is the provider's: {before.stderr}", before.returncode == 2 and
                   "not ours to make" in before.stderr and "configmap authority database.crt" in before.stderr),
                  (f"nothing is deployed without it: {refused.stderr}", refused.returncode == 2),
                  (f"there is nothing of an engine that is not ours: {made}", not any("postgresql" in name for name in made)),
                  ("the provider's authority stays", cluster.secret("authority", "ConfigMap")["database.crt"] == theirs),
                  ("the cache's is beside it", verifies(folder, cluster, "valkey", "valkey", "cache.crt")),
                  (f"it can be deployed: {done.stderr}", done.returncode == 0))


def deployment_is_gone(folder):
    cluster = with_secrets(Cluster(folder))
    cluster.run("deploy.sh", "staging")
    cluster.set(objects={k: v for k, v in cluster.state["objects"].items() if k != "Deployment/analytics"})
    done = cluster.run("health-check.sh", "staging")
    cluster.set(failing=["get deployment connector"])
    unasked = cluster.run("health-check.sh", "staging")
    return expect((f"exit code 2: {done.stderr}", done.returncode == 2),
                  (f"it is named: {done.stdout}", "NOT WELL  analytics: there is no Deployment of it" in done.stdout),
                  (f"the others are asked: {done.stdout}", done.stdout.count("well      ") == 5),
                  (f"a question that could not be asked is an error: {unasked.stderr}", unasked.returncode == 1 and
                   "cannot ask the cluster for the Deployment connector" in unasked.stderr))


def wrong_usage(folder):
    cluster = Cluster(folder)
    return expect(
        *((f"{script} without an environment", cluster.run(script).returncode == 64)
          for script in ("migrate.sh", "deploy.sh", "health-check.sh", "cluster-secrets.sh")),
        *((f"{script} with an unknown environment", cluster.run(script, "nowhere").returncode == 1)
          for script in ("migrate.sh", "deploy.sh", "health-check.sh", "cluster-secrets.sh")),
        ("a release that is no name", cluster.run("migrate.sh", "staging", RELEASE="V 1;rm").returncode == 1))


# Each service has one container, SERVICE-1, of a program's image; scaled, also where that fails, SERVICE-2 as well.
ENGINE = """#!/bin/sh
echo "$COMPOSE_PROFILES: $*" >>{log}
for last; do :; done
case "$*" in *' --scale '*) touch {folder}/scaled-"$last" ;; esac
case "$*" in *"{fails_on}"*) echo "{fails_on} is gone" && exit 1 ;; esac
case "$*" in
*'ps --quiet valkey') ;;
*'ps --quiet '*) echo "$last-1"; test ! -e {folder}/scaled-"$last" || echo "$last-2" ;;
'inspect '*-trigger-?) echo bulkhead/connector:dev ;;
'inspect '*analytics*-?) echo bulkhead/analytics:dev ;;
'inspect '*) echo "bulkhead/${{last%-?}}:dev" ;;
esac
"""


class Engine:
    """A `docker` that notes what it is asked and fails where told."""

    def __init__(self, folder, fails_on="nothing", secrets=True):
        self.folder, self.log = pathlib.Path(folder), pathlib.Path(folder) / "calls"
        stub = self.folder / "docker"
        stub.write_text(ENGINE.format(log=self.log, folder=self.folder, fails_on=fails_on))
        stub.chmod(0o755)
        # A checkout of its own, whose secrets nobody else made.
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


def composed_health(folder):
    well = Engine(folder).run("health-check.sh")
    ill = Engine(folder, fails_on="connector-1 connector health").run("health-check.sh")
    return expect((f"all six were asked: {well.stdout}", well.returncode == 0 and well.stdout.count("well  ") == 6),
                  (f"the one that is gone is named: {ill.stdout}", ill.returncode == 2 and
                   "NOT WELL  connector:" in ill.stdout and ill.stdout.count("NOT WELL") == 1))


def composed_migration(folder):
    engine = Engine(folder, fails_on="run --rm --no-deps -T migrate")
    done = engine.run("migrate.sh", COMPOSE_PROFILES="valkey")
    calls = engine.log.read_text()
    return expect((f"exit code 1: {done.stderr}", done.returncode == 1 and "migrate failed" in done.stderr),
                  (f"the cache of the profile: {calls}", "valkey: compose up --detach --wait postgres valkey" in calls),
                  ("rights are left alone after it", "-T access" not in calls))


def composed_secrets_are_missing(folder):
    engine = Engine(folder, secrets=False)
    done = engine.run("deploy.sh", RELEASE="b")
    return expect((f"it asks for secrets: {done.stderr}", done.returncode == 1 and "make secrets" in done.stderr),
                  ("nothing was started", "compose up" not in engine.log.read_text()))


def composed_deployment(folder):
    engine = Engine(folder)
    done = engine.run("deploy.sh", RELEASE="b")
    calls = engine.log.read_text().splitlines()
    at = {word: next((n for n, call in enumerate(calls) if word in call), -1)
          for word in ("-T access", "--scale connector=2 connector", "stop connector-1", "--scale analytics=2")}
    return expect((f"exit code 0: {done.stderr}", done.returncode == 0),
                  (f"rights, the new container, the old one's end, the next service: {at}",
                   -1 < at["-T access"] < at["--scale connector=2 connector"] < at["stop connector-1"]
                   < at["--scale analytics=2"]))


def composed_roll_out_fails(folder):
    engine = Engine(folder, fails_on="--scale connector=2")
    done = engine.run("deploy.sh", RELEASE="b")
    calls = engine.log.read_text()
    return expect((f"exit code 2: {done.stderr}", done.returncode == 2 and "connector of b is not well" in done.stderr),
                  (f"the new one's words are told: {calls}", "logs --tail 20 connector-2" in calls),
                  ("the new one goes, the old one stays", "rm --force connector-2" in calls and "stop connector" not in calls),
                  ("nothing is rolled out after it", "--scale twitch" not in calls))


TESTS = {
    "composed: a roll-out replaces one service after the other, once its new container is ready": composed_deployment,
    "composed: a roll-out that fails leaves the old container serving": composed_roll_out_fails,
    "composed: nothing is deployed while a secret is missing": composed_secrets_are_missing,
    "composed: every service is asked, and the one that is gone is named": composed_health,
    "composed: a migration that fails stops there": composed_migration,
    "a migration that completes leaves the services alone": migration_completes,
    "a migration that fails stops the roll-out and says why": migration_fails,
    "a migration that hangs is given up": migration_hangs,
    "a migration that cannot be asked for is asked for again": migration_unasked_for,
    "an engine that does not become ready is named, with its pods' words": engine_hangs,
    "a migration that failed can be tried again": migration_again,
    "a migration that completed runs again with the next deployment": migration_twice,
    "a deployment migrates, rolls out the release's images and asks every service": deployment,
    "a roll-out that does not end is told": roll_out_hangs,
    "nothing is deployed while a secret is missing": secrets_are_missing,
    "each service's Secret is what access.yaml says": secrets_are_made,
    "a secret that is there stays": secrets_stay,
    "a database that an operator keeps is given its authority": operator,
    "a provider's authority is asked for and stays": provider,
    "a Deployment that is gone is named": deployment_is_gone,
    "what the cluster could not be asked for is not made anew": secrets_unasked_for,
    "what stands on a secret that cannot be read is not made": stands_on_what_cannot_be_read,
    "certificates that are there stay beside one that is missing": certificates_stay,
    "wrong usage, unknown environments and releases are refused": wrong_usage,
}


def run(report):
    for name, body in TESTS.items():
        def test(body=body):
            with tempfile.TemporaryDirectory() as folder:
                return body(folder)
        report.test(f"scripts: {name}", test)
