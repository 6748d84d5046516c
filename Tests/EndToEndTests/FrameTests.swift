import Foundation
import JSON
import Testing

extension FleetTests {
  /// The routes that every service has.
  @Suite struct FrameTests {
    @Test(arguments: Engine.allCases)
    func `every member is alive and ready, and reports its components`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      for client in [fleet.api, fleet.connector, fleet.analytics, fleet.twitch, fleet.discord, fleet.rollup] {
        #expect(try await client.send(.get, "/livez").status == 200)
        let ready = try await client.send(.get, "/readyz")
        #expect(ready.status == 200)
        for name in ["database", "cache", "schema"] { #expect(ready.text.contains("\"\(name)\"")) }
      }
    }

    @Test(arguments: Engine.allCases)
    func `metrics contain templates of routes and no ids`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      _ = try await fleet.api.with(token: person.token).send(.get, "/v1/users/\(person.id)")
      let metrics = try await fleet.api.send(.get, "/metrics")
      #expect(metrics.headers["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
      #expect(metrics.text.contains(#"route="/v1/users/{id}""#))
      #expect(!metrics.text.contains("/v1/users/\(person.id)\""))
      #expect(metrics.text.contains("http_request_duration_seconds_bucket"))
    }

    @Test(arguments: Engine.allCases)
    func `every response has a request id, the client's own where it is valid`(_ engine: Engine) async throws
    {
      let api = try FleetTrait.fleet(engine).api
      let given = try await api.send(.get, "/livez", nil, ["X-Request-Id": "trace-1234567890"])
      #expect(given.headers["X-Request-Id"] == "trace-1234567890")
      let strange = try await api.send(.get, "/nowhere", nil, ["X-Request-Id": "a b<script>"])
      #expect(strange.status == 404)
      let made = try #require(strange.headers["X-Request-Id"])
      #expect(!made.isEmpty && !made.contains("<"))
    }

    @Test(arguments: Engine.allCases)
    func `an unknown path gets 404, and an unknown method gets 405 with the known ones`(
      _ engine: Engine
    ) async throws {
      let api = try FleetTrait.fleet(engine).api
      #expect(try await api.send(.get, "/v1/nothing").status == 404)
      let answer = try await api.send(.delete, "/v1/users")
      #expect(answer.status == 405)
      #expect(answer.headers["Allow"]?.contains("POST") == true)
    }

    @Test(arguments: Engine.allCases)
    func `every service's API document is valid OpenAPI`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let python = try #require(
        ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
      for client in [fleet.api, fleet.connector, fleet.analytics, fleet.twitch] {
        let document = try await client.send(.get, "/openapi.json")
        #expect(document.status == 200)
        let path = fleet.folder.appendingPathComponent("openapi-\(UUID().uuidString).json")
        try Data(document.bytes).write(to: path)
        let check = try await Program.run(
          URL(fileURLWithPath: python), ["-m", "openapi_spec_validator", path.path], in: fleet.folder)
        #expect(check.status == 0, "\(check.out)\(check.err)")
      }
    }
  }
}
