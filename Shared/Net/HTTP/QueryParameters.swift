import Encoding

/// The decoded pairs of a query string, in order. A name may occur more than once.
package struct QueryParameters: Sendable, Sequence {
  private let pairs: [(name: String, value: String)]

  /// Parses `name=value&name=value`. `+` is a space, and a name without `=` has an empty value. It skips empty parts.
  ///
  /// - Returns: Nil when an escape is malformed or a decoded text is not UTF-8.
  package init?(query: String) {
    var pairs: [(name: String, value: String)] = []
    for part in query.utf8.split(separator: UInt8(ascii: "&")) {
      let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
      let value = equals < part.endIndex ? part[part.index(after: equals)...] : part[equals...]
      guard let name = PercentEncoding.decode(Substring(part[..<equals]), plusIsSpace: true),
        let value = PercentEncoding.decode(Substring(value), plusIsSpace: true)
      else { return nil }
      pairs.append((name, value))
    }
    self.pairs = pairs
  }

  /// The first value of the name. Names are case-sensitive.
  package subscript(_ name: String) -> String? { pairs.first { $0.name.isSame(as: name) }?.value }

  /// All values of the name.
  package func values(of name: String) -> [String] {
    pairs.filter { $0.name.isSame(as: name) }.map(\.value)
  }

  /// The number of pairs.
  package var count: Int { pairs.count }
  /// Whether there are no pairs.
  package var isEmpty: Bool { pairs.isEmpty }

  /// An iterator over the pairs in order.
  package func makeIterator() -> some IteratorProtocol<(name: String, value: String)> { pairs.makeIterator() }
}

extension Request {
  /// The decoded parameters of the query: empty without a query, nil when the decoded query is not UTF-8.
  package func queryParameters() -> QueryParameters? { QueryParameters(query: query ?? "") }
}
