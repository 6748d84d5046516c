/// A JSON document kept as the text it was given as.
///
/// The database stores it as text on every engine; whoever needs its contents decodes it with the JSON module.
public struct JSONText: Sendable, Hashable {
  public var text: String

  public init(_ text: String) {
    self.text = text
  }

  /// The empty object, for columns that always hold a document.
  public static let emptyObject = JSONText("{}")
}
