import JSON
import Testing

extension FleetTests {
  @Suite struct SettingTests {
    @Test(arguments: Engine.allCases)
    func `a setting is created, read, replaced and removed`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let api = fleet.api.with(token: try await fleet.member().token)
      let made = try await api.send(.put, "/v1/settings/theme", ["value": ["dark": true, "level": 3]])
      #expect(made.status == 201)
      #expect(made.headers["ETag"] == "\"1\"")
      let replaced = try await api.send(.put, "/v1/settings/theme", ["value": "light"])
      #expect(replaced.status == 200)
      #expect(replaced.headers["ETag"] == "\"2\"")
      let read = try await api.send(.get, "/v1/settings/theme")
      #expect(read.json["value"]?.string == "light")
      #expect(read.headers["ETag"] == "\"2\"")
      #expect(try await api.send(.get, "/v1/settings").json["items"]?.array?.count == 1)
      #expect(try await api.send(.delete, "/v1/settings/theme").status == 204)
      #expect(try await api.send(.get, "/v1/settings/theme").status == 404)
    }

    @Test(arguments: Engine.allCases)
    func `numbers of a setting come back digit for digit`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let api = fleet.api.with(token: try await fleet.member().token)
      let text = #"{"value":[12345678901234567890,0.1234567890123456789,-0.0,1e2,1.0]}"#
      let value = try JSONCoding.decode(JSONValue.self, from: Array(text.utf8))
      #expect(try await api.send(.put, "/v1/settings/numbers", value).status == 201)
      let read = try await api.send(.get, "/v1/settings/numbers").text
      #expect(read.contains("[12345678901234567890,0.1234567890123456789,-0.0,1e2,1.0]"), "\(read)")
    }

    @Test(arguments: Engine.allCases)
    func `a write with an outdated version gets 412 and changes nothing`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let api = fleet.api.with(token: try await fleet.member().token)
      #expect(try await api.send(.put, "/v1/settings/a", ["value": 1], ["If-Match": "*"]).status == 412)
      #expect(try await api.send(.put, "/v1/settings/a", ["value": 1], ["If-None-Match": "*"]).status == 201)
      #expect(try await api.send(.put, "/v1/settings/a", ["value": 2], ["If-None-Match": "*"]).status == 412)
      #expect(try await api.send(.put, "/v1/settings/a", ["value": 2], ["If-Match": "\"7\""]).status == 412)
      #expect(try await api.send(.delete, "/v1/settings/a", nil, ["If-Match": "\"7\""]).status == 412)
      #expect(try await api.send(.get, "/v1/settings/a").json["value"]?.integer == 1)
      #expect(try await api.send(.put, "/v1/settings/a", ["value": 2], ["If-Match": "\"1\""]).status == 200)
    }

    @Test(arguments: Engine.allCases)
    func `exactly one of several writers with the same version succeeds`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let api = fleet.api.with(token: try await fleet.member().token)
      #expect(try await api.send(.put, "/v1/settings/race", ["value": 0]).status == 201)
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for writer in 1...8 {
          group.addTask {
            try await api.send(
              .put, "/v1/settings/race", ["value": .integer(Int64(writer))], ["If-Match": "\"1\""]
            ).status
          }
        }
        return try await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(statuses.filter { $0 == 200 }.count == 1)
      #expect(statuses.filter { $0 == 412 }.count == 7)
    }

    @Test(arguments: Engine.allCases)
    func `the settings of another user are invisible`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let one = fleet.api.with(token: try await fleet.member().token)
      let other = fleet.api.with(token: try await fleet.member().token)
      #expect(try await one.send(.put, "/v1/settings/mine", ["value": "secret"]).status == 201)
      #expect(try await other.send(.get, "/v1/settings/mine").status == 404)
      #expect(try await other.send(.get, "/v1/settings").json["items"]?.array?.isEmpty == true)
    }
  }
}
