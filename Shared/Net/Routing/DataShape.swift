/// The shape of a JSON value. Request bodies are held to it, and the API document is made of it, so the two are one.
package indirect enum DataShape: Sendable, Hashable {
  case anything
  case boolean
  case integer
  /// A whole number within these bounds.
  case range(ClosedRange<Int>)
  case number
  case string
  /// A string with a rule.
  case text(TextRule)
  /// RFC 3339, in UTC.
  case timestamp
  case date
  case choice([String])
  case list(DataShape)
  /// A list with so many elements.
  case items(DataShape, count: ClosedRange<Int>)
  /// The value, or null.
  case optional(DataShape)
  /// An object with these members and no others.
  case object([Field])
  /// An object with these members, and others that nothing reads.
  case open([Field])
  /// A shape that the API document lists by its name.
  case named(String, DataShape)

  /// A string of so many characters. Where a rule counts bytes, a character has at least one of them.
  package static func text(
    _ length: ClosedRange<Int>, format: String? = nil, pattern: String? = nil, example: String? = nil
  ) -> DataShape {
    .text(TextRule(length: length, format: format, pattern: pattern, example: example))
  }

  /// The rule of a string.
  package struct TextRule: Sendable, Hashable {
    /// In characters (Unicode scalars), as JSON Schema counts them.
    package let length: ClosedRange<Int>
    /// A format of JSON Schema, which only informs.
    package let format: String?
    /// A regular expression, which only informs: the handler has the rule.
    package let pattern: String?
    /// A value that the rule accepts.
    package let example: String?
  }

  /// A member of an object.
  package struct Field: Sendable, Hashable {
    /// The member's name.
    package let name: String
    /// The shape of its value.
    package let shape: DataShape
    /// Whether the member is always present.
    package let isRequired: Bool
    /// What it means; empty where the name says it.
    package let summary: String

    /// A member, required by default.
    package init(_ name: String, _ shape: DataShape, isRequired: Bool = true, summary: String = "") {
      self.name = name
      self.shape = shape
      self.isRequired = isRequired
      self.summary = summary
    }
  }
}
