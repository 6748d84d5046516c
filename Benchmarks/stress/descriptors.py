"""More idle clients than the soft limit of open files: the limit itself, idle connections that give way, and probes."""
import resource
import socket
import sys
import time

from service import Prober, running, verdict

SOFT_LIMIT = 1024
HARD_LIMIT = 4096
OF_ONE_ADDRESS = 3000
OF_OTHERS = 3000
ADDRESSES = 100
# The connections of this process, and what else it has open.
LEAST_FILES = OF_ONE_ADDRESS + OF_OTHERS + 200


def descriptors(options):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < LEAST_FILES:
        sys.exit(f"stress: descriptors needs {LEAST_FILES} open files, and the hard limit is {hard}: raise it (ulimit -Hn)")
    # This process holds the other end of each connection.
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    limits = (SOFT_LIMIT, min(HARD_LIMIT, hard))
    with running(options, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits)) as service:
        with open(f"/proc/{service.process.pid}/limits", encoding="ascii") as file:
            raised = int(next(line for line in file if line.startswith("Max open files")).split()[3])
        prober = Prober(service, "/livez", pause=0.02)
        clients = [idle(service, "127.0.0.2") for _ in range(OF_ONE_ADDRESS)]
        time.sleep(2)
        of_one = service.metric("http_connections_open")
        refused = service.metric("http_connections_refused_total")
        clients += [idle(service, f"127.3.0.{number % ADDRESSES + 1}") for number in range(OF_OTHERS)]
        time.sleep(2)
        held, gave_way = service.metric("http_connections_open"), service.metric("http_connections_gave_way_total")
        slowest = prober.end()
        lines = len(service.lines("connections at their limit"))
        for client in clients:
            client.close()
        print(f"stress: idle connections: {of_one:.0f} of {OF_ONE_ADDRESS} from one address are held and {refused:.0f} were refused; "
              f"then {held:.0f} in all, and {gave_way:.0f} gave way; {lines} lines in the log, {len(prober.times)} probes")
        return all([
            verdict("limit of open files, which was 1024 at the start", raised, limits[1], at_least=True),
            verdict("connections of one address, share of the limit of files", of_one / raised, 0.5),
            verdict("connections held", held, SOFT_LIMIT, at_least=True),
            verdict("idle connections that gave way", gave_way, 1, at_least=True),
            verdict("slowest /livez beside them", slowest, 1000, " ms"),
            verdict("failed probes", prober.failed, 0),
            verdict("log lines that name the limit", lines, 1, at_least=True),
        ])


def idle(service, source):
    client = socket.socket()
    client.bind((source, 0))
    client.settimeout(10)
    client.connect(("127.0.0.1", service.port))
    return client
