"""A release of a copy of the checkout, without its programs: the same bytes twice, and nothing where one is missing."""

import hashlib
import shutil

import pytest
from kit import FOLDERS, copy_checkout, run

pytestmark = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
VERSION, SCHEMA = "Shared/Frame/Service/Program/ServiceMain.swift", "Shared/Base/Schema/Schema.swift"


def git(folder, *words):
    run("git", "-c", "user.name=test", "-c", "user.email=test@example.org", *words, cwd=folder, check=True)


@pytest.fixture
def copy(tmp_path):
    """A repository with the checkout's files as they are now, and a section of the version in CHANGELOG.md."""
    folder = tmp_path / "copy"
    copy_checkout(folder, "deploy/", "scripts/", VERSION, SCHEMA, "CHANGELOG", ".gitignore")
    log = folder / "CHANGELOG.md"
    log.write_text(log.read_text().replace("## Unreleased", "## 0.1.0 - 2026-01-01\n\nThe first.\n\n## 0.0.1", 1))
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=all")
    return folder


def release(copy, where):
    done = run("scripts/release.sh", "--without-programs", cwd=copy, RELEASE_DIR=str(copy.parent / where))
    folder = copy.parent / where / "0.1.0"
    return done, {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*")}, folder


def test_a_release_is_whole_and_the_same_bytes_twice(copy):
    first, files, folder = release(copy, "first")
    assert first.returncode == 0, first.stderr
    assert set(files) == {"bulkhead-0.1.0.tar.gz", "CHANGES.md", "SHA256SUMS", *(
        f"manifests-{name}.yaml" for name in FOLDERS if name != "every")}
    assert (folder / "CHANGES.md").read_text().strip() == "The first."
    assert "image: bulkhead/connector:0.1.0" in (folder / "manifests-staging.yaml").read_text()
    sums = dict(line.split()[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert {**sums, "SHA256SUMS": files["SHA256SUMS"]} == files == release(copy, "second")[1]


@pytest.mark.parametrize("file, words", [
    ("more", "not committed"), ("CHANGELOG.md", "no section '## 0.1.0'"), (VERSION, "no version")])
def test_a_release_that_lacks_something_is_refused(copy, file, words):
    (copy / file).write_text((copy / file).read_text().replace("0.1.0", "next") if file != "more" else "x")
    if file != "more":
        git(copy, "commit", "--quiet", "--all", "--message=next")
    done, files, _ = release(copy, "out")
    assert done.returncode == 1 and words in done.stderr and not files, done.stderr
