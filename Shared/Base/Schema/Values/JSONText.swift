/// A JSON document as its unchanged text.
///
/// Every engine stores it as text. A caller that needs the contents decodes them with the JSON module.
package struct JSONText: Sendable, Hashable {
  /// The document. This type does not validate it.
  package var text: String

  /// Stores the text unchanged.
  package init(_ text: String) {
    self.text = text
  }

  /// The empty object, for columns that always hold a document.
  package static let emptyObject = JSONText("{}")
}
