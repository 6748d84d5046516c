/// Where the tables of a manifest come from.
package enum TableSource: String, Sendable, Hashable {
  /// The program's own `Schema`.
  case compiled
  /// The manifest's own words, because no database was read: tables and columns that it does not name are unknown.
  case named
  /// The catalog of the database.
  case catalog
}

/// The name of a table in the manifest: `orders` in the home schema, `sales.orders` elsewhere.
package struct TableName: Sendable, Hashable {
  /// The schema of names without one.
  package static let home = "public"

  /// The schema.
  package let schema: String
  /// The name in the schema.
  package let name: String

  /// Reads a name of the manifest.
  package init(_ text: String) {
    let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
    (schema, name) = parts.count == 2 ? (parts[0], parts[1]) : (Self.home, text)
  }

  /// Makes the name of a table in a schema.
  package init(schema: String, name: String) {
    self.schema = schema
    self.name = name
  }

  /// The name as the manifest writes it; nil for one that it cannot write, because it would read as another.
  package var text: String? {
    guard !name.hasByte(of: "."), !schema.hasByte(of: "."), !schema.hasByte(of: "*"), !name.hasByte(of: "*")
    else { return nil }
    return schema == Self.home ? name : "\(schema).\(name)"
  }
}
