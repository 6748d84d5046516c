"""Every rule on every overlay, every fault that a rule must find, and the schemas of two versions of Kubernetes."""

import contextlib
import io

import edges
import life
import pods
import pytest
import yaml
from kit import OVERLAYS, broken, rendered

RULES = [(module.__name__, *rule) for module in (edges, pods, life) for rule in module.RULES]
FAULTS = [(f"{module.__name__}: {name}", check, fault) for module in (edges, pods, life) for name, check, fault in module.RULES.faults]
# The oldest version with every field that the manifests use (sleep in preStop is on by default since 1.30), and the newest.
VERSIONS = ("1.30", "1.37")


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("check", [r[2] for r in RULES], ids=[f"{r[0]}: {r[1]}" for r in RULES])
def test_overlay_follows(overlay, check):
    assert not sorted(set(check(rendered(overlay))))


@pytest.mark.parametrize("check, fault", [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_rule_finds(check, fault):
    assert list(check(broken(fault))), "the rule accepts it"


def refused(document, version):
    import kubernetes_validate
    with contextlib.suppress(kubernetes_validate.SchemaNotFoundError), contextlib.redirect_stderr(io.StringIO()):
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            return f"{document['kind']}/{document['metadata']['name']}: {error.message}"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_schema(overlay, version):
    assert not [wrong for wrong in (refused(d, version) for d in rendered(overlay).documents) if wrong]


def test_schema_refuses_an_unknown_field():
    assert refused(next(d for d in broken("connector spec replica = 2").documents if d["kind"] == "Deployment"
                        and d["metadata"]["name"] == "connector"), VERSIONS[-1])


ADDED = """
- {apiVersion: batch/v1, kind: CronJob, metadata: {name: copies}, spec: {schedule: "0 1 * * *", jobTemplate: {spec: {template: {
    metadata: {labels: {app.kubernetes.io/name: copies}}, spec: {serviceAccountName: copies, automountServiceAccountToken: false,
    enableServiceLinks: false, restartPolicy: Never, securityContext: {runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532,
    fsGroup: 65532, seccompProfile: {type: RuntimeDefault}}, volumes: [{name: store, csi: {driver: secrets-store.csi.k8s.io,
    readOnly: true}}], containers: [{name: copies, image: "tool:1", securityContext: {allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}, resources: &r {requests: &a {cpu: 1, memory: 1Mi,
    ephemeral-storage: 1Mi}, limits: *a}, volumeMounts: [{name: store, mountPath: /store}]}]}}}}}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: copies}, automountServiceAccountToken: false}
- {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: copies}, spec: {podSelector: {matchLabels: {
    app.kubernetes.io/name: copies}}, egress: [{to: [{podSelector: {matchLabels: {bulkhead/serves: database}}}], ports: [{port: 5432}]}]}}
- {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: copied}, spec: {podSelector: {matchLabels: {
    bulkhead/serves: database}}, ingress: [{from: [{podSelector: {matchLabels: {app.kubernetes.io/name: copies}}}], ports: [{port: 5432}]}]}}
- {apiVersion: external-secrets.io/v1, kind: SecretStore, metadata: {name: store}, spec: {provider: {}}}
- {apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: copies}, spec: {hostnames: [copies.example.org],
    parentRefs: [{name: edge}], rules: [{backendRefs: [{name: copies, port: 80}]}]}}
- {apiVersion: v1, kind: Service, metadata: {name: copies}, spec: {selector: {app.kubernetes.io/name: copies}, ports: []}}
"""


def test_an_overlay_adds_a_backup_a_route_and_a_secret_store_without_a_change_here():
    fleet = broken(lambda fleet: [fleet.documents.append({**d, "metadata": {
        **d["metadata"], "namespace": "bulkhead-staging"}}) for d in yaml.safe_load(ADDED)])
    assert not [complaint for _, _, check, _ in RULES for complaint in check(fleet)]
