"""Two services are replaced one after the other while clients keep their connections alive."""
from service import Service, figures, free_port, raw, verdict

CLIENTS = 64
LEAST_REQUESTS = 100_000
SETTINGS = {"SHUTDOWN_DELAY": "1"}


def rollout(options):
    services = [Service(options, SETTINGS, free_port()) for _ in range(2)]
    ports = [service.port for service in services]
    good = failed = other = replaced = 0
    try:
        token = services[0].member()
        while good < LEAST_REQUESTS and replaced < 20:
            load = services[0].load(CLIENTS, 12, raw("GET", "/v1/settings", token), ports=ports)
            for number in (0, 1):
                code, _ = services[number].stop()
                failed += code != 0
                services[number] = Service(options, SETTINGS, ports[number])
                replaced += 1
            result = figures(load)
            good, failed, other = good + result["good"], failed + result["failed"], other + result["other"] + result["refused"]
        print(f"stress: {replaced} services replaced under {good:.0f} requests of {CLIENTS} connections")
        return all([
            verdict("requests during the roll-outs", good, LEAST_REQUESTS, at_least=True),
            verdict("failed ones", failed + other, 0),
        ])
    finally:
        for service in services:
            if service.process.poll() is None:
                service.stop()
