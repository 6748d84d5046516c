"""promtool runs components/alerts/tests.yaml: each alert fires in one case, and does not in another."""

import shutil
import subprocess

import pytest
import yaml
from kit import DEPLOY

ALERTS = DEPLOY / "k8s/components/alerts"
CASES, RULES = (yaml.safe_load((ALERTS / f"{name}.yaml").read_text()) for name in ("tests", "rules"))
GROUP = RULES["spec"]["groups"][0]
NAMES = [r["alert"] for r in GROUP["rules"]]
pytestmark = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")


def promtool(folder, *words, changed=None, to=""):
    """The exit code of promtool on the rules, in which one alert has another expression."""
    # The text of a summary is not what the cases are about.
    rules = [{**r, "annotations": {}, **({"expr": to.format(r["expr"])} if r["alert"] == changed else {})}
             for r in GROUP["rules"]]
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{**GROUP, "rules": rules}]}))
    (folder / "tests.yaml").write_text(yaml.safe_dump(CASES))
    return subprocess.run(["promtool", *words], cwd=folder).returncode


def test_each_alert_fires_where_it_should_and_only_there(tmp_path):
    cases = [(t["alertname"], bool(t["exp_alerts"])) for c in CASES["tests"] for t in c["alert_rule_test"]]
    assert sorted(cases) == sorted((name, fires) for name in NAMES for fires in (True, False))
    assert promtool(tmp_path, "check", "rules", "rules.yaml") == promtool(tmp_path, "test", "rules", "tests.yaml") == 0


@pytest.mark.parametrize("to", ["vector(1) == 0", "({}) or vector(1)"])
@pytest.mark.parametrize("name", NAMES)
def test_the_cases_find_an_alert_that_never_fires_or_always(tmp_path, name, to):
    assert promtool(tmp_path, "test", "rules", "tests.yaml", changed=name, to=to)
