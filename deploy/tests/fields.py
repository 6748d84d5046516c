"""Every field that the manifests may have. All other fields are rejected, because the rules do not understand them.

A pod can get accounts, secrets or network peers through too many fields to list them all. To use a new field, add it here,
and add the rule that checks it."""

ANY = "any"  # names of our own choice, or a value without fields


def fields(*names, **nested):
    return {**dict.fromkeys(names, ANY), **nested}


# A label can have effects: meshes, injectors and identity systems act on labels.
LABELS = fields("app.kubernetes.io/name", "app.kubernetes.io/part-of", "app.kubernetes.io/component", "bulkhead/phase",
                "bulkhead/serves")
POD_SECURITY = fields(*(f"pod-security.kubernetes.io/{key}" for key in ("enforce", "enforce-version", "audit", "warn")))
PROBE = fields("periodSeconds", "timeoutSeconds", "failureThreshold", httpGet=fields("path", "port"),
               tcpSocket=fields("port"), exec=fields("command"))
# A device plug-in offers the node's devices as resources too.
AMOUNTS = fields("cpu", "memory", "ephemeral-storage")
RESOURCES = fields(requests=AMOUNTS, limits=AMOUNTS)
CONTAINER = fields(
    "name", "image", "imagePullPolicy", "command", "args", env=fields("name", "value"),
    envFrom=fields(configMapRef=fields("name")), ports=fields("name", "containerPort"),
    volumeMounts=fields("name", "mountPath", "readOnly"), resources=RESOURCES,
    startupProbe=PROBE, livenessProbe=PROBE, readinessProbe=PROBE,
    lifecycle=fields(preStop=fields(sleep=fields("seconds"))),
    securityContext=fields("allowPrivilegeEscalation", "readOnlyRootFilesystem", "runAsNonRoot",
                           capabilities=fields("drop")))
ITEMS = fields("key", "path")
POD = fields(
    "serviceAccountName", "automountServiceAccountToken", "enableServiceLinks", "restartPolicy",
    "terminationGracePeriodSeconds", initContainers=CONTAINER, containers=CONTAINER,
    securityContext=fields("runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "fsGroupChangePolicy",
                           seccompProfile=fields("type")),
    topologySpreadConstraints=fields("maxSkew", "topologyKey", "whenUnsatisfiable", "matchLabelKeys",
                                     labelSelector=fields(matchLabels=ANY)),
    volumes=fields(
        "name", emptyDir=fields("medium", "sizeLimit"), configMap=fields("name"),
        secret=fields("secretName", "defaultMode", items=ITEMS),
        projected=fields("defaultMode", sources=fields(secret=fields("name", items=ITEMS)))))
TEMPLATE = fields(metadata=fields(labels=LABELS), spec=POD)
BY_LABELS = fields(matchLabels=ANY)
SELECTOR = fields(matchLabels=ANY, matchExpressions=fields("key", "operator", "values"))
PEER = fields(podSelector=SELECTOR, namespaceSelector=SELECTOR, ipBlock=fields("cidr", "except"))
PORT = fields("port", "protocol")

SPECS = {
    "Namespace": None,
    "ServiceAccount": None,
    "ConfigMap": None,
    "Deployment": fields(
        "replicas", "minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit", selector=BY_LABELS,
        strategy=fields("type", rollingUpdate=fields("maxUnavailable", "maxSurge")), template=TEMPLATE),
    "StatefulSet": fields(
        "replicas", "serviceName", selector=BY_LABELS, template=TEMPLATE,
        volumeClaimTemplates=fields(metadata=fields("name"), spec=fields(
            "accessModes", resources=fields(requests=fields("storage"))))),
    "Job": fields(
        "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished", template=TEMPLATE,
        podFailurePolicy=fields(rules=fields("action", onExitCodes=fields("operator", "values"),
                                             onPodConditions=fields("type", "status")))),
    "Service": fields("clusterIP", "type", selector=ANY, ports=fields("name", "port", "targetPort")),
    "NetworkPolicy": fields(
        "policyTypes", podSelector=SELECTOR, ingress=fields(ports=PORT, **{"from": PEER}),
        egress=fields(ports=PORT, to=PEER)),
    "PodDisruptionBudget": fields("minAvailable", "maxUnavailable", "unhealthyPodEvictionPolicy", selector=BY_LABELS),
    "HorizontalPodAutoscaler": fields(
        "minReplicas", "maxReplicas", scaleTargetRef=fields("apiVersion", "kind", "name"),
        metrics=fields("type", resource=fields("name", target=fields("type", "averageUtilization"))),
        behavior=fields(scaleDown=fields("stabilizationWindowSeconds"))),
    "Ingress": fields(
        "ingressClassName", tls=fields("hosts", "secretName"), rules=fields("host", http=fields(paths=fields(
            "path", "pathType", backend=fields(service=fields("name", port=fields("name"))))))),
    # The kind of CloudNativePG, which creates the database's pods.
    "Cluster": fields(
        "instances", "imageName", "enableSuperuserAccess",
        postgresql=fields("pg_hba", synchronous=fields("method", "number"), parameters=ANY),
        superuserSecret=fields("name"), bootstrap=fields(initdb=fields("database", "owner", "dataChecksums")),
        certificates=fields("serverTLSSecret", "serverCASecret"), inheritedMetadata=fields(labels=LABELS),
        storage=fields("size"), walStorage=fields("size"), resources=RESOURCES,
        affinity=fields("enablePodAntiAffinity", "podAntiAffinityType", "topologyKey")),
}
BESIDE_THE_SPEC = {"ServiceAccount": fields("automountServiceAccountToken"), "ConfigMap": fields("immutable", "data")}
HEAD = fields("apiVersion", "kind", metadata=fields("name", "namespace", labels=LABELS))
OF_A_NAMESPACE = {"metadata": fields("name", labels={**LABELS, **POD_SECURITY})}


def known(kind):
    """The fields of a kind, or None for an unknown kind."""
    if kind not in SPECS:
        return None
    beside = OF_A_NAMESPACE if kind == "Namespace" else BESIDE_THE_SPEC.get(kind, {})
    return {**HEAD, **beside, **({"spec": SPECS[kind]} if SPECS[kind] else {})}


def unknown(value, allowed, path=""):
    """The paths of all fields in a value that are not allowed. The entries of a list are checked one by one."""
    if isinstance(value, list):
        for entry in value:
            yield from unknown(entry, allowed, path)
    elif allowed != ANY:
        if not isinstance(value, dict):
            yield f"{path}: {value!r}"
            return
        for key, entry in value.items():
            if key in allowed:
                yield from unknown(entry, allowed[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"
