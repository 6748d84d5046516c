import Cryptography
import Encoding
import Foundation
import JSON
import Schema

/// The fleet's main job as a sequence of requests. Each line that it prints is a request with the expected response.
struct SmokeStory: Sendable {
  let api: StoryClient
  let connector: StoryClient
  let analytics: StoryClient
  let triggers: [Trigger]
  /// Makes the user with this email an operator. No route of a service can make the first one.
  let promote: @Sendable (_ email: String) async throws -> Void
  let console: Console

  /// The service of one platform, and the secret with which the platform signs its events.
  struct Trigger: Sendable {
    let name: String
    let platform: String
    let client: StoryClient
    let secret: String
  }

  /// Attempts to read a summary that is new enough, 200 ms apart.
  private static let summaryAttempts = 50

  private let run = Hex.encode(SecureRandom.bytes(4))

  /// Runs the whole story. The first unexpected response ends it with an error.
  func play() async throws {
    let member = try await refresh(signUpAndIn("member"))
    try await changeSetting(member)
    try await connectIntegration(member)
    try await deliverWebhook(member)
    let operatorToken = try await signUpAndIn("operator", promoted: true).token
    // One platform's trigger works, and the next one sees nothing of it.
    if let first = triggers.first, let second = triggers.dropFirst().first {
      try await storeChannel(operatorToken, first, hiddenFrom: second)
      try await receivePlatformEvent(first, refusedBy: second)
    }
    try await readReports(member: member, operatorToken: operatorToken)
    try await deleteAccount(operatorToken)
    try await signOut(member)
  }

  /// The two tokens of a sign-in.
  private struct Tokens {
    let token: String
    let refreshToken: String
  }

  private func signUpAndIn(_ name: String, promoted: Bool = false) async throws -> Tokens {
    let email = "\(name)-\(run)@example.org"
    let person: JSONValue = ["email": .string(email), "password": .string(password)]
    try expect(201, try await api.post("/v1/users", person), "\(email) signs up")
    if promoted {
      try await promote(email)
      printStep("\(email) becomes an operator, by bulkhead promote")
    }
    let answer = try await api.post("/v1/sessions", person)
    try expect(201, answer, "\(email) signs in and gets a token signed by backend-api")
    guard let token = answer.body["token"]?.string, let refresh = answer.body["refresh_token"]?.string else {
      throw ToolError("POST /v1/sessions: the response lacks a token")
    }
    return Tokens(token: token, refreshToken: refresh)
  }

  /// A token is valid for minutes; the refresh token, which works once, gets the next one.
  private func refresh(_ tokens: Tokens) async throws -> String {
    let body: JSONValue = ["refresh_token": .string(tokens.refreshToken)]
    let answer = try await api.post("/v1/sessions/refresh", body)
    try expect(200, answer, "the member's refresh token, which works once, gets the next token")
    guard let token = answer.body["token"]?.string, let next = answer.body["refresh_token"]?.string,
      next != tokens.refreshToken
    else { throw ToolError("POST /v1/sessions/refresh: the response lacks a token") }
    return token
  }

  private var password: String { "correct horse \(run)" }

  private func changeSetting(_ token: String) async throws {
    let client = api.signedIn(token)
    try expect(
      201, try await client.put("/v1/settings/theme", ["value": "dark"]), "the member sets theme to dark")
    let answer = try await client.put("/v1/settings/theme", ["value": "light"])
    try expect(
      200, answer, "the member sets theme to light, version \(answer.headers["ETag"] ?? "without ETag")")
  }

  private func connectIntegration(_ token: String) async throws {
    let body: JSONValue = ["provider": "github", "external_account": .string("octo-\(run)")]
    let client = connector.signedIn(token)
    try expect(201, try await client.post("/v1/integrations", body), "the member connects a github account")
    try expect(
      409, try await client.post("/v1/integrations", body),
      "a second connection of the same account is refused")
  }

  private func storeChannel(_ token: String, _ trigger: Trigger, hiddenFrom other: Trigger) async throws {
    let path = "/v1/channels/channel-\(run)"
    let body: JSONValue = ["channel": "#bulkhead", "settings": ["alerts": true]]
    let client = trigger.client.signedIn(token)
    try expect(201, try await client.put(path, body), "\(trigger.name) stores channel-\(run)")
    let seen = try await client.get("/v1/channels?limit=200")
    guard Self.channels(in: seen).contains("channel-\(run)") else {
      throw ToolError("\(trigger.name): GET /v1/channels lacks channel-\(run), which it stored")
    }
    let hidden = try await other.client.signedIn(token).get("/v1/channels?limit=200")
    try expect(200, hidden, "\(other.name) reads the channels from the same table")
    let foreign = Self.platforms(in: hidden).filter { $0 != other.platform }
    guard foreign.isEmpty, !Self.channels(in: hidden).contains("channel-\(run)") else {
      throw ToolError("\(other.name): GET /v1/channels has rows of another platform: \(foreign)")
    }
    printStep("\(other.name) gets no row of \(trigger.platform): the database filters them")
  }

  private func receivePlatformEvent(_ trigger: Trigger, refusedBy other: Trigger) async throws {
    let (path, platform) = ("/v1/platform-events", trigger.platform)
    let body = Array(#"{"type":"stream.online","external_id":"channel-\#(run)"}"#.utf8)
    let moment = Int(Date().timeIntervalSince1970)
    let key = Base64.decode(String(trigger.secret.dropFirst(6))) ?? []
    let signature = HMAC.sha256(Array("message-\(run).\(moment).".utf8) + body, key: key)
    let headers = [
      "Webhook-Id": "message-\(run)", "Webhook-Timestamp": "\(moment)",
      "Webhook-Signature": "v1,\(Base64.encode(signature))",
    ]
    try expect(
      202, try await trigger.client.post(path, bytes: body, headers), "\(platform) sends a signed event")
    try expect(
      409, try await trigger.client.post(path, bytes: body, headers), "a replay of the event is refused")
    try expect(
      401, try await other.client.post(path, bytes: body, headers),
      "\(other.name) refuses \(platform)'s signature")
  }

  private func readReports(member: String, operatorToken: String) async throws {
    let path = "/v1/reports/summary"
    try expect(403, try await analytics.signedIn(member).get(path), "the member may not read the report")
    var answer = try await analytics.signedIn(operatorToken).get(path)
    // The summary in the cache may be older than this story; the worker's next round replaces it.
    for _ in 0..<Self.summaryAttempts where answer.body["users"]?["total"]?.integer ?? 0 < 2 {
      try await Task.sleep(for: .milliseconds(200))
      answer = try await analytics.signedIn(operatorToken).get(path)
    }
    try expect(200, answer, "the operator reads the report")
    let (users, events) = (answer.body["users"]?["total"]?.integer, answer.body["events"]?.integer)
    guard let users, let events, users >= 2 else {
      throw ToolError("GET \(path): the report counts too few users: \(answer.body)")
    }
    printStep("the report counts \(users) users and \(events) events; its account cannot read an email")
  }

  /// backend-api may not touch the connector's tables, and the connector learns of the deletion from the event log.
  private func deleteAccount(_ operatorToken: String) async throws {
    let token = try await signUpAndIn("leaver").token
    let body: JSONValue = ["provider": "github", "external_account": .string("leaver-\(run)")]
    try expect(
      201, try await connector.signedIn(token).post("/v1/integrations", body), "a second member connects one")
    let client = api.signedIn(token)
    let session = try await client.get("/v1/sessions/current")
    guard let id = session.body["user_id"]?.integer else {
      throw ToolError("GET /v1/sessions/current: the response has no user_id: \(session.body)")
    }
    let password: JSONValue = ["current_password": .string(password)]
    try expect(204, try await client.delete("/v1/users/\(id)", password), "and deletes the account")
    let reader = analytics.signedIn(operatorToken)
    let first = "/v1/events?type=owner.removed&limit=200"
    var page = first
    let isRemoved = try await waitForEvent {
      while true {
        let events = try await reader.get(page)
        if Self.texts("subject", in: events).contains("\(id)") { return true }
        guard let next = events.body["next"]?.string else { return false }
        page = "\(first)&cursor=\(next)"
      }
    }
    guard isRemoved else {
      throw ToolError("the connector did not remove what user \(id) had left: see its log and docs/events.md")
    }
    printStep("the connector follows the event log and removes the member's integration")
  }

  private func signOut(_ token: String) async throws {
    let client = api.signedIn(token)
    try expect(204, try await client.delete("/v1/sessions/current"), "the member signs out")
    try expect(401, try await client.get("/v1/settings"), "the token of the ended session is refused")
  }

  func expect(_ status: Int, _ answer: StoryClient.Answer, _ line: String) throws {
    guard answer.status == status else {
      throw ToolError("\(line): expected \(status), got \(answer.status) \(answer.body)")
    }
    printStep("\(line) \(console.out(.faint, "(\(status))"))")
  }

  func printStep(_ line: String) {
    console.print("  \(console.out(.good, "✓")) \(line)")
  }

  private static func channels(in answer: StoryClient.Answer) -> [String] { texts("external_id", in: answer) }
  private static func platforms(in answer: StoryClient.Answer) -> [String] { texts("platform", in: answer) }

  private static func texts(_ name: String, in answer: StoryClient.Answer) -> [String] {
    guard case .array(let items)? = answer.body["items"] else { return [] }
    return items.compactMap { item in
      if case .string(let text)? = item[name] { text } else { nil }
    }
  }
}
