"""What a running container of a service holds and reaches, against `deploy/access.yaml`."""

from composed.engine import SECRETS

from access import Access

ACCESS = Access()
ENGINES = {"postgres": 5432, "redis": 6379, "valkey": 6379}
PORTS = (*sorted(set(ENGINES.values())), *range(8081, 8087), 8404, 9090, 3000)
# Sixteen at a time, for a container may have 64 processes; what nobody refuses counts as closed after half a second.
PROBE = """
probe() { timeout 0.5 bash -c ": >/dev/tcp/$1/$2" 2>/dev/null && echo "$1 $2"; }
count=0
for target in %s; do
  probe "${target%%:*}" "${target##*:}" &
  (( ++count %% 16 )) || wait
done
wait
"""


def stem(name):
    return name.partition(".")[0]


def holds(container, service):
    """Complaints about the secrets in a container: those by name, and any other's by its very text."""
    wanted = ACCESS.services[service].files
    named = {stem(n) for n in container.shell("ls /run/secrets").split()}
    for name in sorted(named ^ wanted):
        yield f"{service} {'holds' if name in named else 'lacks'} {name}"
    seen = container.shell("cat /proc/1/environ /proc/1/cmdline $(find /run /etc/bulkhead /tmp -type f 2>/dev/null) "
                           "| tr '\\0' '\\n'") + "\n".join(container.environment)
    for secret in SECRETS.iterdir():
        if stem(secret.name) not in wanted | {"jwks"} and secret.read_text().strip() in seen:
            yield f"{service} can read the secret {secret.name}"


def reaches(container, service, everybody):
    """Complaints about the sockets that can be opened in a container, to any address and port of any other one."""
    own = ACCESS.services[service]
    wanted = {(peer.addresses.get(f"app-{service}"), str(ENGINES[peer.service])) for peer in everybody
              if peer.service in ENGINES and (peer.service == "postgres" or own.cache_account)}
    owners = {address: peer.service for peer in everybody if peer.id != container.id
              for address in peer.addresses.values()}
    targets = " ".join(f"{address}:{port}" for address in owners for port in PORTS)
    found = {tuple(line.split()) for line in container.shell(PROBE % targets).splitlines()}
    for address, port in sorted(found ^ wanted):
        yield f"{service} {'reaches' if (address, port) in found else 'does not reach'} {owners.get(address)} at {address}:{port}"
    # The way out is a default route, which nobody else has.
    way_out = any(line.split()[1] == "00000000" for line in container.shell("cat /proc/net/route").splitlines()[1:])
    if way_out != ("outside" in own.sides):
        yield f"{service} has {'a' if way_out else 'no'} way out"


def complaints(fleet):
    everybody = fleet.containers()
    for container in everybody:
        if container.service in ACCESS.services:
            yield from holds(container, container.service)
            yield from reaches(container, container.service, everybody)
