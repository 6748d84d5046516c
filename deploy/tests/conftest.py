"""Runs the rules: `make test-deploy [ARGS='-k words']`. It needs neither a cluster nor a container engine."""

import pathlib
import sys

sys.path[:0] = [str(folder) for folder in pathlib.Path(__file__).resolve().parents[:2]]
collect_ignore = ["composed", "stub_cluster.py"]
NEEDS_MORE = ("kinds of operators (Gateway API, CloudNativePG, Prometheus) against their schemas: those are in the cluster",
              "the running composed fleet: that needs a Docker engine: make test-compose",
              "admission, scheduling, and whether the network plug-in enforces policies: that needs a cluster (the rules compute "
              "a policy as the API documents it)")


def pytest_unconfigure(config):
    """The last lines, for CI: what was not checked, and the sums."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if not terminal or config.option.collectonly:
        return
    stats = terminal.stats
    reasons = sorted({f"{report.nodeid.split('::')[-1].split('[')[0]}: {report.longrepr[2].removeprefix('Skipped: ')}"
                      for report in stats.get("skipped", [])})
    for reason in (*reasons, *NEEDS_MORE):
        terminal.write_line(f"NOT CHECKED  {reason}")
    passed, failed = len(stats.get("passed", [])), len(stats.get("failed", [])) + len(stats.get("error", []))
    terminal.write_line(f"{passed} passed, {failed} failed, {len(reasons) + len(NEEDS_MORE)} not checked")
