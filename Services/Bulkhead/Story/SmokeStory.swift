import Cryptography
import Encoding
import Foundation
import JSON
import Schema

/// The fleet's main job, told as it happens: every line is a request that was answered as it should.
struct SmokeStory: Sendable {
  let api: StoryClient
  let connector: StoryClient
  let analytics: StoryClient
  let twitch: StoryClient
  let discord: StoryClient
  /// Makes the user with this email an operator; the story cannot, for no route can do it for the first one.
  let promote: @Sendable (_ email: String) async throws -> Void
  let twitchSecret: String
  let console: Console

  /// Times to look for a summary that is new enough, 200 ms apart.
  private static let summaryAttempts = 50

  private let run = Hex.encode(SecureRandom.bytes(4))

  /// Tells the whole story; the first answer that is not as it should be ends it with an error.
  func tell() async throws {
    let member = try await signUpAndIn("member")
    try await changeSetting(member)
    try await connectIntegration(member)
    let operatorToken = try await signUpAndIn("operator", promoted: true)
    try await storeChannel(operatorToken)
    try await receivePlatformEvent()
    try await readReports(member: member, operatorToken: operatorToken)
    try await signOut(member)
  }

  private func signUpAndIn(_ name: String, promoted: Bool = false) async throws -> String {
    let email = "\(name)-\(run)@example.org"
    let person: JSONValue = ["email": .string(email), "password": .string("correct horse \(run)")]
    try expect(201, try await api.post("/v1/users", person), "\(email) signs up")
    if promoted {
      try await promote(email)
      tell("\(email) is made an operator by migrate-admin")
    }
    let answer = try await api.post("/v1/sessions", person)
    try expect(201, answer, "\(email) signs in and gets a token that only backend-api could sign")
    guard case .string(let token)? = answer.body["token"] else {
      throw ToolError("the answer bears no token")
    }
    return token
  }

  private func changeSetting(_ token: String) async throws {
    let client = api.signedIn(token)
    try expect(
      201, try await client.put("/v1/settings/theme", ["value": "dark"]), "the member sets theme to dark")
    let answer = try await client.put("/v1/settings/theme", ["value": "light"])
    try expect(200, answer, "and to light, version \(answer.headers["ETag"] ?? "without ETag")")
  }

  private func connectIntegration(_ token: String) async throws {
    let body: JSONValue = ["provider": "github", "external_account": .string("octo-\(run)")]
    let client = connector.signedIn(token)
    try expect(201, try await client.post("/v1/integrations", body), "the member connects a github account")
    try expect(
      409, try await client.post("/v1/integrations", body), "the same account a second time is refused")
  }

  private func storeChannel(_ token: String) async throws {
    let path = "/v1/channels/channel-\(run)"
    let body: JSONValue = ["channel": "#bulkhead", "settings": ["alerts": true]]
    try expect(
      201, try await twitch.signedIn(token).put(path, body), "twitch's trigger stores channel-\(run)")
    let seen = try await twitch.signedIn(token).get("/v1/channels?limit=200")
    guard Self.channels(in: seen).contains("channel-\(run)") else {
      throw ToolError("twitch's trigger does not see the channel that it stored")
    }
    let hidden = try await discord.signedIn(token).get("/v1/channels?limit=200")
    try expect(200, hidden, "discord's trigger asks the same table for every channel")
    let foreign = Self.platforms(in: hidden).filter { $0 != "discord" }
    guard foreign.isEmpty, !Self.channels(in: hidden).contains("channel-\(run)") else {
      throw ToolError("discord's trigger sees rows of \(foreign)")
    }
    tell("and sees none of twitch's: the database shows it no such row")
  }

  private func receivePlatformEvent() async throws {
    let body = Array(#"{"type":"stream.online","external_id":"channel-\#(run)"}"#.utf8)
    let moment = Int(Date().timeIntervalSince1970)
    let key = Base64.decode(String(twitchSecret.dropFirst(6))) ?? []
    let signature = HMAC.sha256(Array("message-\(run).\(moment).".utf8) + body, key: key)
    let headers = [
      "Webhook-Id": "message-\(run)", "Webhook-Timestamp": "\(moment)",
      "Webhook-Signature": "v1,\(Base64.encode(signature))",
    ]
    try expect(
      202, try await twitch.post("/v1/platform-events", bytes: body, headers), "twitch sends a signed event")
    try expect(
      409, try await twitch.post("/v1/platform-events", bytes: body, headers), "its replay is refused")
    try expect(
      401, try await discord.post("/v1/platform-events", bytes: body, headers),
      "discord's trigger does not take twitch's signature")
  }

  private func readReports(member: String, operatorToken: String) async throws {
    let path = "/v1/reports/summary"
    try expect(403, try await analytics.signedIn(member).get(path), "the member may not read the report")
    var answer = try await analytics.signedIn(operatorToken).get(path)
    // The summary in the cache may be older than this story; the worker's next round makes it new.
    for _ in 0..<Self.summaryAttempts where answer.body["users"]?["total"]?.integer ?? 0 < 2 {
      try await Task.sleep(for: .milliseconds(200))
      answer = try await analytics.signedIn(operatorToken).get(path)
    }
    try expect(200, answer, "the operator reads it")
    let (users, events) = (answer.body["users"]?["total"]?.integer, answer.body["events"]?.integer)
    guard let users, let events, users >= 2 else {
      throw ToolError("the report misses users: \(answer.body)")
    }
    tell("it counts \(users) users and \(events) events, by an account that cannot read an address")
  }

  private func signOut(_ token: String) async throws {
    let client = api.signedIn(token)
    try expect(204, try await client.delete("/v1/sessions/current"), "the member signs out")
    try expect(401, try await client.get("/v1/settings"), "and the token is good for nothing")
  }

  private func expect(_ status: Int, _ answer: StoryClient.Answer, _ line: String) throws {
    guard answer.status == status else {
      throw ToolError("\(line): expected \(status), got \(answer.status) \(answer.body)")
    }
    tell("\(line) \(console.out(.faint, "(\(status))"))")
  }

  private func tell(_ line: String) {
    console.say("  \(console.out(.good, "✓")) \(line)")
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
