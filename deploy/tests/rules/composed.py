"""docker-compose.yml: who holds which secret and account, who is on which network, and the restrictions on containers.

`bulkhead render` writes the file, and a test of the programs compares it with the rendering. So these rules copy nothing of
it: they compute from both manifests what a container may hold, and refuse everything else. They find what a change of the
template would open."""

import re

import settings
from compose import file_of
from operations.access import Access
from rule import Rules

RULES = Rules()
rule = RULES.rule
ACCESS = Access()
SERVICES = ACCESS.services
DATABASE, CACHES, JOBS = ("postgres",), ("redis", "valkey"), ("bootstrap", "migrate", "access")
INGRESS, WATCH, LOAD = "ingress", ("prometheus", "grafana"), "load"
MOUNT, FOLDER, KEY_SET = "/run/secrets", "deploy/compose/secrets", "/etc/bulkhead/jwks.json"

# ---- Secrets, mounts and programs -----------------------------------------------------------------------------------

SUPERUSER = "postgres-superuser"
SECRETS = {
    **dict.fromkeys(DATABASE, {SUPERUSER}), **dict.fromkeys(CACHES, {ACCESS.cache_administrator}),
    "bootstrap": {SUPERUSER, *ACCESS.administrators}, "migrate": {ACCESS.database_administrator},
    "access": ACCESS.administrators | ACCESS.accounts, INGRESS: set(), **dict.fromkeys(WATCH, set()), LOAD: set(),
    **{s.name: {file_of(f) for f in s.files} for s in SERVICES.values()}}
KNOWN = set(SECRETS)
OWN_VOLUMES = {**dict.fromkeys(DATABASE, "postgres"), **dict.fromkeys(CACHES, "cache"), "prometheus": "prometheus"}
# The public keys that check tokens are not secret. Every service that does not sign tokens gets them.
CONFIGS = {s.name: [{"source": "jwks", "target": KEY_SET}] for s in SERVICES.values() if not s.signs}
WAY_IN = {s.name: s.port for s in SERVICES.values() if "edge" in s.sides}
# Every port is published on loopback, and a variable of the caller moves it.
PORTS = {INGRESS: {f"127.0.0.1:${{{SERVICES[s].host.upper().replace('-', '_')}_PORT:-{port}}}:{port}" for s, port in WAY_IN.items()},
         "grafana": {"127.0.0.1:${GRAFANA_PORT:-3000}:3000"}}


def entry(name="connector", **changes):
    """Sets fields of that container."""
    return lambda composition: composition.container(name).entry.update(changes)


def more(key, *values, to="connector"):
    """Adds entries to a list of that container."""
    def change(composition):
        composition.container(to).entry[key] = [*(composition.container(to).entry.get(key) or []), *values]
    return change


def top(key, **changes):
    return lambda composition: composition.document.setdefault(key, {}).update(changes)


def one_more(composition):
    composition.document["services"]["mailer"] = composition.copy().container("connector").entry


def both(*changes):
    return lambda composition: [change(composition) for change in changes]


SECRET_FILES = {name: {"file": f"{FOLDER}/{name}"} for held in SECRETS.values() for name in held}


@rule("one source/each container has its own secrets and no other", more("secrets", "backend-api-rw"),
      more("secrets", "token-key.pem"), more("secrets", "migrate-admin"), entry(secrets=[]),
      more("secrets", {"source": "backend-api-rw", "target": "connector-rw"}), more("secrets", "migrate-admin", to="analytics"),
      more("secrets", "backend-api-rw", to=INGRESS), more("secrets", SUPERUSER, to=LOAD),
      more("secrets", SUPERUSER, to="migrate"), more("secrets", "token-key.pem", to="access"),
      # A secret under another name, or as another kind.
      top("secrets", **{"connector-rw": {"file": f"{FOLDER}/migrate-admin"}}),
      top("secrets", **{"connector-rw": {"environment": "HOME"}}),
      both(top("secrets", **{"ca.crt": {"file": f"{FOLDER}/token-key.pem"}}), more("secrets", "ca.crt")),
      top("configs", jwks={"file": f"{FOLDER}/token-key.pem"}), entry(configs=[]),
      both(top("configs", extra={"file": f"{FOLDER}/migrate-admin"}), more("configs", "extra")),
      more("configs", {"source": "jwks", "target": "/etc/passwd"}, to="backend-api"))
def secrets(composition):
    for container in composition.containers:
        wanted = SECRETS.get(container.name, set())
        for secret in sorted(set(container.names("secrets")) ^ wanted):
            yield f"{container.name} {'lacks' if secret in wanted else 'has'} {secret}"
        if (container.entry.get("configs") or []) != CONFIGS.get(container.name, []):
            yield f"{container.name} has the configs {container.entry.get('configs')}"
    if composition.document["secrets"] != SECRET_FILES:
        yield f"secrets: {composition.document['secrets']}"
    if composition.document["configs"] != {"jwks": {"file": f"{FOLDER}/jwks.json"}}:
        yield f"configs: {composition.document['configs']}"


# Ways around a container's walls, and ways to another's secrets, files or network.
WAYS_AROUND = ("privileged", "cap_add", "pid", "ipc", "userns_mode", "devices", "network_mode", "volumes_from", "env_file",
               "extends", "links", "extra_hosts", "group_add", "cgroup_parent", "container_name", "hostname", "develop")
# The host's files that a container may mount: configuration beside docker-compose.yml, read-only, and never the secrets.
CONFIGURATION = re.compile(r"\./deploy/compose/(?!secrets)[a-z/.]+:/[a-z/.]+:ro")


@rule("compose/a container has no way around its walls, and no file of the host but its configuration",
      *(entry(**{key: value}) for key, value in {
          "privileged": True, "cap_add": ["NET_ADMIN"], "pid": "service:backend-api", "ipc": "host", "userns_mode": "host",
          "devices": ["/dev/sda:/dev/sda"], "network_mode": "service:backend-api", "volumes_from": ["access:ro"],
          "env_file": ["/tmp/x.env"], "extends": {"file": "x.yaml", "service": "y"}, "links": ["backend-api"],
          "extra_hosts": ["host.docker.internal:host-gateway"], "group_add": ["0"], "cgroup_parent": "/",
          "hostname": "x", "container_name": "backend-api", "build": {"context": ".", "secrets": ["migrate-admin"]}}.items()),
      entry(INGRESS, cap_add=["SYS_ADMIN"]), entry("postgres", privileged=True), one_more, top("include", path="more.yaml"),
      lambda composition: composition.document["services"].pop("analytics"),
      entry(volumes=[f"./{FOLDER}:/run/more:ro"]), more("volumes", f"./{FOLDER}:/s:ro", to="prometheus"),
      more("volumes", "postgres:/pg:ro", to="prometheus"), more("volumes", "/var/run/docker.sock:/run/d.sock", to=INGRESS),
      more("volumes", {"type": "bind", "source": "/", "target": "/host"}), entry(image="bulkhead/backend-api:dev"),
      top("volumes", cache={"driver_opts": {"type": "none", "o": "bind", "device": "/"}}),
      entry(image="registry.example.org/bulkhead/connector:dev"), entry(entrypoint=["sh"]), entry(command=["version"]),
      entry(user="0:0"), entry("postgres", user="0:0"), entry(pull_policy="missing"), entry(healthcheck={"test": ["CMD", "true"]}),
      entry(build={"context": "/", "target": "connector"}))
def walls(composition):
    for name in sorted(set(SERVICES) - set(composition.document["services"])):
        yield f"{name} is missing"
    if set(composition.document) - {"name", "services", "networks", "volumes", "configs", "secrets"} - {
            key for key in composition.document if key.startswith("x-")}:
        yield f"the file has the parts {sorted(composition.document)}"
    yield from (f"the volume {name} is {said}" for name, said in composition.document["volumes"].items() if said)
    for container in composition.containers:
        given, name = container.entry, container.name
        yield from (f"{name} has {key}" for key in WAYS_AROUND if key in given)
        if name not in KNOWN:
            yield f"{name} is in no manifest"
        for mount in container.names("volumes"):
            volume = mount.partition(":")[0]
            if not CONFIGURATION.fullmatch(mount) and volume != OWN_VOLUMES.get(name):
                yield f"{name} mounts {mount}"
        if not {"context", "dockerfile", "target", "args"} >= set(given.get("build") or {}) or (
                given.get("build") or {"context": "."})["context"] != ".":
            yield f"{name} is built from {given['build']}"
        ours = name in SERVICES or name in JOBS or name == LOAD
        # Our images set an unprivileged user themselves.
        if ("user" in given) if ours else not re.fullmatch("[1-9][0-9]*(:[0-9]+)?", str(given.get("user"))):
            yield f"{name} runs as {given.get('user')}"
        if ours and given.get("pull_policy") != "never":
            yield f"{name}: its image may come from a registry, where another party may own its name"
        if name in SERVICES:
            program = SERVICES[name].program
            wanted = {"image": f"bulkhead/{program}:${{BULKHEAD_VERSION:-dev}}", "command": None, "entrypoint": None}
            yield from (f"{name}: {key} is {given.get(key)}" for key, due in wanted.items() if given.get(key) != due)
            if (given.get("healthcheck") or {}).get("test") != ["CMD", program, "health"]:
                yield f"{name} does not check its own health"


# ---- Accounts --------------------------------------------------------------------------------------------------------

def file(secret):
    return f"{MOUNT}/{secret}"


PROBES = "9090"  # PROBE_PORT: nothing publishes it
MIGRATE, CACHE = ((account, file(account)) for account in (ACCESS.database_administrator, ACCESS.cache_administrator))
CREDENTIALS = {"CREDENTIALS_DIR": "/run/credentials"}
# The variables that give our programs their accounts. The others may have any value (settings.HARMLESS).
VARIABLES = {
    **{s.name: settings.of_service(s, MOUNT, KEY_SET, file_of) for s in SERVICES.values()},
    "bootstrap": {**settings.of_accounts(("postgres", file(SUPERUSER)), CACHE), **CREDENTIALS},
    "migrate": settings.of_accounts(MIGRATE), "access": {**settings.of_accounts(MIGRATE, CACHE), **CREDENTIALS}}
# Variables of the other images that open them, or that hold a password.
OPENING = re.compile("POSTGRES_(HOST_AUTH_METHOD|USER|PASSWORD|DB)|.*(PASSWORD|PASS|SECRET|TOKEN|ORG_ROLE)|PATH|LD_.*")
# The only variable that a container takes from the caller's environment.
FROM_THE_CALLER = (LOAD, "CONNECTIONS", "${LOAD_CONNECTIONS:-32}")


def variable(name, value, of="connector"):
    def change(composition):
        container = composition.container(of)
        container.entry["environment"] = {**container.environment, name: value}
    return change


@rule("one source/each program connects with its own accounts, and takes no variable from the host",
      variable("DB_USER", "backend-api-rw"), variable("CACHE_USER", "analytics-cache"),
      variable("DATABASE_URL", "postgresql://x"), variable("DB_PASS_FILE", f"{MOUNT}/connector-cache"),
      variable("DB_PASS", "hunter2"), variable("TOKEN_KEY", "x"), variable("JWKS_FILE", "/tmp/jwks.json"),
      variable("DB_USER", "postgres", of="migrate"), variable("DB_PASS", "hunter2", of="grafana"),
      variable("DATABASE_URL", None), variable("PLATFORM", "another", of="twitch-trigger"),
      variable("ACCESS_MANIFEST", "/tmp/x", of="access"), variable("PATH", "/data", of="redis"),
      variable("POSTGRES_HOST_AUTH_METHOD", "trust", of="postgres"),
      variable("POSTGRES_INITDB_ARGS", "--auth=trust", of="postgres"), variable("POSTGRES_USER", "x", of="postgres"),
      variable("GF_SECURITY_ADMIN_PASSWORD", "hunter2", of="grafana"),
      variable("GF_AUTH_ANONYMOUS_ORG_ROLE", "Admin", of="grafana"),
      variable("DB_USER", "${DB_USER:-connector-rw}"), variable("PASSTHROUGH", None, of="grafana"),
      variable("LOG_FORMAT", "$AWS_SECRET"), variable("LD_PRELOAD", "/etc/bulkhead/x"),
      variable("HTTP_PORT", "8083"), variable("PROBE_PORT", "8082"),
      lambda composition: composition.container("connector").entry["environment"].pop("PROBE_PORT"),
      lambda composition: composition.container("connector").entry["environment"].pop("WEBHOOK_KEY_FILE"),
      lambda composition: composition.container("grafana").entry.update(environment=["DB_USER"]))
def accounts(composition):
    for container in composition.containers:
        name, found = container.name, container.environment
        if name in VARIABLES:
            yield from (f"{name}: {complaint}" for complaint in settings.complaints(found, VARIABLES[name]))
        else:
            yield from (f"{name}: {v} opens it, or holds a secret" for v in found
                        if OPENING.fullmatch(v) or "trust" in str(found[v]))
        if name in SERVICES and (found.get("HTTP_PORT"), found.get("PROBE_PORT")) != (str(SERVICES[name].port), PROBES):
            yield f"{name} listens on {found.get('HTTP_PORT')}, and on {found.get('PROBE_PORT')} for probes"
        for variable, value in found.items():
            if (value is None or re.search(r"\$(?!\$)", str(value))) and (name, variable, value) != FROM_THE_CALLER:
                yield f"{name}: {variable} takes {value} from the host"


# ---- Networks --------------------------------------------------------------------------------------------------------

NO_WAY_OUT, NO_NEIGHBOURS, INTERNAL = (
    {"driver_opts": {"com.docker.network.bridge.enable_ip_masquerade": "false"}},
    {"driver_opts": {"com.docker.network.bridge.enable_icc": "false"}}, {"internal": True})
# {network: (its options, its members)}. A network is a permission: its members can connect, except on `outside`.
NETWORKS = {
    "data": (INTERNAL, {*DATABASE, *CACHES, *JOBS}),
    "edge": (NO_WAY_OUT, {INGRESS, "grafana", LOAD}),
    "outside": (NO_NEIGHBOURS, {s.name for s in SERVICES.values() if "outside" in s.sides}),
    "watch": (INTERNAL, set(WATCH)),
    **{f"app-{s.name}": (INTERNAL, {s.name, "prometheus", *(DATABASE if s.database_account else ()),
                                    *(CACHES if s.cache_account else ())}) for s in SERVICES.values()},
    **{f"edge-{s.name}": (INTERNAL, {s.name, INGRESS}) for s in SERVICES.values() if "edge" in s.sides}}
# The alias of a container on its networks. A container with another one's alias would receive its connections.
ALIASES = {**dict.fromkeys(DATABASE, "database"), **dict.fromkeys(CACHES, "cache")}
ALIASES_ON = {(INGRESS, "edge"): "ingress.edge", ("prometheus", "watch"): "prometheus.watch"}


def network(which, **changes):
    return lambda composition: composition.document["networks"].update(
        {which: {**(composition.document["networks"].get(which) or {}), **changes}})


def join(name, *networks, **options):
    """Adds that container to more networks."""
    def change(composition):
        container = composition.container(name)
        container.entry["networks"] = {**container.networks, **dict.fromkeys(networks, options)}
    return change


@rule("one source/each network connects the members of access.yaml, and only `outside` leads out",
      join("analytics", "app-connector"), join("backend-api", "data"), join("analytics", "edge-connector"),
      join("analytics", "outside"), join("analytics", "edge"), join("postgres", "outside"), join(LOAD, "app-connector"),
      join(INGRESS, "app-analytics-rollup"), join(INGRESS, "data"), join(LOAD, "data"), join("grafana", "data"),
      join("analytics", "default"), join("postgres", "default"),
      entry(networks=["outside"]), entry(networks=["edge-connector", "app-connector"]), entry(networks=[]),
      # Another alias or address on a container's own network.
      join("connector", "edge-connector", aliases=["backend-api"]), join("connector", "app-connector", aliases=["database"]),
      join("connector", "app-connector", ipv4_address="172.20.0.2"), join("redis", "app-connector"),
      join(INGRESS, "edge-connector", aliases=["ingress.edge"]),
      network("data", internal=False), network("data", internal="false"), network("data", internal="${I:-false}"),
      network("data", external=True), network("edge", driver_opts={}), network("outside", driver_opts={}),
      network("more", internal=True), network("edge-analytics", internal=False),
      both(network("edge-connector", name="x"), network("app-analytics", name="x")))
def networks(composition):
    found = composition.document["networks"]
    # Compose creates the network `default` without a declaration.
    for name in sorted({*found, *NETWORKS, *(n for c in composition.containers for n in c.networks)}):
        options, members = NETWORKS.get(name, (None, set()))
        if found.get(name) != options:
            yield f"the network {name} is {found.get(name)}, not {options}"
        on_it = {c.name for c in composition.containers if name in c.networks}
        for member in sorted(on_it ^ members):
            yield f"{member} is {'not ' if member in members else ''}on the network {name}"
    for container in composition.containers:
        for name, said in container.networks.items():
            alias = ALIASES_ON.get((container.name, name), ALIASES.get(container.name))
            if said != ({"aliases": [alias]} if alias else {}):
                yield f"{container.name} has the options {said} on the network {name}"


# ---- The ingress -----------------------------------------------------------------------------------------------------

# Lines that would open another way in or out, or would write what a client sends into the log.
ELSEWHERE = re.compile(r"\b(set-dst|transparent|socks4|stats|hdr|program|default_backend|use_backend|user|lua-load)\b")


# What a request and its client depend on.
DUE = ("log stdout format raw local0 info$", "nameserver dns 127.0.0.11:53$", "option http-server-close$", "option forwardfor$",
       "retry-on conn-failure$", f"default-server check port {PROBES} .* resolvers engine .* init-addr none$",
       "option httpchk GET /readyz$")


def rewrite(old, new):
    """Changes a text in the ingress's configuration."""
    def change(composition):
        assert old in composition.ingress, old
        composition.ingress = composition.ingress.replace(old, new)
    return change


def written(text):
    def change(composition):
        composition.ingress += f"\n{text}\n"
    return change


@rule("one source/requests arrive through the ingress, at the services that access.yaml opens to the edge",
      rewrite("analytics- 4 analytics:8083", "analytics- 4 analytics-rollup:8086"),
      rewrite("analytics- 4 analytics:8083", "analytics- 4 analytics:8086"),
      rewrite("check port 9090", "check"),
      rewrite("bind ingress.edge:8083", "bind *:8083"), rewrite("bind ingress.edge:8083", "bind 127.0.0.1:8083"),
      rewrite("  bind ingress.edge:8083", "    bind ingress.edge:8083\n    bind *:9000"),
      rewrite("listen analytics\n", "listen analytics\n  http-request set-dst str(backend-api)\n"),
      rewrite("nameserver dns 127.0.0.11:53", "nameserver dns 192.0.2.1:53"),
      rewrite("option http-server-close", "option transparent"), rewrite("option forwardfor", "option forwardfor if-none"),
      rewrite("log stdout", "stats socket *:9000\n  log stdout"),
      rewrite("  bind ingress.edge:8083", "  bind ingress.edge:8083\n  bind ingress.edge:8083"),
      rewrite("default-server check port 9090", "default-server check port 9090 socks4 connector:9999"),
      rewrite("init-addr none", "init-addr 192.0.2.1"), rewrite("log stdout", "log connector:514"),
      rewrite("%HPO", "%[req.hdr(authorization)]"),
      written("frontend f\n  bind *:9000\n  default_backend b\nbackend b\n  server s backend-api:8081"),
      written("    listen f\n    bind *:9000\n    server s backend-api:8081"),
      written("listen analytics-rollup\n  bind ingress.edge:8086\n  server-template analytics-rollup- 4 analytics-rollup:8086"),
      written("program x\n  command sh"), rewrite("listen connector\n", "defaults\n  mode tcp\nlisten connector\n"),
      entry(INGRESS, ports=["127.0.0.1:8081:8081"]), entry(ports=["127.0.0.1:8082:8082"]),
      entry("postgres", ports=["127.0.0.1:5432:5432"]), entry(INGRESS, ports=["8081:8081"]),
      more("ports", "127.0.0.1:9000-9100:9000-9100", to=INGRESS), entry("grafana", ports=["3000:3000"]),
      more("ports", {"target": 8081, "published": "8081", "host_ip": "0.0.0.0"}, to=INGRESS))
def ingress(composition):
    if set(WAY_IN) != {s.name for s in SERVICES.values() if "edge" in s.sides}:
        yield f"access.yaml does not open exactly {sorted(WAY_IN)} to the edge"
    listens = {}
    for first, lines in composition.sections:
        kind, _, name = first.partition(" ")
        listens.setdefault(kind, []).append(name)
        yield from (f"the ingress, {first}: {line}" for line in (first, *lines) if ELSEWHERE.search(line))
        if kind == "listen" and lines != [f"bind ingress.edge:{WAY_IN.get(name)}",
                                          f"server-template {name}- 4 {name}:{WAY_IN.get(name)}"]:
            yield f"the ingress, {first}: {lines}"
        if kind == "frontend" and lines != ["bind 127.0.0.1:8404", "monitor-uri /livez"]:
            yield f"the ingress, {first}: {lines}"
    due = {"global": [""], "resolvers": ["engine"], "defaults": [""], "listen": sorted(WAY_IN), "frontend": ["alive"]}
    if {kind: sorted(names) for kind, names in listens.items()} != due:
        yield f"the ingress has the sections {listens}"
    yield from (f"the ingress lacks: {line}" for line in DUE if not re.search(rf"^  {line}", composition.ingress, re.M))
    for container in composition.containers:
        wanted = PORTS.get(container.name, set())
        for port in sorted(set(container.names("ports")) ^ wanted):
            yield f"{container.name} {'does not publish' if port in wanted else 'publishes'} {port}"


# ---- Restrictions and life cycle -------------------------------------------------------------------------------------

IMAGE = re.compile(r"\$\{([A-Z]+_IMAGE):-([^}]+)\}")


@rule("compose/compose reads only docker-compose.yml and .env", lambda composition: composition.document.update(name="other"),
      lambda composition: setattr(composition, "settings", composition.settings + "POSTGRES_IMAGE=x\n"),
      lambda composition: composition.beside.add("docker-compose.override.yml"),
      lambda composition: composition.beside.add("compose.yaml"),
      lambda composition: setattr(composition, "settings", "COMPOSE_FILE=other.yaml\n"),
      lambda composition: setattr(composition, "settings", composition.settings + "BULKHEAD_VERSION=x\n"))
def nothing_beside(composition):
    if composition.document.get("name") != "bulkhead":
        yield f"the project's name is {composition.document.get('name')}"
    for name in sorted(composition.beside):
        yield f"compose would read {name} too"
    said = sorted(line for line in composition.settings.splitlines() if line and not line.startswith("#"))
    images = {IMAGE.fullmatch(str(c.entry.get("image"))) for c in composition.containers} - {None}
    if said != sorted({"COMPOSE_PROFILES=redis", *(f"{i[1]}={i[2]}" for i in images)}):
        yield f".env contains {said}"


@rule("compose/a service is unready long enough before it closes its listener, and has time to finish its requests",
      variable("SHUTDOWN_DELAY", "1"), entry(stop_grace_period="10s"), rewrite("fall 3", "fall 9"))
def drain(composition):
    checks = re.search(r"inter (\d+)s fastinter (\d+)ms .* fall (\d+) ", composition.ingress)
    slowest = int(checks[1]) + int(checks[2]) / 1000 * (int(checks[3]) - 1)
    for name in SERVICES:
        container = composition.container(name)
        delay = float(container.environment.get("SHUTDOWN_DELAY", 0))
        finish = float(container.environment.get("SHUTDOWN_TIMEOUT", 20))
        if delay < 2 * slowest:
            yield f"{name}: SHUTDOWN_DELAY is {delay} s, and the ingress may need {slowest} s to notice"
        if float(str(container.entry.get("stop_grace_period", "10s")).rstrip("s")) <= delay + finish:
            yield f"{name}: the container engine kills it before it has finished"


LOGS = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}
LIMITS = {"cpus": r"[1-9][0-9]*\.[0-9]", "memory": "[1-9][0-9]*[MG]", "pids": "[1-9][0-9]*"}
# A folder in memory has a limit, and none may be open to every user but /tmp.
IN_MEMORY = re.compile(r"/tmp:mode=1777,size=[0-9]+m|/(?!run/secrets)[a-z/.]+:uid=[0-9]+,gid=[0-9]+,mode=0[0-7]{2}[05],size=[0-9]+m")


@rule("compose/every container is restricted: no capability, no new privilege, read-only root, limits",
      entry(logging={"driver": "loki", "options": {"max-size": "1m"}}), entry("access", tmpfs=["/run/credentials:mode=0777"]),
      entry(tmpfs=["/run/secrets:mode=1777"]), entry(cap_drop=[]), entry(read_only=False), entry(security_opt=[]),
      entry(deploy={}), entry(logging=None),
      entry(security_opt=["no-new-privileges:false", "seccomp=unconfined"]),
      *(entry(deploy={"resources": {"limits": {"cpus": "1.0", "memory": "1G", "pids": 64, **wrong}}})
        for wrong in ({"pids": None}, {"pids": -1}, {"memory": "0"}, {"cpus": "0.0"})))
def held(composition):
    for container in composition.containers:
        given = container.entry
        limits = (given.get("deploy") or {}).get("resources", {}).get("limits", {})
        claims = {
            "cap_drop: ALL": given.get("cap_drop") == ["ALL"], "read_only": given.get("read_only") is True,
            "no-new-privileges": given.get("security_opt") == ["no-new-privileges:true"],
            # A container engine reads 0 and -1 as no limit.
            "limits of processors, memory and processes": all(
                re.fullmatch(form, str(limits.get(what))) for what, form in LIMITS.items()),
            "logs with a limit": given.get("logging") == LOGS}
        yield from (f"{container.name}: {claim}" for claim, holds in claims.items() if not holds)
        yield from (f"{container.name}: {folder} in memory" for folder in container.names("tmpfs")
                    if not IN_MEMORY.fullmatch(folder))
