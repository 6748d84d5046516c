import Yams

/// A right of an account beside those on rows: `truncate on orders`, `usage on sequence orders_id_seq`,
/// `execute on routine refresh()`. Only a live manifest has them: a database that was not made here may need them.
package struct FurtherRight: Sendable, Hashable {
  /// The privilege in upper case.
  package let privilege: String
  /// The kind of the object.
  package let kind: Kind
  /// The object's name, with its schema outside of the home schema.
  package let name: String

  /// The kinds of objects.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case table, view, sequence, routine, schema, database
  }

  /// The privileges that have a right of the manifest of their own, or that exist.
  static let privileges = [
    "TRUNCATE", "REFERENCES", "TRIGGER", "USAGE", "SELECT", "UPDATE", "INSERT", "DELETE", "EXECUTE", "CREATE",
    "TEMPORARY", "CONNECT",
  ]

  /// Makes a right.
  package init(_ privilege: String, on kind: Kind, _ name: String) {
    self.privilege = privilege
    self.kind = kind
    self.name = name
  }

  /// Reads `PRIVILEGE on KIND NAME`; nil where the text has another form.
  init?(_ text: String) {
    let words = text.split(separator: " ", maxSplits: 3).map(String.init)
    guard words.count == 4, words[1] == "on", let kind = Kind(rawValue: words[2]),
      Self.privileges.contains(words[0].uppercased())
    else { return nil }
    self.init(words[0].uppercased(), on: kind, words[3])
  }

  /// The right as the manifest writes it.
  package var text: String { "\(privilege.lowercased()) on \(kind.rawValue) \(name)" }
}

extension ManifestParser {
  /// Reads `also:` of an account.
  mutating func furtherRights(_ entry: ManifestEntry) -> [FurtherRight] {
    reader.words(entry.value, of: "also").compactMap { word in
      if let right = FurtherRight(word.text) { return right }
      let kinds = FurtherRight.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      reader.report(
        word.place, "'\(word.text)' is no right: expected PRIVILEGE on KIND NAME, with a kind of \(kinds)")
      return nil
    }
  }
}
