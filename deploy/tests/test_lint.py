"""The linters accept the files under version control."""

import pathlib
import shutil
import subprocess
import sys

import pytest
from kit import CHECKOUT

LINTERS = {"yamllint --strict": ("deploy/**/*.yaml", "docker-compose.yml", ".yamllint"),
           "shellcheck --external-sources": ("scripts/*.sh", "deploy/**/*.sh", ".ci/run"),
           "hadolint": ("deploy/**/*Dockerfile",)}


@pytest.mark.parametrize("command, patterns", LINTERS.items(), ids=[command.split()[0] for command in LINTERS])
def test_linter_accepts(command, patterns):
    name, *options = command.split()
    linter = shutil.which(name, path=pathlib.Path(sys.executable).parent) or shutil.which(name)
    if not linter:
        pytest.skip("it is not installed (scripts/install.sh deploy)")
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *(f":(glob){p}" for p in patterns)]
    listed = subprocess.run(listing, cwd=CHECKOUT, capture_output=True, text=True).stdout.split()
    files = [f for f in listed if (CHECKOUT / f).exists()]
    assert files and subprocess.run([linter, *options, *files], cwd=CHECKOUT).returncode == 0
