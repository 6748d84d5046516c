/// Reads the names of types, and spells those of several words as the dialects do.
package enum SQLTypeName {
  /// The canonical name: `character varying(255)` becomes `varchar(255)`, `timestamp(6) with time zone` becomes
  /// `timestamptz(6)`. Any other text stays, in lower case.
  package static func canonical(_ text: String) -> String {
    var cursor = SQLCursor(text)
    guard let name = read(&cursor), cursor.isAtEnd else { return text }
    return name
  }

  /// Takes one type with its length and brackets; nil where no name follows.
  static func read(_ cursor: inout SQLCursor) -> String? {
    guard var name = firstWords(&cursor) else { return nil }
    if let group = cursor.peek == .symbol("(") ? cursor.group() : nil {
      name += "(\(group.map(\.sql).joined(separator: " ").replacing(" , ", with: ",")))"
    }
    if cursor.take("with", "time", "zone") { name = withZone(name) }
    _ = cursor.take("without", "time", "zone")
    while cursor.peek == .symbol("["), cursor.peek(1) == .symbol("]") {
      _ = cursor.next()
      _ = cursor.next()
      name += "[]"
    }
    return name
  }

  private static func firstWords(_ cursor: inout SQLCursor) -> String? {
    if cursor.take("character", "varying") { return "varchar" }
    if cursor.take("double", "precision") { return "double precision" }
    if cursor.take("bit", "varying") { return "varbit" }
    guard let token = cursor.peek, token.identifier != nil else { return nil }
    _ = cursor.next()
    var name = token.sql
    while cursor.take(symbol: "."), let part = cursor.next() {
      name = name == "pg_catalog" ? part.sql : "\(name).\(part.sql)"
    }
    return synonyms[name] ?? name
  }

  private static func withZone(_ name: String) -> String {
    let base = name.prefix { $0 != "(" }
    return "\(base)tz\(name.dropFirst(base.count))"
  }

  private static let synonyms = [
    "character": "char", "int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint",
    "bool": "boolean", "float8": "double precision", "float4": "real", "decimal": "numeric",
  ]
}
