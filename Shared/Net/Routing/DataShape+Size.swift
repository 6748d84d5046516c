extension DataShape {
  /// The most bytes of a value of this shape as JSON without white space, every character escaped; nil where the shape
  /// has no bound.
  package var maximumBytes: Int? {
    switch self {
    case .anything, .number, .string, .list, .open: nil
    case .boolean: 5
    case .integer, .range: Self.integerBytes
    case .timestamp, .date: Self.bytes(ofText: Self.timeCharacters)
    case .text(let rule): Self.bytes(ofText: rule.length.upperBound)
    case .choice(let values):
      Self.bytes(ofText: values.reduce(0) { longest, value in max(longest, value.unicodeScalars.count) })
    case .items(let element, let count):
      element.maximumBytes.flatMap { Self.product($0 + 1, count.upperBound) }.map { $0 + 2 }
    case .optional(let wrapped): wrapped.maximumBytes.map { max($0, 4) }
    case .object(let fields): Self.bytes(of: fields)
    case .named(_, let shape): shape.maximumBytes
    }
  }

  /// A sign and more digits than an integer of 64 bits has.
  private static let integerBytes = 24
  /// A time with more digits of its second than any program writes.
  private static let timeCharacters = 64
  /// A character beyond the first plane, as two escapes: `\ud83d\ude00`.
  private static let escapeBytes = 12

  private static func bytes(ofText characters: Int) -> Int? {
    product(characters, escapeBytes).map { $0 + 2 }
  }

  /// The braces, and each member with its name, colon and comma.
  private static func bytes(of fields: [Field]) -> Int? {
    var sum = 2
    for field in fields {
      guard let name = bytes(ofText: field.name.unicodeScalars.count), let value = field.shape.maximumBytes
      else { return nil }
      sum += name + value + 2
    }
    return sum
  }

  /// Nil where the product bounds nothing that a server would read.
  private static func product(_ left: Int, _ right: Int) -> Int? {
    let (product, overflows) = left.multipliedReportingOverflow(by: right)
    return overflows || product > 1 << 30 ? nil : product
  }
}

extension RouteDescription {
  /// The white space that a body may have beside its bounds.
  package static let whiteSpaceBytes = 1_024

  /// The most bytes of the request's body; nil where the body's shape has no bound, and the server's own limit holds.
  /// The handler of a signed body decides about it.
  package var maximumBodyBytes: Int? {
    guard !traits.contains(.signedBody) else { return nil }
    return requestBody?.maximumBytes.map { $0 + Self.whiteSpaceBytes }
  }
}
