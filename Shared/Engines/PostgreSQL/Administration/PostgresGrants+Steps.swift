import AccessPlanning
import Cryptography
import DataAccess

/// The execution of a plan's steps. A step that the server refuses has no effect, and keeps no other from taking effect: an
/// account chooses texts of its own settings, and one of them must not keep the excess of another account.
extension PostgresGrants {
  /// Runs the steps of a plan that are the administrator's.
  func run(
    _ steps: [PlannedStep], of plan: PostgresPlanner, in transaction: Transaction
  ) async throws(DatabaseError) -> AccessOutcome {
    let own = steps.filter { $0.authority == .administrator }
    var refused: [PlannedStep: DatabaseError] = [:]
    var withheld: Set<PlannedStep> = []
    for start in stride(from: 0, to: own.count, by: Self.stepsInSavepoint) {
      let group = own[start..<min(start + Self.stepsInSavepoint, own.count)].filter { !withheld.contains($0) }
      guard try await refusal(of: group, in: transaction) != nil else { continue }
      for step in group where !withheld.contains(step) {
        guard let error = try await refusal(of: [step], in: transaction) else { continue }
        refused[step] = error
        withheld = plan.grants(behind: Set(refused.keys))
      }
    }
    return outcome(of: steps, refused, withheld)
  }

  private func outcome(
    of steps: [PlannedStep], _ refused: [PlannedStep: DatabaseError], _ withheld: Set<PlannedStep>
  ) -> AccessOutcome {
    let own = steps.filter { $0.authority == .administrator }
    let isDone = { (step: PlannedStep) in refused[step] == nil && !withheld.contains(step) }
    return AccessOutcome(
      done: own.filter(isDone),
      remaining: steps.filter { $0.authority != .administrator || !isDone($0) }.map { step in
        refused[step]?.isForSuperuser == true ? step.needing(.superuser) : step
      },
      notes: own.compactMap { step in
        if let error = refused[step] {
          return "the server refused \(step.text): \(error.detail ?? error.description)"
        }
        return withheld.contains(step)
          ? "not executed, because the server refused what limits the rows of the table: \(step.text)" : nil
      })
  }

  /// How many steps share a savepoint, and are sent together: three round trips for all of them in place of three for each.
  /// After a refusal each of them has a savepoint of its own, so that the refused one alone has no effect, and is named.
  static let stepsInSavepoint = 100

  /// Executes the steps, or none of them where the server refuses one. Throws a failure that concerns them all.
  private func refusal(
    of steps: [PlannedStep], in transaction: Transaction
  ) async throws(DatabaseError) -> DatabaseError? {
    do throws(DatabaseError) {
      try await transaction.savepoint { (part) throws(DatabaseError) in
        for step in steps { for statement in try statements(of: step) { try await part.gather(statement) } }
      }
      return nil
    } catch {
      guard error.isOfOneStatement else { throw error }
      return error
    }
  }

  func run(_ step: PlannedStep, in transaction: any StatementRunner) async throws(DatabaseError) {
    for statement in try statements(of: step) { _ = try await transaction.execute(statement) }
  }

  private func statements(of step: PlannedStep) throws(DatabaseError) -> [Query] {
    switch step.action {
    case .statement(let sql): [.change(sql, label: step.text)]
    case .statements(let all): all.map { .change($0, label: $0) }
    case .statementsEndingSessions, .statementEndingHolders:
      throw DatabaseError(
        .other, operation: "execute \(step.text)",
        detail: "PostgreSQL ends sessions by a statement of their own")
    case .setCredential(let account):
      [.change(try credentialStatement(for: account), label: step.text)]
    }
  }

  /// The statement contains the verifier that the server would derive from the password. The password itself appears in
  /// no statement, log or statistics view of the server.
  private func credentialStatement(for account: String) throws(DatabaseError) -> String {
    let verifier: String
    do {
      verifier = try verifiers[account] ?? self.verifier(of: account)
    } catch {
      throw DatabaseError(.other, operation: "set the credential of \(account)", detail: "\(error)")
    }
    return "ALTER ROLE \(PostgresSQL.identifier(account)) PASSWORD \(PostgresSQL.literal(verifier))"
  }

  /// The same grants with the verifiers of a plan: a file without a usable password must stop a run before it closes an
  /// account.
  func withVerifiers(for plan: AccessPlan) throws(AccessError) -> PostgresGrants {
    var grants = self
    for account in plan.steps(for: .administrator).compactMap(\.credentialAccount) {
      grants.verifiers[account] = try verifier(of: account)
    }
    return grants
  }

  func verifier(of account: String) throws(AccessError) -> String {
    do {
      return try SCRAMVerifier.text(for: try credentials.password(of: account).reveal())
    } catch let failure as CredentialStore.Failure {
      throw .credential(failure)
    } catch {
      throw .unsupported("the credential \(credentials.directory)/\(account) is unusable: \(error)")
    }
  }
}

extension PostgresPlanner {
  /// The grants on tables whose rows one of the refused steps was to limit: before it takes effect, they would open every
  /// row.
  func grants(behind refused: Set<PlannedStep>) -> Set<PlannedStep> {
    let open = Set(
      differences.compactMap { difference in
        difference.limitedTable.flatMap {
          steps(for: difference).contains(where: refused.contains) ? $0 : nil
        }
      })
    guard !open.isEmpty else { return [] }
    return Set(
      differences.flatMap { difference -> [PlannedStep] in
        guard case .privilegeMissing(let privilege) = difference,
          open.contains(where: { privilege.object == .table($0) })
        else { return [] }
        return steps(for: difference)
      })
  }
}

extension PostgresDifference {
  /// The table whose rows it leaves open, or unlike the manifest.
  fileprivate var limitedTable: String? {
    switch self {
    case .rowSecurity(let table, _, _): table
    case .policyExcess(let policy), .policyMissing(let policy), .policyDifferent(let policy, _): policy.table
    case .tableMissing, .roleMissing, .attribute, .passwordExpires, .connectionLimit, .setting,
      .databaseSetting, .settingOfEveryone, .settingOfDatabase, .superuser, .attachment, .membershipExcess,
      .membershipMissing, .owner, .privilegeExcess, .privilegeMissing, .credential, .finding, .keyMissing,
      .ownerRight, .sampledColumn, .inertDefault, .retired:
      nil
    }
  }
}

extension DatabaseError {
  /// Whether the server refused a statement for what it says or for who sent it, so that others can take effect. A lost
  /// session, a lock, a limit or a server that takes no writes concerns them all.
  fileprivate var isOfOneStatement: Bool {
    switch kind {
    case .permissionDenied, .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation,
      .valueOutOfRange, .invalidStatement:
      !nativeCode.isEmpty
    case .other: !nativeCode.isEmpty && !Self.classesOfAll.contains(String(nativeCode.prefix(2)))
    case .serializationFailure, .deadlock, .lockTimeout, .statementTimeout, .cancelled, .connectionLost,
      .connectionRefused, .readOnlyServer, .storageFull, .authenticationFailed, .tooManyConnections,
      .unreadableFile, .acquireTimeout, .shuttingDown, .decoding:
      false
    }
  }

  /// The transaction's state, its rollback, a lack of resources, an intervention, the system.
  private static let classesOfAll: Set = ["25", "40", "53", "57", "58"]

  /// Whether a superuser could do it: it has the right, or reaches what other roles own in other databases.
  fileprivate var isForSuperuser: Bool { isPermissionDenied || nativeCode == "2BP01" }

  /// Whether the server refused the lock with which a change of rights begins.
  var isOfRefusedLock: Bool { isPermissionDenied && operation == PostgresGrants.lockLabel }
}
