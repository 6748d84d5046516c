"""The linters accept the files under version control."""

import pathlib
import shutil
import subprocess
import sys

import pytest
from kit import CHECKOUT, files

LINTERS = {"yamllint --strict": ("deploy/**/*.yaml", "docker-compose.yml", ".yamllint"),
           "shellcheck --external-sources": ("scripts/*.sh", "deploy/**/*.sh", ".ci/run"),
           "hadolint": ("deploy/**/*Dockerfile",)}


@pytest.mark.parametrize("command, patterns", LINTERS.items(), ids=[command.split()[0] for command in LINTERS])
def test_linter_accepts(command, patterns):
    name, *options = command.split()
    linter = shutil.which(name, path=pathlib.Path(sys.executable).parent) or shutil.which(name)
    if not linter:
        pytest.skip("it is not installed (scripts/install.sh deploy)")
    listed = files(*(f":(glob){pattern}" for pattern in patterns))
    assert listed and subprocess.run([linter, *options, *listed], cwd=CHECKOUT).returncode == 0


def test_the_python_of_these_tests_is_short_and_has_short_lines():
    texts = [(CHECKOUT / name).read_text() for name in files(":(glob)deploy/tests/**/*.py")]
    lengths = [len(line) for text in texts for line in text.splitlines()]
    assert len(lengths) < 1500 and max(lengths) <= 120
