"""Runs hadolint, shellcheck and yamllint on the files under version control."""

import pathlib
import shutil
import subprocess
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
# (name, patterns of the files, command)
LINTERS = (
    ("yamllint", ("deploy/**/*.yaml", "deploy/**/*.yml", "docker-compose.yml", ".yamllint"), ["yamllint", "--strict"]),
    ("hadolint", ("deploy/**/*Dockerfile",), ["hadolint"]),
    ("shellcheck", ("scripts/*.sh", "deploy/**/*.sh", ".ci/run"), ["shellcheck", "--external-sources"]),
)


def program(name):
    beside = pathlib.Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)


def files(patterns):
    listed = subprocess.run(["git", "ls-files", "-z", "--", *(f":(glob){p}" for p in patterns)], cwd=CHECKOUT, capture_output=True, text=True)
    found = [f for f in listed.stdout.split("\0") if f]
    return found or [str(p.relative_to(CHECKOUT)) for pattern in patterns for p in sorted(CHECKOUT.glob(pattern))]


def run(report):
    for name, patterns, command in LINTERS:
        found, linter = files(patterns), program(name)
        if linter is None:
            report.not_checked(name, "it is not installed (scripts/install.sh deploy)")
        elif found:
            def body(linter=linter, command=command, found=found):
                done = subprocess.run([linter, *command[1:], *found], cwd=CHECKOUT, capture_output=True, text=True)
                return (done.stdout + done.stderr).splitlines() if done.returncode else []
            report.test(f"lint: {name} accepts {len(found)} files", body)
