"""The composed fleet as a separate project on this machine's Docker engine."""

import functools
import json

from kit import CHECKOUT, run

PROJECT = "bulkhead-test"
SECRETS = CHECKOUT / "deploy/compose/secrets"


def output(command, seconds=300, check=True, cwd=CHECKOUT, given=None, **environment):
    """The output of a command. If the command fails, this raises an error with its last lines."""
    done = run(*command, cwd=cwd, timeout=seconds, given=given, **environment)
    if check and done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise RuntimeError(f"{' '.join(command)[:200]} ended with {done.returncode}: {last}")
    return done.stdout + done.stderr


class Composed:
    """The fleet with these engines; `environment` has the variables that a user would export."""

    def __init__(self, database="postgres", cache="redis"):
        self.database, self.profiles = database, f"{database},{cache}"
        self.environment = {"COMPOSE_PROJECT_NAME": PROJECT, "BULKHEAD_DATABASE": database, "BULKHEAD_CACHE": cache,
                            "COMPOSE_PROFILES": self.profiles, "BULKHEAD_VERSION": "dev"}

    def run(self, *command, **options):
        return output(command, **{**self.environment, **options})

    def compose(self, *arguments, **options):
        return self.run("docker", "compose", *arguments, **options)

    def tool(self, *arguments, job="migrate", **options):
        """Runs the operator's tool in a one-shot job."""
        return self.compose("run", "--rm", "--no-deps", "-T", job, *arguments, **options)

    def containers(self, service=None):
        """The running containers of one service, or of all services."""
        ids = self.compose("ps", "--quiet", *([service] if service else [])).split()
        return inspect(*ids) if ids else []

    def down(self):
        """Removes the project; returns what is left of its containers, networks and volumes."""
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans")
        label = f"label=com.docker.compose.project={PROJECT}"
        return [line for kind in ("container", "network", "volume") for line in output(
            ["docker", kind, "ls", "--quiet", *(["--all"] if kind == "container" else []), "--filter", label]).split()]


class Container:
    def __init__(self, entry):
        self.id, self.image, self.environment = entry["Id"], entry["Config"]["Image"], entry["Config"]["Env"]
        self.service = entry["Config"]["Labels"]["com.docker.compose.service"]
        # {network without the project's name: address}
        networks = entry["NetworkSettings"]["Networks"].items()
        self.addresses = {name.partition("_")[2]: network["IPAddress"] for name, network in networks}

    def shell(self, script, given=None):
        """The output of a script that runs in the container; `given` is its standard input."""
        return output(["docker", "exec", "--interactive", self.id, "bash", "-c", script], given=given or "")

    @functools.cached_property
    def listening(self):
        """The TCP ports that listen on another address than loopback."""
        entries = [line.split() for line in self.shell("cat /proc/net/tcp /proc/net/tcp6").splitlines()]
        # State 0A is LISTEN. The bytes of an address are in host order, so 127.0.0.0/8 ends with 7F.
        local = [entry[1].split(":") for entry in entries if len(entry) > 3 and entry[3] == "0A"]
        return {int(port, 16) for address, port in local if not (len(address) == 8 and address.endswith("7F"))}


def inspect(*names):
    return [Container(entry) for entry in json.loads(output(["docker", "inspect", *names]))]
