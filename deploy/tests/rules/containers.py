"""The checks of kube-linter (kl), kube-score (ks) and Polaris (po) for containers; each rule has their names for it."""

import re

from rule import Rules

RULES = Rules()
rule = RULES.rule

# initdb needs a user with a name. PostgreSQL's image has one, with a number below kube-score's minimum.
LOW_USERS = {"StatefulSet/postgresql/postgresql"}
SENSITIVE = re.compile(r"(PASS|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE)", re.IGNORECASE)
# Names of files, folders and addresses; other rules check their values.
INNOCENT = re.compile(r"(_FILE|_URL|_DIR)$")


def service(change):
    """Changes the connector's container in the manifests."""
    return lambda fleet: change(fleet.workload("connector").containers[0])


def dropping(*path):
    def change(container):
        for key in path[:-1]:
            container = container[key]
        del container[path[-1]]
    return service(change)


@rule("kl/latest-tag, po/tagNotSpecified", service(lambda c: c.update(image="bulkhead/connector:latest")),
      service(lambda c: c.update(image="registry:5000/connector")))
def image_tag(fleet):
    for where, container, _ in fleet.containers:
        image = container["image"]
        tag = image.rsplit("/", 1)[-1].partition(":")[2]
        if "@sha256:" not in image and tag in ("", "latest"):
            yield f"{where}: {image}"


@rule("kl/no-read-only-root-fs, ks/container-security-context-readonlyrootfilesystem, po/notReadOnlyRootFilesystem",
      dropping("securityContext", "readOnlyRootFilesystem"))
def read_only_root(fleet):
    for where, container, _ in fleet.containers:
        if container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
            yield where


@rule("ks/container-security-context-user-group-id",
      lambda fleet: fleet.workload("connector").pod["securityContext"].update(runAsUser=999),
      lambda fleet: fleet.workload("connector").pod["securityContext"].update(fsGroup=0),
      lambda fleet: fleet.workload("connector").pod["securityContext"].pop("runAsGroup"))
def user_and_group(fleet):
    for where, container, workload in fleet.containers:
        for key in ("runAsUser", "runAsGroup", "fsGroup"):
            value = {**workload.pod.get("securityContext", {}), **container.get("securityContext", {})}.get(key)
            if value is None or (value < 10_000 and where not in LOW_USERS):
                yield f"{where}: {key} {value}"


@rule("kl/unset-cpu-requirements, kl/unset-memory-requirements, ks/container-resources, "
      "ks/container-ephemeral-storage-request-and-limit, po/*RequestsMissing, po/*LimitsMissing",
      dropping("resources", "limits", "memory"), dropping("resources", "requests", "ephemeral-storage"),
      dropping("resources"))
def resources(fleet):
    for where, container, _ in fleet.containers:
        for side in ("requests", "limits"):
            for resource in ("cpu", "memory", "ephemeral-storage"):
                if resource not in container.get("resources", {}).get(side, {}):
                    yield f"{where}: no {side}.{resource}"


@rule("kl/no-liveness-probe, kl/no-readiness-probe, po/livenessProbeMissing, po/readinessProbeMissing",
      dropping("livenessProbe"), dropping("readinessProbe"), dropping("startupProbe"))
def probes(fleet):
    for workload in fleet.workloads:
        for container in workload.containers if workload.long_running else []:
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                if probe not in container:
                    yield f"{workload.where}/{container['name']}: no {probe}"


@rule("ks/pod-probes-identical", service(lambda c: c.update(livenessProbe=c["readinessProbe"])))
def probes_differ(fleet):
    actions = ("httpGet", "tcpSocket", "exec")
    for where, container, _ in fleet.containers:
        kinds = [repr({k: container[p][k] for k in actions if k in container[p]})
                 for p in ("livenessProbe", "readinessProbe") if p in container]
        if len(kinds) != len(set(kinds)):
            yield where


@rule("kl/liveness-port, kl/readiness-port, kl/startup-port",
      service(lambda c: c["livenessProbe"]["httpGet"].update(port="metrics")))
def probe_ports(fleet):
    for where, container, _ in fleet.containers:
        ports = {value for p in container.get("ports", []) for value in (p.get("name"), p["containerPort"])}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            for action in ("httpGet", "tcpSocket"):
                port = container.get(probe, {}).get(action, {}).get("port")
                if port is not None and port not in ports:
                    yield f"{where}: {probe} uses the unknown port {port}"


@rule("kl/privileged-ports, kl/ssh-port", service(lambda c: c["ports"][0].update(containerPort=22)))
def low_ports(fleet):
    for where, container, _ in fleet.containers:
        for port in container.get("ports", []):
            if port["containerPort"] < 1024:
                yield f"{where}: {port['containerPort']}"


@rule("kl/env-var-secret, kl/read-secret-from-env-var, po/sensitiveContainerEnvVar",
      service(lambda c: c.update(env=[{"name": "DB_PASS", "value": "hunter2"}])),
      service(lambda c: c.update(env=[{"name": "X", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}])),
      service(lambda c: c["envFrom"].append({"secretRef": {"name": "connector"}})))
def secrets_in_environment(fleet):
    for where, container, _ in fleet.containers:
        for name, value in fleet.environment(container).items():
            if SENSITIVE.search(name) and not INNOCENT.search(name) and value:
                yield f"{where}: {name} has a value"
        for entry in container.get("env", []):
            if "secretKeyRef" in entry.get("valueFrom", {}):
                yield f"{where}: {entry['name']} comes from a Secret"
        if any("secretRef" in source for source in container.get("envFrom", [])):
            yield f"{where}: the environment comes from a Secret"


@rule("kl/duplicate-env-var, ks/environment-variable-key-duplication",
      service(lambda c: c.update(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}])))
def duplicate_variables(fleet):
    for where, container, _ in fleet.containers:
        names = [entry["name"] for entry in container.get("env", [])]
        for name in {n for n in names if names.count(n) > 1}:
            yield f"{where}: {name} twice"
