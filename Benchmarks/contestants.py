"""What is measured, how, and the table of the results."""
import json
import os
import re
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORES = os.cpu_count() or 1
# The certificates of the benchmark are its own.
UNVERIFIED = ssl._create_unverified_context()
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Contestant:
    """One server: how to start it, and the request to send."""

    def __init__(self, name, command, port, path, env=None, headers=None, pid=None, script=None, factor=1,
                 scheme="http"):
        """`script` is a Lua file for wrk; `factor` is what one request counts for in a comparison."""
        self.scheme = scheme
        self.name, self.command, self.port, self.path, self.pid = name, command, port, path, pid
        self.script, self.factor = script, factor
        self.env, self.headers = {**os.environ, **(env or {})}, headers or {}
        self.process, self.rates, self.latencies, self.costs = None, [], [], []

    def start(self, log):
        self.process = subprocess.Popen(
            self.command, env=self.env, stdout=log, stderr=log, start_new_session=True, cwd=ROOT
        )
        self.pid = self.process.pid
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended with {self.process.returncode}; see {log.name}")
            if self.answers():
                return
            time.sleep(0.1)
        sys.exit(f"{self.name} did not answer within 30 s; see {log.name}")

    def answers(self):
        request = urllib.request.Request(f"{self.scheme}://127.0.0.1:{self.port}{self.path}", headers=self.headers)
        try:
            with urllib.request.urlopen(request, timeout=2, context=UNVERIFIED) as response:
                return response.status == 200
        except urllib.error.HTTPError as answer:
            # A route for POST alone answers all the same; Hummingbird says that it does not know the path.
            return answer.code in (404, 405)
        except (urllib.error.URLError, OSError):
            return False

    def processor_seconds(self):
        """The processor time of the server and its workers so far, without the database's time."""
        ticks = 0
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(entry) == self.pid or (self.process and int(fields[2]) == self.pid):
                ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS_PER_SECOND

    def load(self, options, seconds):
        command = ["wrk", "-t", str(options.threads), "-c", str(options.connections), "-d", f"{seconds}s", "--latency"]
        for name, value in self.headers.items():
            command += ["-H", f"{name}: {value}"]
        if self.script:
            command += ["-s", self.script]
        command.append(f"{self.scheme}://127.0.0.1:{self.port}{self.path}")
        before = self.processor_seconds()
        output = subprocess.run(command, check=True, capture_output=True, text=True, env=self.env).stdout
        used = self.processor_seconds() - before
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
        if failed:
            sys.exit(f"{self.name}: {failed.group(1)} requests got a status other than 2xx or 3xx\n{output}")
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
        latency = re.search(r"^\s+99%\s+(\d\S*)", output, re.MULTILINE).group(1)
        return rate * self.factor, latency, 1e6 * used / int(re.search(r"(\d+) requests in", output).group(1))

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=25)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def post(url, body):
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def measure(title, contestants, options):
    for contestant in contestants:
        contestant.rates, contestant.latencies, contestant.costs = [], [], []
    for round_number in range(options.rounds):
        for contestant in contestants:
            if round_number == 0:
                contestant.load(options, 1)
            rate, latency, cost = contestant.load(options, options.seconds)
            contestant.rates.append(rate)
            contestant.latencies.append(latency)
            contestant.costs.append(cost)
            # The log has a line for every request: without this, the disk would still write it during the next round.
            os.truncate(options.access_log, 0)
            if options.log != os.devnull:
                os.truncate(options.log, 0)
            print(f"  round {round_number + 1}: {contestant.name}: {rate:,.0f}/s, {cost:.1f} us", file=sys.stderr)
    print(f"\n{title}, {options.connections} connections, {options.rounds} rounds of {options.seconds} s")
    print("| server | requests/s: median | min | max | CPU us/request | 99 % (last round) | bulkhead / it | min | max |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    ratios = {}
    for c in contestants:
        each = [ours / theirs for ours, theirs in zip(contestants[0].rates, c.rates)]
        ratios[c.name] = statistics.median(each)
        print(
            f"| {c.name} | {statistics.median(c.rates):,.0f} | {min(c.rates):,.0f} | {max(c.rates):,.0f} "
            f"| {statistics.median(c.costs):.1f} | {c.latencies[-1]} "
            f"| {ratios[c.name]:.2f} | {min(each):.2f} | {max(each):.2f} |"
        )
    return ratios


def milliseconds(text):
    """The latency that wrk printed, for example 850.00us, 1.20ms or 2.00s."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def check_at_most(what, ratios, bars):
    """Prints and returns whether no ratio exceeds its bar."""
    met = True
    for name, bar in bars.items():
        met = met and ratios[name] <= bar
        print(f"target: {what} at most {bar:g} x {name}: {ratios[name]:.2f}: {'met' if ratios[name] <= bar else 'NOT met'}")
    return met


def ratios_of(values, contestants):
    """For each peer: the median over the rounds of the first contestant's value divided by the peer's."""
    first = values(contestants[0])
    return {
        c.name: statistics.median(ours / theirs for ours, theirs in zip(first, values(c))) for c in contestants[1:]
    }


def check(ratios, bars):
    met = True
    for name, bar in bars.items():
        verdict = "met" if ratios[name] >= bar else "NOT met"
        met = met and ratios[name] >= bar
        print(f"target: at least {bar:g} x {name}: {ratios[name]:.2f}: {verdict}")
    return met
