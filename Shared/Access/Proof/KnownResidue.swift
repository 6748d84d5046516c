import AccessManifest

/// A way past the isolation of accounts that an engine leaves open, and that this project cannot close.
///
/// The proof prints the residues of its engines. Without them, a reader of "no violations" would take them for closed.
/// Where a residue can be tried, the proof tries it with each account's own credentials. A residue that the engine
/// refuses is a violation, because the list then says too much.
package struct KnownResidue: Sendable {
  /// What remains open.
  package let name: String
  /// What an attacker who controls an account gains.
  package let consequence: String
  /// What an operator can do about it.
  package let mitigation: String
  /// A select of the administrator that returns one boolean: whether this server leaves it open. Nil where every server
  /// does. Where it is false, the residue is not reported and the engine must refuse its attempts.
  package var condition: String?
  /// The attempts of an account that show it; empty for an account that cannot use it.
  package var attempts: @Sendable (Attacker) -> [EscapeAttempts.Attempt] = { _ in [] }
  /// The attempts on one row that the account's scope hides.
  package var attemptsOnHiddenRow: @Sendable (HiddenRow) -> [EscapeAttempts.Attempt] = { _ in [] }
  /// The commands of a cache that show it, as words separated by spaces.
  package var commands: [String] = []

  /// Creates a residue; see the properties.
  package init(_ name: String, consequence: String, mitigation: String) {
    self.name = name
    self.consequence = consequence
    self.mitigation = mitigation
  }

  /// The account that tries a residue.
  package struct Attacker: Sendable {
    /// The account's name.
    package let account: String
    /// The declared rights.
    package let manifest: AccessManifest
  }

  /// A row that exists and that an account's scope hides.
  package struct HiddenRow: Sendable {
    /// The account that tries to reach it.
    package let account: String
    /// The row's table.
    package let table: String
    /// The table's column of ids.
    package let key: String
    /// The row's id.
    package let identity: Int64
    /// The account's own scope in the table.
    package let scope: RowScope
    /// Whether an index begins with the scope's column and the key. Through it, the engine reads no hidden row for a key.
    package let isBehindIndex: Bool
  }

  /// The same residue with attempts; see the properties.
  package func tried(
    _ attempts: @escaping @Sendable (Attacker) -> [EscapeAttempts.Attempt]
  ) -> KnownResidue {
    var copy = self
    copy.attempts = attempts
    return copy
  }

  /// The same residue with attempts on hidden rows.
  package func triedOnHiddenRows(
    _ attempts: @escaping @Sendable (HiddenRow) -> [EscapeAttempts.Attempt]
  ) -> KnownResidue {
    var copy = self
    copy.attemptsOnHiddenRow = attempts
    return copy
  }

  /// The same residue with commands of a cache.
  package func tried(by commands: String...) -> KnownResidue {
    var copy = self
    copy.commands = commands
    return copy
  }
}

extension KnownResidue: Encodable {
  private enum CodingKeys: String, CodingKey {
    case name, consequence, mitigation
  }

  /// Encodes the words, and not the attempts.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(consequence, forKey: .consequence)
    try container.encode(mitigation, forKey: .mitigation)
  }
}
