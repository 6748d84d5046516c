"""The composed fleet as `docker compose config` reads it: who holds which secret and account, who can connect to whom, and the
restrictions of every container. `bulkhead render` writes the files; these rules compute from both manifests what they may open."""

import copy
import functools
import itertools
import json
import os
import re
import shutil
import subprocess

import pytest
from kit import DEPLOY, Rules, change
from pods import settings_of, wrong_settings

from operations.access import Access, file_of

RULES = Rules()
ACCESS = Access()
SERVICES, SECRETS = ACCESS.services, ACCESS.composed_secrets
ENGINES, JOBS, OURS = {"postgres": "database", "redis": "cache", "valkey": "cache"}, ("bootstrap", "migrate", "access"), "bulkhead/"
EDGE = {s.name for s in SERVICES.values() if "edge" in s.sides}
CHECKOUT = DEPLOY.parent
COMPOSE = next((command for command in (["docker", "compose"], ["docker-compose"]) if shutil.which(command[0]) and not
                subprocess.run([*command, "version"], capture_output=True).returncode), None)
needs_compose = pytest.mark.skipif(not COMPOSE, reason="neither docker compose nor docker-compose (version 2) is installed")


@functools.cache
def read(*more):
    # The developer's exported variables must not change the result.
    done = subprocess.run([*COMPOSE, *more, "--profile", "*", "config", "--format", "json"], cwd=CHECKOUT, capture_output=True,
                          text=True, env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def broken(fault):
    fleet = copy.deepcopy(read())
    if fault.startswith("- "):
        del fleet["services"][fault[2:]]
    else:
        change(lambda name: fleet[name] if name in ("networks", "secrets", "configs") else fleet["services"][name] if
               name in fleet["services"] else fleet["services"].setdefault(name, copy.deepcopy(fleet["services"]["connector"])), fault)
    return fleet


SHARED = "/deploy/compose/secrets/"


@RULES.rule("one source: each container has its own secrets and no other, from the file of that name",
            "connector secrets + {source: token-key.pem, target: /run/secrets/token-key.pem}", "connector secrets = []",
            "connector secrets 0 source = backend-api-rw", "migrate secrets + {source: postgres-superuser}",
            "ingress secrets + {source: migrate-admin}", "access secrets + {source: token-key.pem}",
            "secrets connector-rw file = /x/deploy/compose/secrets/migrate-admin", "connector configs -",
            "configs jwks file = /x/deploy/compose/secrets/token-key.pem", "secrets connector-rw environment = HOME",
            "prometheus volumes + {type: bind, source: /x/deploy/compose/secrets, target: /s, read_only: true}")
def secrets(fleet):
    for name, entry in fleet["services"].items():
        found = {s["source"] for s in entry.get("secrets", [])}
        if found != SECRETS.get(name, set()):
            yield f"{name} has the secrets {sorted(found)}"
        keys = [c["source"] for c in entry.get("configs", [])]
        if keys != (["jwks"] if name in SERVICES and not SERVICES[name].signs else []):
            yield f"{name} has the configs {keys}"
        yield from (f"{name} mounts secrets at {v['target']}" for v in entry.get("volumes", []) if SHARED[:-1] in v.get("source", ""))
    for kind, (name, given) in ((k, e) for k in ("secrets", "configs") for e in fleet[k].items()):
        file = "jwks.json" if kind == "configs" else name
        if not given.get("file", "").endswith(SHARED + file) or "environment" in given:
            yield f"{kind}: {name} is {given}"


AROUND = ("privileged", "cap_add", "pid", "ipc", "userns_mode", "devices", "network_mode", "volumes_from", "env_file", "links",
          "extra_hosts", "group_add", "cgroup_parent", "container_name", "hostname", "external_links", "develop")
LIMITS = {"cpus": r"[1-9][0-9]*(\.[0-9])?", "memory": "[1-9][0-9]{7,}", "pids": "[1-9][0-9]*"}
# A folder in memory has a limit, and none may be open to every user but /tmp.
IN_MEMORY = re.compile(r"/tmp:mode=1777,size=\d+m|/(?!run/secrets)[a-z/.]+:uid=\d+,gid=\d+,mode=0[0-7]{2}[05],size=\d+m")


@RULES.rule("a container is restricted, has no way around its walls, and no file of the host but its configuration",
            *(f"connector {change}" for change in (
                "privileged = true", "cap_add = [NET_ADMIN]", "pid = host", "network_mode = 'service:backend-api'",
                "extra_hosts = [a]", "cap_drop = []", "read_only = false", "security_opt = ['no-new-privileges:false']",
                "logging = {driver: loki}", "deploy resources limits pids = -1", "deploy resources limits memory = '0'",
                "tmpfs = ['/run/secrets:mode=1777']", "user = '0:0'", "image = registry.example.org/connector:dev",
                "image = bulkhead/backend-api:dev", "pull_policy = missing", "entrypoint = [sh]", "command = [version]",
                "build = {context: /, target: connector}", "healthcheck test = [CMD, 'true']")),
            "postgres user = '0:0'", "ingress volumes + {type: bind, source: /var/run/docker.sock, target: /d, read_only: true}",
            "ingress volumes 0 read_only = false", "mailer restart = always", "- analytics",
            "prometheus volumes + {type: volume, source: postgres, target: /pg}")
def walls(fleet):
    yield from (f"{name} is missing" for name in set(SERVICES) - set(fleet["services"]))
    for name, entry in fleet["services"].items():
        limits, ours = entry.get("deploy", {}).get("resources", {}).get("limits", {}), entry["image"].startswith(OURS)
        yield from (f"{name} has {key}" for key in AROUND if key in entry)
        claims = {
            "cap_drop: ALL": entry.get("cap_drop") == ["ALL"], "a read-only root": entry.get("read_only") is True,
            "no-new-privileges": entry.get("security_opt") == ["no-new-privileges:true"],
            "limits": all(re.fullmatch(form, str(limits.get(what))) for what, form in LIMITS.items()),
            "logs with a limit": entry.get("logging", {}).get("driver") == "json-file" and "max-size" in entry["logging"]["options"],
            "an unprivileged user": "user" not in entry if ours else re.fullmatch(r"[1-9]\d*(:\d+)?", str(entry.get("user"))),
            "limited folders in memory": all(IN_MEMORY.fullmatch(t) for t in entry.get("tmpfs", [])),
            "an image that is built here and never pulled": not ours or entry.get("pull_policy") == "never",
            "the checkout as its context": entry.get("build", {"context": str(CHECKOUT)})["context"] == str(CHECKOUT),
            "only configuration and its own volume": all(
                (v["type"] == "bind" and v.get("read_only") and v["source"].startswith(f"{DEPLOY}/compose/")) or
                (v["type"] == "volume" and v["source"] == {"redis": "cache", "valkey": "cache"}.get(name, name))
                for v in entry.get("volumes", [])),
            "a manifest that names it": name in {*SERVICES, *ENGINES, *JOBS, "ingress", "prometheus", "grafana", "load"}}
        if name in SERVICES:
            program = SERVICES[name].program
            claims["its own program"] = (entry["image"], entry.get("command"), entry.get("entrypoint"), entry["healthcheck"]["test"]
                                         ) == (f"{OURS}{program}:dev", None, None, ["CMD", program, "health"])
        yield from (f"{name} lacks {claim}" for claim, holds in claims.items() if not holds)


OPENING = re.compile("POSTGRES_(HOST_AUTH_METHOD|USER|PASSWORD|DB)|.*(PASSWORD|PASS|SECRET|TOKEN|ORG_ROLE)|PATH|LD_.*")


@RULES.rule("one source: each program connects with its own accounts, and listens on its own ports",
            "connector environment DB_USER = backend-api-rw", "connector environment DATABASE_URL = x",
            "connector environment LD_PRELOAD = x", "migrate environment DB_USER = postgres", "grafana environment DB_PASS = x",
            "twitch-trigger environment PLATFORM = another", "postgres environment POSTGRES_HOST_AUTH_METHOD = trust",
            "postgres environment POSTGRES_INITDB_ARGS = --auth=trust", "connector environment HTTP_PORT = '8083'",
            "connector environment PROBE_PORT -", "connector environment WEBHOOK_KEY_FILE -", "access environment ACCESS_MANIFEST = x")
def accounts(fleet):
    for name, entry in fleet["services"].items():
        found = entry.get("environment", {})
        if name in SERVICES:
            yield from wrong_settings(found, settings_of(SERVICES[name], "/run/secrets", "/etc/bulkhead/jwks.json", file_of))
            if (found.get("HTTP_PORT"), found.get("PROBE_PORT")) != (str(SERVICES[name].port), "9090"):
                yield f"{name} listens on {found.get('HTTP_PORT')}, and on {found.get('PROBE_PORT')} for probes"
        user = {"bootstrap": "postgres"}.get(name, ACCESS.database_administrator)
        if name in JOBS and (found.get("DB_USER") != user or "ACCESS_MANIFEST" in found):
            yield f"{name} connects as {found.get('DB_USER')}, or with another manifest"
        yield from (f"{name}: {v} opens it, or holds a secret" for v in found if OPENING.fullmatch(v) or "trust" in str(found[v]))


def may_connect(one, other):
    """Whether access.yaml lets these containers share a network."""
    for a, b in ((one, other), (other, one)):
        if a in SERVICES and (b == "prometheus" or b == "ingress" and a in EDGE or ENGINES.get(b) == "database" or (
                ENGINES.get(b) == "cache" and SERVICES[a].cache_account)):
            return True
    # Prometheus reaches each service over the network that the service shares with its engines.
    return {one, other} <= {*ENGINES, *JOBS} or {one, other} <= {*ENGINES, "prometheus"} or {one, other} <= {"ingress", "grafana", "load"} or {one, other} == {
        "prometheus", "grafana"}


@RULES.rule("one source: two containers share a network where access.yaml gives an edge, and one network leads outside",
            "analytics networks app-connector = {}", "backend-api networks data = {}", "analytics networks outside = {}",
            "postgres networks edge = {}", "ingress networks app-analytics-rollup = {}", "load networks data = {}",
            "analytics networks default = {}", "connector networks outside -", "connector networks edge-connector -",
            "connector networks app-connector = {aliases: [database]}", "postgres networks app-connector -",
            "networks data internal = false", "networks edge driver_opts = {}", "networks outside driver_opts = {}",
            "networks data external = true", "networks edge-connector name = x", "postgres ports = [{target: 5432}]",
            "ingress ports 0 host_ip = 0.0.0.0", "connector ports = [{target: 8082, host_ip: 127.0.0.1}]")
def networks(fleet):
    joins = {name: set(entry.get("networks") or ["default"]) for name, entry in fleet["services"].items()}
    for (one, a), (other, b) in itertools.combinations(joins.items(), 2):
        if bool((a & b) - {"outside"}) != may_connect(one, other):
            yield f"{one} and {other} share {sorted(a & b)}"
    options = {"edge": {"com.docker.network.bridge.enable_ip_masquerade": "false"},
               "outside": {"com.docker.network.bridge.enable_icc": "false"}}
    for name, given in fleet["networks"].items():
        if given.get("driver_opts") != options.get(name) or given.get("internal", False) != (name not in options) or (
                given.get("external") or given["name"] != f"{fleet['name']}_{name}"):
            yield f"the network {name} is {given}"
    for name, entry in fleet["services"].items():
        # Compose creates the network `default` without a declaration.
        yield from (f"{name} is on {other}" for other in joins[name] if other == "default" or other not in fleet["networks"])
        if ("outside" in joins[name]) != (name in SERVICES and "outside" in SERVICES[name].sides):
            yield f"{name} is on {sorted(joins[name])}"
        alias = {alias for given in (entry.get("networks") or {}).values() for alias in (given or {}).get("aliases", [])}
        if alias - {ENGINES.get(name), f"{name}.edge", f"{name}.watch"} or any(set(n or {}) - {"aliases"} for n in (
                entry.get("networks") or {}).values()):
            yield f"{name} takes the name {alias}"
        published = {p["target"] for p in entry.get("ports", []) if p.get("host_ip") == "127.0.0.1"}
        wanted = {"ingress": {SERVICES[s].port for s in EDGE}, "grafana": {3000}}.get(name, set())
        if published != wanted or len(entry.get("ports", [])) != len(wanted):
            yield f"{name} publishes {entry.get('ports')}"


@needs_compose
@pytest.mark.parametrize("check", [r[1] for r in RULES], ids=[r[0] for r in RULES])
def test_composed_fleet_follows(check):
    assert not list(check(read()))


@needs_compose
@pytest.mark.parametrize("check, fault", [f[1:] for f in RULES.faults], ids=[f[0] for f in RULES.faults])
def test_rule_finds(check, fault):
    assert list(check(broken(fault))), "the rule accepts it"


def test_ingress_listens_on_the_edge_alone_and_checks_faster_than_a_service_stops():
    text = (DEPLOY / "compose/ingress.cfg").read_text()
    assert set(re.findall(r"^ *bind (\S+)", text, re.M)) == {f"ingress.edge:{SERVICES[s].port}" for s in EDGE} | {"127.0.0.1:8404"}
    assert set(re.findall(r"^ *server\S* (.*)", text, re.M)) == {f"{s}- 4 {s}:{SERVICES[s].port}" for s in EDGE}
    slowest, (every, fast, fall) = 0, re.search(r"inter (\d+)s fastinter (\d+)ms .* fall (\d+) ", text).groups()
    slowest = int(every) + int(fast) / 1000 * (int(fall) - 1)
    for name in SERVICES if COMPOSE else ():
        entry = read()["services"][name]
        assert float(entry["environment"]["SHUTDOWN_DELAY"]) >= 2 * slowest and entry["stop_grace_period"] == "30s"


def test_compose_reads_its_files_and_few_variables_of_the_caller():
    found = {p.name for pattern in ("compose*.y*ml", "docker-compose*.y*ml") for p in CHECKOUT.glob(pattern)}
    assert found == {"docker-compose.yml"}, "compose would read another file"
    texts = [p.read_text() for p in (CHECKOUT / "docker-compose.yml", *(DEPLOY / "compose").glob("*.yaml"))]
    names = set(re.findall(r"(?<!\$)\$\{?(\w+)", "".join(texts)))
    assert all(re.fullmatch("[A-Z]+_(IMAGE|PORT)|BULKHEAD_(VERSION|REVISION)|LOAD_CONNECTIONS", name) for name in names), names
    said = re.findall("^[^#\n]+", (CHECKOUT / ".env").read_text(), re.M)
    assert [s for s in said if not re.fullmatch(r"[A-Z]+_IMAGE=[a-z0-9./:-]+", s)] == ["COMPOSE_PROFILES=redis"]
    # A service has about 23 lines in it.
    assert len(texts[0].splitlines()) < 160 + 23 * len(SERVICES) and "- -c\n" not in "".join(texts)
