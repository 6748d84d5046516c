"""One source: deploy/access.yaml gives every network edge, and both ends of the edge allow it."""

from addresses import LOCAL, PRIVATE, PUBLIC
from network import NEWCOMERS, NetworkPolicies, Pods, peers_of, selectors_of
from operations.access import Access
from rule import Rules, on

RULES = Rules()
rule = RULES.rule
ACCESS = Access()

ENGINES = {"postgresql": "database", "valkey": "cache"}
ENGINE_PORTS = {"database": "5432/TCP", "cache": "6379/TCP"}
EDGE, MONITORING = "namespace ingress-nginx", "namespace monitoring"
HTTP, PROBES = "8080/TCP", "9090/TCP"
NAMES = {f"calls namespace kube-system, pods {{'k8s-app': 'kube-dns'}} on 53/{p}" for p in ("UDP", "TCP")}
# The ports for calls to the outside, and the largest sets of addresses for a provider's database and for the API server.
WEB = ("80/TCP", "443/TCP")
A_SUBNET, A_FEW = 1 << 16, 5
# The labels that a policy may select pods by: only labels of the templates. Controllers add labels to the pods that they
# create (pod-template-hash, job-name, cnpg.io/podRole), and these rules cannot compute those.
NAME = "app.kubernetes.io/name"
SELECTABLE = (NAME, "app.kubernetes.io/component", "bulkhead/serves", "cnpg.io/cluster")
OPERATOR = "namespace cnpg-system"
REPLICATION = ("5432/TCP", "8000/TCP")  # PostgreSQL's port and the instance manager's port
API_SERVER_PORTS = ("443/TCP", "6443/TCP")


def has_account(name, engine):
    if name == "migrate":
        return True
    service = ACCESS.services.get(name)
    return bool(service and (service.database_account if engine == "database" else service.cache_account))


def calls_engine(policies, engine):
    """The edge to an engine: to its pods, or without pods in the cluster, to a subnet that the overlay names."""
    port = ENGINE_PORTS[engine]
    names = [p.name for p in policies.pods if ENGINES.get(p.name) == engine]
    if names:
        return {f"calls {name} on {port}" for name in names}
    migrate = next(p for p in policies.pods if p.name == "migrate")
    subnet = policies.addresses(migrate, port)
    fits = subnet.spans and subnet <= PRIVATE and not (subnet & LOCAL).spans and len(subnet) <= A_SUBNET
    return {f"calls {subnet if fits else f'a subnet with the {engine}'} on {port}"}


def of_an_engine(policies, pods):
    engine = ENGINES[pods.name]
    return {f"is called by {p.name} on {ENGINE_PORTS[engine]}" for p in policies.pods if has_account(p.name, engine)}


def of_a_cluster(policies, pods):
    """The edges that CloudNativePG's instances need beside those of every database."""
    wanted = NAMES | {f"is called by {OPERATOR} on {port}" for port in REPLICATION}
    wanted |= {f"{verb} {pods.name} on {port}" for verb in ("calls", "is called by") for port in REPLICATION}
    servers = {port: policies.addresses(pods, port) for port in API_SERVER_PORTS}
    servers = {port: a for port, a in servers.items() if a.spans}
    # The overlay names the API server's addresses. Those of one cluster are all private or all public.
    fits = len(servers) == 1 and all(len(a) <= A_FEW and not (a & LOCAL).spans and all(
        a <= kind or not (a & kind).spans for kind in (PRIVATE, PUBLIC)) for a in servers.values())
    return wanted | ({f"calls {a} on {port}" for port, a in servers.items()} if fits else {"calls the API server"})


def of_a_service(policies, service):
    wanted = NAMES | {f"is called by {MONITORING} on {PROBES}"}
    if "edge" in service.sides:
        wanted.add(f"is called by {EDGE} on {HTTP}")
    if "outside" in service.sides:
        wanted |= {f"calls {PUBLIC} on {port}" for port in WEB}
    return wanted


def expected(policies, pods):
    wanted = set().union(*(calls_engine(policies, e) for e in ENGINE_PORTS if has_account(pods.name, e)))
    if pods.name in ACCESS.services:
        wanted |= of_a_service(policies, ACCESS.services[pods.name])
    if pods.name == "migrate":
        wanted |= NAMES
    if pods.name in ENGINES:
        wanted |= of_an_engine(policies, pods)
    if pods.name in ENGINES and "cnpg.io/cluster" in pods.labels:
        wanted |= of_a_cluster(policies, pods)
    return wanted


# The policies that may name addresses: those of services and of the Job (the outside, a provider's database), and that for
# the API server.
BY_ADDRESS = {*(s.name for s in ACCESS.services.values()), "migrate", "api-server"}


def policy(name, change):
    """Changes that policy in the manifests."""
    return lambda fleet: change(fleet.find("NetworkPolicy", name)["spec"])


def let_out(name, *peers, **more):
    """Lets those pods call one more peer."""
    return policy(name, lambda spec: spec.setdefault("egress", []).append({"to": list(peers), **more}))


def let_in(name, *peers, **more):
    return policy(name, lambda spec: spec.setdefault("ingress", []).append({"from": list(peers), **more}))


def namespace(name, key="kubernetes.io/metadata.name"):
    return {"namespaceSelector": {"matchLabels": {key: name}}}


def block(cidr, *holes):
    return {"ipBlock": {"cidr": cidr, **({"except": list(holes)} if holes else {})}}


def in_namespace(name):
    """Moves the manifests to a namespace of that name."""
    def change(fleet):
        for document in fleet.documents:
            document["metadata"]["name" if document["kind"] == "Namespace" else "namespace"] = name
    return change


ANY_NAMESPACE = {"namespaceSelector": {}}


def one_more_policy(fleet, **spec):
    first = fleet.find("NetworkPolicy", "default-deny")
    return {**first, "metadata": {**first["metadata"], "name": "more"}, "spec": {"podSelector": {}, **spec}}


def selections(spec):
    """(label, operator, value) of all selectors of a policy for pods of this namespace."""
    for selector in selectors_of(spec):
        yield from ((label, "In", value) for label, value in (selector.get("matchLabels") or {}).items())
        for each in selector.get("matchExpressions") or []:
            yield from ((each["key"], each["operator"], value) for value in each.get("values") or [None])


def uncomputable_selectors(fleet, policies):
    """The policies that select pods which these rules cannot compute."""
    names = {p.name for p in policies.pods if "cnpg.io/cluster" not in p.labels}
    namespaces = {n["metadata"]["name"] for n in fleet.of_kind("Namespace")}
    for document in fleet.of_kind("NetworkPolicy"):
        spec, where = document["spec"], f"the policy {document['metadata']['name']}"
        for label, how, value in selections(spec):
            if label not in SELECTABLE or how != "In":
                yield f"{where} selects by {label}, {how}"
            elif label == NAME and value not in names:
                yield f"{where} names {value}, and no workload has that name"
        if "ipBlock" in str(spec) and document["metadata"]["name"] not in BY_ADDRESS:
            yield f"{where} names addresses"
        for peer in peers_of(spec):
            for name in namespaces & set(((peer.get("namespaceSelector") or {}).get("matchLabels") or {}).values()):
                yield f"{where} allows the whole namespace {name}, which is the fleet's own"


@rule("one source/every network edge is one of access.yaml, and both its ends allow it",
      lambda fleet: fleet.documents.remove(fleet.find("NetworkPolicy", "default-deny")),
      lambda fleet: fleet.documents.remove(fleet.find("NetworkPolicy", "names")),
      lambda fleet: fleet.workload("connector").labels.update({"bulkhead/serves": "database"}),
      lambda fleet: fleet.workload("analytics").labels.update({"app.kubernetes.io/name": "connector"}),
      lambda fleet: fleet.documents.append(one_more_policy(fleet, policyTypes=[], ingress=[{}], egress=[{}])),
      lambda fleet: fleet.documents.append(one_more_policy(fleet, ingress=[{}])),
      policy("default-deny", lambda s: s.update(podSelector={"matchLabels": {"x": None}})),
      policy("postgresql", lambda s: s["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"].append(
          "debug")),
      # Pods that have more labels than their templates.
      *(lambda fleet, label=label, names=names: [fleet.find("NetworkPolicy", n)["spec"]["podSelector"].setdefault(
          "matchExpressions", []).append({"key": label, "operator": "DoesNotExist"}) for n in ("default-deny", *names)]
        for label, names in (("pod-template-hash", ("names", "analytics")), ("batch.kubernetes.io/job-name", ("migrate",)),
                             ("statefulset.kubernetes.io/pod-name", ("valkey",)))),
      *(in_namespace(name) for name in ("monitoring", "ingress-nginx", "kube-system")),
      # Peers in the namespace.
      policy("connector", lambda s: s["egress"].append({})), policy("connector", lambda s: s["egress"].pop(0)),
      policy("connector", lambda s: s.update(policyTypes=["Ingress"])),
      policy("postgresql", lambda s: s.update(ingress=[{}])),
      policy("postgresql", lambda s: s["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"].remove(
          "connector")),
      policy("names", lambda s: s.update(podSelector={})),
      let_in("analytics", {"podSelector": {}}), let_out("analytics", {"podSelector": {}}, ports=[{"port": 9999}]),
      let_in("connector", {"podSelector": {"matchExpressions": [{"key": "bulkhead/serves", "operator": "Exists"}]}}),
      let_in("analytics", {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "connector"}}}),
      # Ports and protocols.
      policy("analytics", lambda s: s["egress"][0].update(ports=[{"port": 5432, "endPort": 65535}])),
      policy("analytics", lambda s: s["egress"][0].update(ports=[{"protocol": "TCP"}])),
      policy("connector", lambda s: s["egress"][0].update(ports=[{"port": 5432, "protocol": "UDP"}])),
      policy("names", lambda s: s["egress"][0].update(ports=[{"port": 53, "protocol": "SCTP"}])),
      policy("names", lambda s: s["egress"].append({"ports": [{"port": 53}]})),
      policy("valkey", lambda s: s["ingress"][0].pop("ports")),
      # Peers in other namespaces.
      let_in("connector", ANY_NAMESPACE), let_in("valkey", ANY_NAMESPACE), let_in("connector", namespace("kube-system")),
      let_in("postgresql", namespace("bulkhead-staging")), let_in("postgresql", namespace("data", key="team")),
      let_in("postgresql", namespace("monitoring")), let_in("analytics-rollup", namespace("ingress-nginx")),
      let_out("analytics", ANY_NAMESPACE), let_out("analytics", {**ANY_NAMESPACE, "podSelector": {}}),
      policy("connector", lambda s: s["ingress"][0]["from"].pop(0)),
      # Peers by address.
      let_in("postgresql", block("0.0.0.0/0")), let_in("backend-api", block("0.0.0.0/0")),
      let_out("analytics", block("0.0.0.0/0")), let_out("analytics", block("0.0.0.0/0"), ports=[{"port": 8443}]),
      let_out("analytics", block("10.0.0.0/8"), ports=[{"port": 6443}]),
      let_out("analytics", block("169.254.169.254/32"), ports=[{"port": 8080}]),
      let_out("connector", block("fd12::/16"), ports=[{"port": 443}]),
      let_out("connector", block("10.0.0.0/8", "10.96.0.0/16"), ports=[{"port": 443}]),
      policy("connector", lambda s: s["egress"].pop()), policy("connector", lambda s: s["egress"][2].pop("ports")),
      policy("connector", lambda s: s["egress"][2]["to"][0]["ipBlock"]["except"].remove("169.254.0.0/16")),
      policy("connector", lambda s: s["egress"][2]["to"][0]["ipBlock"]["except"].append("8.0.0.0/8")),
      policy("connector", lambda s: s["egress"][2]["to"][1]["ipBlock"].update(cidr="::/0")),
      policy("connector", lambda s: s["egress"][2].update(ports=[{"port": 80, "endPort": 65535}, {"port": 443}])),
      # A database of an operator, and one of a provider.
      *on("production", let_out("postgresql", block("0.0.0.0/0")), let_in("postgresql", block("10.0.0.0/8")),
          let_in("postgresql", namespace("ingress-nginx")),
          let_out("postgresql", block("10.0.0.0/8"), ports=[{"port": 6443}]),
          lambda fleet: fleet.workload("connector").labels.update({"cnpg.io/cluster": "postgresql"}),
          let_out("postgresql", block("192.0.2.20/32"), ports=[{"port": 443}]),
          let_out("postgresql", block("192.0.2.20/32"), ports=[{"port": 6443}]),
          policy("api-server", lambda s: s["egress"].clear()),
          policy("api-server", lambda s: s["egress"][0]["to"].append(block("8.8.8.8/32"))),
          policy("connector", lambda s: s.update(podSelector={"matchExpressions": [
              {"key": "app.kubernetes.io/name", "operator": "In", "values": ["connector", "postgresql"]}]})),
          policy("valkey", lambda s: s["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"].append(
              "postgresql"))),
      *on("managed", policy("analytics", lambda s: s["egress"][0].update(to=[block("10.0.0.0/8")])),
          policy("analytics", lambda s: s["egress"].pop(0)), policy("migrate", lambda s: s["egress"].pop(0)),
          policy("connector", lambda s: s["egress"][0].update(ports=[{"port": 22}])),
          lambda fleet: [p["spec"]["egress"][0].update(to=[block(f"10.20.30.{n}/32") for n in (0, 2, 4, 6)] + [
              block("203.0.0.0/8" if p["metadata"]["name"] == "analytics" else "10.20.30.8/32")])
              for p in fleet.of_kind("NetworkPolicy") if len(p["spec"].get("egress", [])) > 1],
          lambda fleet: [p["spec"]["egress"][0].update(to=[block("10.0.0.0/8")])
                         for p in fleet.of_kind("NetworkPolicy") if len(p["spec"].get("egress", [])) > 1]))
def edges(fleet):
    policies = NetworkPolicies(fleet)
    for pods in policies.pods:
        found, wanted = policies.edges(pods), expected(policies, pods)
        yield from (f"{pods.name} {edge}, and access.yaml does not give that edge" for edge in found - wanted)
        yield from (f"{pods.name} lacks an edge: {edge}" for edge in wanted - found)
    yield from uncomputable_selectors(fleet, policies)
    for labels in NEWCOMERS:
        yield from (f"a pod that no policy names {edge}" for edge in policies.edges(Pods("newcomer", labels)))


# The routes that the edge may open. /livez, /readyz, /metrics and /openapi.json are for the cluster only.
ROUTES = {"/v1": "Prefix"}
KEY_SET = {"/.well-known/jwks.json": "Exact"}
# The first label of each service's host name. Clients send passwords to `api`.
HOSTS = {s.name: s.host for s in ACCESS.services.values()}


def first_ingress(change):
    return lambda fleet: change(fleet.of_kind("Ingress")[0]["spec"]["rules"][0]["http"]["paths"])


def host(which, name):
    return lambda fleet: fleet.of_kind("Ingress")[0]["spec"]["rules"][which].update(host=name)


@rule("one source/an Ingress opens only the API of the services that access.yaml opens to the edge",
      first_ingress(lambda paths: paths[0]["backend"]["service"].update(name="analytics-rollup")),
      first_ingress(lambda paths: paths[0].update(path="/")), first_ingress(lambda paths: paths[0].update(path="/metrics")),
      first_ingress(lambda paths: paths[0].update(pathType="ImplementationSpecific")),
      first_ingress(lambda paths: paths.clear()), host(0, "twitch.staging.example.org"), host(2, "*.staging.example.org"),
      host(1, "api.staging.example.org"),
      lambda fleet: fleet.of_kind("Ingress")[0]["spec"]["tls"][0].update(secretName="postgresql-tls"),
      lambda fleet: fleet.of_kind("Ingress")[0]["spec"]["rules"].pop())
def ingress(fleet):
    opened = {}
    for document in fleet.of_kind("Ingress"):
        for entry in document["spec"].get("tls", []):
            if entry.get("secretName") != "edge-tls":
                yield f"its certificate is {entry.get('secretName')}, not edge-tls"
        for entry in document["spec"]["rules"]:
            for path in entry["http"]["paths"]:
                name = path["backend"]["service"]["name"]
                opened.setdefault(name, set()).add((path["path"], path["pathType"]))
                if entry["host"].partition(".")[0] != HOSTS.get(name):
                    yield f"{name} has the host name {entry['host']}"
    for name in sorted(set(opened) - set(ACCESS.services)):
        yield f"{name} is not a service of access.yaml"
    for name, service in ACCESS.services.items() if fleet.of_kind("Ingress") else ():
        wanted = {**ROUTES, **(KEY_SET if service.signs else {})} if "edge" in service.sides else {}
        if opened.get(name, set()) != set(wanted.items()):
            yield f"{name}: the Ingress opens {sorted(opened.get(name, set()))}, not {sorted(wanted.items())}"
