"""The checks of kube-linter (kl), kube-score (ks) and Polaris (po) for objects and the links between them."""

from network import pods_of, selectors_of
from operations.fleet import matches
from rule import Rules

RULES = Rules()
rule = RULES.rule


def connector(change):
    return lambda fleet: change(fleet.workload("connector").document)


def selected_by(selector, fleet):
    return [w for w in fleet.workloads if matches(selector, w.labels)]


@rule("kl/no-extensions-v1beta, ks/stable-version", connector(lambda d: d.update(apiVersion="apps/v1beta2")))
def stable_versions(fleet):
    for document in fleet.documents:
        if "beta" in document["apiVersion"] or "alpha" in document["apiVersion"]:
            yield f"{document['kind']}/{document['metadata']['name']}: {document['apiVersion']}"


@rule("po/metadataAndInstanceMismatched, kl/mismatching-selector",
      connector(lambda d: d["spec"]["selector"]["matchLabels"].update({"app.kubernetes.io/name": "other"})))
def selectors(fleet):
    for workload in fleet.workloads:
        if workload.long_running and not matches(workload.spec["selector"], workload.labels):
            yield workload.where


@rule("kl/default-service-account, kl/non-existent-service-account, kl/access-to-secrets",
      lambda fleet: fleet.workload("connector").pod.pop("serviceAccountName"),
      lambda fleet: fleet.workload("connector").pod.update(serviceAccountName="analytics"),
      lambda fleet: fleet.documents.remove(fleet.find("ServiceAccount", "connector")))
def service_accounts(fleet):
    for workload in fleet.workloads:
        name = workload.pod.get("serviceAccountName", "default")
        if name != workload.name:
            yield f"{workload.where}: its ServiceAccount is {name}"
        if fleet.find("ServiceAccount", name) is None:
            yield f"{workload.where}: there is no ServiceAccount {name}"


@rule("po/automountServiceAccountToken, ks/pod-automount (no pod has a token for the API server)",
      lambda fleet: fleet.workload("connector").pod.pop("automountServiceAccountToken"),
      lambda fleet: fleet.find("ServiceAccount", "connector").pop("automountServiceAccountToken"))
def no_token(fleet):
    for workload in fleet.workloads:
        if workload.pod.get("automountServiceAccountToken") is not False:
            yield workload.where
    for account in fleet.of_kind("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"ServiceAccount/{account['metadata']['name']}"


@rule("po/clusterrolebinding*, kl/cluster-admin-role-binding (the manifests contain no RBAC)",
      lambda fleet: fleet.documents.append({"kind": "RoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1",
                                            "metadata": {"name": "x", "namespace": "y"}}))
def no_rbac(fleet):
    for document in fleet.of_kind("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"):
        yield f"{document['kind']}/{document['metadata']['name']}"


@rule("kl/no-rolling-update-strategy, ks/deployment-strategy (a roll-out never removes a pod first)",
      connector(lambda d: d["spec"]["strategy"]["rollingUpdate"].update(maxUnavailable=1)),
      connector(lambda d: d["spec"].update(strategy={"type": "Recreate"})))
def rolling_update(fleet):
    for workload in fleet.services:
        strategy = workload.spec.get("strategy", {})
        if strategy.get("type") != "RollingUpdate" or strategy["rollingUpdate"].get("maxUnavailable") != 0:
            yield workload.where


@rule("kl/no-anti-affinity, ks/deployment-has-host-podantiaffinity, po/topologySpreadConstraint",
      lambda fleet: fleet.workload("connector").pod.pop("topologySpreadConstraints"),
      lambda fleet: fleet.workload("connector").pod["topologySpreadConstraints"][0].pop("matchLabelKeys"))
def topology_spread(fleet):
    for workload in fleet.services:
        constraints = workload.pod.get("topologySpreadConstraints", [])
        keys = {c["topologyKey"] for c in constraints}
        if not {"kubernetes.io/hostname", "topology.kubernetes.io/zone"} <= keys:
            yield f"{workload.where}: spreads over {sorted(keys)}"
        if any("app.kubernetes.io/name" not in c.get("matchLabelKeys", []) for c in constraints):
            yield f"{workload.where}: counts the pods of other services with its own"


@rule("ks/deployment-has-poddisruptionbudget, ks/statefulset-has-poddisruptionbudget, po/missingPodDisruptionBudget",
      lambda fleet: fleet.documents.remove(fleet.find("PodDisruptionBudget", "connector")))
def has_budget(fleet):
    for workload in fleet.workloads:
        budgets = [b for b in fleet.of_kind("PodDisruptionBudget") if matches(b["spec"]["selector"], workload.labels)]
        if workload.long_running and len(budgets) != 1:
            yield f"{workload.where}: {len(budgets)} budgets"


@rule("kl/pdb-max-unavailable, kl/pdb-min-available, po/pdbDisruptionsIsZero, po/pdbMinAvailableGreaterThanHPAMinReplicas",
      lambda fleet: fleet.find("PodDisruptionBudget", "connector")["spec"].update(maxUnavailable=0))
def budget_allows(fleet):
    for budget in fleet.of_kind("PodDisruptionBudget"):
        covers = selected_by(budget["spec"]["selector"], fleet)
        if any(w.is_service for w in covers) and budget["spec"].get("maxUnavailable", 0) < 1:
            yield f"{budget['metadata']['name']}: a node with one of its pods cannot be drained"
        if not covers:
            yield f"{budget['metadata']['name']}: covers nothing"


@rule("kl/dangling-hpa, ks/horizontalpodautoscaler-has-target, po/hpaMinAvailability, po/hpaMaxAvailability",
      lambda fleet: fleet.find("HorizontalPodAutoscaler", "connector")["spec"]["scaleTargetRef"].update(name="x"),
      lambda fleet: fleet.find("HorizontalPodAutoscaler", "connector")["spec"].update(minReplicas=1),
      lambda fleet: fleet.find("HorizontalPodAutoscaler", "connector")["spec"].update(maxReplicas=2))
def autoscaler(fleet):
    for scaler in fleet.of_kind("HorizontalPodAutoscaler"):
        name, spec = scaler["metadata"]["name"], scaler["spec"]
        if fleet.find(spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"]) is None:
            yield f"{name}: scales nothing"
        if spec.get("minReplicas", 1) < 2 or spec["maxReplicas"] <= spec.get("minReplicas", 1):
            yield f"{name}: {spec.get('minReplicas', 1)} to {spec['maxReplicas']} replicas"


# A second rollup worker would only repeat the work of the first.
ONE_IS_ENOUGH = ("analytics-rollup",)


@rule("ks/deployment-replicas, po/deploymentMissingReplicas (every service but the worker scales, from two pods)",
      lambda fleet: fleet.documents.remove(fleet.find("HorizontalPodAutoscaler", "connector")))
def scales(fleet):
    for workload in fleet.services:
        if workload.name not in ONE_IS_ENOUGH and fleet.find("HorizontalPodAutoscaler", workload.name) is None:
            yield f"{workload.where}: no autoscaler scales it"


@rule("ks/deployment-targeted-by-hpa-does-not-have-replicas-configured",
      connector(lambda d: d["spec"].update(replicas=2)))
def no_static_replicas(fleet):
    for scaler in fleet.of_kind("HorizontalPodAutoscaler"):
        target = fleet.find(scaler["spec"]["scaleTargetRef"]["kind"], scaler["spec"]["scaleTargetRef"]["name"])
        if target and "replicas" in target["spec"]:
            yield scaler["metadata"]["name"]


@rule("kl/invalid-target-ports", lambda fleet: fleet.find("Service", "connector")["spec"]["ports"][0].update(
    targetPort="grpc"))
def target_ports(fleet):
    for service in fleet.of_kind("Service"):
        for workload in selected_by({"matchLabels": service["spec"]["selector"]}, fleet):
            ports = {p.get("name") for c in workload.containers for p in c.get("ports", [])}
            for port in service["spec"]["ports"]:
                if port["targetPort"] not in ports:
                    yield f"{service['metadata']['name']}: {port['targetPort']}"


@rule("kl/exposed-services, ks/service-type", lambda fleet: fleet.find("Service", "connector")["spec"].update(
    type="NodePort"))
def service_type(fleet):
    for service in fleet.of_kind("Service"):
        if service["spec"].get("type", "ClusterIP") != "ClusterIP":
            yield f"{service['metadata']['name']}: {service['spec']['type']}"


@rule("kl/dangling-ingress, ks/ingress-targets-service",
      lambda fleet: fleet.documents.append(ingress("missing")))
def ingress_targets_service(fleet):
    for document in fleet.of_kind("Ingress"):
        for entry in document["spec"]["rules"]:
            for path in entry["http"]["paths"]:
                backend = path["backend"]["service"]
                service = fleet.find("Service", backend["name"])
                if service is None or backend["port"]["name"] not in {p["name"] for p in service["spec"]["ports"]}:
                    yield f"{entry['host']}: {backend['name']}"


def ingress(service, **spec):
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": service, "port": {"name": "http"}}}}
    rules = [{"host": "x.example.org", "http": {"paths": [path]}}]
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "x", "namespace": "y"},
            "spec": {"rules": rules, **spec}}


@rule("po/tlsSettingsMissing", lambda fleet: fleet.documents.append(ingress("connector")))
def ingress_tls(fleet):
    for document in fleet.of_kind("Ingress"):
        covered = {host for entry in document["spec"].get("tls", []) for host in entry["hosts"]}
        for entry in document["spec"]["rules"]:
            if entry["host"] not in covered:
                yield entry["host"]


@rule("ks/statefulset-has-servicename", lambda fleet: fleet.workload("valkey").spec.update(serviceName="cache"))
def stateful_service(fleet):
    for workload in fleet.workloads:
        if workload.kind != "StatefulSet":
            continue
        service = fleet.find("Service", workload.spec.get("serviceName"))
        if service is None or service["spec"].get("clusterIP") != "None":
            yield workload.where


@rule("kl/dangling-networkpolicy, kl/dangling-networkpolicypeer-podselector, ks/networkpolicy-targets-pod",
      lambda fleet: fleet.find("NetworkPolicy", "connector")["spec"].update(
          podSelector={"matchLabels": {"app.kubernetes.io/name": "conector"}}),
      lambda fleet: fleet.find("NetworkPolicy", "connector")["spec"]["egress"][0].update(
          to=[{"podSelector": {"matchLabels": {"bulkhead/serves": "mail"}}}]))
def policies_target_pods(fleet):
    labels = [pods.labels for pods in pods_of(fleet)]
    for policy in fleet.of_kind("NetworkPolicy"):
        for selector in selectors_of(policy["spec"]):
            if not any(matches(selector, l) for l in labels):
                yield f"{policy['metadata']['name']}: {selector} selects no pod"


@rule("kl/job-ttl-seconds-after-finished, ks/job-* (a job ends: backoff limit, deadline, removal after a time)",
      lambda fleet: fleet.workload("migrate").spec.pop("ttlSecondsAfterFinished"),
      lambda fleet: fleet.workload("migrate").spec.pop("activeDeadlineSeconds"),
      lambda fleet: fleet.workload("migrate").spec.update(backoffLimit=1000))
def jobs_end(fleet):
    for workload in fleet.workloads:
        if workload.kind != "Job":
            continue
        for key in ("ttlSecondsAfterFinished", "activeDeadlineSeconds", "backoffLimit"):
            if key not in workload.spec:
                yield f"{workload.where}: no {key}"
        if workload.spec.get("backoffLimit", 0) > 10:
            yield f"{workload.where}: retries {workload.spec['backoffLimit']} times"
