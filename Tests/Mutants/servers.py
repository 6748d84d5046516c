"""Real servers for the tests, and the end of what interrupted tests leave behind."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

from checkout_copy import ROOT

TOOLS = pathlib.Path(os.environ.get("BULKHEAD_TOOLS", ROOT / ".tools"))
# The folder of each server, and how it is started. The poolers are in front of the first.
SERVERS = {
    "postgresql": ["postgresql"],
    "redis": ["redis"],
    "session-pooler": ["pgbouncer", "--of", "postgresql"],
    "transaction-pooler": ["pgbouncer", "--of", "postgresql", "--transaction"],
}
END_SECONDS = 10


class RealServers:
    """A PostgreSQL with two poolers and a Redis for one whole run. `scripts/test.sh` stops those of a run that was killed."""

    def __init__(self):
        self.folder = ROOT / ".bulkhead" / f"test-servers-{os.getpid()}"

    def __enter__(self):
        self.folder.mkdir(parents=True)
        try:
            for name, (kind, *options) in SERVERS.items():
                places = [str(self.folder / word) if word in SERVERS else word for word in options]
                self._call("start", kind, str(self.folder / name), *places)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in reversed(SERVERS):
            if (self.folder / name / "env").exists():
                self._call("stop", str(self.folder / name))
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _call(*arguments):
        # In a session of their own, so that Ctrl-C does not end a server before this script stops it.
        subprocess.run(
            [str(ROOT / "scripts" / "servers.sh"), *arguments],
            check=True,
            env=os.environ | {"BULKHEAD_TOOLS": str(TOOLS)},
            start_new_session=True,
        )

    def environment(self):
        """What the tests need in theirs; the same as in `scripts/test.sh`."""
        return os.environ | {
            "BULKHEAD_TOOLS": str(TOOLS),
            "TEST_POSTGRES_ENV": str(self.folder / "postgresql" / "env"),
            "TEST_REDIS_ENV": str(self.folder / "redis" / "env"),
            "TEST_SESSION_POOLER_ENV": str(self.folder / "session-pooler" / "env"),
            "TEST_TRANSACTION_POOLER_ENV": str(self.folder / "transaction-pooler" / "env"),
            "TEST_PYTHON": str(TOOLS / "venv" / "bin" / "python"),
            "SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH": "4",
        }


def end_left_behind(folder):
    """Ends every process that works in a run's folder, or has it in its environment or command line."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in _left_behind(folder):
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass
        deadline = time.monotonic() + END_SECONDS
        while _left_behind(folder):
            if time.monotonic() >= deadline:
                break
            time.sleep(0.05)


def _left_behind(folder):
    mark, found = str(folder).encode(), []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if int(process.name) == os.getpid():
                continue
            texts = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and (mark in texts or os.readlink(process / "cwd").encode().startswith(mark)):
                found.append(int(process.name))
        except OSError:
            continue
    return found
