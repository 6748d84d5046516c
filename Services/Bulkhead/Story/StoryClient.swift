import Cryptography
import HTTP
import HTTPClient
import JSON

/// A small client for the story: it sends JSON to a route, with a token, and returns the response.
struct StoryClient: Sendable {
  struct Answer: Sendable {
    let status: Int
    let headers: Headers
    let body: JSONValue
  }

  /// Longer than the services' own limits: a service that is slow answers, and says why.
  private static let timeoutMilliseconds = 60_000

  let base: String
  var token: String?

  func signedIn(_ token: String) -> StoryClient { StoryClient(base: base, token: token) }

  func get(_ path: String) async throws -> Answer { try await send(.get, path, nil, [:]) }
  func delete(_ path: String, _ body: JSONValue? = nil) async throws -> Answer {
    try await send(.delete, path, try body.map { try JSONCoding.encode($0) }, [:])
  }
  func post(_ path: String, _ body: JSONValue, _ headers: [String: String] = [:]) async throws -> Answer {
    try await send(.post, path, JSONCoding.encode(body), headers)
  }
  func put(_ path: String, _ body: JSONValue) async throws -> Answer {
    try await send(.put, path, JSONCoding.encode(body), [:])
  }

  /// Sends the bytes unchanged, for a body that is signed.
  func post(_ path: String, bytes: [UInt8], _ headers: [String: String]) async throws -> Answer {
    try await send(.post, path, bytes, headers)
  }

  private func send(
    _ method: Method, _ path: String, _ body: [UInt8]?, _ extra: [String: String]
  ) async throws -> Answer {
    // A story that is stopped sends nothing more.
    try Task.checkCancellation()
    var headers = Headers()
    if body != nil { headers.set("Content-Type", "application/json") }
    if let token { headers.set("Authorization", "Bearer \(token)") }
    for (name, value) in extra { headers.set(name, value) }
    let response: Response
    do {
      response = try await HTTPClient.send(
        method, base + path, headers: headers, body: body ?? [], timeoutMilliseconds: Self.timeoutMilliseconds
      )
    } catch {
      throw ToolError("\(method) \(base)\(path): \(error)")
    }
    let isJSON = response.headers["Content-Type"]?.contains("json") ?? false
    let value = isJSON ? try JSONCoding.decode(JSONValue.self, from: response.body) : .null
    return Answer(status: response.status.code, headers: response.headers, body: value)
  }
}
