"""Anonymous clients that sign in with made-up addresses: probes, and a stop beside them."""
import time

from service import Prober, figures, raw, running, verdict

CLIENTS = 64
SHUTDOWN_TIMEOUT = 20
EMAILS = 512


def signing_in(options):
    # One address would be slowed before any hash; the flood comes from many.
    settings = {"SIGN_IN_FAILURES": "1000000", "SHUTDOWN_TIMEOUT": str(SHUTDOWN_TIMEOUT)}
    with running(options, settings) as service:
        requests = b"\0".join(
            raw("POST", "/v1/sessions", None, b'{"email":"unknown-%d@example.org","password":"a wild guess"}' % number)
            for number in range(EMAILS))
        # What other work on the machine costs a probe is no delay by the clients.
        prober = Prober(service, "/readyz", pause=0.02)
        time.sleep(options.seconds)
        quiet = prober.end()
        load = service.load(CLIENTS, 2 * options.seconds, requests)
        prober = Prober(service, "/readyz", pause=0.02)
        result, slowest = figures(load), prober.end()
        print(f"stress: slowest /readyz: {quiet:.0f} ms before, {slowest:.0f} ms beside clients that sign in")
        print(f"stress: {CLIENTS} clients sign in: {result['other']:.0f} checked, {result['refused']:.0f} refused")
        load = service.load(CLIENTS, 3, requests)
        code, seconds = stop_beside(service)
        last = figures(load)
        return all([
            verdict("slowest /readyz beside clients that sign in, above the one before", slowest - quiet, 100, " ms"),
            verdict("failed probes beside them", prober.failed, 0),
            verdict("exit code of SIGTERM beside them", code, 0),
            verdict("seconds from SIGTERM to the exit", seconds, SHUTDOWN_TIMEOUT, " s"),
            verdict("accepted requests without an answer", last["failed"], 0),
        ])


def stop_beside(service):
    """Stops the service once the clients have begun."""
    time.sleep(1)
    return service.stop()
