/// A JSON document kept as the text it was given as.
///
/// The database stores it as text on every engine; whoever needs its contents decodes it with the JSON module.
public struct JSONText: Sendable, Hashable {
  /// The document; nothing checks here that it is one.
  public var text: String

  /// Keeps the text as it is.
  public init(_ text: String) {
    self.text = text
  }

  /// The empty object, for columns that always hold a document.
  public static let emptyObject = JSONText("{}")
}
