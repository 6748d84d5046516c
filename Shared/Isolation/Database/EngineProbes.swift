import AccessManifest
import DataAccess

/// What an engine offers beside tables and columns that could undo the whole separation: every bit of it is denied to
/// every service's account.
///
/// A value for each engine, chosen where the engine is chosen. Each statement is one that a permission check refuses
/// before anything else is looked at, and that does no harm inside a transaction that is rolled back, should it not be
/// refused.
public struct EngineProbes: Sendable {
  /// One thing to try.
  struct Attempt: Sendable {
    let object: String
    let verb: String
    var preparation: [String] = []
    let sql: String
  }

  /// Whether a row can be changed at a cursor, which asks for no right to read: then policies for reading do not stand
  /// in front of those for writing.
  let changesRowsAtCursors: Bool

  /// Whether an account that writes only rows of its own is kept from choosing their identities.
  let keepsIdentities: Bool

  /// What to try as `account`, given the others and the tables.
  let attempts: @Sendable (_ account: String, _ others: [String], _ manifest: AccessManifest) -> [Attempt]

  /// The cells of one account.
  func probes(for account: String, manifest: AccessManifest) -> [DatabaseProbe] {
    let everybody = manifest.databaseAccounts.map(\.name) + [manifest.administrators.databaseAccount]
    return attempts(account, everybody.filter { $0 != account }, manifest).map { attempt in
      DatabaseProbe(
        cell: ProofCell(
          .database, account: account, object: attempt.object, verb: attempt.verb, expected: .denied),
        preparation: attempt.preparation.map {
          ProbeStatement(Operation(.other, label: "prepare"), [.sql($0)])
        },
        statement: ProbeStatement(Operation(.other, label: attempt.verb), [.sql(attempt.sql)]),
        success: .completion)
    }
  }

  /// Quotes a name; names come from the manifest and the schema, which admit no quotation marks.
  static func quoted(_ name: String) -> String { "\"\(name)\"" }
}
