"""Runs the rules: `make test-deploy [ARGS='-k words']`. It needs neither a cluster nor a container engine."""

import pathlib
import sys

sys.path[:0] = [str(folder) for folder in pathlib.Path(__file__).resolve().parents[:2]]
collect_ignore = ["composed", "stub_cluster.py"]
