"""What a running container holds, and what a service reaches, against `deploy/access.yaml`."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from composed.engine import SECRETS, output

from operations.access import Access
from rules.composed import SECRETS as HELD

ACCESS = Access()
ENGINES = {"postgres": 5432, "redis": 6379, "valkey": 6379}
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


# Every file that a container can read: its image's, and whatever is mounted into it, wherever that is. Patterns come in
# and what was found goes out; the texts stand in no command line.
SEARCH = "grep -rohaFf - /dev/shm $(ls -d /* /.[!.]* 2>/dev/null | grep -vxE '/(proc|sys|dev)') 2>/dev/null || true"


def line_of(text):
    """The line of a secret by which it is known: of a key in PEM the longest."""
    return max(text.split(), key=len)


def holds(container):
    """Complaints about the secrets in a container: those by name, and any other's by its very text."""
    service, wanted = container.service, HELD[container.service]
    named = set(container.shell("ls /run/secrets 2>/dev/null || true").split())
    for name in sorted(named ^ wanted):
        yield f"{service} {'holds' if name in named else 'lacks'} {name}"
    lines = {line_of(file.read_text()): file.name for file in SECRETS.iterdir() if file.name != "jwks.json"}
    found = container.shell(SEARCH, "\n".join(lines)) + "\n".join(container.environment)
    found += container.shell("cat /proc/1/environ /proc/1/cmdline").replace("\0", "\n")
    held = {name for line, name in lines.items() if line in found}
    for name in sorted(held - wanted):
        yield f"{service} can read the secret {name}"
    # What is its own must be found as well, or the search finds nothing.
    for name in sorted(wanted - held):
        yield f"{service} cannot read its own secret {name}"


def reaches(container, service, everybody, outside=None):
    """Complaints about the sockets that can be opened in a container: to any address of any other one, at every port on
    which it listens, and to an address outside."""
    own = ACCESS.services[service]
    wanted = {(peer.addresses.get(f"app-{service}"), str(ENGINES[peer.service])) for peer in everybody
              if peer.service in ENGINES and (peer.service == "postgres" or own.cache_account)}
    targets = {(address, str(port)): peer.service for peer in everybody if peer.id != container.id
               for address in peer.addresses.values() for port in peer.listening}
    if outside:
        targets[outside] = "somebody outside"
        if "outside" in own.sides:
            wanted.add(outside)
    found = {tuple(line.split()) for line in container.shell(PROBE % " ".join(f"{a}:{p}" for a, p in targets)).splitlines()}
    for address, port in sorted(found ^ wanted):
        verb, peer = "reaches" if (address, port) in found else "does not reach", targets.get((address, port))
        yield f"{service} {verb} {peer} at {address}:{port}"


def can_make_an_outside():
    return os.geteuid() == 0 and shutil.which("ip") is not None


@contextlib.contextmanager
def an_outside():
    """(address, port) of somebody whom this machine routes to and who is no container: a network namespace with a
    listener. The address is one of those that are for documentation, so it hides nobody (RFC 5737)."""
    here, there, name = "198.51.100.1", "198.51.100.2", "bulkhead-outside"
    inside = ["ip", "netns", "exec", name]
    output(["ip", "netns", "add", name])
    listener = None
    try:
        for command in (["ip", "link", "add", "bulkhead0", "type", "veth", "peer", "name", "bulkhead1", "netns", name],
                        ["ip", "address", "add", f"{here}/30", "dev", "bulkhead0"],
                        ["ip", "link", "set", "bulkhead0", "up"],
                        [*inside, "ip", "address", "add", f"{there}/30", "dev", "bulkhead1"],
                        [*inside, "ip", "link", "set", "bulkhead1", "up"],
                        [*inside, "ip", "route", "add", "default", "via", here]):
            output(command)
        with tempfile.TemporaryDirectory() as nothing:
            listener = subprocess.Popen([*inside, sys.executable, "-m", "http.server", "8080", "--bind", there],
                                        cwd=nothing, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(50):
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
    everybody = fleet.containers()
    with an_outside() if can_make_an_outside() else contextlib.nullcontext() as outside:
        for container in everybody:
            yield from holds(container)
            if container.service in ACCESS.services:
                yield from reaches(container, container.service, everybody, outside)
