import Encoding
import HTTP
import JSON

/// Holds a request to its route's description before the handler runs: fields and parameters that are missing, wrong or
/// unknown are refused by name, all at once.
struct RequestForm: Sendable {
  private let body: DataShape?
  private let parameters: Set<ByteText>
  private let unknown: String
  private let takesAnyQuery: Bool

  init(_ description: RouteDescription) {
    body = description.traits.contains(.signedBody) ? nil : description.requestBody
    parameters = Set(description.query.map { ByteText($0.name) })
    takesAnyQuery = description.traits.contains(.anyQuery)
    let listed = description.query.map(\.name).joined(separator: ", ")
    unknown =
      "is unknown here: " + (listed.isEmpty ? "there are no parameters" : "the parameters are \(listed)")
  }

  /// Whether there is something to check.
  var isChecked: Bool { body != nil || !takesAnyQuery }

  /// Whether the check decodes the body.
  var decodesBody: Bool { body != nil }

  func check(_ request: Request) throws(Problem) {
    if !takesAnyQuery, request.query != nil { try checkQuery(request) }
    // The handler decides about a request without a body, and its decoder about the media type.
    guard let body, !request.body.isEmpty else { return }
    var errors = FieldErrors()
    body.check(try request.decodeHere(JSONValue.self), into: &errors)
    guard errors.list.isEmpty else { throw .refused(errors) }
  }

  private func checkQuery(_ request: Request) throws(Problem) {
    var seen: Set<ByteText> = []
    var errors = FieldErrors()
    for (name, _) in try request.queryItems() {
      guard !errors.isFull else { break }
      let key = ByteText(name)
      if !parameters.contains(key) {
        errors.add(name.shown(atMost: FieldError.maximumNameCharacters), unknown)
      } else if !seen.insert(key).inserted {
        errors.add(name, "stands twice")
      }
    }
    guard errors.list.isEmpty else { throw .invalidParameters(errors) }
  }
}

extension Problem {
  /// An error about the body as a whole has no field.
  fileprivate static func refused(_ errors: FieldErrors) -> Problem {
    if errors.list.count == 1, errors.list[0].field.isEmpty {
      return .unprocessable("The body \(errors.list[0].detail).")
    }
    return .invalid(errors)
  }
}

/// What a route's description promises of its responses. Debug builds hold every response to it, so a handler and its
/// documentation cannot drift apart unnoticed.
struct ResponsePromise: Sendable {
  private let answer: Answer
  private let traits: RouteTraits
  private let statuses: Set<Int>

  init(_ route: Route) {
    answer = route.description.answer
    traits = route.description.traits
    let successes = [answer.status, answer.creates].compactMap { $0?.code }
    statuses = Set(successes + route.problemStatuses.map(\.code))
  }

  /// Whether the document lists the status. Every route may fail for a reason of the server's own.
  func permits(_ status: Status) -> Bool {
    statuses.contains(status.code) || status.code >= 500 || status == .notModified
  }

  /// What is wrong with the response, or nil.
  func fault(of response: borrowing Response) -> String? {
    let status = response.status
    guard permits(status) else { return "its status is \(status)" }
    guard status == answer.status || status == answer.creates else { return nil }
    if traits.contains(.conditional), !status.forbidsBody, !response.headers.contains("ETag") {
      return "it has no ETag"
    }
    guard let shape = answer.shape else { return response.body.isEmpty ? nil : "it has a body" }
    guard response.headers["Content-Type"] == answer.contentType else {
      return "its media type is another one"
    }
    guard answer.contentType == "application/json", shape != .anything else { return nil }
    guard let body = try? JSONCoding.decode(JSONValue.self, from: response.body) else {
      return "it is not JSON"
    }
    return shape.errors(in: body).first.map { "\($0.field) \($0.detail)" }
  }
}
