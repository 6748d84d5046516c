import HTTP

extension Request {
  /// The decoded parameters of the query, in order.
  ///
  /// - Throws: 400 when one is not UTF-8.
  package func queryItems() throws(Problem) -> [(name: String, value: String)] {
    guard let parameters = queryParameters() else { throw .badRequest("The query is not UTF-8.") }
    return Array(parameters)
  }
}
