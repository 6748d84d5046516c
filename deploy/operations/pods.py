"""Pod Security `restricted`, the checklists that go beyond it, and who holds which secret."""

import re

from operations.access import Access
from operations.fleet import K8S, at, kustomize, secret_files

ACCESS = Access()
SERVICES = ACCESS.services
NO, PROFILES, CONTEXT = (None, False, ""), ("RuntimeDefault", "Localhost"), "securityContext "
SELINUX = (None, "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
# Controls of the standard: where, the values that they allow, and one that they refuse.
OF_PODS = [(key, NO, "true") for key in ("hostNetwork", "hostPID", "hostIPC")]
OF_BOTH = [
    (CONTEXT + "appArmorProfile type", (None, *PROFILES), "Unconfined"), (CONTEXT + "seLinuxOptions type", SELINUX, "x"),
    (CONTEXT + "seLinuxOptions user", NO, "x"), (CONTEXT + "seLinuxOptions role", NO, "x"),
    (CONTEXT + "windowsOptions hostProcess", NO, "true")]
OF_CONTAINERS = [
    *OF_BOTH, (CONTEXT + "privileged", NO, "true"), (CONTEXT + "procMount", (None, "Default"), "Unmasked"),
    (CONTEXT + "allowPrivilegeEscalation", (False,), "true")]
# A container has these of its own, or from its pod.
INHERITED = [("seccompProfile type", PROFILES, "Unconfined"), ("runAsNonRoot", (True,), "false")]
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
SYSCTLS = {"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
           "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range"}


def namespace(fleet):
    """The one namespace enforces a pinned version of the profile `restricted`, and everything is in it."""
    found = {n["metadata"]["name"]: at(n, "metadata labels", {}) for n in fleet.of_kind("Namespace")}
    if len(found) != 1:
        yield f"there are {len(found)} namespaces"
    for labels in found.values():
        version = re.fullmatch(r"v1\.(\d+)", labels.get("pod-security.kubernetes.io/enforce-version", ""))
        if labels.get("pod-security.kubernetes.io/enforce") != "restricted" or not version or int(version[1]) < 30:
            yield f"it enforces {labels}"
    yield from (f"{d['kind']}/{d['metadata']['name']} is elsewhere" for d in fleet.documents
                if d["kind"] != "Namespace" and d["metadata"].get("namespace") not in found)


def restricted(fleet):
    """Pod Security: every control of `restricted`."""
    yield from (f"{workload.where}: {what}" for workload in fleet.workloads for what in refused(workload))


def refused(workload):
    pod = workload.pod
    yield from (path for path, allowed, _ in OF_PODS + OF_BOTH if at(pod, path) not in allowed)
    yield from (f"sysctl {s['name']}" for s in at(pod, "securityContext sysctls", []) if s["name"] not in SYSCTLS)
    yield from (f"volume {v['name']}" for v in pod.get("volumes", []) if set(v) - {"name"} - VOLUMES)
    yield from (f"AppArmor {key}" for key, value in at(workload.template, "metadata annotations", {}).items()
                if key.startswith("container.apparmor.") and value == "unconfined")
    for c in workload.all_containers:
        own = {**pod.get("securityContext", {}), **c.get("securityContext", {})}
        yield from (f"{c['name']}: {path}" for path, allowed, _ in OF_CONTAINERS if at(c, path) not in allowed)
        yield from (f"{c['name']}: {path}" for path, allowed, _ in INHERITED if at(own, path) not in allowed)
        added, dropped = (at(c, f"securityContext capabilities {key}", []) for key in ("add", "drop"))
        if "ALL" not in dropped or set(added) - {"NET_BIND_SERVICE"}:
            yield f"{c['name']}: capabilities"
        actions = [c.get(f"{p}Probe") for p in ("startup", "liveness", "readiness")] + [*c.get("lifecycle", {}).values()]
        if any(p.get("hostPort") for p in c.get("ports", [])) or any(
                at(a, f"{k} host") for a in actions for k in ("httpGet", "tcpSocket")):
            yield f"{c['name']}: a port or an address of the host"


# initdb needs a user with a name. The images of databases have one, with a number below kube-score's minimum.
OF_DATABASES = 999
SENSITIVE, INNOCENT = re.compile("PASS|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE"), re.compile("(_FILE|_URL|_DIR)$")


def containers(fleet):
    """A container has a version, limits, a read-only root, an unprivileged user, and no secret in its environment."""
    for where, container, workload in fleet.containers:
        image, sources = container["image"].rsplit("/", 1)[-1], str([container.get("env"), container.get("envFrom")])
        own = {**workload.pod.get("securityContext", {}), **container.get("securityContext", {})}
        ids = {own.get(key) or 0 for key in ("runAsUser", "runAsGroup", "fsGroup")}
        ids -= {OF_DATABASES} if re.match("postgres|mariadb", image) else set()
        faults = {
            "no fixed version": image.partition(":")[2] in ("", "latest"),
            "a writable root": own.get("readOnlyRootFilesystem") is not True,
            "no limit of its own": any(not at(container, f"resources {side} {resource}") for side in ("requests", "limits")
                                       for resource in ("cpu", "memory", "ephemeral-storage")),
            "a low user, group or port": any(number < 10_000 for number in ids) or any(
                p["containerPort"] < 1024 for p in container.get("ports", [])),
            "a secret in a variable": "secretKeyRef" in sources or "secretRef" in sources or any(
                v and SENSITIVE.search(n) and not INNOCENT.search(n) for n, v in fleet.environment(container).items())}
        yield from (f"{where}: {fault}" for fault, holds in faults.items() if holds)


def service_accounts(fleet):
    """A pod has a ServiceAccount of its own, without rights and without a token of the API server."""
    for w in fleet.workloads:
        name = w.pod.get("serviceAccountName", "default")
        if not fleet.find("ServiceAccount", name) or w.is_service and name != w.name:
            yield f"{w.where} runs as {name}"
        yield from (f"{w.where}: {key}" for key in ("automountServiceAccountToken", "enableServiceLinks")
                    if w.pod.get(key) is not False)
    yield from (f"{a['metadata']['name']} mounts its token" for a in fleet.of_kind("ServiceAccount")
                if a.get("automountServiceAccountToken") is not False)
    yield from (f"{d['metadata']['name']} gives rights in the cluster"
                for d in fleet.of_kind("RoleBinding", "ClusterRoleBinding"))


# Secrets of one engine: who may read each. The superuser's also goes to the Job's first step.
OF_ENGINES = {"postgresql-tls": {"postgresql"}, "valkey-tls": {"valkey"}, "valkey-accounts": {"valkey"},
              "postgresql-superuser": {"postgresql", "backup"}, "administrators": set()}


def program_of(container):
    """The last part of the image's name: a registry's name is before it, and the release after it."""
    return re.split("[:@]", container["image"].rpartition("/")[2])[0]


def may_hold(workload, container, name, key):
    is_tool = program_of(container) == "bulkhead" and workload.role == "migrate"
    if name in SERVICES:
        return (workload.kind, workload.name) == ("Deployment", name) and key in SERVICES[name].files or (
            is_tool and key in ACCESS.accounts)
    if name in ACCESS.people:
        return is_tool and key == ACCESS.people[name]
    if is_tool and (name == "administrators" or name.endswith("-superuser") and container["name"] == "bootstrap"):
        return True
    return workload.name in OF_ENGINES.get(name, {workload.name})


def secrets(fleet):
    """A secret is read by its own service, by the tool, or by its own engine, from a read-only file."""
    yield from (f"the manifests contain the Secret {d['metadata']['name']}" for d in fleet.of_kind("Secret"))
    for where, container, workload in fleet.containers:
        held = secret_files(workload, container)
        yield from (f"{where} holds {name} {key or '(all of it)'} at {path}" for path, (name, key) in held.items()
                    if not may_hold(workload, container, name, key))
        own, found = SERVICES.get(workload.name), {key for name, key in held.values() if name == workload.name}
        if own and workload.is_service and found != own.files:
            yield f"{where} lacks {own.files - found}"
        if program_of(container) == "bulkhead" and not ACCESS.accounts <= {key for _, key in held.values()}:
            yield f"{where} lacks passwords of accounts"
        for mount in container.get("volumeMounts", []):
            volume = workload.volume(mount["name"]) or {}
            source = volume.get("secret") or volume.get("projected")
            if source and (source.get("defaultMode") != 0o440 or not mount.get("readOnly") or "subPath" in mount
                           or not at(workload.pod, "securityContext fsGroup")):
                yield f"{where}: {mount['mountPath']} is writable, or its group cannot read it, or others can"
    # What checks a server's certificate and a token is delivered to the cluster, and not written in its manifests.
    yield from (f"the manifests contain {d['metadata']['name']}" for d in fleet.of_kind("ConfigMap")
                if re.match("(authority|token-keys)(-|$)", d["metadata"]["name"]))
    for spec in (c["spec"] for c in fleet.of_kind("Cluster")):
        held = {spec["superuserSecret"]["name"], *spec["certificates"].values()}
        if held - {"postgresql-superuser", "postgresql-tls", "postgresql-authority"} or (
                spec["bootstrap"]["initdb"]["owner"] in ACCESS.accounts):
            yield "the Cluster holds a secret of another owner, or a service's account owns its database"


# What an environment decides about a service's pods. Everything else in them is as `bulkhead render` wrote it.
DECIDED = {"resources", "nodeSelector", "tolerations", "affinity", "imagePullSecrets", "priorityClassName", "replicas",
           "runtimeClassName", "schedulerName"}
# Each of these in the shared settings would override an account, a key or the manifest.
REFUSED = re.compile("(DB|CACHE)_(USER|PASS).*|DATABASE_URL.*|ACCESS_MANIFEST|.*(KEY|SECRET|JWKS).*|LD_.*|PLATFORM|ROLE")


def plain(value):
    """A value without what an environment decides, the registry and the tag of an image, and the hashes of names."""
    if isinstance(value, dict):
        return {key: program_of(value) if key == "image" else plain(each) for key, each in value.items() if key not in DECIDED}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return re.sub("-[a-z0-9]{10}$", "", value) if isinstance(value, str) else value


def as_rendered(fleet):
    """An overlay leaves each service's program, accounts, keys, probes and shutdown as they are rendered."""
    base = kustomize(K8S / "base")
    for kind, part, names in (("Deployment", "spec", SERVICES), ("ConfigMap", "data", SERVICES)):
        found, wanted = ({plain(d["metadata"]["name"]): plain(d[part]) for d in source.of_kind(kind)}
                         for source in (fleet, base))
        yield from (f"{kind}/{name} differs from the base" for name in names if found.get(name) != wanted[name])
    yield from (f"the settings of all services have {name}" for d in fleet.of_kind("ConfigMap")
                if plain(d["metadata"]["name"]) == "fleet" for name in d["data"] if REFUSED.fullmatch(name))
