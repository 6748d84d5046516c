import Cryptography
import Encoding
import Foundation
import JSON
import Testing

extension FleetTests {
  @Suite struct TriggerTests {
    @Test(arguments: Engine.allCases)
    func `each trigger stores and reads only the channels of its platform`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let token = try await fleet.operatorToken()
      let name = "shared-\(UInt64.random(in: 0 ... .max))"
      for trigger in [fleet.twitch, fleet.discord] {
        let client = trigger.with(token: token)
        #expect(try await client.send(.put, "/v1/channels/\(name)", ["channel": "#a"]).status == 201)
        #expect(try await client.send(.put, "/v1/channels/\(name)", ["channel": "#b"]).status == 200)
      }
      for (trigger, platform) in [(fleet.twitch, "twitch"), (fleet.discord, "discord")] {
        let page = try await trigger.with(token: token).send(.get, "/v1/channels?limit=200")
        let platforms = (page.json["items"]?.array ?? []).compactMap { $0["platform"]?.string }
        #expect(!platforms.isEmpty && platforms.allSatisfy { $0 == platform })
      }
      #expect(try await fleet.twitch.with(token: token).send(.delete, "/v1/channels/\(name)").status == 204)
      let left = try await fleet.discord.with(token: token).send(.get, "/v1/channels?limit=200")
      #expect(left.text.contains(name))
    }

    @Test(arguments: Engine.allCases)
    func `members may read channels and not change them`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let client = fleet.twitch.with(token: try await fleet.member().token)
      #expect(try await client.send(.get, "/v1/channels").status == 200)
      #expect(try await client.send(.put, "/v1/channels/x", ["channel": "#x"]).status == 403)
      #expect(try await client.send(.delete, "/v1/channels/x").status == 403)
    }

    @Test(arguments: Engine.allCases)
    func `a platform's event is accepted once, and only with a recent signature of its platform`(
      _ engine: Engine
    )
      async throws
    {
      let fleet = try FleetTrait.fleet(engine)
      let channel = "channel-\(UInt64.random(in: 0 ... .max))"
      let token = try await fleet.operatorToken()
      let stored = try await fleet.twitch.with(token: token).send(
        .put, "/v1/channels/\(channel)", ["channel": "#x"])
      #expect(stored.status == 201)
      let event: JSONValue = ["type": "stream.online", "external_id": .string(channel)]
      let secret = try fleet.platformSecret("twitch")
      let good = try Self.headers(event, secret: secret)
      #expect(try await fleet.twitch.send(.post, "/v1/platform-events", event, good).status == 202)
      #expect(try await fleet.twitch.send(.post, "/v1/platform-events", event, good).status == 409)
      #expect(try await fleet.discord.send(.post, "/v1/platform-events", event, good).status == 401)
      let stale = try Self.headers(event, secret: secret, age: 3600)
      #expect(try await fleet.twitch.send(.post, "/v1/platform-events", event, stale).status == 401)
      let other: JSONValue = ["type": "stream.offline", "external_id": .string(channel)]
      let moved = try Self.headers(event, secret: secret)
      #expect(try await fleet.twitch.send(.post, "/v1/platform-events", other, moved).status == 401)
      let unknown: JSONValue = ["type": "stream.online", "external_id": "no-such-channel"]
      let signed = try Self.headers(unknown, secret: secret)
      #expect(try await fleet.twitch.send(.post, "/v1/platform-events", unknown, signed).status == 404)
    }

    private static func headers(
      _ event: JSONValue, secret: String, age: Int = 0
    ) throws -> [String: String] {
      let id = UUID().uuidString
      let moment = Int(Date().timeIntervalSince1970) - age
      let key = try #require(Base64.decode(secret.dropFirst(6)))
      let signed = try Array("\(id).\(moment).".utf8) + JSONCoding.encode(event)
      return [
        "webhook-id": id, "webhook-timestamp": "\(moment)",
        "webhook-signature": "v1,\(Base64.encode(HMAC.sha256(signed, key: key)))",
      ]
    }
  }
}

extension FleetUnderTest {
  func platformSecret(_ platform: String) throws -> String {
    try String(
      contentsOf: folder.appendingPathComponent(".bulkhead/keys/platform-secret-\(platform)"), encoding: .utf8
    )
  }
}
