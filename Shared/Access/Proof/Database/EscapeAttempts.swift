import AccessManifest
import DataAccess

/// The features of an engine, beside tables and columns, that could break the isolation of accounts. All of them are
/// denied to every service's account.
///
/// Each engine has a value of its own. The engine's permission check refuses each statement before any other check. A
/// statement that is not refused does no harm, because its transaction is rolled back.
package struct EscapeAttempts: Sendable {
  /// How the prover undoes an attempt that succeeded.
  package enum Undo: Sendable, Hashable {
    /// The rollback to the savepoint undoes it.
    case savepoint
    /// The administrator executes these statements, because the engine does not roll it back.
    case statements([String])

    var statements: [String] {
      switch self {
      case .savepoint: []
      case .statements(let statements): statements
      }
    }
  }

  /// Whether the engine can change a row at a cursor. Such a change needs no right to read, so it is subject only to
  /// the policy for writing.
  let changesRowsAtCursors: Bool

  /// Whether the engine prevents an account that writes only its own rows from choosing their ids.
  let keepsIdentities: Bool

  /// The accounts outside of the manifest that try to log in.
  let strangers: [String]

  /// How many accounts the proof tries at the same time, each with one connection; 1 where the engine has one writer.
  let concurrentAccounts: Int

  /// How the server removes the proof's rows when the proof is killed; nil where no server could.
  let rowGuard: RowGuard?

  /// What the engine leaves open; the proof tries it, too.
  let residues: [KnownResidue]

  /// Looks for more attempts in the server; nil where an engine has none.
  let survey: DatabaseSurvey.Reader?

  /// The attempts of `account`, given the other accounts and the manifest.
  let attempts: @Sendable (_ account: String, _ others: [String], _ manifest: AccessManifest) -> [Attempt]

  /// Creates the attempts of one engine; see the properties.
  package init(
    changesRowsAtCursors: Bool, keepsIdentities: Bool, strangers: [String] = [], concurrentAccounts: Int = 1,
    rowGuard: RowGuard? = nil, residues: [KnownResidue] = [], survey: DatabaseSurvey.Reader? = nil,
    attempts:
      @escaping @Sendable (_ account: String, _ others: [String], _ manifest: AccessManifest) ->
      [Attempt]
  ) {
    self.changesRowsAtCursors = changesRowsAtCursors
    self.keepsIdentities = keepsIdentities
    self.strangers = strangers
    self.concurrentAccounts = concurrentAccounts
    self.rowGuard = rowGuard
    self.residues = residues
    self.survey = survey
    self.attempts = attempts
  }

  /// The cells of one account.
  func probes(for account: String, manifest: AccessManifest) -> [DatabaseProbe] {
    let all = manifest.databaseAccounts.map(\.name) + [manifest.administrators.databaseAccount]
    return attempts(account, all.filter { $0 != account }, manifest).map { $0.probe(for: account) }
  }
}
