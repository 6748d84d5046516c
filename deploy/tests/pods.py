"""Pod Security `restricted`, the checklists of kube-linter, kube-score and Polaris that it lacks, and who holds which secret."""

import re

from kit import Rules

from operations.access import Access
from operations.fleet import secret_files

RULES = Rules()
ACCESS = Access()
SERVICES = ACCESS.services
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
SYSCTLS = {"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
           "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range"}
SELINUX = (None, "container_t", "container_init_t", "container_kvm_t", "container_engine_t")


@RULES.rule("the one namespace enforces a pinned version of the profile `restricted`, and everything is in it",
            *(f"Namespace/bulkhead-staging metadata labels pod-security.kubernetes.io/{change}" for change in (
                "enforce = baseline", "enforce-version = latest", "enforce-version = v1.0")),
            "connector metadata namespace = kube-system", "NetworkPolicy/names metadata namespace -",
            "+ {kind: Namespace, metadata: {name: x, labels: {}}}")
def namespace(fleet):
    found = {n["metadata"]["name"]: n["metadata"].get("labels", {}) for n in fleet.of_kind("Namespace")}
    if len(found) != 1:
        yield f"there are {len(found)} namespaces"
    for labels in found.values():
        version = re.fullmatch(r"v1\.(\d+)", labels.get("pod-security.kubernetes.io/enforce-version", ""))
        if labels.get("pod-security.kubernetes.io/enforce") != "restricted" or not version or int(version[1]) < 30:
            yield f"it enforces {labels}"
    yield from (f"{d['kind']}/{d['metadata']['name']} is elsewhere" for d in fleet.documents
                if d["kind"] != "Namespace" and d["metadata"].get("namespace") not in found)


def pod_security(workload):
    """What the standard's controls, baseline and restricted, refuse in a pod."""
    pod = workload.pod
    yield from (key for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key))
    yield from (f"sysctl {s['name']}" for s in pod.get("securityContext", {}).get("sysctls", []) if s["name"] not in SYSCTLS)
    yield from (f"volume {v['name']}: {kind}" for v in pod.get("volumes", []) for kind in set(v) - {"name"} - VOLUMES)
    yield from (f"AppArmor {k}" for k, v in workload.template["metadata"].get("annotations", {}).items()
                if k.startswith("container.apparmor.") and v == "unconfined")
    for owner in (pod, *workload.all_containers):
        own = owner.get("securityContext", {})
        options, both = own.get("seLinuxOptions", {}), {**pod.get("securityContext", {}), **own}
        refused = {
            "AppArmor": own.get("appArmorProfile", {}).get("type", "RuntimeDefault") not in ("RuntimeDefault", "Localhost"),
            "SELinux": options.get("type") not in SELINUX or options.get("user") or options.get("role"),
            "HostProcess": own.get("windowsOptions", {}).get("hostProcess"),
            "seccomp": both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost") and owner is not pod,
            "non-root": both.get("runAsNonRoot") is not True and owner is not pod, "user 0": both.get("runAsUser") == 0}
        if owner is not pod:
            drops = own.get("capabilities", {})
            actions = [owner.get(f"{p}Probe", {}) for p in ("startup", "liveness", "readiness")]
            actions += owner.get("lifecycle", {}).values()
            refused |= {
                "privileged": own.get("privileged"), "procMount": own.get("procMount", "Default") != "Default",
                "escalation": own.get("allowPrivilegeEscalation") is not False,
                "capabilities": "ALL" not in drops.get("drop", []) or set(drops.get("add", [])) - {"NET_BIND_SERVICE"},
                "host ports": any(port.get("hostPort") for port in owner.get("ports", [])),
                "a host in a probe": any(a.get(k, {}).get("host") for a in actions for k in ("httpGet", "tcpSocket"))}
        yield from (f"{owner.get('name', 'the pod')}: {what}" for what, holds in refused.items() if holds)


CONTEXT = "connector main securityContext "


@RULES.rule("Pod Security: every control of `restricted`",
            *(f"connector pod {key} = true" for key in ("hostNetwork", "hostPID", "hostIPC")),
            *(CONTEXT + change for change in (
                "privileged = true", "procMount = Unmasked", "appArmorProfile = {type: Unconfined}", "runAsUser = 0",
                "seLinuxOptions = {type: spc_t}", "seLinuxOptions = {user: system_u}", "windowsOptions = {hostProcess: true}",
                "allowPrivilegeEscalation -", "runAsNonRoot = false", "seccompProfile = {type: Unconfined}",
                "capabilities drop = [NET_RAW]", "capabilities add = [SYS_TIME]")),
            "connector main ports 0 hostPort = 8080", "connector main livenessProbe httpGet host = 192.0.2.1",
            "connector pod securityContext sysctls = [{name: kernel.msgmax, value: '1'}]",
            "connector pod volumes + {name: x, hostPath: {path: /}}", "connector pod securityContext seccompProfile -",
            "connector spec template metadata annotations = {container.apparmor.security.beta.kubernetes.io/service: unconfined}",
            "+ {kind: CronJob, metadata: {name: x}, spec: {jobTemplate: {spec: {template: {metadata: {}, spec: {containers: "
            "[{name: x}]}}}}}}")
def restricted(fleet):
    yield from (f"{w.where}: {what}" for w in fleet.workloads for what in pod_security(w))


# initdb needs a user with a name. PostgreSQL's image has one, with a number below kube-score's minimum.
POSTGRES = 999
SENSITIVE, INNOCENT = re.compile("PASS|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE"), re.compile("(_FILE|_URL|_DIR)$")


@RULES.rule("a container has a version, limits, a read-only root, an unprivileged user, and no secret in its environment "
            "(kl/latest-tag, kl/unset-*-requirements, kl/no-read-only-root-fs, ks/container-security-context-user-group-id, "
            "kl/env-var-secret, kl/duplicate-env-var, kl/privileged-ports, kl/default-service-account, po/automountServiceAccountToken)",
            "connector main image = bulkhead/connector:latest", "valkey main resources limits memory -",
            "valkey main securityContext readOnlyRootFilesystem -", "connector pod securityContext runAsGroup = 999",
            "connector main env + {name: DB_PASS, value: hunter2}", "connector main env = [{name: A}, {name: A}]",
            "connector main env = [{name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}]",
            "connector main envFrom + {secretRef: {name: connector}}", "connector main ports 0 containerPort = 22",
            "connector pod serviceAccountName -", "connector pod automountServiceAccountToken -",
            "- ServiceAccount/connector", "ServiceAccount/valkey automountServiceAccountToken = true",
            "connector pod enableServiceLinks -", "connector main envFrom + {configMapRef: {name: elsewhere}}",
            "+ {kind: RoleBinding, metadata: {name: x}, subjects: [{name: connector}]}")
def containers(fleet):
    for where, container, workload in fleet.containers:
        tag, env = container["image"].rsplit("/", 1)[-1].partition(":")[2], container.get("env", [])
        own = {**workload.pod.get("securityContext", {}), **container.get("securityContext", {})}
        faults = {
            "no fixed version": tag in ("", "latest"), "a writable root": own.get("readOnlyRootFilesystem") is not True,
            "no limit of its own": any(r not in container.get("resources", {}).get(side, {}) for side in ("requests", "limits")
                                       for r in ("cpu", "memory", "ephemeral-storage")),
            "a low user or group": any((own.get(k) or 0) < 10_000 and not (own.get(k) == POSTGRES and "postgres" in
                                       container["image"]) for k in ("runAsUser", "runAsGroup", "fsGroup")),
            "a variable twice": len({e["name"] for e in env}) < len(env),
            "a secret in a variable": any("secretKeyRef" in e.get("valueFrom", {}) for e in env)
            or any("secretRef" in s for s in container.get("envFrom", []))
            or any(v and SENSITIVE.search(n) and not INNOCENT.search(n) for n, v in fleet.environment(container).items()),
            "an environment from elsewhere": any(
                "configMapRef" in s and not fleet.find("ConfigMap", s["configMapRef"]["name"]) for s in container.get("envFrom", [])),
            "a low port": any(p["containerPort"] < 1024 for p in container.get("ports", []))}
        yield from (f"{where}: {fault}" for fault, holds in faults.items() if holds)
    for w in fleet.workloads:
        account = fleet.find("ServiceAccount", w.pod.get("serviceAccountName", "default"))
        if not account or w.pod.get("automountServiceAccountToken") is not False or w.pod.get("enableServiceLinks") is not False:
            yield f"{w.where}: it has a token of the API server, no account of its own, or variables of the cluster's Services"
        if w.is_service and w.pod.get("serviceAccountName") != w.name:
            yield f"{w.where} runs as {w.pod.get('serviceAccountName')}"
    yield from (f"the ServiceAccount {a['metadata']['name']} mounts its token" for a in fleet.of_kind("ServiceAccount")
                if a.get("automountServiceAccountToken") is not False)
    yield from (f"{d['metadata']['name']} gives rights in the cluster" for d in fleet.of_kind("RoleBinding", "ClusterRoleBinding"))


TOOL, SUPERUSER, ADMINISTRATORS = "bulkhead/bulkhead", "postgresql-superuser", "administrators"
# The files of an engine, and the one workload that may read each.
OF_ENGINES = {"postgresql-tls": "postgresql", "valkey-tls": "valkey", "valkey-accounts": "valkey"}


def may_hold(workload, container, name, key):
    is_tool = container["image"].rpartition(":")[0] == TOOL and workload.labels.get("app.kubernetes.io/name") == "migrate"
    if name in SERVICES:
        return (workload.kind, workload.name) == ("Deployment", name) and key in SERVICES[name].files or (
            is_tool and key in ACCESS.accounts)
    if name in ACCESS.people:
        return is_tool and key == ACCESS.people[name]
    if name == ADMINISTRATORS:
        return is_tool
    if name == SUPERUSER:
        return (workload.kind, workload.name) == ("StatefulSet", "postgresql") or (is_tool and container["name"] == "bootstrap") or (
            workload.kind, workload.name) == ("CronJob", "backup")
    return workload.name == OF_ENGINES.get(name, workload.name)


@RULES.rule("one source: a secret is read by its own service, by the tool, or by its own engine, from a read-only file",
            "connector pod volumes name=secrets secret secretName = backend-api", "connector pod volumes name=secrets secret items -",
            "connector pod volumes name=secrets secret items + {key: token-key, path: x}",
            "connector pod volumes name=secrets secret items 2 -", "connector pod volumes name=secrets secret defaultMode = 292",
            "connector main volumeMounts 0 readOnly -", "connector pod securityContext fsGroup -",
            "migrate pod volumes name=credentials projected sources + {secret: {name: backend-api, items: [{key: token-key, path: x}]}}",
            "migrate main volumeMounts + {name: superuser, mountPath: /x, readOnly: true}",
            "valkey pod volumes name=accounts secret secretName = administrators",
            "migrate main image = bulkhead/connector:release", "migrate pod volumes name=credentials projected sources 1 -",
            "+ {kind: Secret, metadata: {name: x, namespace: bulkhead-staging}}", "connector main volumeMounts 0 subPath = ..",
            "production: Cluster/postgresql spec certificates serverTLSSecret = backend-api",
            "ConfigMap/fleet metadata name = token-keys", "production: Cluster/postgresql spec bootstrap initdb owner = connector-rw",
            "production: Cluster/postgresql spec superuserSecret name = administrators")
def secrets(fleet):
    yield from (f"the manifests contain the Secret {d['metadata']['name']}" for d in fleet.of_kind("Secret"))
    for where, container, workload in fleet.containers:
        held = secret_files(workload, container)
        yield from (f"{where} holds {name} {key or '(all of it)'} at {path}" for path, (name, key) in held.items()
                    if not may_hold(workload, container, name, key))
        own, found = SERVICES.get(workload.name), {key for name, key in held.values() if name == workload.name}
        if own and workload.is_service and found != own.files:
            yield f"{where} lacks {own.files - found}"
        if container["image"].rpartition(":")[0] == TOOL and not ACCESS.accounts <= {key for _, key in held.values()}:
            yield f"{where} lacks passwords of accounts"
        for mount in container.get("volumeMounts", []):
            source = workload.volume(mount["name"]) or {}
            source = source.get("secret") or source.get("projected")
            if source and (source.get("defaultMode") != 0o440 or not mount.get("readOnly") or "subPath" in mount
                           or "fsGroup" not in workload.pod.get("securityContext", {})):
                yield f"{where}: {mount['mountPath']} is writable, or its group cannot read it, or others can"
    # What checks a server's certificate and a token is delivered to the cluster, and not written in its manifests.
    yield from (f"the manifests contain {d['metadata']['name']}" for d in fleet.of_kind("ConfigMap")
                if re.match("(authority|token-keys)(-|$)", d["metadata"]["name"]))
    for spec in (c["spec"] for c in fleet.of_kind("Cluster")):
        yield from (f"the account {a} owns the database" for a in {spec["bootstrap"]["initdb"]["owner"]} & ACCESS.accounts)
        if {spec["superuserSecret"]["name"], *spec["certificates"].values()} - {
                SUPERUSER, "postgresql-tls", "postgresql-authority"} or "projectedVolumeTemplate" in spec:
            yield "the Cluster holds a secret of another owner"


# Each of these would override the account, the keys or the manifest, or would hold a secret in place of a file's name.
REFUSED = ("ACCESS_MANIFEST", "DATABASE_URL", "DATABASE_URL_FILE", "DB_PASS", "CACHE_PASS", "TOKEN_KEY", "WEBHOOK_KEY",
           "PLATFORM_SECRET", "JWKS_URL", "LD_PRELOAD", "POSTGRES_HOST_AUTH_METHOD", "VALKEY_EXTRA_FLAGS")


def settings_of(service, folder, key_set, file_of=str):
    """The variables of a service's accounts, keys and choice of role; `folder` has its secrets."""
    accounts = (("DB", service.database_account), ("CACHE", service.cache_account))
    given = {f"{engine}_{key}": value for engine, account in accounts if account
             for key, value in (("USER", account), ("PASS_FILE", f"{folder}/{account}"))}
    return {**given, **{service.variables[s]: f"{folder}/{file_of(s)}" for s in service.secrets}, **service.environment,
            **({} if service.signs else {"JWKS_FILE": key_set})}


def wrong_settings(found, wanted):
    """Variables of accounts, keys and roles with another value than the manifest's, and refused ones."""
    names = {name for s in SERVICES.values() for name in settings_of(s, "", "")} | {*REFUSED, "CREDENTIALS_DIR"}
    yield from (f"{name} is {found.get(name)}, not {wanted.get(name)}" for name in sorted(names)
                if found.get(name) != wanted.get(name))


@RULES.rule("one source: each program runs alone, under its own accounts, with its own keys, and the Job's steps are in order",
            *(f"connector main env = [{{name: {name}, value: {value}}}]" for name, value in (
                ("DB_USER", "backend-api-rw"), ("CACHE_USER", "analytics-cache"), ("DATABASE_URL", "x"), ("JWKS_URL", "x"),
                ("DB_PASS_FILE", "/run/secrets/bulkhead/connector-cache"), ("PLATFORM", "twitch"))),
            "connector init env = [{name: DB_USER, value: migrate-admin}]", "connector main command = [sh]",
            "connector main image = bulkhead/backend-api:release", "migrate main args = [access, plan]",
            "migrate pod initContainers 1 -", "connector pod initContainers + {name: x, image: 'x:1'}", "- Deployment/analytics",
            "postgresql main env + {name: POSTGRES_HOST_AUTH_METHOD, value: trust}",
            "postgresql main readinessProbe = {exec: {command: [psql]}}",
            "valkey spec volumeClaimTemplates + {metadata: {name: configuration}}")
def programs(fleet):
    folder, wait = "/run/secrets/bulkhead", ["wait", "--timeout", "600"]
    yield from (f"{name} is missing" for name in set(SERVICES) - {w.name for w in fleet.services})
    for workload in fleet.workloads:
        runs = [(c["name"], c["image"].rpartition(":")[0], c.get("command"), c.get("args")) for c in workload.all_containers]
        if workload.name in SERVICES:
            service = SERVICES[workload.name]
            image = f"bulkhead/{service.program}"
            if not workload.is_service or runs != [("wait", image, None, wait), ("service", image, None, None)]:
                yield f"{workload.where} runs {runs}"
            wanted = settings_of(service, folder, "/run/token-keys/jwks.json")
            yield from (f"{workload.where}: {wrong}" for c in workload.all_containers
                        for wrong in wrong_settings(fleet.environment(c), wanted))
        elif workload.name == "migrate":
            steps = [("migrate", "up"), ("access", "apply"), ("access", "verify")]
            inside = fleet.find("StatefulSet", "postgresql") or fleet.of_kind("Cluster")
            if [tuple(r[3] or []) for r in runs] != [*([("bootstrap",)] if inside else []), *steps]:
                yield f"the Job runs {runs}"
        else:
            # The kubelet runs a probe's command inside the container, with access to all that the container holds.
            yield from (f"{workload.where}: a probe runs {probe['exec']['command']}" for c in workload.all_containers
                        for probe in (c.get(f"{p}Probe", {}) for p in ("startup", "readiness", "liveness"))
                        if ">>" in str(probe) or "exec" in probe and probe["exec"]["command"][0] not in ("pg_isready", "sh"))
            shadows = {t["metadata"]["name"] for t in workload.spec.get("volumeClaimTemplates", [])}
            yield from (f"{workload.where}: a claim hides the volume {v['name']}" for v in workload.pod.get("volumes", [])
                        if v["name"] in shadows)
            yield from (f"{workload.where}: {name} opens it" for c in workload.all_containers
                        for name in set(fleet.environment(c)) & set(REFUSED))
