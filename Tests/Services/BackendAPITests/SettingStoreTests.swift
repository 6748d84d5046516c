import Clock
import DataAccess
import DatabaseTestSupport
import HTTP
import JSON
import Routing
import Runtime
import Schema
import TestSupport
import Testing

@testable import backend_api

/// Settings with preconditions and with concurrent requests.
@Suite struct SettingStoreTests {
  typealias Engine = TestEngine

  private func put(
    _ backend: BackendUnderTest, _ user: Int64, _ name: String = "theme", value: JSONValue = 1,
    _ headers: [(name: String, value: String)] = []
  ) async throws -> Response {
    try await backend.settings.put(
      Request(
        .put, "/", headers: Headers(headers + [("Content-Type", "application/json")]),
        body: JSONCoding.encode(["value": value] as JSONValue)),
      BackendUnderTest.context(user, ["name": name]))
  }

  private func get(
    _ backend: BackendUnderTest, _ user: Int64, _ headers: Headers
  ) async throws -> Response {
    try await backend.settings.read(
      Request(.get, "/", headers: headers), BackendUnderTest.context(user, ["name": "theme"]))
  }

  @Test(arguments: Engine.drivers)
  func `of many concurrent writes of one setting one creates it and the others replace it`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let user = try await backend.signUp()
      let answers = try await withThrowingTaskGroup(of: Response.self) { group in
        for value in 0..<8 {
          group.addTask { try await put(backend, user, value: .integer(Int64(value))) }
        }
        return try await group.reduce(into: [Response]()) { $0.append($1) }
      }
      #expect(answers.filter { $0.status == .created }.count == 1)
      #expect(Set(answers.compactMap { $0.headers["ETag"] }) == Set((1...8).map { "\"\($0)\"" }))
    }
  }

  @Test(arguments: Engine.drivers)
  func `the last setting within the limit is created once by concurrent requests`(engine: Engine) async throws
  {
    try await BackendUnderTest.with(engine) { backend in
      let user = try await backend.signUp()
      let now = Timestamp.now()
      for number in 1..<SettingRepository.maximumPerUser {
        try await backend.database.run(
          Settings.insert(
            \.userID <- user, \.name <- "s\(number)", \.value <- JSONText("1"), \.version <- 1,
            \.updatedAt <- now))
      }
      let statuses = try await withThrowingTaskGroup(of: Status.self) { group in
        for number in 0..<5 {
          group.addTask {
            try await BackendUnderTest.status { try await put(backend, user, "new\(number)") }
          }
        }
        return try await group.reduce(into: [Status]()) { $0.append($1) }
      }
      #expect(statuses.filter { $0 == .created }.count == 1)
      #expect(statuses.filter { $0 == .unprocessableContent }.count == 4)
      #expect(try await put(backend, user, "s1").status == .ok)
    }
  }

  @Test(arguments: Engine.drivers)
  func `a setting at the largest version gets 409 with the way out, which works`(engine: Engine) async throws
  {
    try await BackendUnderTest.with(engine) { backend in
      let user = try await backend.signUp()
      try await backend.database.run(
        Settings.insert(
          \.userID <- user, \.name <- "theme", \.value <- JSONText("1"), \.version <- Int(Int32.max),
          \.updatedAt <- Timestamp.now()))
      let refused = await #expect(throws: Problem.self) { _ = try await put(backend, user) }
      #expect(refused?.status == .conflict)
      #expect(refused?.detail?.contains("delete the setting") == true)
      let removed = try await backend.settings.delete(
        Request(.delete, "/"), BackendUnderTest.context(user, ["name": "theme"]))
      #expect(removed.status == .noContent)
      #expect(try await put(backend, user).status == .created)
    }
  }

  @Test(arguments: Engine.drivers)
  func `a setting that was removed and stored again has a new version, and an old tag fits none`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let user = try await backend.signUp()
      let other = try await backend.signUp("other@example.org")
      for name in ["theme", "theme", "font"] { _ = try await put(backend, user, name) }
      for name in ["theme", "font"] {
        let context = BackendUnderTest.context(user, ["name": name])
        _ = try await backend.settings.delete(Request(.delete, "/"), context)
      }
      let stored = try await put(backend, user)
      #expect(stored.status == .created && stored.headers["ETag"] == "\"3\"")
      for outdated in ["\"1\"", "\"2\""] {
        let status = try await BackendUnderTest.status {
          try await put(backend, user, value: 9, [("If-Match", outdated)])
        }
        #expect(status == .preconditionFailed)
      }
      #expect(try await put(backend, user, value: 2).headers["ETag"] == "\"4\"")
      #expect(try await put(backend, other).headers["ETag"] == "\"1\"")
    }
  }

  @Test(arguments: Engine.drivers)
  func `a write with an outdated version gets 412 and changes nothing`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let user = try await backend.signUp()
      for value in 1...2 { _ = try await put(backend, user, "theme", value: .integer(Int64(value))) }
      for outdated in ["\"1\"", "W/\"2\"", "\"3\""] {
        let status = try await BackendUnderTest.status {
          try await put(backend, user, "theme", value: .integer(9), [("If-Match", outdated)])
        }
        #expect(status == .preconditionFailed, "\(outdated)")
      }
      #expect(try await get(backend, user, Headers()).headers["ETag"] == "\"2\"")
      let current = try await put(backend, user, "theme", value: .integer(3), [("If-Match", "\"2\"")])
      #expect(current.status == .ok)
    }
  }

  @Test(arguments: Engine.drivers)
  func `a reader with the current version gets 304 and no body`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let user = try await backend.signUp()
      _ = try await put(backend, user)
      let known = try await get(backend, user, ["If-None-Match": "W/\"1\""])
      #expect(known.status == .notModified && known.body.isEmpty && known.headers["ETag"] == "\"1\"")
      #expect(try await get(backend, user, ["If-None-Match": "\"2\""]).status == .ok)
      let other = try await BackendUnderTest.status { try await get(backend, user, ["If-Match": "\"2\""]) }
      #expect(other == .preconditionFailed)
    }
  }

  @Test(arguments: Engine.drivers)
  func `any JSON value is stored unchanged, including null`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let user = try await backend.signUp()
      let values: [JSONValue] = [
        .null, false, 0, "", "a\u{1}b", [], [:], ["a": [1, .null, "ü"]], .integer(.max),
      ]
      for value in values {
        let answer = try BackendUnderTest.json(await put(backend, user, value: value))
        #expect(answer["value"] == value)
        #expect(try BackendUnderTest.json(await get(backend, user, [:]))["value"] == value)
      }
    }
  }

  @Test(arguments: Engine.all)
  func `a value with U+0000 gets 422, and every stored value is JSON to the engine`(engine: Engine)
    async throws
  {
    try await BackendUnderTest.with(engine) { backend in
      let user = try await backend.signUp()
      for value in ["\u{0}", "a\u{0}b", ["\u{0}": 1], ["a": [["b": "\u{0}"]]]] as [JSONValue] {
        let status = try await BackendUnderTest.status { try await put(backend, user, value: value) }
        #expect(status == .unprocessableContent)
      }
      let extremes: [JSONValue] = [
        "\u{FFFF}\u{1}\u{10FFFF}😀\\u0000", .double(.greatestFiniteMagnitude), .double(.leastNonzeroMagnitude),
        .double(-0.0), .integer(.min), ["": ["": []]],
        (1..<JSONText.maximumDepth).reduce([]) { value, _ in [value] },
      ]
      for (number, value) in extremes.enumerated() {
        #expect(try await put(backend, user, "extreme-\(number)", value: value).status == .created)
      }
      // A cast of the whole table, as a report does it; each engine has its own type of documents.
      let document = backend.database.dialect.typeChecks == .none ? "value::jsonb" : "json(value)"
      let cast = try await backend.database.unsafeQuery(unsafeSQL: "SELECT count(\(document)) FROM settings")
      #expect(try cast.integer(0, 0) == Int64(extremes.count))
      let list = try await backend.settings.list(Request(.get, "/"), BackendUnderTest.context(user))
      let items = try #require(try BackendUnderTest.json(list)["items"]?.array)
      let hasDeepest = items.contains { $0["value"] == extremes.last }
      #expect(hasDeepest && items.count == extremes.count)
    }
  }

  @Test(arguments: ["", String(repeating: "x", count: 65), "a\u{0}b", "a\nb"])
  func `a name that is not allowed gets 422`(name: String) async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let user = try await backend.signUp()
      let status = try await BackendUnderTest.status { try await put(backend, user, name) }
      #expect(status == .unprocessableContent)
    }
  }

  @Test func `a value that is nested too deeply for the list gets 422, and the list goes on`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let user = try await backend.signUp()
      let deep = (0..<JSONText.maximumDepth).reduce([]) { value, _ in [value] } as JSONValue
      let status = try await BackendUnderTest.status { try await put(backend, user, value: deep) }
      #expect(status == .unprocessableContent)
      let list = try await backend.settings.list(Request(.get, "/"), BackendUnderTest.context(user))
      #expect(try BackendUnderTest.json(list)["items"] == [])
    }
  }

  @Test func `the longest list of settings is no larger than the largest answer`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let user = try await backend.signUp()
      let value = JSONText("\"\(String(repeating: "x", count: SettingRoutes.maximumValueBytes - 2))\"")
      let name = String(repeating: "\"", count: SettingRoutes.maximumNameBytes - 3)
      try await backend.database.run(
        Settings.insertMany(
          \.userID, \.name, \.value, \.version, \.updatedAt,
          rows: (100..<100 + SettingRepository.maximumPerUser).map {
            (user, "\(name)\($0)", value, Int(Int32.max), Timestamp.now())
          }))
      let answer = try await backend.settings.list(Request(.get, "/"), BackendUnderTest.context(user, [:]))
      #expect(answer.body.count > SettingRepository.maximumPerUser * SettingRoutes.maximumValueBytes)
      #expect(answer.body.count <= ListenerSettings.largestAnswerBytes)
    }
  }

  @Test func `a value has at most 16 KiB`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let user = try await backend.signUp()
      let fitting = JSONValue.string(String(repeating: "x", count: SettingRoutes.maximumValueBytes - 2))
      #expect(try await put(backend, user, value: fitting).status == .created)
      let long = JSONValue.string(String(repeating: "x", count: SettingRoutes.maximumValueBytes - 1))
      let status = try await BackendUnderTest.status { try await put(backend, user, value: long) }
      #expect(status == .unprocessableContent)
    }
  }
}
