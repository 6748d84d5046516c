import Foundation
import JSON
import Testing

extension FleetTests {
  /// What programs rely on: the documentation, the problems, the keys, the conditions, the filters.
  @Suite struct InterfaceTests {
    @Test(arguments: Engine.allCases)
    func `each service serves its documentation as a page that runs and loads nothing`(
      _ engine: Engine
    ) async throws {
      let fleet = try FleetTrait.fleet(engine)
      for client in [fleet.api, fleet.connector, fleet.analytics, fleet.twitch, fleet.rollup] {
        let page = try await client.send(.get, "/docs")
        #expect(page.status == 200 && page.headers["Content-Type"] == "text/html; charset=utf-8")
        let policy = try #require(page.headers["Content-Security-Policy"])
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        #expect(!page.text.contains("<script") && !page.text.contains("//"))
        let document = try await client.send(.get, "/openapi.json").json
        guard case .object(let paths)? = document["paths"] else { return }
        for path in paths { #expect(page.text.contains(path.name), "\(path.name)") }
        let tag = try #require(page.headers["ETag"])
        #expect(try await client.send(.get, "/docs", nil, ["If-None-Match": tag]).status == 304)
      }
    }

    @Test(arguments: Engine.allCases)
    func `the type of a problem leads to its paragraph at the same service`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let problem = try await fleet.api.send(.get, "/v1/users/1").json
      #expect(problem["code"]?.string == "unauthorized")
      let parts = try #require(problem["type"]?.string).split(separator: "#")
      let page = try await fleet.api.send(.get, String(parts[0]))
      #expect(parts.count == 2 && page.text.contains("id=\"\(parts[1])\""))
    }

    @Test(arguments: Engine.allCases)
    func `unknown and wrong fields are named, all at once`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let mine = fleet.connector.with(token: try await fleet.member().token)
      let answer = try await mine.send(
        .post, "/v1/webhooks", ["url": 1, "event_types": [], "urll": "https://example.org"])
      #expect(answer.status == 422 && answer.json["code"]?.string == "invalid_fields")
      let fields = (answer.json["errors"]?.array ?? []).map { $0["field"]?.string }
      #expect(fields == ["url", "event_types", "urll"])
      let rules = try await mine.send(
        .post, "/v1/webhooks", ["url": "https://10.0.0.1/", "event_types": ["no.such.type"]])
      #expect((rules.json["errors"]?.array ?? []).map { $0["field"]?.string } == ["event_types", "url"])
      let operators = fleet.analytics.with(token: try await fleet.operatorToken())
      let query = try await operators.send(.get, "/v1/events?tpye=x")
      #expect(query.status == 400 && query.json["errors"]?[0]?["field"]?.string == "tpye")
      let own = fleet.api.with(token: try await fleet.member().token)
      let filter = try await own.send(.get, "/v1/settings?user_id=1")
      #expect(filter.status == 400 && filter.json["errors"]?[0]?["field"]?.string == "user_id")
      #expect(try await fleet.api.send(.get, "/readyz?verbose=1").status == 200)
    }

    @Test(arguments: Engine.allCases)
    func `a sign-up that comes twice with its key makes one account`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person: JSONValue = [
        "email": .string("key-\(UUID().uuidString.lowercased())@example.org"),
        "password": "correct horse battery",
      ]
      let key = ["Idempotency-Key": UUID().uuidString]
      let first = try await fleet.api.send(.post, "/v1/users", person, key)
      let second = try await fleet.api.send(.post, "/v1/users", person, key)
      #expect(first.status == 201 && second.status == 201 && first.bytes == second.bytes)
      #expect(first.headers["RateLimit-Policy"]?.hasPrefix("\"sign-ups\";q=") == true)
      let other: JSONValue = ["email": "another@example.org", "password": "correct horse battery"]
      let refused = try await fleet.api.send(.post, "/v1/users", other, key)
      #expect(refused.status == 422 && refused.json["code"]?.string == "idempotency_key_reused")
    }

    @Test(arguments: Engine.allCases)
    func `integrations and webhooks change and go only in the state that the client has read`(
      _ engine: Engine
    ) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let mine = fleet.connector.with(token: try await fleet.member().token)
      let things: [(String, JSONValue, JSONValue)] = [
        ("/v1/integrations", ["provider": "github", "external_account": "ada"], ["status": "paused"]),
        ("/v1/webhooks", ["url": "https://example.org/", "event_types": ["*"]], ["active": false]),
      ]
      for (path, body, change) in things {
        let made = try await mine.send(.post, path, body)
        let (location, tag) = (try #require(made.headers["Location"]), try #require(made.headers["ETag"]))
        #expect(try await mine.send(.get, location).headers["ETag"] == tag)
        #expect(try await mine.send(.get, location, nil, ["If-None-Match": tag]).status == 304)
        let changed = try await mine.send(.patch, location, change, ["If-Match": tag])
        let next = try #require(changed.headers["ETag"])
        #expect(changed.status == 200 && next != tag)
        #expect(try await mine.send(.patch, location, change, ["If-Match": tag]).status == 412)
        #expect(try await mine.send(.delete, location, nil, ["If-Match": tag]).status == 412)
        #expect(try await mine.send(.delete, location, nil, ["If-Match": next]).status == 204)
        #expect(try await mine.send(.delete, location, nil, ["If-Match": next]).status == 404)
      }
    }

    @Test(arguments: Engine.allCases)
    func `one channel can be read, and events have filters and the newest first`(
      _ engine: Engine
    ) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let token = try await fleet.operatorToken()
      let channels = fleet.twitch.with(token: token)
      let name = "read-\(UInt64.random(in: 0 ... .max))"
      _ = try await channels.send(.put, "/v1/channels/\(name)", ["channel": "#a"])
      let read = try await channels.send(.get, "/v1/channels/\(name)")
      #expect(read.status == 200 && read.json["external_id"]?.string == name)
      #expect(try await fleet.discord.with(token: token).send(.get, "/v1/channels/\(name)").status == 404)
      let person = try await fleet.member()
      let path = "/v1/events?subject=\(person.id)&source=backend-api"
      let events = fleet.analytics.with(token: token)
      let types = try await events.send(.get, path + "&order=newest").json["items"]?.array ?? []
      #expect(types.first?["type"]?.string == "session.created")
      #expect(types.contains { $0["type"]?.string == "user.created" })
      let some = try await events.send(.get, path + "&type=user.created&order=newest&limit=1").json["items"]
      #expect(some?.array?.count == 1)
    }
  }
}
