import HTTP
import JSON

extension Request {
  /// Reads the body as JSON.
  ///
  /// - Throws: 415 when the media type is not JSON. 400 with the position when the body is malformed. 422 with the
  ///   field's name when a field is missing, has the wrong type, or is not allowed. 422 with the position when a string
  ///   contains U+0000, in a field that the type ignores too.
  package func decode<Value: Decodable>(_ type: Value.Type) throws(Problem) -> Value {
    guard isJSON else { throw .unsupportedMediaType("The body must be application/json.") }
    do throws(JSONError) {
      return try JSONCoding.decode(type, from: body, text: .storable)
    } catch {
      throw Problem(reading: error)
    }
  }

  /// The decoded parameters of the query, in order.
  ///
  /// - Throws: 400 when a parameter is malformed or not UTF-8.
  package func queryItems() throws(Problem) -> [(name: String, value: String)] {
    guard let parameters = queryParameters() else { throw .badRequest("The query is not UTF-8.") }
    return Array(parameters)
  }

  /// Whether the media type is `application/json` or ends in `+json`, with or without parameters.
  private var isJSON: Bool {
    guard let value = headers["Content-Type"] else { return false }
    let type = value.prefix { $0 != ";" }.lowercased()
    let trimmed = type.split(separator: " ", maxSplits: 1).first ?? ""
    return trimmed == "application/json" || (trimmed.hasPrefix("application/") && trimmed.hasSuffix("+json"))
  }
}

extension Problem {
  /// The problem for a body that could not be decoded.
  package init(reading error: JSONError) {
    switch error.kind {
    case .malformed, .unwritable:
      self = .badRequest("The body is not valid JSON: \(error.reason)")
      if let offset = error.offset { extensions.append(.init("position", .integer(Int64(offset)))) }
    case .missing, .mistyped, .invalid:
      let subject = error.path.isEmpty ? "The body" : error.path
      self = .unprocessable("\(subject): \(error.reason)", field: error.path.isEmpty ? nil : error.path)
      if error.path.isEmpty, let offset = error.offset {
        extensions.append(.init("position", .integer(Int64(offset))))
      }
    }
  }
}
