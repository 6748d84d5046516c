import DataAccess
import Runtime
import Testing

@testable import Service

/// A program of version 3 on schemas of every kind.
@Suite struct SchemaFitTests {
  private func fit(_ state: SchemaState) -> SchemaFit { SchemaFit(state, wanted: 3) }

  @Test(arguments: 1...3)
  func `the same version fits with every oldest program`(oldest: Int) {
    #expect(fit(.applied(version: 3, oldestProgram: oldest)) == .exact)
    #expect(fit(.applied(version: 3, oldestProgram: oldest)).component == .init("schema", .available))
  }

  @Test(arguments: [(4, 3), (4, 1), (9, 3)])
  func `a newer schema that is compatible with this version fits`(version: Int, oldest: Int) {
    let fit = fit(.applied(version: version, oldestProgram: oldest))
    guard case .compatible(let finding) = fit else {
      Issue.record("the fit is \(fit)")
      return
    }
    #expect(finding.contains("found version \(version), this program needs 3 and is compatible"))
    #expect(fit.component == .init("schema", .available, detail: finding))
  }

  @Test(arguments: [SchemaState.applied(version: 4, oldestProgram: 4), .undeclared(version: 4)])
  func `a newer incompatible schema does not fit, and is not essential to a running program`(
    state: SchemaState
  ) {
    guard case .superseded(let reason) = fit(state) else {
      Issue.record("the fit is \(fit(state))")
      return
    }
    #expect(reason.contains("found version 4, this program needs 3"))
    #expect(reason.contains("only programs of version 4 and newer"))
    #expect(fit(state).component.health == .unavailable(reason: reason, isEssential: false))
  }

  @Test(arguments: [
    SchemaState.empty, .applied(version: 2, oldestProgram: 1), .undeclared(version: 2),
  ])
  func `an older schema, or none, does not fit`(state: SchemaState) {
    guard case .behind(let reason) = fit(state) else {
      Issue.record("the fit is \(fit(state))")
      return
    }
    #expect(reason.contains("this program needs") && reason.contains("run: bulkhead migrate up"))
    #expect(fit(state).component.health == .unavailable(reason: reason, isEssential: true))
  }

  @Test func `a record without the compatible programs names the remedy`() {
    guard case .undeclared(let reason) = fit(.undeclared(version: 3)) else {
      Issue.record("the fit is \(fit(.undeclared(version: 3)))")
      return
    }
    #expect(reason.contains("version 3") && reason.contains("run: bulkhead migrate up"))
    #expect(fit(.undeclared(version: 3)).component.health == .unavailable(reason: reason, isEssential: false))
  }
}
