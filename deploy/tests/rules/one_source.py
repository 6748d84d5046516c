"""One source: every account, secret and network edge of the manifests is one that deploy/access.yaml gives."""

import network
from access import Access
from fleet import secret_files
from rule import Rules

RULES = Rules()
rule = RULES.rule
ACCESS = Access()

SUPERUSER = ("postgresql-superuser", "password")


def connector(change):
    return lambda fleet: change(fleet.workload("connector"))


def variable(name, value):
    return connector(lambda w: w.containers[0].update(env=[{"name": name, "value": value}]))


@rule("one source/every service of access.yaml is deployed, and nothing else is",
      lambda fleet: fleet.documents.remove(fleet.workload("analytics").document),
      connector(lambda w: w.document["metadata"].update(name="mailer")))
def services(fleet):
    deployed = {w.name for w in fleet.services}
    for name in sorted(deployed ^ set(ACCESS.services)):
        yield f"{name} is {'in no manifest of ours' if name in ACCESS.services else 'not in access.yaml'}"


@rule("one source/each program connects as its own accounts", variable("DB_USER", "backend-api-rw"),
      variable("CACHE_USER", "analytics-cache"), variable("DATABASE_URL", "postgresql://connector-rw@db/app_db"),
      variable("DB_PASS_FILE", "/run/secrets/bulkhead/connector-cache"))
def accounts(fleet):
    for workload in fleet.services:
        service = ACCESS.services.get(workload.name)
        if service is None:
            continue
        for container in workload.all_containers:
            where, environment = f"{workload.where}/{container['name']}", fleet.environment(container)
            files = secret_files(workload, container)
            if "DATABASE_URL" in environment or "DATABASE_URL_FILE" in environment:
                yield f"{where}: DATABASE_URL would win over the account"
            for engine, account in (("DB", service.database_account), ("CACHE", service.cache_account)):
                if environment.get(f"{engine}_USER") != account:
                    yield f"{where}: {engine}_USER is {environment.get(f'{engine}_USER')}, not {account}"
                if files.get(environment.get(f"{engine}_PASS_FILE"), (None, None))[1] != account:
                    yield f"{where}: {engine}_PASS_FILE does not hold the password of {account}"


def give(secret, key):
    """A manifest that mounts another secret into the connector."""
    def change(fleet):
        fleet.workload("connector").volume("secrets")["secret"]["items"].append({"key": key, "path": key})
    def change_whole(fleet):
        workload = fleet.workload("connector")
        workload.pod["volumes"].append({"name": "more", "secret": {"secretName": secret, "defaultMode": 0o440}})
        workload.containers[0]["volumeMounts"].append({"name": "more", "mountPath": "/more", "readOnly": True})
    return change if secret == "connector" else change_whole


@rule("one source/each service holds its secrets and no other's", give("connector", "token-key"),
      give("connector", "backend-api-rw"), give("backend-api", None), give("administrators", None),
      connector(lambda w: w.volume("secrets")["secret"].pop("items")),
      connector(lambda w: w.volume("secrets")["secret"].update(secretName="backend-api")))
def secrets(fleet):
    for workload in fleet.services:
        service = ACCESS.services.get(workload.name)
        for container in workload.all_containers if service else []:
            held = set(secret_files(workload, container).values())
            wanted = {(workload.name, key) for key in service.files}
            for secret, key in sorted(held - wanted, key=str):
                yield f"{workload.where}/{container['name']}: holds {secret}/{key or '*'}"
            for secret, key in sorted(wanted - held):
                yield f"{workload.where}/{container['name']}: lacks {secret}/{key}"


@rule("one source/the signing key is held by who may sign, and others check with the public half",
      lambda fleet: fleet.workload("backend-api").containers[0].update(
          env=[{"name": "JWKS_FILE", "value": "/run/token-keys/jwks.json"}]),
      variable("TOKEN_KEY_FILE", "/run/secrets/bulkhead/token-key"))
def signing_key(fleet):
    for workload in fleet.services:
        service = ACCESS.services.get(workload.name)
        environment = fleet.environment(workload.containers[0])
        signs = service is not None and "token-key" in service.secrets
        if ("TOKEN_KEY_FILE" in environment) != signs or ("JWKS_FILE" in environment) == signs:
            yield workload.where


@rule("one source/the administrators are in the Job alone, and the superuser in its first step and the engine",
      lambda fleet: give("administrators", None)(fleet),
      lambda fleet: fleet.workload("migrate").containers[0]["volumeMounts"].append(
          {"name": "superuser", "mountPath": "/run/secrets/superuser", "readOnly": True}),
      lambda fleet: fleet.workload("valkey").pod["volumes"][1]["secret"].update(secretName="administrators"))
def administrators(fleet):
    for workload in fleet.workloads:
        for container in workload.all_containers:
            held = set(secret_files(workload, container).values())
            where = f"{workload.where}/{container['name']}"
            if any(secret == "administrators" for secret, _ in held) and workload.name != "migrate":
                yield f"{where}: holds an administrator"
            bootstraps = workload.name == "migrate" and container.get("args") == ["bootstrap"]
            is_engine = workload.labels.get("bulkhead/serves") == "database"
            if any(secret == SUPERUSER[0] for secret, _ in held) and not (bootstraps or is_engine):
                yield f"{where}: holds the superuser"


@rule("one source/the Job has every account's password, and no other secret of a service",
      lambda fleet: fleet.workload("migrate").volume("credentials")["projected"]["sources"].pop(),
      lambda fleet: fleet.workload("migrate").volume("credentials")["projected"]["sources"].append(
          {"secret": {"name": "backend-api", "items": [{"key": "token-key", "path": "token-key"}]}}),
      lambda fleet: fleet.workload("migrate").pod["initContainers"][1].update(
          env=[{"name": "DB_USER", "value": "postgres"}]))
def job(fleet):
    workload = fleet.workload("migrate")
    for container in workload.all_containers:
        where, environment = f"{workload.where}/{container['name']}", fleet.environment(container)
        files, folder = secret_files(workload, container), environment["CREDENTIALS_DIR"]
        held = {path.removeprefix(f"{folder}/"): key for path, (_, key) in files.items() if path.startswith(folder)}
        wanted = ACCESS.accounts | ACCESS.administrators
        for account in sorted(set(held) ^ wanted):
            yield f"{where}: {account} is {'missing' if account in wanted else 'no account of access.yaml'}"
        is_first = container.get("args") == ["bootstrap"]
        expected = "postgres" if is_first else ACCESS.database_administrator
        if environment["DB_USER"] != expected or environment["CACHE_USER"] != ACCESS.cache_administrator:
            yield f"{where}: connects as {environment['DB_USER']} and {environment['CACHE_USER']}"


@rule("one source/a roll-out stays within the account's connections",
      lambda fleet: fleet.find("HorizontalPodAutoscaler", "connector")["spec"].update(maxReplicas=9),
      variable("DB_POOL_SIZE", "30"), lambda fleet: fleet.workload("analytics-rollup").spec.update(replicas=9))
def connections(fleet):
    for workload in fleet.services:
        service = ACCESS.services.get(workload.name)
        scaler = fleet.find("HorizontalPodAutoscaler", workload.name)
        replicas = scaler["spec"]["maxReplicas"] if scaler else workload.spec.get("replicas", 1)
        pool = int(fleet.environment(workload.containers[0])["DB_POOL_SIZE"])
        # Pods that end still hold theirs while as many new ones have begun.
        if service and 2 * replicas * pool > service.connections:
            yield f"{workload.name}: 2 x {replicas} pods x {pool} connections, {service.connections} in access.yaml"


@rule("one source/every edge between pods is one of access.yaml, seen from both its ends",
      lambda fleet: fleet.documents.remove(fleet.find("NetworkPolicy", "default-deny")),
      lambda fleet: fleet.find("NetworkPolicy", "connector")["spec"]["egress"].append({}),
      lambda fleet: fleet.find("NetworkPolicy", "connector")["spec"]["egress"].pop(0),
      lambda fleet: fleet.find("NetworkPolicy", "connector")["spec"].update(policyTypes=["Ingress"]),
      lambda fleet: fleet.find("NetworkPolicy", "postgresql")["spec"].update(ingress=[{}]),
      lambda fleet: fleet.find("NetworkPolicy", "postgresql")["spec"]["ingress"][0]["from"][0]["podSelector"][
          "matchExpressions"][0]["values"].remove("connector"),
      lambda fleet: fleet.find("NetworkPolicy", "analytics")["spec"]["ingress"].append(
          {"from": [{"podSelector": {}}]}))
def inside(fleet):
    walls = network.Walls(fleet)
    pods = [network.Peer(w.name, w.labels) for w in fleet.workloads]
    pods += [network.Peer("postgresql", {"bulkhead/serves": "database", "cnpg.io/cluster": "postgresql"})
             for _ in fleet.of_kind("Cluster")]
    pods.append(network.Peer("a pod that no policy names", {"app.kubernetes.io/name": "newcomer"}))
    for source in pods:
        for target in pods:
            if source.name == target.name:
                continue
            for port in (5432, 6379, 8080):
                wanted = port == network.ENGINE_PORTS.get(target.labels.get("bulkhead/serves")) and may_call(
                    source.name, target.labels["bulkhead/serves"])
                for side, found in (("leave", walls.leaves(source, target, port)),
                                    ("enter", walls.enters(source, target, port))):
                    if found != wanted:
                        yield f"{source.name} {'may' if found else 'may not'} {side} to {target.name}:{port}"


def may_call(name, engine):
    if name == "migrate":
        return True
    service = ACCESS.services.get(name)
    account = service and (service.database_account if engine == "database" else service.cache_account)
    return bool(account)


@rule("one source/requests come in from the edge where access.yaml says so",
      lambda fleet: fleet.find("NetworkPolicy", "connector")["spec"]["ingress"][0]["from"].pop(0),
      lambda fleet: fleet.find("NetworkPolicy", "analytics-rollup")["spec"]["ingress"][0]["from"].append(
          {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}),
      lambda fleet: fleet.find("NetworkPolicy", "connector")["spec"]["ingress"][0]["from"].append(
          {"namespaceSelector": {}}),
      lambda fleet: fleet.find("NetworkPolicy", "valkey")["spec"]["ingress"][0]["from"].append(
          {"namespaceSelector": {}}))
def edge(fleet):
    walls = network.Walls(fleet)
    for workload in fleet.workloads:
        pod = network.Peer(workload.name, workload.labels)
        service = ACCESS.services.get(workload.name)
        port = next((p["containerPort"] for c in workload.containers for p in c.get("ports", [])), 8080)
        wanted = {network.INGRESS.name: service is not None and "edge" in service.sides,
                  network.MONITORING.name: service is not None, network.STRANGER.name: False}
        for peer in (network.INGRESS, network.MONITORING, network.STRANGER):
            found = walls.passes(peer, pod, port)
            if found != wanted[peer.name]:
                yield f"{peer.name} {'may' if found else 'may not'} call {workload.name}:{port}"


@rule("one source/an Ingress leads to services that access.yaml opens to the edge",
      lambda fleet: fleet.of_kind("Ingress")[0]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"].update(
          name="analytics-rollup"))
def ingress(fleet):
    for document in fleet.of_kind("Ingress"):
        for entry in document["spec"]["rules"]:
            for path in entry["http"]["paths"]:
                service = ACCESS.services.get(path["backend"]["service"]["name"])
                if service is None or "edge" not in service.sides:
                    yield f"{entry['host']}: {path['backend']['service']['name']}"


@rule("one source/only who may call outside can, and nobody private addresses or the metadata address",
      lambda fleet: fleet.find("NetworkPolicy", "connector")["spec"]["egress"].pop(),
      lambda fleet: fleet.find("NetworkPolicy", "connector")["spec"]["egress"][2]["to"][0]["ipBlock"]["except"].remove(
          "169.254.0.0/16"),
      lambda fleet: fleet.find("NetworkPolicy", "connector")["spec"]["egress"][2]["to"][1]["ipBlock"].update(cidr="::/0"),
      lambda fleet: fleet.find("NetworkPolicy", "connector")["spec"]["egress"][2].pop("ports"),
      lambda fleet: fleet.find("NetworkPolicy", "analytics")["spec"]["egress"].append(
          {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}))
def outside(fleet):
    walls = network.Walls(fleet)
    for workload in fleet.workloads:
        pod = network.Peer(workload.name, workload.labels)
        service = ACCESS.services.get(workload.name)
        wanted = service is not None and "outside" in service.sides
        for peer in network.PUBLIC + network.PRIVATE:
            for port in (80, 443, 22, 5432):
                found = walls.leaves(pod, peer, port)
                if found != (wanted and peer in network.PUBLIC and port in (80, 443)):
                    yield f"{workload.name} {'may' if found else 'may not'} call {peer.name} port {port}"


@rule("one source/names are looked up in the cluster's resolver, by who needs names",
      lambda fleet: fleet.documents.remove(fleet.find("NetworkPolicy", "names")),
      lambda fleet: fleet.find("NetworkPolicy", "names")["spec"].update(podSelector={}))
def names(fleet):
    walls = network.Walls(fleet)
    for workload in fleet.workloads:
        pod = network.Peer(workload.name, workload.labels)
        wanted = "bulkhead/serves" not in workload.labels
        if walls.leaves(pod, network.RESOLVER, 53) != wanted:
            yield f"{workload.name} {'cannot' if wanted else 'can'} look up names"
