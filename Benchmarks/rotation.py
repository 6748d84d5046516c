"""Passwords of every account change while backend-api serves as many requests as it can."""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from database import put, sign_up

RUNS = 3
KILLS = 10
# As a mounted Secret does, the services' folder follows the tool's own by this much, and the tool waits longer than that.
DELAY_SECONDS = 1.5
DELIVERY_SECONDS = 3
LEAST_RATE = 500
# Longer than the runs take; the load is stopped after the last one.
LOAD_SECONDS = 600


class Follower(threading.Thread):
    """Copies each changed file of a folder into another one, some time after its change."""

    def __init__(self, source, target):
        super().__init__(daemon=True)
        self.source, self.target, self.stopping = source, target, threading.Event()
        self.seen = self.contents()

    def contents(self):
        found = {}
        for name in os.listdir(self.source):
            if name.startswith("."):
                continue
            try:
                with open(os.path.join(self.source, name), "rb") as file:
                    found[name] = file.read()
            except FileNotFoundError:
                pass  # the tool has removed it since the list was read
        return found

    def run(self):
        waiting = []
        while not self.stopping.wait(0.05) or waiting:
            for name, data in self.contents().items():
                if self.seen.get(name) != data:
                    self.seen[name] = data
                    waiting.append((time.monotonic() + DELAY_SECONDS, name, data))
            while waiting and waiting[0][0] <= time.monotonic():
                _, name, data = waiting.pop(0)
                self.replace(name, data)

    def replace(self, name, data):
        draft = os.path.join(self.target, f".{name}.draft")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
        os.rename(draft, os.path.join(self.target, name))


def rotate(options, env, *words):
    """One call to its end; returns its seconds."""
    start = time.monotonic()
    done = subprocess.run(
        [os.path.join(options.programs, "bulkhead"), "access", "rotate", "--all", *words], env=env,
        capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"rotate: exit code {done.returncode}\n{done.stderr}")
    print(f"  {' '.join(done.stdout.split())}", file=sys.stderr)
    return time.monotonic() - start


def rotate_with_kills(options, env, seconds):
    """Calls that end at random points, by a signal that nothing can catch; the last call completes what they began."""
    killed = 0
    while killed < KILLS:
        process = subprocess.Popen(
            [os.path.join(options.programs, "bulkhead"), "access", "rotate", "--all"], env=env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0, seconds))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL  # a call may have ended before
    rotate(options, env)


def rotate_with_delay(options, env):
    """The tool changes a folder of its own, which the services' folder follows later."""
    services, own = env["CREDENTIALS_DIR"], env["CREDENTIALS_DIR"].rstrip("/") + "-operator"
    shutil.copytree(services, own)
    follower = Follower(own, services)
    follower.start()
    rotate(options, env | {"CREDENTIALS_DIR": own}, "--delivery", str(DELIVERY_SECONDS))
    follower.stopping.set()
    follower.join()
    shutil.rmtree(own)


def rotation(options, fleet, log):
    """Reads with a session, each of which needs the database, while all passwords change in different ways."""
    base = f"http://127.0.0.1:{fleet['port']}"
    _, token = sign_up(base, 1)[0]
    put(f"{base}/v1/settings/theme", token)
    env = {
        **os.environ, "DB_USER": "migrate-admin", "DB_PASS_FILE": f"{os.environ['CREDENTIALS_DIR']}/migrate-admin",
        "CACHE_USER": options.cache_admin, "CACHE_PASS_FILE": options.cache_admin_password,
    }
    load = subprocess.Popen(
        ["wrk", "-t", "1", "-c", str(options.connections), "-d", f"{LOAD_SECONDS}s", "-H",
         f"Authorization: Bearer {token}", f"{base}/v1/settings/theme"], stdout=subprocess.PIPE, text=True)
    try:
        seconds = max(rotate(options, env) for _ in range(RUNS))
        rotate_with_kills(options, env, seconds)
        rotate_with_delay(options, env)
    finally:
        load.send_signal(signal.SIGINT)
        output = load.communicate(timeout=30)[0]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    count, seconds = re.search(r"(\d+) requests in ([\d.]+)", output).groups()
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    errors = re.search(r"Socket errors: (.*)", output)
    lost = sum(int(number) for number in re.findall(r"\d+", errors.group(1))) if errors else 0
    failures = (int(failed.group(1)) if failed else 0) + lost
    met = failures == 0 and rate >= LEAST_RATE
    print(
        f"\nRotation of every account, {RUNS} times, then killed at {KILLS} random points and completed, then with a secret "
        f"that arrives {DELAY_SECONDS} s later, in {seconds} s, {options.connections} connections: "
        f"{rate:,.0f} requests/s, {count} in all, {failures} failed: {'met' if met else 'NOT met'}")
    return met
