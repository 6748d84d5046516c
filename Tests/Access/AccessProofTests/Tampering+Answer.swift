import AccessPlanning
import AccessProof
import DatabaseTestSupport
import TestSupport
import Testing

extension Tampering {
  /// Makes the change, and expects that it is reported and reverted.
  func expectReportedAndReverted(in fleet: ServerFleet) async throws {
    try await make(in: fleet)
    let deviations = try await fleet.deviationsInNewSession()
    #expect(deviations.map(\.named).contains(deviation), "\(deviations.map(\.message))")
    if let violation {
      // The account's own cells: other tests prove the fleet as a whole, and this one runs for each change.
      let report =
        switch by {
        case .cacheAdministrator: try await fleet.cacheProof()
        case .superuser, .administrator: try await fleet.databaseProof(of: violation.account)
        }
      let violations = report.violations
      #expect(violations.map(\.named).contains(violation), "\(violations.map(\.description))")
    }
    let outcomes = try await fleet.access.apply()
    if needsSuperuser {
      #expect(outcomes.contains { !$0.value.remaining.isEmpty })
      _ = try await fleet.bootstrap.run()
      _ = try await fleet.access.apply()
    }
    for statement in cleanup { try await fleet.asSuperuser(statement) }
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.access.plan().flatMap(\.value.steps).map(\.text) == [])
  }

  private func make(in fleet: ServerFleet) async throws {
    for statement in statements {
      switch by {
      case .superuser: try await fleet.asSuperuser(statement)
      case .administrator: try await fleet.asAdministrator(statement)
      case .cacheAdministrator: try await fleet.asCacheAdministrator(statement)
      }
    }
  }
}

extension Deviation {
  /// What tells it from other deviations, without its words.
  var named: Tampering.Named { Tampering.Named(account, object, privilege, column) }
}

extension Violation {
  fileprivate var named: Tampering.Named { Tampering.Named(account, object, verb, column ?? row) }
}
