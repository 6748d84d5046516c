/// A JSON document kept as the text it was given as.
///
/// The database stores it as text on every engine; whoever needs its contents decodes it with the JSON module.
package struct JSONText: Sendable, Hashable {
  /// The document; nothing checks here that it is one.
  package var text: String

  /// Keeps the text as it is.
  package init(_ text: String) {
    self.text = text
  }

  /// The empty object, for columns that always hold a document.
  package static let emptyObject = JSONText("{}")
}
