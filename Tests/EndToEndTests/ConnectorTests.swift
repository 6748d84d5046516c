import JSON
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
      arguments: Engine.allCases, ["ftp://example.org", "https://user:pass@example.org", "https://", "x"])
    func `a webhook with an invalid address is refused`(_ engine: Engine, _ url: String) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let mine = fleet.connector.with(token: try await fleet.member().token)
      let answer = try await mine.send(.post, "/v1/webhooks", ["url": .string(url), "event_types": ["a"]])
      #expect(answer.status == 422)
    }
  }
}
