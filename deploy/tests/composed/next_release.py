"""The next release: the same programs, with one more additive migration."""

import re

from kit import copy_checkout

RELEASE = "next"
STEP = "checks"
SCHEMA = "Shared/Base/Schema/Schema.swift"
ALL = "Shared/Data/Migrations/Migration.swift"
TABLE = "Shared/Base/Schema/Tables/Integrations.swift"
MIGRATION = """import Schema

extension Migration {{
  static let v{version:04d} = Migration(
    version: {version}, name: "{step}", oldestProgram: {oldest},
    up: [.addColumn(.optionalMoment("checked_at"), table: "integrations")],
    down: [.dropColumn("checked_at", table: "integrations")])
}}
"""


def make(folder):
    """Writes a checkout of the next release into the folder."""
    copy_checkout(folder)
    oldest = int(re.search(r"currentVersion = (\d+)", (folder / SCHEMA).read_text())[1])
    version = oldest + 1
    for name, pattern, replacement in (
            (SCHEMA, r"currentVersion = \d+", f"currentVersion = {version}"),
            (ALL, rf"\.v{oldest:04d}\b", rf".v{oldest:04d}, .v{version:04d}"),
            (TABLE, "(?m)^(  package let updatedAt = .*)$",
             '\\1\n  package let checkedAt = Column<Self, Timestamp?>("checked_at", .timestamp)'),
            (TABLE, r"\\\.updatedAt\)", r"\\.updatedAt, \\.checkedAt)")):
        text, count = re.subn(pattern, replacement, (folder / name).read_text())
        assert count == 1, f"{name}: the pattern for {replacement!r} matches {count} times, not once"
        (folder / name).write_text(text)
    (folder / f"Shared/Data/Migrations/Versions/V{version:04d}_{STEP}.swift").write_text(
        MIGRATION.format(version=version, step=STEP, oldest=oldest))
