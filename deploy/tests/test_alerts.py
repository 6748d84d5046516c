"""promtool runs components/alerts/tests.yaml: each alert fires in one case, and does not in another."""

import shutil
import subprocess

import pytest
import yaml
from kit import DEPLOY

ALERTS = DEPLOY / "k8s/components/alerts"
RULES = yaml.safe_load((ALERTS / "rules.yaml").read_text())["spec"]
CASES = yaml.safe_load((ALERTS / "tests.yaml").read_text())
needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed (scripts/install.sh deploy)")


def run(folder, change=lambda rules: None):
    rules = yaml.safe_load(yaml.safe_dump(RULES))
    change(rules["groups"][0]["rules"])
    # The text of a summary is not what these cases are about.
    for rule in rules["groups"][0]["rules"]:
        rule["annotations"] = {}
    (folder / "rules.yaml").write_text(yaml.safe_dump(rules))
    (folder / "tests.yaml").write_text(yaml.safe_dump(CASES))
    return subprocess.run(["promtool", "test", "rules", folder / "tests.yaml"], capture_output=True, text=True)


@needs_promtool
def test_each_alert_fires_where_it_should_and_only_there(tmp_path):
    cases = [(t["alertname"], bool(t["exp_alerts"])) for c in CASES["tests"] for t in c["alert_rule_test"]]
    assert sorted(cases) == sorted((r["alert"], fires) for r in RULES["groups"][0]["rules"] for fires in (True, False))
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(RULES))
    checked = subprocess.run(["promtool", "check", "rules", tmp_path / "rules.yaml"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@needs_promtool
@pytest.mark.parametrize("number", range(len(RULES["groups"][0]["rules"])), ids=[r["alert"] for r in RULES["groups"][0]["rules"]])
def test_the_cases_find_an_alert_that_never_fires_or_always(tmp_path, number):
    assert run(tmp_path, lambda rules: rules[number].update(expr="vector(1) == 0")).returncode
    assert run(tmp_path, lambda rules: rules[number].update(expr=f"({rules[number]['expr']}) or vector(1)")).returncode
