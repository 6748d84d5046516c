"""docker-compose.yml: the rules of the one source, and the restrictions on its containers.

The rules hold the complete expected state of each container and network and compare it with the file. They report both what
is missing and what is unexpected."""

import re

import settings
from compose import file_of
from fields import fields, unknown
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
# The public keys that check tokens are not secret. Every service that does not sign tokens gets them.
CONFIGS = {s.name: [{"source": "jwks", "target": KEY_SET}] for s in SERVICES.values() if "token-key" not in s.secrets}
MOUNTS = {
    **dict.fromkeys(DATABASE, {"postgres:/var/lib/postgresql/data"}), **dict.fromkeys(CACHES, {"cache:/data"}),
    INGRESS: {"./deploy/compose/ingress.cfg:/etc/bulkhead/ingress.cfg:ro"},
    "prometheus": {"./deploy/compose/prometheus.yaml:/etc/prometheus/prometheus.yaml:ro", "prometheus:/prometheus"},
    "grafana": {
        "./deploy/compose/grafana/datasource.yaml:/etc/grafana/provisioning/datasources/datasource.yaml:ro",
        "./deploy/compose/grafana/dashboards.yaml:/etc/grafana/provisioning/dashboards/dashboards.yaml:ro",
        "./deploy/compose/grafana/fleet.json:/etc/grafana/dashboards/fleet.json:ro"}}
VOLUMES = {"postgres", "cache", "prometheus"}
OWN_IMAGE = "bulkhead/{}:${{BULKHEAD_VERSION:-dev}}"
IMAGES = {
    **{s.name: OWN_IMAGE.format(s.program) for s in SERVICES.values()}, LOAD: OWN_IMAGE.format("load"),
    **dict.fromkeys(JOBS, OWN_IMAGE.format("bulkhead")), "postgres": "${POSTGRES_IMAGE:-postgres:16}",
    "redis": "${REDIS_IMAGE:-redis:7}", "valkey": "${VALKEY_IMAGE:-valkey/valkey:8}",
    INGRESS: "${HAPROXY_IMAGE:-haproxy:3.0}", "prometheus": "${PROMETHEUS_IMAGE:-prom/prometheus:v2.53.0}",
    "grafana": "${GRAFANA_IMAGE:-grafana/grafana:11.1.0}"}
# The fleet's own images set an unprivileged user themselves.
USERS = {**dict.fromkeys(DATABASE, "999:999"), **dict.fromkeys(CACHES, "999"), INGRESS: "99:99",
         "prometheus": "65534:65534", "grafana": "472:0"}
COPY_CREDENTIALS = ["sh", "-c", 'install -m 0600 -t "$$CREDENTIALS_DIR" /run/secrets/* && exec bulkhead "$$@"', "bulkhead"]
CACHE_STARTS = r"""set -eu
umask 077
digest=$$(sha256sum </run/secrets/cache-admin | cut -d ' ' -f 1)
program=$$(command -v valkey-server || command -v redis-server)
accounts=/data/$${program##*/}.acl
if ! grep -qs "^user cache-admin .*#$$digest" "$$accounts"; then
  printf '%s\n' 'user default off' "user cache-admin on #$$digest ~* &* +@all" >"$$accounts"
fi
exec "$$program" --dir /data --aclfile "$$accounts" \
  --save '' --appendonly no --maxmemory 128mb --maxmemory-policy allkeys-lru
"""
# A container without an entry uses the image's default.
ENTRY_POINTS = {"bootstrap": COPY_CREDENTIALS, "access": COPY_CREDENTIALS,
                INGRESS: ["haproxy", "-db", "-f", "/etc/bulkhead/ingress.cfg"]}
COMMANDS = {
    "bootstrap": ["bootstrap"], "migrate": ["migrate", "up"], "access": ["access", "apply"],
    "postgres": ["postgres", "-c", "max_connections=200", "-c", "shared_buffers=128MB", "-c",
                 "password_encryption=scram-sha-256"],
    **dict.fromkeys(CACHES, ["sh", "-c", CACHE_STARTS]), INGRESS: [],
    # It scrapes on the services' networks and listens on none of them.
    "prometheus": ["--config.file=/etc/prometheus/prometheus.yaml", "--storage.tsdb.path=/prometheus",
                   "--storage.tsdb.retention.time=7d", "--web.listen-address=prometheus.watch:9090"]}
BUILD = {"context": ".", "dockerfile": "deploy/images/Dockerfile", "args": {
    "BUILD_IMAGE": "${BUILD_IMAGE:-swift:6.3-bookworm}", "RUN_IMAGE": "${RUN_IMAGE:-debian:bookworm-slim}",
    "VERSION": "${BULKHEAD_VERSION:-dev}", "REVISION": "${BULKHEAD_REVISION:-unknown}"}}
# For each program, one service of the file builds the image.
BUILDS = {name: {**BUILD, "target": name} for name in ("backend-api", "connector", "analytics", LOAD)} | {
    "bootstrap": {**BUILD, "target": "bulkhead"}}
WAY_IN = {"backend-api": 8081, "connector": 8082, "analytics": 8083, "twitch-trigger": 8084, "discord-trigger": 8085}
PORTS = {INGRESS: {f"127.0.0.1:{port}:{port}" for port in WAY_IN.values()}, "grafana": {"127.0.0.1:3000:3000"}}


def differences(composition, key, wanted):
    """The containers whose value under a key is not the expected one. Without an expected value, there must be none."""
    for container in composition.containers:
        found, due = container.entry.get(key), wanted.get(container.name)
        if found != due:
            yield f"{container.name}: {key} is {found}, not {due}"


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


HEALTH = fields("test", "interval", "timeout", "retries", "start_period")
CONTAINER = fields(
    "image", "pull_policy", "user", "entrypoint", "command", "environment", "secrets", "configs", "volumes", "tmpfs",
    "shm_size", "stop_signal", "stop_grace_period", "networks", "ports", "profiles", "restart", "depends_on", "cap_drop",
    "security_opt", "read_only", build=fields("context", "dockerfile", "target", "args"), healthcheck=HEALTH,
    deploy=fields(resources=fields(limits=fields("cpus", "memory", "pids"))), logging=fields("driver", "options"))
DOCUMENT = fields("name", "services", "networks", "volumes", "configs", "secrets")


@rule("one source/every container and every field is on the list of known ones", one_more,
      lambda composition: composition.document["services"].pop("analytics"), top("include", path="more.yaml"),
      *(entry(**{key: value}) for key, value in {
          "privileged": True, "cap_add": ["NET_ADMIN"], "pid": "service:backend-api", "ipc": "host", "userns_mode": "host",
          "devices": ["/dev/sda:/dev/sda"], "network_mode": "service:backend-api", "volumes_from": ["access:ro"],
          "env_file": ["/tmp/x.env"], "extends": {"file": "x.yaml", "service": "y"}, "links": ["backend-api"],
          "extra_hosts": ["host.docker.internal:host-gateway"], "group_add": ["0"], "cgroup_parent": "/", "hostname": "x",
          "container_name": "backend-api", "build": {"context": ".", "secrets": ["migrate-admin"]},
          "healthcheck": {"disable": True}, "deploy": {"mode": "global"}}.items()),
      entry(INGRESS, cap_add=["SYS_ADMIN"]), entry("postgres", privileged=True))
def only_what_is_known(composition):
    for name in sorted(set(composition.document["services"]) ^ set(SECRETS)):
        yield f"{name} is {'missing' if name in SECRETS else 'unexpected'}"
    own = {k: v for k, v in composition.document.items() if not k.startswith("x-")}
    yield from (f"unknown field {path}" for path in unknown(own, DOCUMENT))
    for container in composition.containers:
        yield from (f"{container.name}: unknown field {path}" for path in unknown(container.entry, CONTAINER))


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


@rule("one source/each container has its own mounts and no other", entry(volumes=[f"./{FOLDER}:/run/more:ro"]),
      more("volumes", f"./{FOLDER}:/s:ro", to="prometheus"), more("volumes", "postgres:/pg:ro", to="prometheus"),
      more("volumes", "/var/run/docker.sock:/var/run/docker.sock", to=INGRESS), entry("postgres", volumes=[]),
      more("volumes", {"type": "bind", "source": "/", "target": "/host"}),
      top("volumes", cache={"driver_opts": {"type": "none", "o": "bind", "device": "/"}}), top("volumes", more=None))
def mounts(composition):
    for container in composition.containers:
        wanted = MOUNTS.get(container.name, set())
        for mount in sorted(set(container.names("volumes")) ^ wanted):
            yield f"{container.name} {'lacks' if mount in wanted else 'mounts'} {mount}"
    if composition.document["volumes"] != dict.fromkeys(VOLUMES):
        yield f"volumes: {composition.document['volumes']}"


def script(old, new):
    """Changes the command that starts the cache."""
    def change(composition):
        command = composition.container("redis").entry["command"]
        assert old in command[2], old
        command[2] = command[2].replace(old, new)
    return change


@rule("one source/each container runs its own program as its own user, and an engine requires a password",
      entry(image="bulkhead/backend-api:dev"),
      entry(image="registry.example.org/bulkhead/connector:dev"), entry(user="0:0"), entry("postgres", user="0:0"),
      entry(command=["version"]), entry(entrypoint=["sh"]), entry(INGRESS, entrypoint=["haproxy", "-f", "/tmp/other.cfg"]),
      entry(LOAD, command=["sh"]), entry("grafana", entrypoint=["sh"]), entry("migrate", command=["migrate", "down"]),
      entry("access", command=["access", "plan"]), entry(build={"context": "/", "target": "connector"}),
      entry(build={**BUILD, "target": "backend-api"}),
      entry(build={**BUILD, "args": {"RUN_IMAGE": "x"}, "target": "connector"}),
      # An engine that accepts others than its administrator.
      more("command", "-c", "hba_file=/tmp/x", to="postgres"),
      entry("postgres", entrypoint=["sh", "-c", 'exec docker-entrypoint.sh postgres -c hba_file=/tmp/x']),
      entry("valkey", entrypoint=["valkey-server", "--protected-mode", "no"]),
      script("'user default off'", "'user default on nopass ~* +@all'"), script('--aclfile "$$accounts"', ""),
      script("exec", "echo 'user more on nopass +@all' >>x\nexec"),
      script("--save ''", "--aclfile '' --save ''"), script("exec", "echo user more on nopass '~*' +@all >>$$accounts\nexec"),
      script("exec", '"$$program" --port 6380 --protected-mode no --daemonize yes\nexec'),
      # A Prometheus that listens on the services' networks.
      *(entry("prometheus", **said) for said in (
          {"command": ["--web.listen-address=0.0.0.0:9090"]}, {"command": ["--config.file=x"]},
          {"command": ["--web.listen-address=prometheus.watch:9090", "--web.listen-address=:9091"]},
          {"command": ["--web.listen-address", "prometheus.watch:9090", "--web.listen-address=prometheus.watch:9090"]},
          {"command": [*COMMANDS["prometheus"], "--web.listen-address=:9091"]},
          {"entrypoint": ["prometheus", "--web.listen-address=:9090"]})))
def programs(composition):
    for key, wanted in (("image", IMAGES), ("user", USERS), ("entrypoint", ENTRY_POINTS), ("command", COMMANDS),
                        ("build", BUILDS)):
        yield from differences(composition, key, wanted)


# ---- Accounts --------------------------------------------------------------------------------------------------------

def file(secret):
    return f"{MOUNT}/{secret}"


MIGRATE, CACHE = ((account, file(account)) for account in (ACCESS.database_administrator, ACCESS.cache_administrator))
CREDENTIALS = {"CREDENTIALS_DIR": "/run/credentials"}
COMMON = {"DB_TYPE": "postgresql", "DB_HOST": "database", "DB_NAME": "app_db", "DB_TLS": "disable", "CACHE_TYPE": "redis",
          "CACHE_HOST": "cache", "CACHE_TLS": "disable", "LOG_FORMAT": "json",
          "HTTP_TRUSTED_PROXIES": "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16", "SHUTDOWN_DELAY": "4"}
VARIABLES = {
    **{s.name: {**COMMON, **settings.of_service(s, MOUNT, KEY_SET, file_of),
                **({"ROLLUP_INTERVAL": "10"} if s.name == "analytics-rollup" else {})} for s in SERVICES.values()},
    "bootstrap": {**COMMON, **settings.of_accounts(("postgres", file(SUPERUSER)), CACHE), **CREDENTIALS},
    "migrate": {**COMMON, **settings.of_accounts(MIGRATE), "CACHE_TYPE": "memory"},
    "access": {**COMMON, **settings.of_accounts(MIGRATE, CACHE), **CREDENTIALS},
    "postgres": {"POSTGRES_PASSWORD_FILE": file(SUPERUSER),
                 "POSTGRES_INITDB_ARGS": "--auth-local=scram-sha-256 --auth-host=scram-sha-256 --data-checksums"},
    # A client on 127.0.0.1 may view the dashboards and change nothing.
    "grafana": {"GF_AUTH_ANONYMOUS_ENABLED": "true", "GF_AUTH_DISABLE_LOGIN_FORM": "true",
                "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true", "GF_ANALYTICS_REPORTING_ENABLED": "false",
                "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
                "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": "/etc/grafana/dashboards/fleet.json"},
    # The only variable that a container takes from the caller's environment.
    LOAD: {"API": "http://ingress.edge:8081", "CONNECTIONS": "${LOAD_CONNECTIONS:-32}"}}


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
      variable("GF_SECURITY_ADMIN_PASSWORD", "hunter2", of="grafana"), variable("DATABASE_URL", None),
      variable("GF_AUTH_ANONYMOUS_ORG_ROLE", "Admin", of="grafana"), variable("PLATFORM", "discord", of="twitch-trigger"),
      variable("ACCESS_MANIFEST", "/tmp/x", of="access"), variable("PATH", "/data", of="redis"),
      variable("POSTGRES_HOST_AUTH_METHOD", "trust", of="postgres"),
      variable("POSTGRES_INITDB_ARGS", "--auth=trust", of="postgres"), variable("POSTGRES_USER", "x", of="postgres"),
      variable("DB_USER", "${DB_USER:-connector-rw}"), variable("PASSTHROUGH", None, of="grafana"),
      variable("LOG_FORMAT", "$AWS_SECRET"),
      lambda composition: composition.container("connector").entry["environment"].pop("WEBHOOK_KEY_FILE"),
      lambda composition: composition.container("grafana").entry.update(environment=["DB_USER"]))
def accounts(composition):
    for container in composition.containers:
        found, wanted = container.environment, VARIABLES.get(container.name, {})
        for name in sorted({*found, *wanted}):
            if name not in found or name not in wanted or found[name] != wanted[name]:
                yield f"{container.name}: {name} is {found.get(name)}, not {wanted.get(name)}"


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

PROBLEM = "content-type application/problem+json string"
# {first line of a section: its other lines}; a T stands for any duration.
SECTIONS = {
    "global": ["log stdout format raw local0 info", "maxconn 2000", "hard-stop-after T"],
    "resolvers engine": ["nameserver dns 127.0.0.11:53", "accepted_payload_size 8192", "resolve_retries 2",
                         "timeout resolve T", "timeout retry T", "hold valid T", "hold obsolete T", "hold nx T"],
    "defaults": [
        "mode http", "log global", "option dontlog-normal",
        'log-format "%ft/%s %ST %HM %HPO %Ta ms, ended %tsc, retries %rc"', "option http-server-close",
        "option forwardfor", "http-reuse never",
        "retries 5", "retry-on conn-failure", "option redispatch 1",
        *(f"timeout {what} T" for what in ("http-request", "http-keep-alive", "connect", "client", "server", "check")),
        "option httpchk GET /readyz",
        "default-server check inter T fastinter T downinter T fall 3 rise 1 "
        "resolvers engine resolve-prefer ipv4 init-addr none",
        *(f"""http-error status {status} {PROBLEM} '{{"type":"about:blank","title":"{title}","status":{status}}}'"""
          for status, title in ((502, "Bad Gateway"), (503, "Service Unavailable"), (504, "Gateway Timeout")))],
    **{f"listen {name}": [f"bind ingress.edge:{port}", f"server-template {name}- 4 {name}:{port}"]
       for name, port in WAY_IN.items()},
    "frontend alive": ["bind 127.0.0.1:8404", "monitor-uri /livez"]}


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
      rewrite("bind ingress.edge:8083", "bind *:8083"), rewrite("bind ingress.edge:8083", "bind 127.0.0.1:8083"),
      rewrite("  bind ingress.edge:8083", "    bind ingress.edge:8083\n    bind *:9000"),
      rewrite("listen analytics\n", "listen analytics\n  http-request set-dst str(backend-api)\n"),
      rewrite("nameserver dns 127.0.0.11:53", "nameserver dns 192.0.2.1:53"),
      rewrite("option http-server-close", "option transparent"), rewrite("option forwardfor", "option forwardfor if-none"),
      rewrite("log stdout", "stats socket *:9000\n  log stdout"),
      rewrite("  bind ingress.edge:8083", "  bind ingress.edge:8083\n  bind ingress.edge:8083"),
      rewrite("default-server check", "default-server check socks4 connector:9999"),
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
    if [first for first, _ in composition.sections] != list(SECTIONS):
        yield f"the ingress has the sections {[first for first, _ in composition.sections]}"
    for first, lines in composition.sections:
        said = [re.sub(r"\b\d+m?s\b", "T", line) for line in lines]
        if said != SECTIONS.get(first):
            yield f"the ingress, {first}: {said}"
    for container in composition.containers:
        wanted = PORTS.get(container.name, set())
        for port in sorted(set(container.names("ports")) ^ wanted):
            yield f"{container.name} {'does not publish' if port in wanted else 'publishes'} {port}"


# ---- Restrictions and life cycle -------------------------------------------------------------------------------------

# .env: the cache, and the images that docker-compose.yml names.
DEFAULTS = sorted(["COMPOSE_PROFILES=redis", *(f"{name}={image}" for name, image in re.findall(
    r"\$\{([A-Z]+_IMAGE):-([^}]+)\}", "\n".join(IMAGES.values())))])


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
    if said != DEFAULTS:
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


@rule("compose/an image of the fleet is never pulled from a registry",
      lambda composition: composition.container("migrate").entry.pop("pull_policy"), entry(pull_policy="missing"))
def made_here(composition):
    ours = {name: "never" for name, image in IMAGES.items() if image.startswith("bulkhead/")}
    yield from differences(composition, "pull_policy", ours)


LOGS = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}
LIMITS = {"cpus": r"[1-9][0-9]*\.[0-9]", "memory": "[1-9][0-9]*[MG]", "pids": "[1-9][0-9]*"}
# The writable folders of a container beside its volumes, with their owner and size.
IN_MEMORY = {
    **dict.fromkeys(("bootstrap", "access"), ["/run/credentials:uid=65532,gid=65532,mode=0700,size=1m"]),
    "postgres": ["/tmp:mode=1777,size=64m", "/var/run/postgresql:uid=999,gid=999,mode=0775,size=1m"],
    "grafana": ["/tmp:mode=1777,size=16m", "/var/lib/grafana:uid=472,gid=0,mode=0700,size=128m"]}


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
    yield from differences(composition, "tmpfs", IN_MEMORY)


HEALTHY, ENDED = {"condition": "service_healthy"}, {"condition": "service_completed_successfully"}
ENGINES_RUN = {"postgres": HEALTHY, **dict.fromkeys(CACHES, {**HEALTHY, "required": False})}
WAITS = {"bootstrap": ENGINES_RUN, "migrate": {"bootstrap": ENDED}, "access": {"migrate": ENDED},
         **dict.fromkeys(SERVICES, {**ENGINES_RUN, **dict.fromkeys(JOBS, ENDED)}),
         "grafana": {"prometheus": HEALTHY}, LOAD: {INGRESS: HEALTHY, "backend-api": HEALTHY}}
# PostgreSQL ends its sessions and loses nothing. The ingress finishes its requests.
SIGNALS = {"postgres": "SIGINT", INGRESS: "SIGUSR1"}
RESTARTS = {**dict.fromkeys(SECRETS, "unless-stopped"), **dict.fromkeys(JOBS, "no")}
PROFILES = {**{name: [name] for name in (*CACHES, LOAD)}, **dict.fromkeys(WATCH, ["observability"])}


@rule("compose/a container has the right dependencies, restart policy, stop signal and profile", entry(depends_on={}),
      entry(depends_on={"bootstrap": ENDED}), entry(depends_on=["bootstrap", "migrate", "access"]),
      entry(depends_on={**WAITS["connector"], "migrate": {"condition": "service_started"}}), entry("access", depends_on={}),
      entry("postgres", depends_on={LOAD: HEALTHY}), entry(profiles=["more"]), entry("migrate", restart="always"),
      entry(restart="no"), entry("postgres", stop_signal="SIGKILL"))
def order(composition):
    for key, wanted in (("depends_on", WAITS), ("restart", RESTARTS), ("stop_signal", SIGNALS), ("profiles", PROFILES)):
        yield from differences(composition, key, wanted)


# A health check runs in the container, with access to all that the container holds.
HEALTH_CHECKS = {
    **{s.name: ["CMD", s.program, "health"] for s in SERVICES.values()},
    "postgres": ["CMD", "pg_isready", "--quiet", "--host=127.0.0.1", "--username=postgres"],
    **dict.fromkeys(CACHES, ["CMD-SHELL", "REDISCLI_AUTH=$$(cat /run/secrets/cache-admin) $$(command -v valkey-cli || "
                                          "command -v redis-cli) --user cache-admin ping | grep -q PONG"]),
    INGRESS: ["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8404 && "
                                   r'printf "GET /livez HTTP/1.0\r\n\r\n" >&3 && grep -q "200 OK" <&3'],
    "prometheus": ["CMD", "promtool", "query", "instant", "http://prometheus.watch:9090", "vector(1)"]}


@rule("compose/each service and engine has its own health check",
      lambda composition: composition.container("connector").entry.pop("healthcheck"),
      entry(healthcheck={"test": ["CMD", "true"]}), entry("postgres", healthcheck={"disable": True}),
      entry("redis", healthcheck={"test": ["NONE"]}), entry(INGRESS, healthcheck={"test": "NONE"}),
      entry("postgres", healthcheck={"test": ["CMD", "true"]}), entry(LOAD, healthcheck={"test": ["CMD", "true"]}),
      entry("redis", healthcheck={"test": ["CMD-SHELL", "redis-cli acl setuser x on nopass ~* +@all"]}))
def health(composition):
    for container in composition.containers:
        test = (container.entry.get("healthcheck") or {}).get("test")
        if test != HEALTH_CHECKS.get(container.name):
            yield f"{container.name} has the health check {test}"
