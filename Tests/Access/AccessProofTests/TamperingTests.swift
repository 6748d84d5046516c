import AccessPlanning
import AccessProof
import DatabaseTestSupport
import TestSupport
import Testing

/// Each change by hand appears in the comparison and in the proof, and is reverted. The suite has servers of its own, because
/// a suite's tests take turns, and these are many.
@Suite(.serialized, .ownServers) struct TamperingTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test(arguments: Tampering.widened)
  func `a widened right is reported by verify and prove, and apply reverts it`(
    _ tampering: Tampering
  ) async throws {
    try await expectReportedAndReverted(tampering)
  }

  @Test(arguments: Tampering.narrowed)
  func `a narrowed right is reported by verify and prove, and apply restores it`(
    _ tampering: Tampering
  ) async throws {
    try await expectReportedAndReverted(tampering)
  }

  @Test(arguments: Tampering.aboveTheAdministrator)
  func `a superuser's change is reported, kept by apply, and reverted by bootstrap`(
    _ tampering: Tampering
  ) async throws {
    try await expectReportedAndReverted(tampering)
  }

  @Test(arguments: Tampering.unlisted)
  func `a way around the grants is reported by verify, and removed`(_ tampering: Tampering) async throws {
    try await expectReportedAndReverted(tampering)
  }

  @Test(arguments: Tampering.withheld)
  func `a withheld function for everyone is reported by verify and prove, and bootstrap closes it`(
    _ tampering: Tampering
  ) async throws {
    try await expectReportedAndReverted(tampering)
  }

  @Test(arguments: Tampering.beside)
  func `a right beside the manifest's tables is reported by verify and by prove alone, and removed`(
    _ tampering: Tampering
  ) async throws {
    try await expectReportedAndReverted(tampering)
  }

  @Test(arguments: Tampering.cache + Tampering.besideTheKeySpaces)
  func `a changed cache right is reported by verify and prove, and apply reverts it`(
    _ tampering: Tampering
  ) async throws {
    try await expectReportedAndReverted(tampering)
  }

  private func expectReportedAndReverted(_ tampering: Tampering) async throws {
    try await tamper(tampering)
    let deviations = try await fleet.deviationsInNewSession()
    #expect(deviations.map(\.named).contains(tampering.deviation), "\(deviations.map(\.message))")
    if let violation = tampering.violation {
      let violations = try await fleet.proof().violations
      #expect(violations.map(\.named).contains(violation), "\(violations.map(\.description))")
    }
    let outcomes = try await fleet.access.apply()
    if tampering.needsSuperuser {
      #expect(outcomes.contains { !$0.value.remaining.isEmpty })
      _ = try await fleet.bootstrap.run()
      _ = try await fleet.access.apply()
    }
    for statement in tampering.cleanup { try await fleet.asSuperuser(statement) }
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.access.plan().flatMap(\.value.steps).map(\.text) == [])
  }

  private func tamper(_ tampering: Tampering) async throws {
    for statement in tampering.statements {
      switch tampering.by {
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
