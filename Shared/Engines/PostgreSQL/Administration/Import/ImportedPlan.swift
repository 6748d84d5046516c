import AccessManifest
import AccessPlanning
import Encoding

/// The plan of a manifest that an import writes: what of the database the manifest does not say, or says otherwise.
///
/// Each step becomes a doubt, so that a reader of the file has nothing to look for in the plan. The doubts of the accounts
/// announce some steps already, with the reason.
struct ImportedPlan {
  private let source: PostgresImport
  private let declared: PostgresState
  private let actual: PostgresState
  private let accounts: Set<String>
  private let managed: Set<PostgresObject>
  private let declaredTargets: Set<PostgresPrivilege.Target>
  private let heldTargets: Set<PostgresPrivilege.Target>

  init(_ source: PostgresImport, _ manifest: AccessManifest, over actual: PostgresState) {
    self.source = source
    self.actual = actual
    declared = PostgresState(declaredBy: manifest, database: actual.database, tables: manifest.tables)
      .taking(asGiven: actual)
    accounts = Set(manifest.databaseAccounts.map(\.name))
    managed = Set(source.managed.map { PostgresObject.relation($0) })
    declaredTargets = Set(declared.privileges.map(\.target))
    heldTargets = Set(actual.privileges.map(\.target))
  }

  /// The text of the manifest with the doubts after its opening comment.
  func completing(_ text: String) -> String {
    let doubts = doubts(beside: text)
    guard !doubts.isEmpty, let opening = text.firstRange(of: Self.opening) else { return text }
    return String(text[..<opening.lowerBound]) + "\n" + doubts.joined(separator: "\n")
      + String(text[opening.lowerBound...])
  }

  private static let opening = "\nversion: 1\n"

  private func doubts(beside text: String) -> [String] {
    let comparison = PostgresComparison(declared: declared, actual: actual)
    let planner = PostgresPlanner(declared: declared, actual: actual)
    let steps = comparison.differences.filter { difference in
      !comparison.isResidue(difference) && !isAnnounced(difference, in: text)
    }.flatMap { planner.steps(for: $0) }
    let lines =
      steps.map { "# doubt: the first `plan`: \($0.reason): \($0.text)" }
      + planner.plan.unmended.map { "# doubt: the first `plan`: \($0.message): no step ends that" }
    var seen: Set<String> = []
    return lines.map(\.onOneLine).filter { seen.insert($0).inserted }
  }

  /// Whether a doubt of an account or of the tables says it.
  private func isAnnounced(_ difference: PostgresDifference, in text: String) -> Bool {
    switch difference {
    case .membershipExcess(let membership): accounts.contains(membership.member)
    case .privilegeMissing(let privilege): isAnnounced(missing: privilege)
    case .privilegeExcess(let privilege): isAnnounced(excess: privilege)
    case .attribute(let role, _, _), .passwordExpires(let role), .databaseSetting(let role, _, _),
      .owner(_, _, let role):
      accounts.contains(role)
    case .setting(let role, let name, _, _):
      text.contains("# doubt: \(role): \(name) is set for it".onOneLine)
    case .tableMissing, .roleMissing, .connectionLimit, .settingOfEveryone, .settingOfDatabase, .superuser,
      .attachment, .membershipMissing, .rowSecurity, .policyExcess, .policyMissing, .policyDifferent,
      .credential, .finding, .keyMissing, .ownerRight, .sampledColumn, .inertDefault, .retired:
      false
    }
  }

  /// The rights of groups, those on sequences, and those that the owner grants again.
  private func isAnnounced(missing privilege: PostgresPrivilege) -> Bool {
    guard case .role(let account) = privilege.grantee else { return false }
    return !source.groups(of: account).isEmpty || privilege.object.kind == .sequence
      || heldTargets.contains(privilege.target)
  }

  /// A right of PUBLIC on a table, and a right that the account keeps: by the owner's grant, without its option, or on the
  /// whole table.
  private func isAnnounced(excess privilege: PostgresPrivilege) -> Bool {
    guard case .role(let account) = privilege.grantee, accounts.contains(account) else {
      return privilege.grantee == .everyone && managed.contains(privilege.object)
    }
    let isUnnameable =
      privilege.object.kind != .routine
      && privilege.object.schema.map { TableName(schema: $0, name: privilege.object.name).text == nil }
        ?? false
    let whole = PostgresPrivilege.Target(
      object: privilege.object, column: nil, privilege: privilege.privilege, grantee: privilege.grantee)
    return isUnnameable || declaredTargets.contains(privilege.target) || declaredTargets.contains(whole)
  }
}
