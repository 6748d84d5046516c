import AccessManifest
import DataAccess

/// What an engine offers beside tables and columns that could undo the whole separation: every bit of it is denied to
/// every service's account.
///
/// A value for each engine, chosen where the engine is chosen. Each statement is one that a permission check refuses
/// before anything else is looked at, and that does no harm inside a transaction that is rolled back, should it not be
/// refused.
package struct EscapeAttempts: Sendable {
  /// How an attempt that succeeded is undone.
  package enum Undo: Sendable, Hashable {
    /// By the savepoint that every cell is rolled back to.
    case savepoint
    /// By statements of the administrator, for what the engine does not roll back.
    case statements([String])

    var statements: [String] {
      switch self {
      case .savepoint: []
      case .statements(let statements): statements
      }
    }
  }

  /// One thing to try.
  package struct Attempt: Sendable {
    let object: String
    let verb: String
    let preparation: [String]
    let sql: String
    let undo: Undo

    /// One attempt: `verb` on `object` by the statement `sql`, after the statements of `preparation`.
    package init(
      object: String, verb: String, preparation: [String] = [], sql: String, undo: Undo = .savepoint
    ) {
      self.object = object
      self.verb = verb
      self.preparation = preparation
      self.sql = sql
      self.undo = undo
    }
  }

  /// Whether a row can be changed at a cursor, which asks for no right to read: then policies for reading do not stand
  /// in front of those for writing.
  let changesRowsAtCursors: Bool

  /// Whether an account that writes only rows of its own is kept from choosing their identities.
  let keepsIdentities: Bool

  /// What to try as `account`, given the others and the tables.
  let attempts: @Sendable (_ account: String, _ others: [String], _ manifest: AccessManifest) -> [Attempt]

  /// The attempts of one engine; see the properties.
  package init(
    changesRowsAtCursors: Bool, keepsIdentities: Bool,
    attempts:
      @escaping @Sendable (_ account: String, _ others: [String], _ manifest: AccessManifest) ->
      [Attempt]
  ) {
    self.changesRowsAtCursors = changesRowsAtCursors
    self.keepsIdentities = keepsIdentities
    self.attempts = attempts
  }

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
        success: .completion, undo: attempt.undo.statements)
    }
  }
}
