"""The linters accept the files under version control, and every rendered file is what the manifests say."""

import pathlib
import shutil
import subprocess
import sys

import pytest
from kit import DEPLOY

CHECKOUT, BULKHEAD = DEPLOY.parent, DEPLOY.parent / ".build/debug/bulkhead"
LINTERS = {"yamllint --strict": ("deploy/**/*.yaml", "docker-compose.yml", ".yamllint"), "hadolint": ("deploy/**/*Dockerfile",),
           "shellcheck --external-sources": ("scripts/*.sh", "deploy/**/*.sh", ".ci/run")}


@pytest.mark.parametrize("command, patterns", LINTERS.items(), ids=[command.split()[0] for command in LINTERS])
def test_linter_accepts(command, patterns):
    name, *options = command.split()
    beside = pathlib.Path(sys.executable).parent / name
    linter = str(beside) if beside.exists() else shutil.which(name)
    if not linter:
        pytest.skip("it is not installed (scripts/install.sh deploy)")
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *(f":(glob){p}" for p in patterns)],
                            cwd=CHECKOUT, capture_output=True, text=True).stdout.split()
    files = [f for f in listed if (CHECKOUT / f).exists()] or [str(p) for g in patterns for p in CHECKOUT.glob(g)]
    done = subprocess.run([linter, *options, *files], cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not BULKHEAD.exists(), reason="`make build` has not run; `make test` compares the rendered files too")
def test_no_rendered_file_differs_from_what_the_manifests_say():
    done = subprocess.run([BULKHEAD, "render", "--check"], cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, f"run make render: {done.stdout}"
