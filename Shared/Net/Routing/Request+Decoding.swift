import Encoding
import HTTP
import JSON

extension Request {
  /// Reads the body as JSON: a large one off the loop (``BodyDecoding``).
  ///
  /// - Throws: 415 when the media type is not JSON. 400 with the position when the body is malformed. 422 with the
  ///   field's name when a field is missing, has the wrong type, or is not allowed. 422 with the position when a string
  ///   contains U+0000, in a field that the type ignores too.
  package func decode<Value: Decodable & Sendable>(_ type: Value.Type) async throws -> Value {
    guard hasLargeBody else { return try decodeHere(type) }
    return try await BodyDecoding.run { try decodeHere(type) }
  }

  /// Whether the body is decoded off its loop.
  var hasLargeBody: Bool { body.count > BodyDecoding.bytesOnLoop }

  /// Reads the body as ``decode(_:)`` does, on the caller's thread.
  func decodeHere<Value: Decodable>(_ type: Value.Type) throws(Problem) -> Value {
    guard isJSON else { throw .unsupportedMediaType("The body must be application/json in UTF-8.") }
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

  /// Whether the media type is `application/json`, or one of `application` that ends in `+json`. JSON is UTF-8 (RFC 8259,
  /// section 8.1), so a parameter that names another character set refuses the body.
  private var isJSON: Bool {
    guard case .one(let field) = headers.bytes(of: "Content-Type") else { return false }
    // What most clients send.
    if field.elementsEqual("application/json".utf8) { return true }
    guard let type = MediaType(String(decoding: field, as: UTF8.self)), type.type.isSame(as: "application")
    else {
      return false
    }
    guard type.subtype.isSame(as: "json") || type.subtype.ends(with: "+json") else { return false }
    return type["charset"].map { $0.isSameIgnoringCase(as: "utf-8") } ?? true
  }

  /// The length of the body, with that of one that is not stored.
  var bodyBytes: Int { body.count + unreadBodyBytes }

  /// The problem of a body in a content coding, of which this server takes none (RFC 9110, section 15.5.16).
  var contentCodingProblem: Problem? {
    if bodyBytes == 0 { return nil }
    let codings = headers.values(of: "Content-Encoding").flatMap {
      $0.utf8.split(separator: UInt8(ascii: ","))
    }
    let isPlain = codings.allSatisfy { coding in
      let name = String(decoding: coding.filter { !$0.isBlank }, as: UTF8.self)
      return name.isEmpty || name.isSameIgnoringCase(as: "identity")
    }
    if isPlain { return nil }
    return Problem(
      .unsupportedMediaType, detail: "The body must not be encoded (Content-Encoding).",
      headers: [.init("Accept-Encoding", "identity")])
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
      self =
        error.path.isEmpty
        ? .unprocessable("The body: \(error.reason)") : .invalid([FieldError(error.path, error.reason)])
      if error.path.isEmpty, let offset = error.offset {
        extensions.append(.init("position", .integer(Int64(offset))))
      }
    }
  }
}
