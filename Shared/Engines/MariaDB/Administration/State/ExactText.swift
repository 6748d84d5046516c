/// A name of the server, compared byte by byte, as the server does.
///
/// Swift takes two texts for equal where Unicode does, so two accounts of the server could be one here.
@propertyWrapper
struct ExactText: Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
  var wrappedValue: String

  init(wrappedValue: String) {
    self.wrappedValue = wrappedValue
  }

  init(_ text: String) {
    wrappedValue = text
  }

  init(stringLiteral text: String) {
    wrappedValue = text
  }

  var description: String { wrappedValue }

  static func == (left: ExactText, right: ExactText) -> Bool {
    left.wrappedValue.utf8.elementsEqual(right.wrappedValue.utf8)
  }

  static func < (left: ExactText, right: ExactText) -> Bool {
    left.wrappedValue.utf8.lexicographicallyPrecedes(right.wrappedValue.utf8)
  }

  func hash(into hasher: inout Hasher) {
    for byte in wrappedValue.utf8 { hasher.combine(byte) }
    hasher.combine(wrappedValue.utf8.count)
  }
}

extension String {
  /// Whether the bytes are the same.
  func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
