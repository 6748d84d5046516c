/// One difference between the declared schema and the live one.
package struct SchemaDifference: Sendable, Hashable {
  /// How the live schema differs.
  package enum Kind: String, Sendable, Hashable, Encodable {
    /// Something declared is not there.
    case missing
    /// Something is there that no definition declares, and it changes what statements do.
    case excess
    /// Something is there in another form than declared.
    case different
  }

  /// How it differs.
  package let kind: Kind
  /// The declared table.
  package let table: String
  /// The column; nil for the whole table and for a constraint over several columns.
  package let column: String?
  /// What differs, in words, without the place.
  package let message: String
  /// The node of a cluster that alone has it; nil where the serving one does.
  package private(set) var node: String?

  /// A difference at a place.
  package init(_ kind: Kind, table: String, column: String? = nil, _ message: String) {
    self.kind = kind
    self.table = table
    self.column = column
    self.message = message
  }

  /// `users.email`.
  package var place: String { column.map { "\(table).\($0)" } ?? table }

  /// The difference on one node of a cluster.
  func on(_ node: String) -> SchemaDifference {
    var difference = self
    difference.node = node
    return difference
  }
}

extension SchemaDifference: CustomStringConvertible {
  /// `users.email: the unique key users_email_key is missing`.
  package var description: String { (node.map { "on \($0): " } ?? "") + "\(place): \(message)" }
}

extension SchemaDifference: Encodable {
  private enum Key: String, CodingKey {
    case kind, table, column, message, node
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(table, forKey: .table)
    try container.encodeIfPresent(column, forKey: .column)
    try container.encode(message, forKey: .message)
    try container.encodeIfPresent(node, forKey: .node)
  }
}
