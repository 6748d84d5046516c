"""How a pod of the fleet starts, runs and stops: this project's own rules, beyond the general checklists."""

import re

from operations.fleet import matches
from rule import Rules, on

RULES = Rules()
rule = RULES.rule

# The four steps of a program's shutdown (RunningService.swift) each have a grace period beyond their time-out; the sum.
STEP_GRACE_SECONDS = 20


def connector(change):
    return lambda fleet: change(fleet.workload("connector").document)


def container(change, index=0):
    return lambda fleet: change(fleet.workload("connector").containers[index])


@rule("bulkhead/the init container waits with the settings of the service",
      lambda fleet: fleet.workload("connector").pod["initContainers"][0].update(
          env=[{"name": "DB_USER", "value": "migrate-admin"}]))
def waits(fleet):
    for workload in fleet.services:
        if any(fleet.environment(c) != fleet.environment(workload.containers[0]) for c in workload.all_containers):
            yield f"{workload.where}: the init container has other settings than the service"


@rule("bulkhead/start-up, liveness and readiness probes differ",
      container(lambda c: c["livenessProbe"].update(httpGet={"path": "/readyz", "port": "probes"})),
      container(lambda c: c["readinessProbe"].update(httpGet={"path": "/livez", "port": "http"})),
      container(lambda c: c["startupProbe"].update(httpGet={"path": "/livez", "port": "http"}) or
                c["startupProbe"].pop("tcpSocket")))
def three_probes(fleet):
    for workload in fleet.services:
        probes = workload.containers[0]
        paths = {name: probes.get(name, {}).get("httpGet", {}).get("path")
                 for name in ("startupProbe", "livenessProbe", "readinessProbe")}
        if paths != {"startupProbe": None, "livenessProbe": "/livez", "readinessProbe": "/readyz"}:
            yield f"{workload.where}: {paths}"


@rule("bulkhead/grace is longer than the drain",
      connector(lambda d: d["spec"]["template"]["spec"].update(terminationGracePeriodSeconds=30)),
      container(lambda c: c.pop("lifecycle")),
      container(lambda c: c.update(env=[{"name": "SHUTDOWN_TIMEOUT", "value": "120"}])))
def grace(fleet):
    for workload in fleet.services:
        service = workload.containers[0]
        pause = service.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if pause < 1:
            yield f"{workload.where}: no preStop pause, in which endpoints remove the pod"
        environment = fleet.environment(service)
        drain = int(environment.get("SHUTDOWN_DELAY", 0)) + int(environment.get("SHUTDOWN_TIMEOUT", 20))
        needed = pause + drain + STEP_GRACE_SECONDS
        if workload.pod.get("terminationGracePeriodSeconds", 30) < needed:
            yield f"{workload.where}: its grace period is below the {needed} s that it needs to stop"


@rule("bulkhead/no ConfigMap changes under a running pod: it is immutable, with its hash in its name",
      lambda fleet: fleet.of_kind("ConfigMap")[0].pop("immutable"),
      lambda fleet: fleet.of_kind("ConfigMap")[0]["metadata"].update(name="fleet"))
def immutable_configuration(fleet):
    for document in fleet.of_kind("ConfigMap"):
        if document.get("immutable") is not True:
            yield f"{document['metadata']['name']} is not immutable"
        if not re.search(r"-[a-z0-9]{10}$", document["metadata"]["name"]):
            yield f"{document['metadata']['name']} has no hash in its name"


@rule("bulkhead/the manifests contain no Secret", lambda fleet: fleet.documents.append(
    {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "x", "namespace": "y"}, "stringData": {"a": "b"}}))
def no_secret_documents(fleet):
    for document in fleet.of_kind("Secret"):
        yield document["metadata"]["name"]


@rule("bulkhead/secrets are read-only files that the pod's group may read",
      connector(lambda d: d["spec"]["template"]["spec"]["volumes"][0]["secret"].update(defaultMode=0o444)),
      connector(lambda d: d["spec"]["template"]["spec"]["securityContext"].pop("fsGroup")),
      container(lambda c: c["volumeMounts"][0].pop("readOnly")))
def secret_modes(fleet):
    for workload in fleet.workloads:
        for volume in workload.pod.get("volumes", []):
            source = volume.get("secret") or volume.get("projected")
            if source is None:
                continue
            if source.get("defaultMode") != 0o440 or "fsGroup" not in workload.pod["securityContext"]:
                yield f"{workload.where}: volume {volume['name']}"
            for where in workload.all_containers:
                for mount in where.get("volumeMounts", []):
                    if mount["name"] == volume["name"] and not mount.get("readOnly"):
                        yield f"{workload.where}/{where['name']}: {mount['mountPath']} is writable"


AUTHORITIES = {"DB": "/run/authority/database.crt", "CACHE": "/run/authority/cache.crt"}


@rule("bulkhead/connections to database and cache use verified TLS",
      container(lambda c: c.update(env=[{"name": "DB_CA_FILE", "value": "/run/token-keys/jwks.json"}])),
      lambda fleet: change_fleet(fleet, DB_TLS="require"), lambda fleet: change_fleet(fleet, CACHE_TLS="disable"),
      container(lambda c: c.update(env=[{"name": "DB_TLS", "value": "disable"}])),
      container(lambda c: c.update(env=[{"name": "DB_CA_FILE", "value": "/etc/ssl/other.pem"}])))
def verified_tls(fleet):
    for workload in fleet.workloads:
        for container_ in workload.all_containers:
            environment = fleet.environment(container_)
            if "DB_USER" not in environment:
                continue
            mounts = {m["mountPath"] for m in container_.get("volumeMounts", [])}
            for engine in ("DB", "CACHE"):
                if environment.get(f"{engine}_TLS") != "verify-full":
                    yield f"{workload.where}/{container_['name']}: {engine}_TLS is {environment.get(f'{engine}_TLS')}"
                authority = environment.get(f"{engine}_CA_FILE")
                if authority != AUTHORITIES[engine] or "/run/authority" not in mounts:
                    yield f"{workload.where}/{container_['name']}: {engine}_CA_FILE is {authority}"


def change_fleet(fleet, **values):
    for document in fleet.of_kind("ConfigMap"):
        if document["metadata"]["name"].startswith("fleet-"):
            document["data"].update(values)


# The complete lines that each file may have. Any other form (quoted, continued, with an invisible character) is rejected,
# because the engine could read it differently from these rules.
LINES = {
    "pg_hba.conf": re.compile(r"local +all all +scram-sha-256|hostssl +all all (0\.0\.0\.0/0|::/0) +scram-sha-256|"
                              r"hostnossl +all all (0\.0\.0\.0/0|::/0) +reject"),
    "postgresql.conf": re.compile(r"([a-z_]+) = ('[^'\\]*'|[A-Za-z0-9.]+)"), "valkey.conf": re.compile(r"([a-z-]+) ([ -~]+)")}
# The required values of settings, and below the settings that may have any value.
SETTINGS = {
    "postgresql.conf": {"ssl": "on", "hba_file": "'/etc/postgresql/pg_hba.conf'", "password_encryption": "'scram-sha-256'",
                        "ssl_cert_file": "'/run/tls/tls.crt'", "ssl_key_file": "'/run/tls/tls.key'",
                        "ssl_min_protocol_version": "'TLSv1.2'"},
    "valkey.conf": {"port": "0", "tls-port": "6379", "aclfile": "/data/users.acl", "tls-cert-file": "/run/tls/tls.crt",
                    "tls-key-file": "/run/tls/tls.key", "tls-ca-cert-file": "/run/authority/cache.crt",
                    "tls-protocols": '"TLSv1.2 TLSv1.3"'}}
FREE = {
    "postgresql.conf": {"listen_addresses", "max_connections", "shared_buffers", "timezone", "log_timezone",
                        "log_line_prefix", "log_connections", "log_lock_waits"},
    "valkey.conf": {"bind", "tls-auth-clients", "dir", "save", "appendonly", "appendfsync", "maxmemory", "maxmemory-policy",
                    "maxclients"}}
FILES_OF = {"postgresql": ("postgresql.conf", "pg_hba.conf"), "valkey": ("valkey.conf",)}
# The lines that CloudNativePG puts before its own, and the settings that it makes.
CLUSTER_ACCESS = ["hostnossl all all all reject"]
CLUSTER_SETTINGS = {"password_encryption": "scram-sha-256", "ssl_min_protocol_version": "TLSv1.2"}


def wrong_lines(name, text):
    lines = [line for line in text.split("\n") if line and not re.fullmatch("#[ -~]*", line)]
    read = [(line, LINES[name].fullmatch(line)) for line in lines]
    if not lines:
        yield "it is empty"
    yield from (repr(line) for line, match in read if not match)
    if name in SETTINGS:
        yield from wrong_settings(name, [match.groups() for _, match in read if match])


def wrong_settings(name, said):
    yield from (setting for setting, _ in said if setting not in {*SETTINGS[name], *FREE[name]})
    for setting, value in SETTINGS[name].items():
        found = [v for s, v in said if s == setting]
        if found != [value]:
            yield f"{setting}: {found}"


def files_of(fleet, engine):
    """The files that an engine mounts from ConfigMaps of the manifests."""
    documents = [fleet.find("ConfigMap", v["configMap"]["name"]) for v in engine.pod.get("volumes", []) if "configMap" in v]
    return {name: text for d in documents if d for name, text in d.get("data", {}).items()}


def decoy(fleet):
    """The engine's own ConfigMap has a wrong file, and another engine's ConfigMap has the right one."""
    postgresql, valkey = (next(d for d in fleet.of_kind("ConfigMap") if name in d["data"])["data"]
                          for name in ("pg_hba.conf", "valkey.conf"))
    valkey["pg_hba.conf"], postgresql["pg_hba.conf"] = postgresql["pg_hba.conf"], "host all all all trust"


def set_cluster(**values):
    return lambda fleet: fleet.of_kind("Cluster")[0]["spec"]["postgresql"]["parameters"].update(values)


@rule("bulkhead/the engines accept no connection without TLS or password",
      lambda fleet: change_file(fleet, "pg_hba.conf", "hostnossl all all 0.0.0.0/0     reject", "host all all 0.0.0.0/0 trust"),
      lambda fleet: change_file(fleet, "pg_hba.conf", "::/0          reject", "::/0          scram-sha-256"),
      lambda fleet: change_file(fleet, "pg_hba.conf", "0.0.0.0/0     scram-sha-256", "0.0.0.0/0     password"),
      lambda fleet: change_file(fleet, "pg_hba.conf", "local     all all               scram-sha-256", "include other.conf"),
      lambda fleet: change_file(fleet, "pg_hba.conf", "local     all all               scram-sha-256",
                                'hostssl all," scram-sha-256 #" all 0.0.0.0/0 trust'),
      lambda fleet: change_file(fleet, "postgresql.conf", "ssl = on", "ssl = off"),
      *(lambda fleet, line=line: change_file(fleet, "postgresql.conf", "log_lock_waits = on", line) for line in (
          "ssl off", "include '/tmp/other.conf'", "archive_command = 'psql'", "local_preload_libraries = 'x'",
          "ident_file = '/tmp/x'")),
      lambda fleet: change_file(fleet, "postgresql.conf", "hba_file = '/etc/postgresql/pg_hba.conf'", ""),
      lambda fleet: change_file(fleet, "valkey.conf", "port 0", "port 6380"),
      *(lambda fleet, line=line: change_file(fleet, "valkey.conf", "maxclients 500", line) for line in (
          "USER more on nopass ~* +@all", "user more on nopass ~* +@all", '"aclfile" ""', '"port" 6379', "replicaof 192.0.2.1 1")),
      lambda fleet: change_file(fleet, "valkey.conf", "aclfile /data", "# \x0caclfile /data"),
      lambda fleet: change_file(fleet, "valkey.conf", "aclfile /data/users.acl", "user default on nopass ~* +@all"),
      decoy, *(lambda fleet, name=name: next(d for d in fleet.of_kind("ConfigMap") if name in d["data"])["data"].pop(name)
        for name in ("pg_hba.conf", "postgresql.conf", "valkey.conf")),
      *on("production", lambda fleet: fleet.of_kind("Cluster")[0]["spec"]["postgresql"].update(
          pg_hba=["host all all all trust", *CLUSTER_ACCESS]), set_cluster(ssl="off"), set_cluster(password_encryption="md5"),
          set_cluster(session_preload_libraries="x")))
def engine_connections(fleet):
    for engine in (w for w in fleet.workloads if w.name in FILES_OF):
        files = files_of(fleet, engine)
        if set(files) != set(FILES_OF[engine.name]):
            yield f"{engine.where} has the files {sorted(files)}"
        for name in FILES_OF[engine.name]:
            yield from (f"{name}: {each}" for each in wrong_lines(name, files.get(name, "")))
    for document in fleet.of_kind("Cluster"):
        given = document["spec"]["postgresql"]
        parameters = {k: v for k, v in given["parameters"].items() if k != "max_connections"}
        if given["pg_hba"] != CLUSTER_ACCESS or parameters != CLUSTER_SETTINGS:
            yield f"Cluster/{document['metadata']['name']}: {given}"


def change_file(fleet, name, old, new):
    for document in fleet.of_kind("ConfigMap"):
        if name in document.get("data", {}):
            assert old in document["data"][name], f"{name} does not contain: {old}"
            document["data"][name] = document["data"][name].replace(old, new)


# In the order in which scripts/migrate.sh and scripts/deploy.sh apply them. Documents without a phase come first.
PHASES = (None, "foundation", "migration", "services")
LATEST = {"Deployment": "services", "StatefulSet": "foundation", "Job": "migration"}


def phase_of(document):
    return document["metadata"].get("labels", {}).get("bulkhead/phase")


@rule("bulkhead/every document has a valid phase, and a pod's policies are applied no later than the pod",
      lambda fleet: fleet.workload("migrate").document["metadata"]["labels"].pop("bulkhead/phase"),
      connector(lambda d: d["metadata"]["labels"].pop("bulkhead/phase")),
      connector(lambda d: d["metadata"]["labels"].update({"bulkhead/phase": "later"})),
      lambda fleet: fleet.workload("valkey").document["metadata"]["labels"].update({"bulkhead/phase": "services"}),
      *(lambda fleet, name=name: fleet.find("NetworkPolicy", name)["metadata"]["labels"].update(
          {"bulkhead/phase": "services"}) for name in ("default-deny", "names", "migrate", "postgresql")))
def phases(fleet):
    for document in fleet.documents:
        if phase_of(document) not in PHASES:
            yield f"{document['kind']}/{document['metadata']['name']}: phase {phase_of(document)}"
            return
    for workload in fleet.workloads:
        phase, wanted = phase_of(workload.document), LATEST[workload.kind]
        if phase != wanted and not (phase is None and wanted == "foundation"):
            yield f"{workload.where}: phase {phase}"
        for policy in fleet.of_kind("NetworkPolicy"):
            if matches(policy["spec"]["podSelector"], workload.labels) and (
                    PHASES.index(phase_of(policy)) > PHASES.index(wanted)):
                yield f"{workload.where}: the policy {policy['metadata']['name']} is applied after it"


@rule("bulkhead/a pod gets no variables from the cluster's Services", connector(
    lambda d: d["spec"]["template"]["spec"].pop("enableServiceLinks")))
def no_service_links(fleet):
    for workload in fleet.workloads:
        if workload.pod.get("enableServiceLinks") is not False:
            yield workload.where
