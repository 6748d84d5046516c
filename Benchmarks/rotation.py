"""Passwords of every account change while backend-api serves as many requests as it can."""
import os
import re
import subprocess
import sys

from database import put, sign_up

RUNS = 3
LEAST_RATE = 500
# Longer than the runs take; the load is stopped after the last one.
LOAD_SECONDS = 600


def rotation(options, fleet, log):
    """Reads with a session, each of which needs the database, during `access rotate --all`, several times."""
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
        for number in range(RUNS):
            done = subprocess.run(
                [os.path.join(options.programs, "bulkhead"), "access", "rotate", "--all"], env=env,
                capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"rotate: exit code {done.returncode}\n{done.stderr}")
            print(f"  run {number + 1}: {' '.join(done.stdout.split())}", file=sys.stderr)
    finally:
        load.send_signal(2)
        output = load.communicate(timeout=30)[0]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    count, seconds = re.search(r"(\d+) requests in ([\d.]+)", output).groups()
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    errors = re.search(r"Socket errors: (.*)", output)
    lost = sum(int(number) for number in re.findall(r"\d+", errors.group(1))) if errors else 0
    failures = (int(failed.group(1)) if failed else 0) + lost
    met = failures == 0 and rate >= LEAST_RATE
    print(
        f"\nRotation of every account, {RUNS} times in {seconds} s, {options.connections} connections: "
        f"{rate:,.0f} requests/s, {count} in all, {failures} failed: {'met' if met else 'NOT met'}")
    return met
