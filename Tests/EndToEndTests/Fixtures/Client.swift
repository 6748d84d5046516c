import EventLoop
import Foundation
import HTTP
import HTTPClient
import JSON

/// A client of one service, with or without a token.
struct Client: Sendable {
  let base: String
  var token: String?
  /// The threads that wait for answers; the process's few by default.
  var queue: OffloadQueue?

  struct Answer: Sendable {
    let status: Int
    let headers: Headers
    let bytes: [UInt8]

    var json: JSONValue { (try? JSONCoding.decode(JSONValue.self, from: bytes)) ?? .null }
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  func send(
    _ method: HTTP.Method, _ path: String, _ body: JSONValue? = nil, _ extra: [String: String] = [:],
    timeoutMilliseconds: Int = 60_000
  ) async throws -> Answer {
    var headers = Headers()
    var bytes: [UInt8] = []
    if let body {
      headers.set("Content-Type", "application/json")
      bytes = try JSONCoding.encode(body)
    }
    if let token { headers.set("Authorization", "Bearer \(token)") }
    for (name, value) in extra { headers.set(name, value) }
    let response = try await HTTPClient.send(
      method, base + path, headers: headers, body: bytes, timeoutMilliseconds: timeoutMilliseconds,
      on: queue)
    return Answer(status: response.status.code, headers: response.headers, bytes: response.body)
  }

  /// Signs a user up or in. A service that is at its limit is asked again, as its answer says: on a machine without a free core,
  /// the hashes of a few users at once are too many.
  func sign(_ path: String, _ person: JSONValue) async throws -> Answer {
    var attempts = 20
    while true {
      let answer = try await send(.post, path, person)
      attempts -= 1
      guard attempts > 0, answer.status == 503, let pause = answer.headers["Retry-After"].flatMap(Int.init)
      else { return answer }
      try await Task.sleep(for: .seconds(pause))
    }
  }

  func with(token: String) -> Client { Client(base: base, token: token, queue: queue) }
}

extension FleetUnderTest {
  private func client(_ offset: Int) -> Client { Client(base: "http://127.0.0.1:\(firstPort + offset)") }
  var api: Client { client(0) }
  var connector: Client { client(1) }
  var analytics: Client { client(2) }
  var twitch: Client { client(3) }
  var discord: Client { client(4) }
  var rollup: Client { client(5) }

  /// Signs a new user up and in.
  func member(_ name: String = "member") async throws -> (id: Int64, email: String, token: String) {
    let email = "\(name)-\(UUID().uuidString.lowercased())@example.org"
    let person: JSONValue = ["email": .string(email), "password": "correct horse battery"]
    let made = try await api.sign("/v1/users", person)
    guard made.status == 201, let id = made.json["id"]?.integer else {
      throw Program.Failure("sign-up returned \(made.status) \(made.text)")
    }
    return (id, email, try await token(email))
  }

  func token(_ email: String, password: String = "correct horse battery") async throws -> String {
    let answer = try await api.sign(
      "/v1/sessions", ["email": .string(email), "password": .string(password)])
    guard answer.status == 201, let token = answer.json["token"]?.string else {
      throw Program.Failure("sign-in returned \(answer.status) \(answer.text)")
    }
    return token
  }

  /// The token of a new user whom the tool made an operator.
  func operatorToken() async throws -> String {
    let person = try await member("operator")
    let promoted = try await bulkhead("promote", person.email)
    guard promoted.status == 0 else { throw Program.Failure("promote: \(promoted.err)") }
    return try await token(person.email)
  }
}
