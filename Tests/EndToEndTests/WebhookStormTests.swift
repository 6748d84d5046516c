import Foundation
import JSON
import TestSupport
import Testing

/// Many deliveries, of which some meet endpoints that hang or fail, while one of two workers is killed again and again.
///
/// `STORM_EVENTS` sets the events of each user, and `make stress` runs it with 100: 10,000 deliveries.
/// The engines follow each other, because the times of a large storm are compared.
@Suite(.serialized) struct WebhookStormTests {
  private struct Storm: Sendable {
    let users: Int
    let webhooksOfEach: Int
    let events: Int
    let patience: Int
    /// Whether of each ten webhooks one hangs and one fails.
    var hasBadEndpoints = true
    var isLarge: Bool { events >= 100 }
    var healthyOfEach: Int { hasBadEndpoints ? webhooksOfEach - 2 : webhooksOfEach }

    func path(_ user: Int, _ webhook: Int) -> String {
      guard hasBadEndpoints else { return "/ok/\(user)-\(webhook)" }
      let kind = webhook == 0 ? "hang" : webhook == 1 ? "fail" : "ok"
      return "/\(kind)/\(user)-\(webhook)"
    }

    /// The same healthy endpoints, and no others.
    var calm: Storm {
      Storm(
        users: users, webhooksOfEach: healthyOfEach, events: events, patience: patience,
        hasBadEndpoints: false)
    }
  }

  private struct Outcome: Sendable {
    let report: JSONValue
    let duration: Duration
    let kills: Int
    let complete: Int
  }

  private static func storm() throws -> Storm {
    if let events = try TestSize.of("STORM_EVENTS") {
      return Storm(users: 10, webhooksOfEach: 10, events: events, patience: 600_000)
    }
    return Storm(users: 2, webhooksOfEach: 5, events: 8, patience: 60_000)
  }

  /// The times of a large storm compare deliveries, and not the wait for the first event.
  private static let engines = Engine.allCases.filter { engine in
    engine.reportsOpenWriters || (try? storm())?.isLarge != true
  }

  @Test(arguments: engines)
  func `every healthy endpoint gets each event, while others hang or fail and a worker is killed`(
    _ engine: Engine
  ) async throws {
    let storm = try Self.storm()
    try await FleetUnderTest.with(engine) { fleet in
      let calm = storm.isLarge ? try await Self.run(storm.calm, on: fleet) : nil
      let outcome = try await Self.run(storm, on: fleet)
      let expected = storm.users * storm.healthyOfEach
      #expect(outcome.complete == expected, "of \(expected) endpoints these have every event")
      #expect(outcome.report["bad"] == 0 && outcome.kills > 0)
      #expect(
        outcome.report["held"]?.integer ?? 0 > 0 && outcome.report["refused"]?.integer ?? 0 > 0)
      guard let calm else { return }
      let (once, all) = Self.counts(outcome.report)
      print(
        "storm on \(engine): \(all) deliveries to healthy endpoints, \(once) of them once, \(outcome.kills) kills,"
          + " \(outcome.duration); without bad endpoints \(calm.duration)")
      #expect(calm.complete == expected)
      #expect(once * 100 >= all * 99)
      #expect(outcome.duration <= calm.duration * 2)
    }
  }

  /// Causes the events, and waits until every healthy endpoint has each, while a worker is killed again and again.
  private static func run(_ storm: Storm, on fleet: FleetUnderTest) async throws -> Outcome {
    let subscribers = try startSubscribers(in: fleet.folder)
    defer { subscribers.process.kill() }
    try await eventually("subscribers") {
      (try? await subscribers.client.send(.get, "/report"))?.status == 200
    }
    let tokens = try await register(storm, on: fleet, subscribers)
    let begin = ContinuousClock.now
    let end = StopFlag()
    async let killing = killAgainAndAgain(on: fleet, until: end, storm)
    try await cause(storm.events, on: fleet, by: tokens)
    var report = JSONValue.null
    let expected = storm.users * storm.healthyOfEach
    let patience = max(storm.patience, fleet.deployment.engine.eventMilliseconds)
    _ = try await eventually(withinMilliseconds: patience) {
      report = try await subscribers.client.send(.get, "/report").json
      return complete(report, storm.events) == expected
    }
    let duration = ContinuousClock.now - begin
    end.set()
    return Outcome(
      report: report, duration: duration, kills: try await killing, complete: complete(report, storm.events))
  }

  private typealias Subscribers = (process: Started, client: Client, port: Int)

  private static func startSubscribers(in folder: URL) throws -> Subscribers {
    let python = try #require(
      ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
    let port = try FreePorts.consecutive(1)
    let script = Program.checkout.appendingPathComponent(
      "Tests/EndToEndTests/Fixtures/Clients/webhook_subscribers.py")
    let process = try Started(
      URL(fileURLWithPath: python), [script.path, "\(port)"],
      environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: folder)
    return (process, Client(base: "http://127.0.0.1:\(port)"), port)
  }

  /// Signs users up, registers their webhooks, and gives the subscribers their secrets.
  private static func register(
    _ storm: Storm, on fleet: FleetUnderTest, _ subscribers: Subscribers
  ) async throws -> [String] {
    var tokens: [String] = []
    var secrets: [JSONValue.Member] = []
    for user in 0..<storm.users {
      let token = try await fleet.member().token
      tokens.append(token)
      for webhook in 0..<storm.webhooksOfEach {
        let path = storm.path(user, webhook)
        let made = try await fleet.connector.with(token: token).send(
          .post, "/v1/webhooks",
          ["url": .string(subscribers.client.base + path), "event_types": ["setting.changed"]])
        let secret = try #require(made.json["secret"]?.string, "\(made.text)")
        secrets.append(.init(path, .string(secret)))
      }
    }
    let sent = try await subscribers.client.send(.post, "/secrets", .object(secrets))
    #expect(sent.status == 204)
    return tokens
  }

  /// Each user changes a setting so many times.
  private static func cause(_ events: Int, on fleet: FleetUnderTest, by tokens: [String]) async throws {
    for number in 0..<events {
      for token in tokens {
        let answer = try await fleet.api.with(token: token).send(
          .put, "/v1/settings/theme", ["value": .integer(Int64(number))])
        #expect(answer.status == 200 || answer.status == 201)
      }
    }
  }

  /// Runs another worker beside the fleet's own, and kills it with -9 again and again.
  private static func killAgainAndAgain(
    on fleet: FleetUnderTest, until end: StopFlag, _ storm: Storm
  ) async throws -> Int {
    var kills = 0
    while !end.isSet || kills == 0, !Task.isCancelled {
      let worker = try start(on: fleet)
      try? await Task.sleep(for: .milliseconds(storm.isLarge ? 3_000 : 1_500))
      worker.kill()
      #expect(worker.out.isEmpty || worker.isRunning || worker.status != 78, "\(worker.err)")
      kills += 1
    }
    return kills
  }

  private static func start(on fleet: FleetUnderTest) throws -> Started {
    let keys = fleet.folder.appendingPathComponent(".bulkhead/keys")
    var variables = try fleet.deployment.databaseVariables(account: "connector-rw")
    variables["CACHE_TYPE"] = "memory"
    variables["HTTP_PORT"] = "\(try FreePorts.consecutive(1))"
    variables["WEBHOOK_KEY_FILE"] = keys.appendingPathComponent("webhook-key").path
    variables["JWKS_URL"] = "http://127.0.0.1:1/"
    variables.merge(FleetUnderTest.settings) { $1 }
    return try Started(Program.named("connector"), [], environment: variables, in: fleet.folder)
  }

  /// How many healthy endpoints have every event.
  private static func complete(_ report: JSONValue, _ events: Int) -> Int {
    paths(report).count { $0.count == events }
  }

  private static func counts(_ report: JSONValue) -> (once: Int, all: Int) {
    let times = paths(report).flatMap { $0 }
    return (times.count { $0 == 1 }, times.count)
  }

  /// For each healthy endpoint, how often each event came.
  private static func paths(_ report: JSONValue) -> [[Int64]] {
    guard case .object(let paths)? = report["received"] else { return [] }
    return paths.map { path in
      guard case .object(let ids) = path.value else { return [] }
      return ids.compactMap(\.value.integer)
    }
  }
}
