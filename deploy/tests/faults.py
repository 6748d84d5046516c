"""Broken manifests that each rule of deploy/operations must find; kit.py describes how a line breaks one."""

from operations import edges, life, pods


def each(path, *changes):
    return [f"{path} {change}" for change in changes]


FAULTS = {
    edges.edges: [
        "- NetworkPolicy/default-deny", "connector spec template metadata labels bulkhead/serves = cache",
        "+ {kind: NetworkPolicy, metadata: {name: x}, spec: {podSelector: {}, policyTypes: [], ingress: [{}]}}",
        *each("NetworkPolicy/connector spec", "egress + {}", "egress 0 -", "policyTypes = [Ingress]",
              "egress 0 ports 0 = {port: 5432, endPort: 65535}", "egress 2 to 0 ipBlock except 4 -",
              "ingress + {from: [{namespaceSelector: {}}]}", "egress + {to: [{ipBlock: {cidr: 10.0.0.0/8}}]}"),
        "NetworkPolicy/analytics spec ingress + {from: [{podSelector: {matchLabels: {bulkhead/serves: cache}}}]}",
        "production: NetworkPolicy/api-server spec egress 0 -", "managed: NetworkPolicy/analytics spec egress 0 -",
        "managed: NetworkPolicy/analytics spec egress 0 to 0 ipBlock cidr = 10.0.0.0/8",
        "production: NetworkPolicy/postgresql spec egress + {to: [{ipBlock: {cidr: 10.0.0.0/8}}]}",
        *each("mariadb: NetworkPolicy/mariadb spec ingress 0", "ports 0 port = 5432", "from -"),
        "mariadb: NetworkPolicy/connector spec egress 0 ports 0 port = 5432"],
    edges.selectors: [
        "NetworkPolicy/connector spec podSelector = {matchLabels: {app.kubernetes.io/name: conector}}",
        "NetworkPolicy/default-deny spec podSelector = {matchExpressions: [{key: job-name, operator: DoesNotExist}]}",
        "NetworkPolicy/postgresql spec ingress + {from: [{namespaceSelector: {matchLabels: {x: bulkhead-staging}}}]}"],
    pods.namespace: [
        *each("Namespace/bulkhead-staging metadata labels", "pod-security.kubernetes.io/enforce = baseline",
              "pod-security.kubernetes.io/enforce-version = latest"),
        "connector metadata namespace = kube-system", "+ {kind: Namespace, metadata: {name: x, labels: {}}}"],
    pods.restricted: [
        *(f"connector pod {path} = {bad}" for path, _, bad in pods.OF_PODS + pods.OF_BOTH),
        *(f"connector main {path} = {bad}" for path, _, bad in pods.OF_CONTAINERS),
        *(f"connector main securityContext {path} = {bad}" for path, _, bad in pods.INHERITED),
        *each("connector main securityContext capabilities", "drop = [NET_RAW]", "add = [SYS_TIME]"),
        *each("connector pod", "securityContext seccompProfile -", "volumes + {name: x, hostPath: {path: /}}",
              "securityContext sysctls = [{name: kernel.msgmax, value: '1'}]"),
        *each("connector main", "ports 0 hostPort = 8080", "livenessProbe httpGet host = x",
              "lifecycle postStart = {tcpSocket: {host: x}}"),
        "connector spec template metadata annotations = {container.apparmor.security.beta.kubernetes.io/x: unconfined}",
        "+ {kind: Pod, metadata: {name: x}, spec: {containers: [{name: x}]}}"],
    pods.containers: [
        *each("connector main", "image = bulkhead/connector:latest", "env + {name: DB_PASS, value: hunter2}",
              "env = [{name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}]", "ports 0 containerPort = 22"),
        "valkey main resources limits memory -", "valkey main securityContext readOnlyRootFilesystem -",
        "connector pod securityContext runAsGroup = 999"],
    pods.service_accounts: [
        *each("connector pod", "serviceAccountName -", "automountServiceAccountToken -", "enableServiceLinks -"),
        "- ServiceAccount/connector", "ServiceAccount/valkey automountServiceAccountToken = true",
        "+ {kind: RoleBinding, metadata: {name: x}, subjects: []}"],
    pods.secrets: [
        *each("connector pod volumes name=secrets secret", "secretName = backend-api", "items -", "items 2 -",
              "items + {key: token-key, path: x}", "defaultMode = 292"),
        *each("connector main volumeMounts 0", "readOnly -", "subPath = .."), "connector pod securityContext fsGroup -",
        *each("migrate", "main image = bulkhead/connector:x", "pod volumes name=credentials projected sources 1 -",
              "main volumeMounts + {name: superuser, mountPath: /x, readOnly: true}",
              "pod volumes name=credentials projected sources 1 secret items 0 key = token-key"),
        "valkey pod volumes name=accounts secret secretName = administrators",
        "+ {kind: Secret, metadata: {name: x}}", "ConfigMap/fleet metadata name = token-keys",
        *each("production: Cluster/postgresql spec", "certificates serverTLSSecret = backend-api",
              "bootstrap initdb owner = connector-rw")],
    pods.as_rendered: [
        *each("connector main", "command = [sh]", "image = bulkhead/backend-api:release", "readinessProbe -",
              "env = [{name: DB_USER, value: analytics-ro}]", "livenessProbe httpGet path = /readyz", "lifecycle -"),
        "connector pod initContainers + {name: x, image: 'x:1'}", "connector spec strategy = {type: Recreate}",
        "ConfigMap/connector data DB_USER = backend-api-rw", "ConfigMap/fleet data DATABASE_URL = x",
        *each("connector pod volumes", "+ {name: x, secret: {secretName: analytics}}", "name=authority configMap name = x",
              "+ {name: x, persistentVolumeClaim: {claimName: data-postgresql-0}}",
              "+ {name: x, projected: {sources: [{serviceAccountToken: {path: x}}]}}"),
        *each("connector main volumeMounts", "+ {name: x, mountPath: /usr/bin}", "+ {name: token-keys, mountPath: /x}"),
        *each("ConfigMap/connector data", "LD_PRELOAD = x", "JWKS_FILE -", "PLATFORM = twitch"),
        "- Deployment/analytics", "- ConfigMap/connector"],
    life.services: [
        "connector pod terminationGracePeriodSeconds = 30", "ConfigMap/fleet data SHUTDOWN_TIMEOUT = '120'",
        *each("HorizontalPodAutoscaler/connector spec", "maxReplicas = 9", "minReplicas = 1"),
        "HorizontalPodAutoscaler/connector spec scaleTargetRef name = x", "connector spec replicas = 2"],
    life.objects: [
        "PodDisruptionBudget/connector spec maxUnavailable = 0", "- PodDisruptionBudget/valkey",
        "valkey main livenessProbe -", "valkey spec serviceName = cache", "migrate spec activeDeadlineSeconds -",
        *each("Service/connector spec", "selector = {app: x}", "ports 0 targetPort = grpc", "type = NodePort"),
        "Service/postgresql spec selector app.kubernetes.io/name = connector",
        *each("ConfigMap/fleet", "immutable -", "metadata name = fleet")],
    life.phases: [
        "connector metadata labels bulkhead/phase = later", "valkey metadata labels bulkhead/phase = services",
        "migrate metadata labels bulkhead/phase -", "NetworkPolicy/names metadata labels bulkhead/phase = services",
        "migrate main args = [access, plan]", "migrate pod initContainers 1 -"],
    life.connections: [
        "ConfigMap/fleet data DB_TLS = require", "connector main env = [{name: DB_CA_FILE, value: /etc/ssl/x}]",
        "ConfigMap/postgresql data pg_hba.conf ~ hostnossl all all 0.0.0.0/0 -> host all all all trust #",
        *each("ConfigMap/postgresql data postgresql.conf ~", "ssl = on -> ssl = off", "ssl = on -> SSL on",
              "log_lock_waits = on -> session_preload_libraries = 'x'"),
        *each("ConfigMap/valkey data valkey.conf ~", "port 0 -> port 6380", "maxclients 500 -> USER x on nopass +@all",
              "aclfile /data/users.acl -> # no file", "maxclients 500 -> \"port\" 6379"),
        "valkey spec volumeClaimTemplates + {metadata: {name: configuration}}", "valkey main args = [valkey-server]",
        "postgresql main env + {name: POSTGRES_HOST_AUTH_METHOD}", "postgresql pod volumes 2 configMap name = x",
        *each("mariadb: ConfigMap/mariadb data mariadb.cnf ~", "ssl-key -> #", "max-connections = 200 -> skip-grant-tables"),
        *each("mariadb: mariadb main", "args = [mariadbd]", "env + {name: MARIADB_ALLOW_EMPTY_ROOT_PASSWORD}"),
        *each("production: Cluster/postgresql spec postgresql", "pg_hba = [host all all all trust]",
              "parameters password_encryption = md5", "parameters ssl = 'off'")],
    life.way_in: [
        *each("HTTPRoute/backend-api spec", "rules 0 matches 0 path value = /", "rules 0 matches 0 path type = Exact",
              "hostnames 0 = x.example.org"),
        *each("HTTPRoute/connector spec", "rules 0 backendRefs 0 name = analytics-rollup", "parentRefs 0 name = x",
              "rules 0 backendRefs 0 name = x", "rules 0 matches + {path: {type: PathPrefix, value: /metrics}}",
              "hostnames + '*.staging.example.org'"),
        "- HTTPRoute/connector", "Gateway/edge spec listeners 0 protocol = HTTP",
        "managed: Gateway/edge spec listeners 0 tls certificateRefs -"]}
