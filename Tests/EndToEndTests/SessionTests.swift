import JSON
import TestSupport
import Testing

extension FleetTests {
  @Suite struct SessionTests {
    @Test(arguments: Engine.allCases)
    func `an unknown user and a wrong password get the same response`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let wrong = try await fleet.api.send(
        .post, "/v1/sessions", ["email": .string(person.email), "password": "not this one"])
      let unknown = try await fleet.api.send(
        .post, "/v1/sessions", ["email": "unknown@example.org", "password": "not this one"])
      #expect(wrong.status == 401 && unknown.status == 401)
      #expect(wrong.json["title"] == unknown.json["title"] && wrong.json["detail"] == unknown.json["detail"])
      #expect(wrong.headers["WWW-Authenticate"] == unknown.headers["WWW-Authenticate"])
    }

    @Test(arguments: Engine.allCases)
    func `a token is valid until its user signs out`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let api = fleet.api.with(token: person.token)
      let session = try await api.send(.get, "/v1/sessions/current")
      #expect(session.status == 200)
      #expect(session.json["user_id"]?.integer == person.id)
      #expect(try await api.send(.delete, "/v1/sessions/current").status == 204)
      #expect(try await api.send(.get, "/v1/sessions/current").status == 401)
    }

    @Test(arguments: Engine.allCases)
    func `whoami names the accounts of the manifest`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let (api, analytics) = (fleet.api.with(token: person.token), fleet.analytics.with(token: person.token))
      let backend = try await api.send(.get, "/v1/whoami")
      #expect(backend.json["database_account"]?.string == "backend-api-rw")
      #expect(backend.json["cache_account"]?.string == "backend-api-cache")
      #expect(try await analytics.send(.get, "/v1/whoami").json["cache_account"]?.string == "analytics-cache")
    }

    /// The other services cannot read the sessions; they follow the event log.
    @Test(arguments: Engine.allCases)
    func `a token that was signed out is refused by every service`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let other = try await fleet.token(person.email)
      let services = [fleet.connector, fleet.analytics, fleet.twitch, fleet.discord]
      for client in services {
        #expect(try await client.with(token: person.token).send(.get, "/v1/whoami").status == 200)
      }
      #expect(
        try await fleet.api.with(token: person.token).send(.delete, "/v1/sessions/current").status == 204)
      for client in services {
        try await eventually("401 of \(client.base)") {
          try await client.with(token: person.token).send(.get, "/v1/whoami").status == 401
        }
        #expect(try await client.with(token: other).send(.get, "/v1/whoami").status == 200)
      }
    }

    @Test(arguments: Engine.allCases)
    func `a refreshed token opens every service, and a second use of its refresh token closes them`(
      _ engine: Engine
    ) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let signedIn = try await fleet.api.send(
        .post, "/v1/sessions", ["email": .string(person.email), "password": "correct horse battery"])
      var refresh = try #require(signedIn.json["refresh_token"]?.string)
      let first = refresh
      var token = ""
      for _ in 0..<2 {
        let answer = try await fleet.api.send(
          .post, "/v1/sessions/refresh", ["refresh_token": .string(refresh)])
        #expect(answer.status == 200)
        refresh = try #require(answer.json["refresh_token"]?.string)
        token = try #require(answer.json["token"]?.string)
      }
      let services = [fleet.api, fleet.connector, fleet.analytics, fleet.twitch]
      for client in services {
        #expect(try await client.with(token: token).send(.get, "/v1/whoami").status == 200)
      }
      let again = try await fleet.api.send(
        .post, "/v1/sessions/refresh", ["refresh_token": .string(first)])
      #expect(again.status == 401)
      for client in services {
        try await eventually("401 of \(client.base)") {
          try await client.with(token: token).send(.get, "/v1/whoami").status == 401
        }
      }
    }

    @Test(arguments: Engine.allCases, ["", "Bearer", "nonsense", "a.b.c", "Basic YTpi"])
    func `an invalid token gets 401 with the scheme of authentication`(
      _ engine: Engine, _ token: String
    ) async throws {
      let api = try FleetTrait.fleet(engine).api.with(token: token)
      let answer = try await api.send(.get, "/v1/settings")
      #expect(answer.status == 401)
      #expect(answer.headers["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
    }

    @Test(arguments: Engine.allCases)
    func `after ten failed sign-ins the next one gets 429`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let guess: JSONValue = ["email": .string(person.email), "password": "a wild guess"]
      for _ in 0..<10 { #expect(try await fleet.api.send(.post, "/v1/sessions", guess).status == 401) }
      let answer = try await fleet.api.send(.post, "/v1/sessions", guess)
      #expect(answer.status == 429)
      #expect(answer.headers["Retry-After"] != nil)
    }

    @Test(arguments: Engine.allCases)
    func `every service accepts the token and reports its accounts`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let expected = [
        (fleet.api, "backend-api-rw", "backend-api-cache"),
        (fleet.connector, "connector-rw", "connector-cache"),
        (fleet.analytics, "analytics-ro", "analytics-cache"),
        (fleet.twitch, "twitch-trigger", "twitch-trigger-cache"),
        (fleet.discord, "discord-trigger", "discord-trigger-cache"),
      ]
      for (client, database, cache) in expected {
        let answer = try await client.with(token: person.token).send(.get, "/v1/whoami")
        #expect(answer.status == 200)
        #expect(answer.text.contains("\"\(database)\""))
        if engine == .servers { #expect(answer.text.contains("\"\(cache)\"")) }
        #expect(try await client.send(.get, "/v1/whoami").status == 401)
      }
    }
  }
}
