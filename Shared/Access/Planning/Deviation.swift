/// One difference between what the manifest says and what an engine would allow, named so that it can be found.
package struct Deviation: Sendable, Hashable, Encodable {
  /// Which way it deviates.
  package enum Kind: String, Sendable, Hashable, Encodable {
    /// More is allowed than declared: a hole.
    case excess
    /// Less is allowed than declared: something will fail.
    case missing
    /// A setting, an owner or an attribute has another value than declared.
    case different
  }

  /// Which way it deviates.
  package let kind: Kind
  /// The account, role or cache user; `PUBLIC` for everyone.
  package let account: String
  /// The table, schema, database, function, role or key space.
  package let object: String
  /// The privilege, attribute, policy or rule; what the deviation is about.
  package let privilege: String
  /// The column, where the privilege is for one column.
  package let column: String?
  /// Who granted it, where the engine tells.
  package let grantor: String?
  /// The whole of it as a sentence.
  package let message: String

  /// A deviation; `message` is what people read, the rest is for machines and filters.
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
    self.message = message
  }

  /// A table that the migrations have not made yet.
  package static func tableMissing(_ table: String) -> Deviation {
    Deviation(
      .missing, account: "", object: table, privilege: "TABLE",
      message: "table \(table) is not there: run `bulkhead migrate up` first")
  }
}
