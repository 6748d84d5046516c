import JSON
import TestSupport
import Testing

extension FleetTests {
  @Suite struct ConnectorTests {
    @Test(arguments: Engine.allCases)
    func `only its owner can change, list and remove an integration, and create it once`(
      _ engine: Engine
    ) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let mine = fleet.connector.with(token: try await fleet.member().token)
      let other = fleet.connector.with(token: try await fleet.member().token)
      let body: JSONValue = ["provider": "github", "external_account": "ada", "config": ["scope": "repo"]]
      let made = try await mine.send(.post, "/v1/integrations", body)
      #expect(made.status == 201)
      let path = try #require(made.headers["Location"])
      #expect(try await mine.send(.post, "/v1/integrations", body).status == 409)
      #expect(try await other.send(.post, "/v1/integrations", body).status == 201)
      #expect(try await mine.send(.patch, path, ["status": "paused"]).json["status"]?.string == "paused")
      #expect(try await mine.send(.patch, path, ["status": "sleepy"]).status == 422)
      #expect(try await mine.send(.get, path).json["config"]?["scope"]?.string == "repo")
      #expect(try await mine.send(.get, "/v1/integrations").json["items"]?.array?.count == 1)
      #expect(try await other.send(.get, path).status == 404)
      #expect(try await other.send(.delete, path).status == 404)
      #expect(try await mine.send(.delete, path).status == 204)
      #expect(try await mine.send(.get, path).status == 404)
    }

    @Test(arguments: Engine.allCases)
    func `only the response to its creation contains a webhook's secret`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let mine = fleet.connector.with(token: try await fleet.member().token)
      let made = try await mine.send(
        .post, "/v1/webhooks", ["url": "https://example.org/hook", "event_types": ["user.created"]])
      #expect(made.status == 201)
      let secret = try #require(made.json["secret"]?.string)
      #expect(secret.hasPrefix("whsec_"))
      let path = try #require(made.headers["Location"])
      let read = try await mine.send(.get, path)
      #expect(read.status == 200 && !read.text.contains("secret"))
      #expect(read.json["event_types"] == ["user.created"])
      #expect(try await mine.send(.get, "\(path)/deliveries").json["items"]?.array?.isEmpty == true)
      #expect(try await mine.send(.patch, path, ["active": false]).json["active"]?.bool == false)
      #expect(try await mine.send(.delete, path).status == 204)
    }

    @Test(
      arguments: Engine.allCases,
      [
        "ftp://example.org", "https://user:pass@example.org", "https://", "https://.", "x",
        "http://localhost:8080/",
        "http://127.0.0.1:22/", "http://[::1]:8080/", "http://2130706433/", "http://0x7f.1/",
        "http://169.254.169.254/latest/meta-data", "http://[::ffff:10.0.0.1]/", "https://10.1.2.3/",
      ])
    func `a webhook with an invalid or a private address is refused`(_ engine: Engine, _ url: String)
      async throws
    {
      let fleet = try FleetTrait.fleet(engine)
      let mine = fleet.connector.with(token: try await fleet.member().token)
      let answer = try await mine.send(.post, "/v1/webhooks", ["url": .string(url), "event_types": ["*"]])
      #expect(answer.status == 422 && answer.json["field"] == "url")
    }

    @Test(arguments: Engine.allCases)
    func `a test event, a redelivery and a rotated secret are for the owner alone`(_ engine: Engine)
      async throws
    {
      let fleet = try FleetTrait.fleet(engine)
      let mine = fleet.connector.with(token: try await fleet.member().token)
      let other = fleet.connector.with(token: try await fleet.member().token)
      // Nothing listens on port 1024 of loopback for certain, so that each attempt fails at once.
      let hook: JSONValue = ["url": "http://127.0.0.1:1024/", "event_types": ["user.created"]]
      let made = try await mine.send(.post, "/v1/webhooks", hook, ["Idempotency-Key": "k1"])
      let again = try await mine.send(.post, "/v1/webhooks", hook, ["Idempotency-Key": "k1"])
      #expect(made.status == 201 && again.status == 201 && again.bytes == made.bytes)
      #expect(again.headers["Location"] == made.headers["Location"])
      #expect(try await mine.send(.post, "/v1/webhooks", hook, ["Idempotency-Key": ""]).status == 400)
      let changed: JSONValue = ["url": "http://127.0.0.1:1025/", "event_types": ["user.created"]]
      #expect(try await mine.send(.post, "/v1/webhooks", changed, ["Idempotency-Key": "k1"]).status == 422)
      let path = try #require(made.headers["Location"])
      #expect(try await other.send(.post, "\(path)/test").status == 404)
      for _ in 0..<2 {
        let requested = try await mine.send(.post, "\(path)/test", nil, ["Idempotency-Key": "k2"])
        #expect(requested.status == 202 && requested.json["type"]?.string == "webhook.test")
      }
      var delivery: JSONValue?
      try await eventually("the first attempt", withinMilliseconds: engine.eventMilliseconds) {
        delivery = try await mine.send(.get, "\(path)/deliveries").json["items"]?[0]
        return delivery?["failure"]?.string != nil
      }
      let redelivery = "\(path)/deliveries/\(try #require(delivery?["id"]?.integer))/redeliver"
      #expect(try await other.send(.post, redelivery).status == 404)
      #expect(try await mine.send(.post, redelivery).status == 202)
      #expect(try await mine.send(.post, "\(path)/deliveries/999999999/redeliver").status == 404)
      #expect(try await other.send(.post, "\(path)/rotate-secret").status == 404)
      let rotated = try await mine.send(.post, "\(path)/rotate-secret", nil, ["Idempotency-Key": "k3"])
      let repeated = try await mine.send(.post, "\(path)/rotate-secret", nil, ["Idempotency-Key": "k3"])
      #expect(repeated.bytes == rotated.bytes)
      #expect(try await mine.send(.post, "\(path)/test", nil, ["Idempotency-Key": "k3"]).status == 422)
      #expect(rotated.status == 200 && rotated.json["secret"]?.string?.hasPrefix("whsec_") == true)
      #expect(rotated.json["secret"] != made.json["secret"])
      #expect(try await mine.send(.patch, path, ["active": false]).status == 200)
      #expect(try await mine.send(.post, "\(path)/test").status == 409)
      #expect(try await mine.send(.post, redelivery).status == 409)
      #expect(try await mine.send(.delete, path).status == 204)
      #expect(try await mine.send(.post, "/v1/webhooks", hook, ["Idempotency-Key": "k1"]).status == 409)
    }
  }
}
