import AccessPlanning
import DataAccess
import DatabaseTestSupport
import Testing

@testable import PostgresAdministration

/// What the comparison says after a change by hand, and again after its plan.
struct HandMadeChangeAnswer {
  let found: [Deviation]
  let left: [Deviation]
  let isPlanEmpty: Bool
  /// Another application on the same server, before the plan and after it.
  let others: (before: [String], after: [String])
}

extension ServerFleet {
  /// Makes the change, compares, executes the whole plan, compares again, and rolls everything back.
  func answer(to statements: [String]) async throws -> HandMadeChangeAnswer {
    let declared = PostgresState(declaredBy: manifest, database: Self.database)
    return try await superuser.session("roll back") {
      (session) throws(DatabaseError) -> HandMadeChangeAnswer in
      try await session.change("BEGIN", label: "BEGIN")
      let result = await Self.result(of: statements, declared, in: session)
      try await session.change("ROLLBACK", label: "ROLLBACK")
      return try result.get()
    }
  }

  private static func result(
    of statements: [String], _ declared: PostgresState, in session: any StatementRunner
  ) async -> Result<HandMadeChangeAnswer, DatabaseError> {
    do {
      for sql in statements { try await session.change(sql, label: sql) }
      let changed = try await PostgresCatalogReader(session).read()
      let plan = PostgresPlanner(declared: declared, actual: changed).plan
      let others = try await SecondApplication.catalog(in: session)
      for step in plan.steps {
        if case .statement(let sql) = step.action { try await session.change(sql, label: sql) }
      }
      let mended = try await PostgresCatalogReader(session).read()
      return .success(
        HandMadeChangeAnswer(
          found: PostgresComparison(declared: declared, actual: changed).deviations,
          left: PostgresComparison(declared: declared, actual: mended).deviations,
          isPlanEmpty: plan.isEmpty, others: (others, try await SecondApplication.catalog(in: session))))
    } catch {
      return .failure(error)
    }
  }
}

extension HandMadeChange {
  func expectNamedAndMended(in fleet: ServerFleet) async throws {
    let answer = try await fleet.answer(to: statements)
    let hits = answer.found.filter(names)
    #expect(!hits.isEmpty, "\(answer.found)")
    #expect(hits.allSatisfy { $0.isNote == isNote })
    let left = answer.left.filter(names)
    #expect(left.isEmpty == isMended, "\(left.map(\.message))")
    #expect(Set(answer.others.before).symmetricDifference(answer.others.after) == [])
    // The exit codes of `plan` and `verify`.
    #expect(answer.isPlanEmpty == answer.found.allSatisfy(\.isNote), "\(answer.found.map(\.message))")
  }

  private func names(_ deviation: Deviation) -> Bool {
    deviation.account == account && deviation.object == object && deviation.privilege == privilege
      && deviation.column == column
  }
}
