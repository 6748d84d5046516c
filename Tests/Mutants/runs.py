"""Runs tests of the copy, with one mutant switched on or with none."""

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from checkout_copy import WORK
from mutants import Problem
from servers import end_left_behind

# Without a mutant: tests that take longer hang.
BASELINE_SECONDS = 900
# With a mutant: so many times what the tests take without, between these two bounds.
SLOWDOWN, LEAST_SECONDS, MOST_SECONDS = 4, 60, 400
FAILURE = re.compile(r"✘ Test (.+?) recorded an issue")
TOTAL = re.compile(r"Test run with (\d+) tests? ")


@dataclasses.dataclass(frozen=True)
class Outcome:
    verdict: str  # passed, failed, crashed or late
    detail: str
    seconds: float


def baselines(mutants, environment, jobs):
    """The seconds that each set of tests takes without a mutant; all must pass."""
    sets = sorted({m.filters for m in mutants})
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        outcomes = list(pool.map(lambda filters: run(filters, environment, BASELINE_SECONDS), sets))
    for filters, outcome in zip(sets, outcomes):
        if outcome.verdict != "passed":
            raise Problem(f"without a mutant the tests {' '.join(filters)} {outcome.verdict}: {outcome.detail}")
    return {filters: outcome.seconds for filters, outcome in zip(sets, outcomes)}


def verdicts(mutants, seconds, environment, jobs):
    """Pairs of a mutant and the outcome of its tests, in the order of completion."""

    def one(m):
        limit = min(max(SLOWDOWN * seconds[m.filters], LEAST_SECONDS), MOST_SECONDS)
        return m, run(m.filters, environment | {"MUTANT": str(m.number)}, limit)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        try:
            for future in concurrent.futures.as_completed([pool.submit(one, m) for m in mutants]):
                yield future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def run(filters, environment, seconds):
    """Runs tests until the first that fails, to their end, or for so many seconds."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-mutant-"))
    # The user whom root's servers run as must be able to enter.
    folder.chmod(0o755)
    command = ["swift", "test", "--skip-build", "--disable-xctest"]
    for text in filters:
        command += ["--filter", text]
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=WORK,
        env=environment | {"TMPDIR": str(folder)},
        text=True,
        errors="replace",
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    is_late = threading.Event()

    def give_up():
        is_late.set()
        _end(process, folder)

    timer = threading.Timer(seconds, give_up)
    timer.start()
    try:
        failure, count = _follow(process)
        code = process.wait() if failure is None else None
    finally:
        timer.cancel()
        _end(process, folder)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    return _outcome(failure, count, code, is_late.is_set(), time.monotonic() - began)


def _outcome(failure, count, code, is_late, seconds):
    if failure is not None:
        return Outcome("failed", failure, seconds)
    if is_late:
        return Outcome("late", f"not through after {seconds:.0f} s", seconds)
    if code != 0:
        return Outcome("crashed", f"the tests ended with {code}", seconds)
    return Outcome("passed", "", seconds) if count else Outcome("crashed", "no test ran", seconds)


def _follow(process):
    """Reads what the tests print: the first that fails, or None, and how many there were."""
    count = 0
    for line in process.stdout:
        if failed := FAILURE.search(line):
            return failed.group(1), count
        if total := TOTAL.search(line):
            count = int(total.group(1))
    return None, count


def _end(process, folder):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    end_left_behind(folder)
