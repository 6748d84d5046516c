import Migrations
import SQLiteDriver
import Schema
import Testing

/// A release with two versions, and databases that newer releases migrated further.
@Suite struct LeadTests {
  private static func migration(_ version: Int, oldestProgram: Int? = nil) -> Migration {
    Migration(
      version: version, name: "step_\(version)", oldestProgram: oldestProgram, up: [.data(["up \(version)"])],
      down: [])
  }

  private let known = [migration(1), migration(2)]

  private func plan(
    _ foreign: [(version: Int, oldest: Int?)], _ target: MigrationTarget = .up(to: nil),
    checksum: String? = nil
  ) throws(PlanError) -> MigrationPlan {
    let epoch = Timestamp(secondsSinceEpoch: 0)
    let ours = known.map {
      AppliedMigration(
        version: $0.version, name: $0.name, checksum: checksum ?? $0.checksum,
        oldestProgram: $0.oldestProgram, appliedAt: epoch)
    }
    let theirs = foreign.map {
      AppliedMigration(
        version: $0.version, name: "step_\($0.version)", checksum: "theirs", oldestProgram: $0.oldest,
        appliedAt: epoch)
    }
    return try MigrationPlanner.plan(applied: ours + theirs, known: known, target: target)
  }

  @Test func `a step is breaking unless it names an oldest program`() {
    #expect(Self.migration(7).oldestProgram == 7)
    #expect(Self.migration(7, oldestProgram: 3).oldestProgram == 3)
    #expect(
      Migration.all.filter { $0.oldestProgram != $0.version }.map(\.version) == Array(6...16),
      "they only add indexes, tables, and columns that are nullable or have a default")
  }

  @Test(arguments: [0, -1, 3, 99])
  func `an oldest program out of range is rejected before any step`(oldest: Int) {
    let invalid = [Self.migration(1), Self.migration(2, oldestProgram: oldest)]
    let refusal = PlanError.oldestProgramOutOfRange(version: 2, oldestProgram: oldest)
    #expect(throws: refusal) {
      try MigrationPlanner.plan(applied: [], known: invalid, target: .up(to: nil))
    }
    #expect(throws: refusal) { try MigrationEngine.sql(dialect: .sqlite, migrations: invalid) }
    #expect(refusal.description.contains("names \(oldest) as its oldest program"))
  }

  @Test func `a newer schema that this program is compatible with stays as it is, and the lead is reported`()
    throws
  {
    let plan = try plan([(3, 2), (4, 1)])
    #expect(plan.steps.isEmpty)
    #expect(plan.lead == SchemaLead(version: 4, name: "step_4", newestKnown: 2))
    #expect(
      plan.lead?.description
        == "the database is ahead by 2 versions, at 4 (step_4); this release is at 2 and is compatible with it"
    )
    #expect(try self.plan([]).lead == nil)
  }

  @Test func `one step that this program is not compatible with is enough to fail, and is named`() {
    #expect(throws: PlanError.unknownApplied(version: 4, name: "step_4")) {
      try plan([(3, 2), (4, 3), (5, 1)])
    }
    #expect(throws: PlanError.unknownApplied(version: 3, name: "step_3")) { try plan([(3, nil)]) }
  }

  @Test(arguments: [MigrationTarget.up(to: 2), .up(to: 3), .down(to: nil), .down(to: 1)])
  func `a named version or a step down is rejected when the database has an unknown version`(
    target: MigrationTarget
  ) {
    #expect(throws: PlanError.unknownApplied(version: 3, name: "step_3")) { try plan([(3, 1)], target) }
  }

  @Test func `a lead excuses neither a changed step nor a gap`() {
    #expect(throws: PlanError.checksumChanged(version: 1, name: "step_1")) {
      try plan([(3, 1)], checksum: "changed")
    }
    #expect(throws: PlanError.unknownApplied(version: 4, name: "step_4")) { try plan([(4, 1)]) }
  }
}
