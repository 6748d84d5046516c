/// The decoded pairs of a query string, in order; a name may come more than once.
package struct QueryParameters: Sendable, Sequence {
  private let pairs: [(name: String, value: String)]

  /// Reads `name=value&name=value`. `+` is a space; a name without `=` has an empty value; empty parts are
  /// skipped.
  ///
  /// - Returns: nil when an escape is broken or a text is not UTF-8.
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

  /// The first value of that name; names are case-sensitive.
  package subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

  /// All values of that name.
  package func values(of name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

  /// How many pairs there are.
  package var count: Int { pairs.count }
  /// Whether there are none.
  package var isEmpty: Bool { pairs.isEmpty }

  /// Walks over the pairs in the order they were sent.
  package func makeIterator() -> some IteratorProtocol<(name: String, value: String)> { pairs.makeIterator() }
}

extension Request {
  /// The decoded parameters of the query; empty without one, nil when the query is not UTF-8 once decoded.
  package func queryParameters() -> QueryParameters? { QueryParameters(query: query ?? "") }
}
