"""What the composed fleet opens, as `docker compose config` reads it, against what deploy/access.yaml gives."""

import copy
import functools
import itertools
import json
import os
import subprocess

import pytest
from kit import CHECKOUT, DEPLOY, change

from operations.access import COMPOSED_DATABASES, Access

ACCESS = Access()
SERVICES, JOBS, CACHES = ACCESS.services, ("bootstrap", "migrate", "access"), ("redis", "valkey")
ENGINES = {**dict.fromkeys(COMPOSED_DATABASES, "database"), **dict.fromkeys(CACHES, "cache")}
EDGE = {s.name for s in SERVICES.values() if "edge" in s.sides}
COMPOSE = next((command for command in ("docker compose", "docker-compose") if not subprocess.run(
    f"{command} version", shell=True, capture_output=True).returncode), None)
pytestmark = pytest.mark.skipif(not COMPOSE, reason="docker compose is not installed")


@functools.cache
def read(*options, **variables):
    """All containers, or with options those that they select."""
    # The developer's exported variables must not change the result.
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [*COMPOSE.split(), *(options or ("--profile", "*")), "config", "--format", "json"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, env={**plain, **variables})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def broken(fault):
    fleet = copy.deepcopy(read())
    if fault.startswith("- "):
        del fleet["services"][fault[2:]]
    else:
        change(lambda name: fleet["services"][name] if name in fleet["services"] else fleet[name], fault)
    return fleet


SHARED = "/deploy/compose/secrets"


def secrets(fleet):
    """Each container has its own secrets and no other, from the file of that name."""
    yield from (f"{name} is missing" for name in set(SERVICES) - set(fleet["services"]))
    for name, entry in fleet["services"].items():
        service, user = SERVICES.get(name), entry.get("environment", {}).get("DB_USER")
        found, keys = {s["source"] for s in entry.get("secrets", [])}, [c["source"] for c in entry.get("configs", [])]
        if found != ACCESS.composed_secrets("postgres").get(name, set()) or keys != (["jwks"] if service and not service.signs else []):
            yield f"{name} has the secrets {sorted(found)} and the configs {keys}"
        if user not in found | ({"postgres"} if name == "bootstrap" else {None}):
            yield f"{name} connects as {user}"
        yield from (f"{name} mounts secrets" for v in entry.get("volumes", []) if SHARED in v.get("source", ""))
    for name, given in (*fleet["secrets"].items(), *fleet["configs"].items()):
        file = f"{SHARED}/{'jwks.json' if name == 'jwks' else name}"
        if not given.get("file", "").endswith(file) or "environment" in given:
            yield f"{name} is {given}"


def walls(fleet):
    """A container has walls, and no file of the host but its configuration."""
    for name, entry in fleet["services"].items():
        own, ours = "cache" if name in CACHES else name, entry["image"].startswith("bulkhead/")
        wall = [entry.get(key) for key in ("cap_drop", "read_only", "security_opt", "privileged", "cap_add")]
        if wall != [["ALL"], True, ["no-new-privileges:true"], None, None] or not ours and str(
                entry.get("user", "0")).startswith("0") or not entry["deploy"]["resources"]["limits"].get("memory"):
            yield f"{name} lacks a wall: {wall}, user {entry.get('user')}"
        yield from (f"{name} mounts {v['source']}" for v in entry.get("volumes", []) if v["source"] != own and not (
            v["type"] == "bind" and v.get("read_only") and v["source"].startswith(f"{DEPLOY}/compose/")))


def may_connect(one, other):
    """Whether access.yaml lets these containers share a network."""
    for a, b in ((one, other), (other, one)):
        if a in SERVICES:
            return b == "prometheus" or b == "ingress" and a in EDGE or ENGINES.get(b) == "database" or (
                ENGINES.get(b) == "cache" and bool(SERVICES[a].cache_account))
    # Prometheus reaches each service over the network that the service shares with its engines.
    groups = ({*ENGINES, *JOBS}, {*ENGINES, "prometheus"}, {"ingress", "grafana", "load"}, {"prometheus", "grafana"})
    return any({one, other} <= group for group in groups)


def networks(fleet):
    """Two containers share a network where access.yaml gives an edge, and one network leads outside."""
    joins = {name: set(entry.get("networks") or ["default"]) for name, entry in fleet["services"].items()}
    for (one, a), (other, b) in itertools.combinations(joins.items(), 2):
        if bool((a & b) - {"outside"}) != may_connect(one, other):
            yield f"{one} and {other} share {sorted(a & b)}"
    options = {"edge": {"com.docker.network.bridge.enable_ip_masquerade": "false"},
               "outside": {"com.docker.network.bridge.enable_icc": "false"}}
    for name, given in fleet["networks"].items():
        if given.get("driver_opts") != options.get(name) or given.get("internal", False) != (name not in options) or (
                given.get("external")):
            yield f"the network {name} is {given}"
    for name, entry in fleet["services"].items():
        if joins[name] - set(fleet["networks"]) or (
                "outside" in joins[name]) != (name in SERVICES and "outside" in SERVICES[name].sides):
            yield f"{name} is on {sorted(joins[name])}"
        aliases = {alias for given in entry["networks"].values() for alias in (given or {}).get("aliases", [])}
        if aliases - {ENGINES.get(name), f"{name}.edge", f"{name}.watch"}:
            yield f"{name} takes the names {aliases}"
        published = [p["target"] for p in entry.get("ports", []) if p.get("host_ip") == "127.0.0.1"]
        wanted = {"ingress": {SERVICES[s].port for s in EDGE}, "grafana": {3000}}.get(name, set())
        if set(published) != wanted or len(entry.get("ports", [])) != len(wanted):
            yield f"{name} publishes {entry.get('ports')}"


FAULTS = {
    secrets: [
        "connector secrets + {source: token-key.pem, target: /x}", "connector secrets = []", "- analytics",
        "migrate secrets + {source: postgres-superuser}", "ingress secrets + {source: migrate-admin}",
        "secrets connector-rw file = /x/deploy/compose/secrets/migrate-admin", "connector configs -",
        "configs jwks file = /x/deploy/compose/secrets/token-key.pem", "secrets connector-rw environment = HOME",
        "prometheus volumes + {type: bind, source: /x/deploy/compose/secrets, target: /s, read_only: true}",
        "connector environment DB_USER = backend-api-rw", "migrate environment DB_USER = postgres"],
    walls: [
        *(f"connector {change}" for change in (
            "privileged = true", "cap_drop = []", "read_only = false", "deploy resources limits memory -")),
        "ingress volumes + {type: bind, source: /var/run/docker.sock, target: /d, read_only: true}",
        "ingress volumes 0 read_only = false", "postgres user = '0:0'", "mariadb read_only = false"],
    networks: [
        "analytics networks app-connector = {}", "analytics networks outside = {}", "postgres networks edge = {}",
        "ingress networks app-analytics-rollup = {}", "analytics networks default = {}", "connector networks outside -",
        "connector networks app-connector = {aliases: [database]}", "postgres networks app-connector -",
        "networks data internal = false", "mariadb networks app-connector -", "networks edge driver_opts = {}", "networks data external = true",
        "postgres ports = [{target: 5432}]", "ingress ports 0 host_ip = 0.0.0.0"]}


@pytest.mark.parametrize("rule", FAULTS)
def test_composed_fleet_follows(rule):
    assert not list(rule(read()))


@pytest.mark.parametrize("rule, fault", [(rule, fault) for rule, faults in FAULTS.items() for fault in faults])
def test_rule_finds(rule, fault):
    assert list(rule(broken(fault))), "the rule accepts it"


@pytest.mark.parametrize("database, cache", itertools.product(COMPOSED_DATABASES, CACHES))
def test_the_selected_engines_run_alone_and_every_program_has_their_settings(database, cache):
    fleet = read("--project-directory", ".", BULKHEAD_DATABASE=database, BULKHEAD_CACHE=cache)["services"]
    assert {name for name in fleet if name in ENGINES} == {database, cache}
    programs = {name: fleet[name]["environment"] for name in (*SERVICES, *JOBS)}
    kind, superuser = {"postgres": ("postgresql", "postgres"), "mariadb": ("mysql", "root")}[database]
    assert {(given["DB_TYPE"], given["DB_HOST"]) for given in programs.values()} == {(kind, "database")}
    assert [name for name, given in programs.items() if given["DB_USER"] == superuser] == ["bootstrap"]
    assert programs["bootstrap"]["DB_PASS_FILE"] == f"/run/secrets/{database}-superuser"
    assert {s["source"] for s in fleet["bootstrap"]["secrets"]} == ACCESS.composed_secrets(database)["bootstrap"]
