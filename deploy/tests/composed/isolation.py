"""Compares the secrets of a running container, and the sockets that a service can open, with `deploy/access.yaml`."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time

from engine import SECRETS, output

from operations.access import COMPOSED_DATABASES, DATABASE_CONTAINERS, PUBLIC, Access
from operations.composed import CACHES

ACCESS = Access()
ENGINES = {name: COMPOSED_DATABASES[of][2] for name, of in DATABASE_CONTAINERS.items()} | dict.fromkeys(CACHES, 6379)
# Sixteen probes at a time, because a container may have 64 processes. One without an answer ends after half a second.
PROBE = """
probe() { timeout 0.5 bash -c ": >/dev/tcp/$1/$2" 2>/dev/null && echo "$1 $2"; }
count=0
for target in %s; do
  probe "${target%%:*}" "${target##*:}" &
  (( ++count %% 16 )) || wait
done
wait
"""
# Searches all files that a container can read: those of its image, and every mount at any path. The patterns arrive on
# standard input, so no command line contains a secret.
SEARCH = "grep -rohaFf - /dev/shm $(ls -d /* /.[!.]* 2>/dev/null | grep -vxE '/(proc|sys|dev)') 2>/dev/null || true"


def holds(container, database="postgres"):
    """Complaints about the secrets in a container: its own are found by name, and those of others by their text."""
    service, wanted = container.service, ACCESS.composed_secrets(database).get(container.service, set())
    named = set(container.shell("ls /run/secrets 2>/dev/null || true").split())
    yield from (f"{service} {'has' if name in named else 'lacks'} {name}" for name in sorted(named ^ wanted))
    # The longest line identifies a key in PEM.
    lines = {max(f.read_text().split(), key=len): f.name for f in SECRETS.iterdir() if f.name not in PUBLIC.values()}
    found = container.shell(SEARCH, "\n".join(lines)) + "\n".join(container.environment)
    found += container.shell("cat /proc/1/environ /proc/1/cmdline").replace("\0", "\n")
    held = {name for line, name in lines.items() if line in found}
    yield from (f"{service} can read the secret {name}" for name in sorted(held - wanted))
    yield from (f"{service} cannot read its own secret {name}" for name in sorted(wanted - held))


def reaches(container, service, containers, outside=None):
    """Complaints about the sockets that a container can open: to all addresses of all other containers, at all ports on
    which they listen, and to an address outside."""
    own = ACCESS.services[service]
    wanted = {(peer.addresses.get(f"app-{service}"), str(ENGINES[peer.service])) for peer in containers
              if peer.service in ENGINES and (peer.service in DATABASE_CONTAINERS or own.cache_account)}
    targets = {(address, str(port)): peer.service for peer in containers if peer.id != container.id
               for address in peer.addresses.values() for port in peer.listening}
    if outside:
        targets[outside] = "the host outside"
        wanted |= {outside} if "outside" in own.sides else set()
    answered = container.shell(PROBE % " ".join(f"{a}:{p}" for a, p in targets))
    found = {tuple(line.split()) for line in answered.splitlines()}
    for address, port in sorted(found ^ wanted):
        verb, peer = "reaches" if (address, port) in found else "does not reach", targets.get((address, port))
        yield f"{service} {verb} {peer} at {address}:{port}"


@contextlib.contextmanager
def an_outside():
    """(address, port) of a host that this machine routes to and that is not a container: a network namespace with a
    listener. The address is reserved for documentation (RFC 5737), so it hides no real host. None without root."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("NOT CHECKED  which services can call outside: a host outside needs root and the program ip")
        yield None
        return
    here, there, name, listener = "198.51.100.1", "198.51.100.2", "bulkhead-outside", None
    output(["ip", "netns", "add", name])
    try:
        for command in ("ip link add bulkhead0 type veth peer name bulkhead1 netns bulkhead-outside",
                        f"ip address add {here}/30 dev bulkhead0", "ip link set bulkhead0 up",
                        f"ip -n {name} address add {there}/30 dev bulkhead1", f"ip -n {name} link set bulkhead1 up",
                        f"ip -n {name} route add default via {here}"):
            output(command.split())
        # The kernel accepts connections for a socket that listens. An HTTP server would first look up its own name.
        listener = subprocess.Popen(["ip", "netns", "exec", name, sys.executable, "-c", (
            f"import socket, time; held = socket.create_server(('{there}', 8080)); time.sleep(1e6)")])
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection((there, 8080), timeout=1):
                break
            time.sleep(0.1)
        yield there, "8080"
    finally:
        if listener:
            listener.terminate()
            listener.wait()
        output(["ip", "netns", "delete", name])


def complaints(fleet):
    containers = fleet.containers()
    with an_outside() as outside:
        for container in containers:
            yield from holds(container, fleet.database)
            if container.service in ACCESS.services:
                yield from reaches(container, container.service, containers, outside)
