import AccessAdministration
import AccessPlanning
import Cryptography
import DataAccess
import Secrets

/// The administrator of a bootstrap, with its password.
extension PostgresBootstrap {
  /// The password that the server has for the administrator.
  private enum Present: Equatable {
    case absent
    case verifier(String)
    /// A provider's administrator reads no verifier.
    case unread
  }

  /// Creates or corrects the administrator. A password that is not of the folder stays, because the programs of another
  /// fleet may use it. Adds each executed step to `done`.
  func makeAdministrator(
    _ superuser: Database, readsVerifiers: Bool, _ done: inout [PlannedStep]
  ) async throws(AccessError) {
    let actual = try await state(superuser)
    let present = try await presentPassword(in: actual, superuser, readsVerifiers: readsVerifiers)
    let canLogin = actual.roles[administrator]?.canLogin == true
    let isProtected = canLogin && present != .absent && !site.replacesPasswords
    // A new file would look like the wish for a new password.
    if isProtected, !site.credentials.contains(administrator) { throw otherPassword }
    let passwords = try passwords()
    // A refusal leaves the server as it is, where the role can log in before the changes.
    if isProtected, actual.roles[administrator]?.passwordExpires == false,
      let isOurs = try? await hasOne(of: passwords.current + passwords.former, present), !isOurs
    {
      throw otherPassword
    }
    var declared = PostgresState(database: actual.database)
    declared.roles[administrator] = .administrator
    declared.owners[PostgresObject(.database, name: actual.database)] = administrator
    let differences = PostgresComparison(declared: declared, actual: actual.roles(of: administrator))
      .differences
    let relevant = differences.filter(\.isOfRole)
    let planner = PostgresPlanner(declared: declared, actual: actual)
    for step in relevant.flatMap({ planner.steps(for: $0) }) {
      try await change(superuser, step.text, label: step.text)
      done.append(step)
    }
    if present != .absent, try await hasOne(of: passwords.current, present) { return }
    if isProtected, try await !hasOne(of: passwords.former, present) { throw otherPassword }
    done.append(try await setPassword(passwords.current[0], superuser))
  }

  private var otherPassword: AccessError {
    .otherPassword(of: administrator, in: engine.dialect.engineName, than: site.credentials)
  }

  private func presentPassword(
    in actual: PostgresState, _ superuser: Database, readsVerifiers: Bool
  ) async throws(AccessError) -> Present {
    guard actual.roles[administrator] != nil else { return .absent }
    guard readsVerifiers else { return .unread }
    do {
      let rows = try await superuser.unsafeQuery(
        unsafeSQL: "SELECT rolpassword FROM pg_authid WHERE rolname = $1", [.text(administrator)],
        label: "read the administrator's verifier", isRead: true)
      return try rows.rowCount == 0 ? .absent : rows.optionalText(0, 0).map { .verifier($0) } ?? .absent
    } catch {
      throw .database(error)
    }
  }

  /// Whether the server has one of these passwords. The verifier shows it where no login is possible, too.
  private func hasOne(of passwords: [Secret], _ present: Present) async throws(AccessError) -> Bool {
    if case .verifier(let verifier) = present,
      passwords.contains(where: { SCRAMVerifier.isOf($0.reveal(), verifier) })
    {
      return true
    }
    for password in passwords where try await isAccepted(password) { return true }
    return false
  }

  private func isAccepted(_ password: Secret) async throws(AccessError) -> Bool {
    var configuration = site.configuration.connecting(as: administrator, password: password)
    configuration.name = Self.maintenanceDatabase
    return try await CredentialProbe.login(through: engine.driver(configuration), on: site.loop) == .accepted
  }

  private func setPassword(
    _ password: Secret, _ superuser: Database
  ) async throws(AccessError) -> PlannedStep {
    let role = PostgresSQL.identifier(administrator)
    let verifier: String
    do {
      verifier = try SCRAMVerifier.text(for: password.reveal())
    } catch {
      throw .unsupported("the administrator's password is unusable: \(error)")
    }
    let step = PlannedStep(
      credentialOf: administrator,
      shownAs: "ALTER ROLE \(role) PASSWORD '<SCRAM verifier of its credential>'",
      reason: "the server does not accept the administrator's credential")
    try await change(
      superuser, "ALTER ROLE \(role) PASSWORD \(PostgresSQL.literal(verifier))", label: step.text)
    return step
  }

  /// The administrator's passwords in the folder, where a missing file is made: those that the server may have without a
  /// change, the present one first, and the one before a rotation.
  func passwords() throws(AccessError) -> (current: [Secret], former: [Secret]) {
    do {
      _ = try site.credentials.createMissing(for: [administrator])
      let content = try site.credentials.content(of: administrator)
      _ = try SCRAMVerifier.bytes(of: content.current.reveal())
      return switch content.other {
      case .next(let next, _): ([content.current, next], [])
      case .former(let former, _): ([content.current], [former])
      case nil: ([content.current], [])
      }
    } catch let failure as CredentialStore.Failure {
      throw .credential(failure)
    } catch {
      throw .unsupported(
        "the credential \(site.credentials.directory)/\(administrator) is unusable: \(error)")
    }
  }
}
