"""A copy of the checkout that has every mutant in it, as a switch."""

import json
import pathlib
import subprocess
import sys

from mutants import Problem

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / ".build-mutants"
SWITCH = "MutantSwitch.swift"
SWITCH_CODE = """import Glibc

private let activeMutant = getenv("MUTANT").flatMap { UInt32(String(cString: $0)) }

/// Whether the fault of this number is switched on in this process.
func mutantIsActive(_ number: UInt32) -> Bool { activeMutant == number }
"""


def tracked_files():
    """The checkout's files by their path, without what git ignores."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def switched(files, mutants):
    """The changed files with their content, and the mutants that do not apply, each with the reason."""
    spans, stale = {}, {}
    for m in mutants:
        path = _source_file(m.file, files)
        text = (ROOT / path).read_text() if path else ""
        start, count = text.find(m.find), text.count(m.find)
        taken = spans.setdefault(path, [])
        if path is None:
            stale[m] = f"there is not exactly one {m.file}"
        elif count != 1:
            stale[m] = f"its text occurs {count} times in {path}"
        elif any(start < end and begin < start + len(m.find) for begin, end, _ in taken):
            stale[m] = f"its text overlaps another mutant's in {path}"
        else:
            taken.append((start, start + len(m.find), m.code))
    changed = {}
    for path, places in spans.items():
        if not places:
            continue
        text = (ROOT / path).read_text()
        for start, end, code in sorted(places, reverse=True):
            text = text[:start] + code + text[end:]
        changed[path] = text.encode()
    return changed, stale


def _source_file(name, files):
    found = [f for f in files if f == name or f.endswith("/" + name)]
    found = [f for f in found if f.endswith(".swift") and not f.startswith("Tests/")]
    return found[0] if len(found) == 1 else None


def make(files, changed):
    """Brings the copy up to date, and leaves alone what is so already, so that little is built anew."""
    wanted = {name: (ROOT / name).read_bytes() for name in files} | changed
    folders = _target_folders()
    for path in changed:
        folder = max((f for f in folders if path.startswith(f + "/")), key=len)
        wanted[f"{folder}/{SWITCH}"] = SWITCH_CODE.encode()
    resolved = ROOT / "Package.resolved"
    if resolved.exists():
        wanted["Package.resolved"] = resolved.read_bytes()
    for path in WORK.rglob("*"):
        name = str(path.relative_to(WORK))
        if path.is_file() and not name.startswith(".build/") and name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        _write(WORK / name, content, ROOT / name)


def _write(path, content, original):
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if original.exists():
        path.chmod(original.stat().st_mode & 0o777)


def _target_folders():
    command = ["swift", "package", "describe", "--type", "json"]
    description = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [target["path"] for target in json.loads(description)["targets"]]


def build():
    if subprocess.run(["swift", "build", "--build-tests"], cwd=WORK, stdout=sys.stderr).returncode != 0:
        raise Problem("the copy does not build: a mutant is no Swift, or the checkout does not build")
