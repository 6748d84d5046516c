"""docker-compose.yml: the same one source, and how its containers are held."""

from access import Access
from rule import Rules

RULES = Rules()
rule = RULES.rule
ACCESS = Access()
# Public, so nobody's secret: the keys that tokens are checked with, and authorities of certificates.
PUBLIC = ("jwks", "ca", "authority")


def entry(**changes):
    """A composition in which the connector says this."""
    return lambda composition: composition.container("connector").entry.update(changes)


def variable(name, value, service="connector"):
    def change(composition):
        container = composition.container(service)
        container.entry["environment"] = {**container.environment, name: value}
    return change


def give(secret, to="connector"):
    def change(composition):
        composition.container(to).entry.setdefault("secrets", []).append(secret)
    return change


def stem(secret):
    return secret.partition(".")[0]


def fleet(composition):
    return [(c, ACCESS.services[c.name]) for c in composition.containers if c.name in ACCESS.services]


def administers(container):
    """One of the one-shot jobs that run the operator's tool."""
    return str(container.entry.get("image", "")).partition(":")[0].endswith("/bulkhead")


@rule("one source/every service of access.yaml is composed",
      lambda composition: composition.document["services"].pop("analytics"))
def services(composition):
    for name in ACCESS.services:
        if name not in composition.document["services"]:
            yield f"{name} is missing"


@rule("one source/each program connects as its own accounts", variable("DB_USER", "backend-api-rw"),
      variable("CACHE_USER", "analytics-cache"), variable("DATABASE_URL", "postgresql://x"),
      variable("DB_PASS_FILE", "/run/secrets/connector-cache"), variable("DB_PASS", "hunter2"))
def accounts(composition):
    for container, service in fleet(composition):
        environment = container.environment
        if any(environment.get(name) for name in ("DATABASE_URL", "DATABASE_URL_FILE", "DB_PASS", "CACHE_PASS")):
            yield f"{container.name}: an account outside its file"
        for engine, account in (("DB", service.database_account), ("CACHE", service.cache_account)):
            if environment.get(f"{engine}_USER") != account:
                yield f"{container.name}: {engine}_USER is {environment.get(f'{engine}_USER')}, not {account}"
            if container.secrets.get(environment.get(f"{engine}_PASS_FILE")) != account:
                yield f"{container.name}: {engine}_PASS_FILE does not hold the password of {account}"


@rule("one source/each service holds its secrets and no other's", give("backend-api-rw"), give("token-key.pem"),
      give("migrate-admin"), lambda composition: composition.container("connector").entry.update(secrets=[]),
      entry(volumes=["./deploy/compose/secrets:/run/more:ro"]))
def secrets(composition):
    for container, service in fleet(composition):
        held = {stem(s) for s in container.secrets.values()} - set(PUBLIC)
        for secret in sorted(held ^ service.files):
            yield f"{container.name} {'holds' if secret in held else 'lacks'} {secret}"
        if container.entry.get("volumes"):
            yield f"{container.name} mounts more than its secrets: {container.entry['volumes']}"


@rule("one source/an administrator is held by a job that runs the operator's tool, and by nobody else",
      give("migrate-admin", to="analytics"), give("cache-admin", to="backend-api"))
def administrators(composition):
    for container in composition.containers:
        for secret in sorted({stem(s) for s in container.secrets.values()} & ACCESS.administrators):
            is_cache = secret == ACCESS.cache_administrator and container.name in ("redis", "valkey")
            if not administers(container) and not is_cache:
                yield f"{container.name} holds {secret}"


@rule("one source/who is open to the edge or to the outside is so in access.yaml, and the data stays inside",
      lambda composition: composition.document["networks"]["data"].update(internal=False),
      lambda composition: composition.container("analytics-rollup").entry.update(ports=["127.0.0.1:1:1"]),
      lambda composition: composition.container("analytics").entry.update(networks=["data", "app"]),
      lambda composition: composition.container("postgres").entry.update(networks=["data", "edge"]))
def edges(composition):
    networks = composition.document.get("networks", {})
    if not (networks.get("data") or {}).get("internal"):
        yield "the network data is not internal"
    open_networks = {n for n, e in networks.items() if not (e or {}).get("internal")}
    for container in composition.containers:
        service = ACCESS.services.get(container.name)
        if service is None:
            if "data" in container.networks and container.networks & open_networks and not administers(container):
                yield f"{container.name} joins the data with what is outside"
            continue
        if bool(container.ports) != ("edge" in service.sides):
            yield f"{container.name}: published ports {container.ports}, network in access.yaml {sorted(service.sides)}"
        if "app" in container.networks and "outside" not in service.sides and "app" in open_networks:
            yield f"{container.name} can call outside"


@rule("compose/ports are published on loopback alone", entry(ports=["8082:8082"]), entry(ports=["0.0.0.0:8082:8082"]))
def loopback(composition):
    for container in composition.containers:
        for port in container.ports:
            if not port.startswith(("127.0.0.1:", "[::1]:")):
                yield f"{container.name}: {port}"


@rule("compose/every container is held: no capability, no new privilege, nothing to write, limits",
      entry(cap_drop=[]), entry(read_only=False), entry(security_opt=[]), entry(mem_limit=None), entry(pids_limit=None),
      entry(cpus=None), entry(logging=None), entry(privileged=True), entry(cap_add=["NET_ADMIN"]))
def held(composition):
    for container in composition.containers:
        given = container.entry
        limits = (given.get("deploy") or {}).get("resources", {}).get("limits", {})
        claims = {
            "cap_drop: ALL": given.get("cap_drop") == ["ALL"],
            "no cap_add": not given.get("cap_add") or container.name not in ACCESS.services,
            "no-new-privileges": any("no-new-privileges" in str(o) for o in given.get("security_opt") or []),
            "read_only": given.get("read_only") is True, "not privileged": not given.get("privileged"),
            "a memory limit": given.get("mem_limit") or limits.get("memory"),
            "a limit of processes": given.get("pids_limit") or limits.get("pids"),
            "a limit of processors": given.get("cpus") or limits.get("cpus"),
            "logs with a limit": "max-size" in ((given.get("logging") or {}).get("options") or {}),
        }
        for claim, holds in claims.items():
            if not holds:
                yield f"{container.name}: {claim}"


@rule("compose/a service starts after every one-shot before it has ended well",
      lambda composition: composition.container("connector").entry.update(depends_on={}))
def order(composition):
    for container, _ in fleet(composition):
        if "service_completed_successfully" not in container.conditions.values():
            yield f"{container.name} does not wait for schema and rights"
