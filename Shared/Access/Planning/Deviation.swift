import Encoding

/// One difference between the manifest and the rights in an engine, with the names that an operator needs to find it.
package struct Deviation: Sendable, Hashable, Encodable {
  /// The direction of a deviation.
  package enum Kind: String, Sendable, Hashable, Encodable, CaseIterable {
    /// The engine allows more than the manifest.
    case excess
    /// The engine allows less than the manifest, so a service will fail.
    case missing
    /// A setting, an owner or an attribute differs from the manifest.
    case different
    /// It belongs to others, by the manifest's scope: a note that counts as no deviation.
    case outside
    /// It stays open on this server, because only its provider could close it: a known residue, no deviation.
    case residue
    /// Reported for the operator: it gives and takes no right, and no step follows from it.
    case remark
  }

  /// The direction of a deviation.
  package let kind: Kind
  /// The account, role or cache user; `PUBLIC` for everyone.
  package let account: String
  /// The table, schema, database, function, role or key space.
  package let object: String
  /// The privilege, attribute, policy or rule that deviates.
  package let privilege: String
  /// The column of a privilege on one column; otherwise nil.
  package let column: String?
  /// The role that granted it, where the engine records one.
  package let grantor: String?
  /// The deviation as a sentence.
  package let message: String

  /// Creates a deviation. People read `message`; programs read the other values.
  package init(
    _ kind: Kind, account: String, object: String, privilege: String, column: String? = nil,
    grantor: String? = nil, message: String
  ) {
    self.kind = kind
    self.account = account
    self.object = object
    self.privilege = privilege
    self.column = column
    self.grantor = grantor
    self.message = message.onOneLine
  }

  /// Whether it is a note for the operator, which counts as no deviation.
  package var isNote: Bool { kind == .remark || kind == .outside || kind == .residue }

  /// The deviation as a note about what belongs to others.
  package var asNote: Deviation { with(.outside) }

  /// The deviation as a note that gives and takes no right.
  package var asRemark: Deviation { with(.remark) }

  /// The deviation with each character beyond ASCII as its number, so that names which look alike differ.
  package var inASCII: Deviation {
    Deviation(
      kind, account: account.inASCII, object: object.inASCII, privilege: privilege,
      column: column?.inASCII, grantor: grantor?.inASCII, message: message.inASCII)
  }

  /// The deviation as a residue of this server.
  package var asResidue: Deviation { with(.residue) }

  /// The deviation with what an operator can do about it.
  package func advising(_ remedy: String) -> Deviation { with(kind, message: "\(message): \(remedy)") }

  /// The deviation on one node of a cluster.
  package func on(_ node: String) -> Deviation { with(kind, message: "on \(node): \(message)") }

  private func with(_ kind: Kind, message: String? = nil) -> Deviation {
    Deviation(
      kind, account: account, object: object, privilege: privilege, column: column, grantor: grantor,
      message: message ?? self.message)
  }

  /// The privilege of a cache user that has other passwords than its own.
  package static let passwordName = "password"

  /// The privilege of an account of a database that has another password than its credential's.
  package static let credentialName = "PASSWORD"

  /// Whether a database has another password of an account than its credential's.
  package var isOfOtherPassword: Bool { kind == .different && privilege == Self.credentialName }

  private static let tableName = "TABLE"

  /// Whether the migrations have not created its table yet.
  package var isOfMissingTable: Bool { kind == .missing && privilege == Self.tableName }

  /// A transaction that a client prepared and left: `name` is its number, and `end` the statements that end it.
  package static func prepared(_ name: String, by account: String = "", endedBy end: String) -> Deviation {
    Deviation(
      .remark, account: account, object: "transaction", privilege: "PREPARE",
      message:
        "the transaction \(name) is prepared: it keeps its rows and tables locked, also without a session, until \(end)"
    )
  }

  /// A table that the migrations have not created yet.
  package static func tableMissing(_ table: String) -> Deviation {
    Deviation(
      .missing, account: "", object: table, privilege: tableName,
      message: "table \(table) is missing: run `bulkhead migrate up` first")
  }
}
