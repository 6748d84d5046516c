import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import Testing

@testable import MariaDBAdministration

/// What a cluster executes where its nodes differ, and what their answers to a password mean.
@Suite struct MariaDBNodePlansTests {
  private static let account = "analytics-ro"
  private static let grant = PlannedStep("GRANT a", reason: "").widening(account)
  private static let revoke = PlannedStep("REVOKE b", reason: "")
  private static let other = PlannedStep("GRANT c", reason: "").widening("connector-rw")
  private static let credential = PlannedStep(credentialOf: account, shownAs: "ALTER USER", reason: "")

  private func plans(_ serving: [PlannedStep], _ others: [[PlannedStep]]) -> MariaDBNodePlans {
    let others = others.enumerated().map { (node: "n\($0 + 1)", plan: AccessPlan(steps: $1)) }
    return MariaDBNodePlans(AccessPlan(steps: serving), on: "n0", others: others)
  }

  @Test func `steps of all nodes are shared, in their order, and others name their node`() {
    let found = plans([Self.revoke, Self.grant, Self.other], [[Self.other, Self.revoke]])
    #expect(found.shared.steps == [Self.revoke, Self.other])
    #expect(found.apart.steps.map(\.text) == ["/* on n0 */ GRANT a"])
    let same = plans([Self.revoke, Self.grant], [[Self.revoke, Self.grant]])
    #expect(same.shared.steps == [Self.revoke, Self.grant] && same.apart.isEmpty)
  }

  @Test func `an account whose password differs on one node gets no more on any node`() {
    let all = [Self.revoke, Self.grant, Self.other]
    let found = plans(all, [[Self.credential] + all])
    #expect(found.shared.steps == [Self.revoke, Self.other])
    #expect(
      found.apart.steps.map(\.text) == [
        "/* on n0 */ GRANT a", "/* on n1 */ ALTER USER", "/* on n1 */ GRANT a",
      ])
  }

  @Test func `what no step mends on one node is named with the node`() {
    let deviation = Deviation(.missing, account: "PUBLIC", object: "server", privilege: "X", message: "words")
    let found = MariaDBNodePlans(
      AccessPlan(steps: [Self.revoke]), on: "n0",
      others: [("n1", AccessPlan(steps: [Self.revoke], unmended: [deviation]))])
    #expect(found.shared.steps == [Self.revoke] && found.apart.steps == [])
    #expect(found.apart.unmended.map(\.message) == ["on n1: words"])
  }

  @Test func `a password is accepted by all nodes or refused by all, and other answers are named`() throws {
    func common(_ states: CredentialState...) throws -> CredentialState {
      let answers = states.enumerated().map { (node: "n\($0)", state: $1) }
      return try MariaDBPasswords.common(answers, of: Self.account)
    }
    #expect(try common(.accepted, .accepted) == .accepted)
    #expect(try common(.refused, .refused, .refused) == .refused)
    #expect(try common(.accepted, .unchecked) == .unchecked)
    #expect(try common(.accepted, .unusable(reason: "full")) == .unusable(reason: "on n1: full"))
    let error = #expect(throws: AccessError.self) { try common(.refused, .accepted, .refused) }
    let words = error.map { "\($0)" } ?? ""
    #expect(words.contains("n1 accepts a password of \(Self.account) that n0, n2 refuses"), "\(words)")
  }

  @Test func `few wrong passwords that block an account are named, unless the manifest accepts that`() throws
  {
    func comparison(_ errors: Int64?, accepts: [String: String] = [:]) throws -> MariaDBComparison {
      try MariaDBComparison.ofFleet(accepts: accepts) { $0.errorsUntilBlock = errors }
    }
    for errors in [nil, 1_000_000, Int64(UInt32.max)] {
      #expect(try comparison(errors).deviations == [])
    }
    for errors in [1, 999_999] as [Int64] {
      let found = try comparison(errors)
      #expect(found.deviations.map(\.privilege) == ["MAX_PASSWORD_ERRORS"])
      #expect(found.reasonAgainstWrongPasswords?.hasPrefix("\(errors) wrong passwords") == true)
      let plan = MariaDBPlanner(comparison: found, focus: .everything, dropsRetired: false).plan
      #expect(plan.steps == [] && plan.unmended == found.deviations)
    }
    let accepting = try comparison(1, accepts: ["MAX_PASSWORD_ERRORS": "a reason"])
    #expect(accepting.deviations == [] && accepting.reasonAgainstWrongPasswords == nil)
  }

  @Test func `a step that sets a view names the account that must not get more before it`() throws {
    let manifest = try FleetManifest.load()
    let declared = MariaDBState(declaredBy: manifest, database: MariaDBFleet.database, catalog: .mariaDB)
    var actual = declared
    actual.views = [:]
    let comparison = MariaDBComparison(declared: declared, actual: actual, manifest: manifest, former: [])
    let steps = MariaDBPlanner(comparison: comparison, focus: .everything, dropsRetired: false).steps
    #expect(steps.count == declared.views.count)
    for step in steps {
      guard case .statementEndingHolders(_, .account(let account), let first, let last) = step.action else {
        Issue.record("\(step.text)")
        continue
      }
      let grantee = MariaDBGrantee(user: account).sql
      #expect(step.restrained == [account] && step.text.contains("$\(account)"))
      #expect(first == ["ALTER USER \(grantee) ACCOUNT LOCK"])
      #expect(last == ["ALTER USER \(grantee) ACCOUNT UNLOCK"])
    }
  }
}
