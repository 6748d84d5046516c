import Migrations
import Schema
import Testing

@Suite struct PlannerTests {
  private static func migration(_ version: Int, _ name: String = "step") -> Migration {
    Migration(
      version: version, name: name, up: [.data(["up \(version)"])], down: [.data(["down \(version)"])])
  }

  private let known = (1...4).map { migration($0) }

  private func applied(_ versions: Int...) -> [AppliedMigration] {
    versions.map { version in
      let known = Self.migration(version)
      return AppliedMigration(
        version: version, name: known.name, checksum: known.checksum,
        appliedAt: Timestamp(secondsSinceEpoch: 0))
    }
  }

  private func plan(
    _ applied: [AppliedMigration], _ target: MigrationTarget
  ) throws(PlanError) -> [String] {
    try MigrationPlanner.plan(applied: applied, known: known, target: target).steps.map {
      "\($0.direction.rawValue) \($0.migration.version)"
    }
  }

  @Test func `an empty database gets every step`() throws {
    #expect(try plan([], .up(to: nil)) == ["up 1", "up 2", "up 3", "up 4"])
    #expect(try plan([], .up(to: 2)) == ["up 1", "up 2"])
  }

  @Test func `an applied step is not planned again`() throws {
    #expect(try plan(applied(1, 2, 3), .up(to: nil)) == ["up 4"])
    #expect(try plan(applied(1, 2, 3, 4), .up(to: nil)) == [])
    #expect(try plan(applied(3, 1, 2), .up(to: 3)) == [])
  }

  @Test func `the steps down are the steps up in reverse order`() throws {
    #expect(try plan(applied(1, 2, 3), .down(to: 1)) == ["down 3", "down 2"])
    #expect(try plan(applied(1, 2, 3), .down(to: nil)) == ["down 3"])
    #expect(try plan(applied(1, 2), .down(to: 0)) == ["down 2", "down 1"])
    #expect(try plan([], .down(to: nil)) == [])
  }

  @Test func `a target in the other direction or out of range is rejected`() {
    #expect(throws: PlanError.wrongDirection(current: 3, target: 2)) {
      try plan(applied(1, 2, 3), .up(to: 2))
    }
    #expect(throws: PlanError.wrongDirection(current: 1, target: 2)) { try plan(applied(1), .down(to: 2)) }
    #expect(throws: PlanError.unknownTarget(version: 9, newest: 4)) { try plan([], .up(to: 9)) }
    #expect(throws: PlanError.unknownTarget(version: -1, newest: 4)) { try plan([], .down(to: -1)) }
  }

  @Test func `an unknown version behind a gap is named, and not the gap`() {
    let unknown = AppliedMigration(
      version: 99, name: "far", checksum: "", appliedAt: Timestamp(secondsSinceEpoch: 0))
    for known in [applied(1, 2, 3, 4), applied(1, 2)] {
      #expect(throws: PlanError.unknownApplied(version: 99, name: "far")) {
        try plan(known + [unknown], .up(to: nil))
      }
    }
  }

  @Test func `a gap in the database's history is rejected`() {
    #expect(throws: PlanError.missingApplied(version: 2)) { try plan(applied(1, 3), .up(to: nil)) }
    #expect(throws: PlanError.missingApplied(version: 1)) { try plan(applied(2), .down(to: 0)) }
  }

  @Test func `an applied version that is unknown to this program is rejected`() {
    #expect(throws: PlanError.unknownApplied(version: 5, name: "step")) {
      try plan(applied(1, 2, 3, 4, 5), .up(to: nil))
    }
  }

  @Test func `a migration that changed after it was applied is rejected`() {
    let tampered = AppliedMigration(
      version: 1, name: "step", checksum: "other", appliedAt: Timestamp(secondsSinceEpoch: 0))
    #expect(throws: PlanError.checksumChanged(version: 1, name: "step")) {
      try plan([tampered], .up(to: nil))
    }
  }

  @Test(arguments: [[1, 3], [2, 3], [1, 1], [1, 2, 2], [0, 1]])
  func `migrations that are not numbered consecutively are rejected`(versions: [Int]) {
    let disordered = versions.map { Self.migration($0) }
    #expect(throws: PlanError.self) {
      try MigrationPlanner.plan(applied: [], known: disordered, target: .up(to: nil))
    }
  }

  @Test func `the checksum covers version, name, up and down`() {
    let base = Self.migration(1)
    #expect(base.checksum.utf8.count == 64)
    #expect(base.checksum == Self.migration(1).checksum)
    let additive = Migration(version: 1, name: "step", oldestProgram: 0, up: base.up, down: base.down)
    #expect(base.checksum == additive.checksum, "the oldest program is no part of the checksum")
    #expect(base.checksum != Self.migration(2).checksum)
    #expect(base.checksum != Self.migration(1, "other").checksum)
    #expect(base.checksum != Migration(version: 1, name: "step", up: base.up, down: []).checksum)
    #expect(base.checksum != Migration(version: 1, name: "step", up: [], down: base.down).checksum)
  }
}
